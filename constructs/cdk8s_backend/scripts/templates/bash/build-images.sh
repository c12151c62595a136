#!/bin/bash
# Builds the container images. Needs bash 3.2 or later and docker; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

# plan

# part: messages

# part: options

# part: folder

# part: worker

# --- Help -------------------------------------------------------------------------------------------------------------

help() {
  say help_usage "${BASH_SOURCE[0]##*/}"
  say help_summary "$(title)"
  printf '\n'
  list_options
  printf '\n'
  say help_variables "${plan_registry}" "${plan_version}"
  printf '\n'
  say help_exit_codes
}

# --- Names and sources ------------------------------------------------------------------------------------------------

root=''
registry=''
version=''

# REGISTRY may be set and empty: no registry. An empty VERSION is none.
choose_names() {
  registry=${REGISTRY-${plan_registry}}
  registry=${registry%/}
  version=${VERSION:-${plan_version}}
  [[ -n ${registry} ]] || ! has_option push || usage_error push_needs_registry
}

# image_name REGISTRY NAME VERSION: the whole name; an empty registry adds nothing.
image_name() {
  printf '%s' "$1${1:+/}$2:$3"
}

compare_names() {
  local built deployed
  built=$(image_name "${registry}" '*' "${version}")
  deployed=$(image_name "${plan_registry%/}" '*' "${plan_version}")
  [[ ${built} == "${deployed}" ]] || say names_differ "${built}" "${deployed}"
}

choose_root() {
  root=$(option root) || root=$(dirname "${folder}")
  [[ -d ${root} ]] || fail root_missing "${root}"
  root=$(CDPATH='' cd "${root}" && pwd)
}

# What is known of each wanted image, by its number.
names=()
image_names=()
dockerfiles=()
commons=()

