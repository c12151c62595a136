#!/bin/bash
# Removes what deploy.sh deployed. Needs bash 3.2 or later and kubectl 1.27 or later; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

# plan

# part: messages

# part: options

# part: kubectl

# part: worker

# part: place

# part: lock

# part: inventory

# part: removal

# --- Removal of the system ------------------------------------------------------------------------------------------

help() {
  text help_usage "${BASH_SOURCE[0]##*/}"
  printf '\n'
  text help_summary "$(title)" "${namespace}" "${environment}"
  printf '\n\n'
  list_options
  printf '\n'
  text help_exit_codes
  printf '\n'
}

# Someone must have said where and what: by options, or now on the terminal. Data goes only with the namespace's name.
check_confirmation() {
  local name
  if has_option delete-namespace && ! has_option delete-data; then usage_error namespace_needs_data; fi
  if name=$(option confirm); then
    [[ ${name} == "${namespace}" ]] || usage_error name_wrong
  elif has_option delete-data; then
    [[ -t 0 ]] || usage_error delete_needs_name "${namespace}"
  fi
  has_option context || has_option yes || [[ -t 0 ]] || usage_error context_or_yes
}

confirm() {
  if has_option delete-data && ! has_option confirm; then
    confirm_deletion
  else
    has_option context || has_option yes || confirm_on_terminal confirm
  fi
}

confirm_deletion() {
  local name=''
  line "$(text confirm_delete_data "${context}" "${namespace}")"
  ! has_option delete-namespace || line "$(text confirm_delete_namespace "${namespace}")"
  text confirm_type_name "${namespace}"
  read -r name || true
  [[ ${name} == "${namespace}" ]] || usage_error name_wrong
}