choose_images() {
  local row
  for ((row = 0; row < ${#images[@]}; row += 3)); do
    is_wanted "${images[row]}" "${root}/${images[row + 1]}" "${images[row + 2]}" || continue
    names+=("${images[row]}")
    image_names+=("$(image_name "${registry}" "${images[row]}" "${version}")")
    dockerfiles+=("${root}/${images[row + 1]}")
    commons+=("${images[row + 2]}")
  done
}

# is_wanted NAME DOCKERFILE COMMON: those of --only; without it all, a common one only if the sources have it.
is_wanted() {
  if has_option only; then has_value_of only "$1"; else [[ $3 == no || -f $2 ]]; fi
}

check_dockerfiles() {
  local number missing=no
  for ((number = 0; number < ${#dockerfiles[@]}; number++)); do
    if [[ ! -f ${dockerfiles[number]} ]]; then
      complain dockerfile_missing "${dockerfiles[number]}"
      missing=yes
    fi
  done
  [[ ${missing} == no ]] || fail root_hint "${root}"
}

check_programs() {
  local program
  for program in docker $(option load-into); do
    command -v "${program}" >/dev/null || fail program_missing "${program}"
  done
}

# --- Build ------------------------------------------------------------------------------------------------------------

lines_of_log=20

parallel=1
running=0     # images that are under way
steps=(build) # of each image

# What becomes of each image, by its number.
logs=()       # its file
positions=()  # which step it is at
processes=()  # of that step, while it runs
beginnings=() # seconds of this script
durations=()  # seconds
states=()     # keys of texts, each with a blank before it

prepare_builds() {
  local number folder_of_logs
  parallel=$(option parallel 1) || true
  parallel=$((10#${parallel}))
  ! has_option push || steps+=(push)
  ! has_option load-into || steps+=(load)
  folder_of_logs=$(mktemp -d "${TMPDIR:-/tmp}/build-images.XXXXXX")
  say logs_in "${folder_of_logs}"
  for ((number = 0; number < ${#names[@]}; number++)); do
    logs[number]=${folder_of_logs}/${names[number]//\//-}.log
    positions[number]=0
    processes[number]=''
    beginnings[number]=0
    durations[number]=0
    states[number]=''
  done
}

# Starts the images in their order, and follows them until all are done.
build_images() {
  local next=0 number
  while ((next < ${#names[@]} || running > 0)); do
    while can_start "${next}"; do
      start_image "${next}"
      next=$((next + 1))
    done
    rest 0.2
    for ((number = 0; number < next; number++)); do
      [[ -z ${processes[number]} ]] || follow "${number}"
    done
  done
}

# can_start NUMBER: common images, which come first, run alone.
can_start() {
  (($1 < ${#names[@]})) || return 1
  ((running == 0)) || { ((running < parallel)) && [[ ${commons[$1 - 1]} == no ]]; }
}

start_image() {
  running=$((running + 1))
  beginnings[$1]=${SECONDS}
  : >"${logs[$1]}"
  ! shows_output || exec 3<"${logs[$1]}"
  start_step "$1"
}

# start_step NUMBER: starts the step that an image is at.
start_step() {
  local image=${image_names[$1]} step=${steps[positions[$1]]} command
  say "${step}_started" "$(($1 + 1))" "${#names[@]}" "${image}"
  case ${step} in
  build) command=(docker build -f "${dockerfiles[$1]}" -t "${image}" "${root}") ;;
  push) command=(docker push "${image}") ;;
  *)
    case $(option load-into) in
    kind) command=(kind load docker-image "${image}") ;;
    *) command=(minikube image load "${image}") ;;
    esac
    ;;
  esac
  "${command[@]}" </dev/null >>"${logs[$1]}" 2>&1 &
  processes[$1]=$!
}

shows_output() {
  ((parallel == 1)) && [[ ${json} == no ]]
}

# follow NUMBER: shows what the step of an image has printed since the last time, and goes on where it has ended.
follow() {
  local ended=no status=0
  kill -0 "${processes[$1]}" 2>/dev/null || ended=yes
  ! shows_output || cat <&3
  [[ ${ended} == yes ]] || return 0
  wait "${processes[$1]}" || status=$?
  processes[$1]=''
  durations[$1]=$((SECONDS - beginnings[$1]))
  ((status == 0)) || fail_step "$1"
  end_step "$1"
}

# end_step NUMBER: says what an image has reached, and starts its next step.
end_step() {
  local step=${steps[positions[$1]]}
  say "${step}_done" "${image_names[$1]}" "${durations[$1]}"
  states[$1]+=" state_${step}"
  positions[$1]=$((positions[$1] + 1))
  if ((positions[$1] < ${#steps[@]})); then start_step "$1"; else running=$((running - 1)); fi
}

# fail_step NUMBER: ends the run because the step of an image failed.
fail_step() {
  local step=${steps[positions[$1]]} words
  end_processes
  complain "${step}_failed" "${image_names[$1]}"
  while IFS= read -r words || [[ -n ${words} ]]; do
    complain log_line "${words}"
  done < <(tail -n "${lines_of_log}" "${logs[$1]}")
  states[$1]+=' state_failed'
  summarize
  exit "${exit_failed}"
}

# Ends the steps that run; what does not end by itself within 5 seconds is killed.
end_processes() {
  local number tries=25
  for ((number = 0; number < ${#processes[@]}; number++)); do
    [[ -n ${processes[number]} ]] || continue
    kill "${processes[number]}" 2>/dev/null || true
    durations[number]=$((SECONDS - beginnings[number]))
    states[number]+=' state_stopped'
  done
  for ((number = 0; number < ${#processes[@]}; number++)); do
    while [[ -n ${processes[number]} ]] && kill -0 "${processes[number]}" 2>/dev/null; do
      ((tries-- > 0)) || kill -KILL "${processes[number]}" 2>/dev/null
      sleep 0.2
    done
  done
}

# Prints what became of each image.
summarize() {
  local number key words
  say summary
  for ((number = 0; number < ${#names[@]}; number++)); do
    words=''
    for key in ${states[number]:-state_waiting}; do
      words+=${words:+, }$(text "${key}")
    done
    say summary_image "${image_names[number]}" "${words}" "${durations[number]}"
  done
}

# --- Run --------------------------------------------------------------------------------------------------------------

run() {
  trap end_processes EXIT
  say started "$(title)"
  compare_names
  prepare_builds
  build_images
  summarize
  say finished "$(title)"
}

main() {
  on_interruption interrupted
  choose_language "$@"
  parse_options "$@"
  find_folder
  choose_names
  choose_root
  choose_images
  check_dockerfiles
  check_programs
  in_worker run
}

main "$@"