# Shows what is in the namespace, belongs to nothing else in it, and is not of the plan or does not bear our label.
list_foreign() {
  local kinds row planned=$'\n' known=$'\n' object labels found=''
  read_cluster api-resources api-resources --verbs=list --namespaced --output name
  kinds=$(names_in_answer | grep -vE '^(events|endpoints)($|\.)|^endpointslices\.|\.metrics\.k8s\.io$' | tr '\n' ',')
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    planned+="${objects[row + 1]%%.*}/${objects[row + 2]}"$'\n'
  done
  for ((row = 0; row < ${#claims[@]}; row += 2)); do
    planned+="PersistentVolumeClaim/${claims[row]}"$'\n'
  done
  known+="ConfigMap/kube-root-ca.crt"$'\n'"ServiceAccount/default"$'\n'"Lease/${lease}"$'\n'"ConfigMap/${inventory}"$'\n'
  read_cluster objects get "${kinds%,}" --ignore-not-found --output "go-template=${foreign_template}"
  while IFS='|' read -r object labels; do
    [[ ${known} != *$'\n'"${object}"$'\n'* ]] || continue
    if [[ ${planned} == *$'\n'"${object}"$'\n'* ]] && is_own "${object}" "${labels}"; then continue; fi
    found+=" ${object}"
  done < <(names_in_answer)
  [[ -z ${found} ]] || say foreign "${namespace}" "${found# }"
}

remove_phases() {
  local row number=0 total=0
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    ! has_objects "${phases[row]}" || total=$((total + 1))
  done
  for ((row = ${#phases[@]} - 4; row >= 0; row -= 4)); do
    has_objects "${phases[row]}" || continue
    number=$((number + 1))
    say phase_started "${number}" "${total}" "$(in_language "${phases[row + 1]}" "${phases[row + 2]}")"
    remove_objects "${phases[row]}"
  done
}

is_workload() {
  [[ $1 == Deployment.* || $1 == StatefulSet.* || $1 == Job.* || $1 == CronJob.* ]]
}

has_objects() {
  local row
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    [[ ${objects[row]} != "$1" ]] || is_kept "${objects[row + 1]}" || return 0
  done
  return 1
}

# The workloads of a phase go first, in the foreground: they are gone when their pods are.
remove_objects() {
  local phase=$1 row workloads=() others=() object
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    object=${objects[row + 1]}/${objects[row + 2]}
    if [[ ${objects[row]} != "${phase}" ]] || is_kept "${object}" || ! is_known "${object}"; then continue; fi
    if is_workload "${object}"; then workloads+=("${object}"); else others+=("${object}"); fi
  done
  remove_own foreground ${workloads[@]+"${workloads[@]}"}
  remove_own background ${others[@]+"${others[@]}"}
}

# is_known RESOURCE/NAME: whether the cluster has the kind of the object. One unknown kind would fail the deletion of all others.
is_known() {
  local row
  for ((row = 0; row < ${#custom_resources[@]}; row += 1)); do
    [[ $1 == "${custom_resources[row]}/"* ]] || continue
    if try_kube get "$1" --ignore-not-found --output name; then return 0; fi
    [[ ${answer} == *"server doesn't have a resource type"* ]] && return 1
    call_failed read_failed "$1"
  done
}

# own_labels KIND/NAME: those that say that an object of the plan is ours: the label of the system, but of a claim without a file
# the labels that its StatefulSet gives it.
own_labels() {
  local row
  for ((row = 0; row < ${#claims[@]}; row += 2)); do
    if [[ $1 == "PersistentVolumeClaim/${claims[row]}" && -n ${claims[row + 1]} ]]; then
      printf '%s' "${claims[row + 1]}"
      return
    fi
  done
  printf 'app.kubernetes.io/part-of=%s' "${part_of}"
}

# is_own KIND/NAME LABELS: whether an object of the plan is ours, by its labels as labels_template prints them.
is_own() {
  local label
  [[ -n ${part_of} ]] || return 0
  for label in $(own_labels "$1"); do
    [[ $2 == *",${label},"* ]] || return 1
  done
}

# remove_own CASCADE RESOURCE/NAME...: removes those that bear our label, and says which do not.
remove_own() {
  local cascade=$1 object name lines labels wanted=()
  shift
  (($# > 0)) || return 0
  if [[ -n ${part_of} ]]; then
    read_cluster "$*" get "$@" --ignore-not-found --output "go-template=${labels_template}"
    lines=$'\n'${answer}$'\n'
    for object in "$@"; do
      name=${object%%.*}/${object#*/}
      [[ ${lines} == *$'\n'"${name}|"* ]] || continue
      labels=${lines#*$'\n'"${name}|"}
      if is_own "${name}" "${labels%%$'\n'*}"; then
        wanted+=("${object}")
      else
        say not_ours "${object}" "$(own_labels "${name}")"
      fi
    done
  else
    wanted=("$@")
  fi
  ((${#wanted[@]} > 0)) || return 0
  remove "${cascade}" "${wanted[@]}"
  for object in "${wanted[@]}"; do
    say removed "${object}"
  done
}

# A Secret whose value lives in the data goes after the data.
remove_data() {
  local row data=() secrets=()
  say delete_data
  for ((row = 0; row < ${#claims[@]}; row += 2)); do
    data+=("PersistentVolumeClaim.v1./${claims[row]}")
  done
  remove_own background ${data[@]+"${data[@]}"}
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    [[ ${objects[row + 1]} != Secret.* ]] || secrets+=("${objects[row + 1]}/${objects[row + 2]}")
  done
  remove_own background ${secrets[@]+"${secrets[@]}"}
}

# The Lease goes with the namespace.
remove_namespace() {
  say delete_namespace "${namespace}"
  holder=''
  remove background "namespace/${namespace}"
}

# Prints what this run left in the cluster, and keeps in the inventory what is in no plan any more.
finish_inventory() {
  local row remaining kept names=("namespace/${namespace}")
  remaining=$(orphans)
  if [[ -n ${remaining} ]]; then
    say orphans_left "${remaining//$'\n'/ }"
    write_inventory "${remaining}"$'\n' '' ''
  else
    try_kube delete configmap "${inventory}" --ignore-not-found || show_answer
  fi
  for ((row = 0; row < ${#claims[@]}; row += 2)); do
    names+=("persistentvolumeclaim/${claims[row]}")
  done
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    [[ ${objects[row + 1]} != Secret.* ]] || names+=("secret/${objects[row + 2]}")
  done
  read_cluster objects get "${names[@]}" --ignore-not-found --output name
  kept=$(names_in_answer)
  [[ -z ${kept} ]] || say kept "${kept//$'\n'/ }"
}

# The Lease of a system that is gone is of no use to anyone.
remove_lock() {
  try_kube delete lease "${lease}" --ignore-not-found || show_answer
  holder=''
}

time_out() {
  complain timed_out "${timeout}"
  exit "${exit_timed_out}"
}

finish() {
  local status=$?
  end_work
  release_lock
  exit "${status}"
}

# Shows what else would go with the namespace, so that whoever is asked knows.
look() {
  read_place
  [[ ${has_namespace} == no ]] || list_foreign
}

run() {
  trap finish EXIT
  say started "$(title)"
  say target "${context}" "${namespace}" "${environment}"
  read_place
  guard_environment
  if [[ ${has_namespace} == yes ]]; then
    take_lock
    remove_phases
    ! has_option delete-data || remove_data
    if has_option delete-namespace; then
      remove_namespace
    else
      finish_inventory
      remove_lock
    fi
  else
    say namespace_absent "${namespace}"
  fi
  say finished "$(title)"
}

main() {
  on_interruption interrupted
  choose_language "$@"
  parse_options "$@"
  check_confirmation
  check_kubectl
  choose_context
  start_clock
  ! has_option delete-namespace || in_worker look
  confirm
  start_clock
  in_worker run
}

main "$@"
