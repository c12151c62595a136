# --- Phases ---------------------------------------------------------------------------------------------------------

included=' '   # phases of this run
phase_times='' # how long each phase took, for people

# phase_title PHASE
phase_title() {
  local row
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    [[ ${phases[row]} != "$1" ]] || in_language "${phases[row + 1]}" "${phases[row + 2]}"
  done
}

choose_phases() {
  local row phase option
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    phase=${phases[row]} option=${phases[row + 3]}
    if has_option only; then
      ! has_value_of only "${phase}" || included+="${phase} "
    elif [[ -z ${option} ]] || has_option "${option}"; then
      included+="${phase} "
    fi
  done
}

# is_included PHASE: whether it belongs to this run.
is_included() {
  [[ ${included} == *" $1 "* ]]
}

# option_for_phase PHASE: what would include it besides those that are.
option_for_phase() {
  local row
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    [[ ${phases[row]} == "$1" ]] || continue
    if has_option only; then printf -- '--only %s' "$1"; else printf -- '--%s' "${phases[row + 3]}"; fi
  done
}

deploy_phases() {
  local phase number=0 total began
  total=$(($(printf "%s" "${included}" | wc -w)))
  for phase in ${included}; do
    number=$((number + 1))
    began=${SECONDS}
    say phase_started "${number}" "${total}" "$(phase_title "${phase}")"
    renew_lock
    untraced write_secrets "${phase}"
    find_outdated_jobs "${phase}" # again: an earlier step may have made a claim
    delete_outdated_jobs "${phase}"
    apply_files "${phase}"
    restart_workloads "${phase}"
    wait_for "$(awaited_of "${phase}")"
    phase_times+="${phase_times:+, }$(phase_title "${phase}") $((SECONDS - began))"
  done
}

# The first phase makes the namespace, without which nothing else can be checked.
make_namespace() {
  local row made=no
  for row in $(rows_of); do
    [[ ${files[row + 1]} == Namespace.* ]] || continue
    try_kube "${apply[@]}" --filename "${file_words[row]}" || call_failed apply_failed
    say output "  ${answer}"
    note_change "${file_objects[row]}"
    made=yes
  done
  [[ ${made} == yes ]] || fail namespace_missing "${namespace}"
}

# --- Jobs and restarts ----------------------------------------------------------------------------------------------

# find_outdated_jobs [PHASE]: notes the Jobs of this run that exist and have to run again, those of a phase or all. A Job cannot
# be changed: it is deleted and made anew.
find_outdated_jobs() {
  local row name conditions time
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    name=${workloads[row + 2]}
    [[ ${workloads[row + 1]} == Job && ${outdated} != *" Job/${name}="* ]] || continue
    [[ -z ${1:-} || ${workloads[row]} == "$1" ]] || continue
    is_included "${workloads[row]}" || continue
    IFS='|' read -r conditions time < <(fact Job "${name}" | grep . || printf '|\n')
    [[ -n ${time} ]] || continue
    if [[ ,${conditions} == *,Failed,* ]]; then
      outdated+="Job/${name}=job_failed_before "
    elif is_older_than_secrets Job "${name}" "${time}"; then
      outdated+="Job/${name}=job_secret_changed "
    elif has_younger_claim "${name}" "${time}"; then
      outdated+="Job/${name}=job_claim_changed "
    fi
  done
}

# is_older_than_secrets KIND NAME TIME: whether a Secret that the workload reads has changed since.
is_older_than_secrets() {
  local row changed
  for ((row = 0; row < ${#secret_readers[@]}; row += 3)); do
    [[ ${secret_readers[row + 1]}/${secret_readers[row + 2]} == "$1/$2" ]] || continue
    [[ ${secret_times} == *" ${secret_readers[row]}="* ]] || continue
    changed=${secret_times#*" ${secret_readers[row]}="}
    changed=${changed%% *}
    [[ ${changed} == now || ${changed} > $3 ]] && return 0
  done
  return 1
}

# has_younger_claim JOB TIME: whether a claim of the Job's databases was made after the Job: its data is another one.
has_younger_claim() {
  local row made
  for ((row = 0; row < ${#job_claims[@]}; row += 2)); do
    [[ ${job_claims[row]} == "$1" ]] || continue
    made=$(fact Claim "${job_claims[row + 1]}")
    [[ -n ${made} && ${made#*|} > $2 ]] && return 0
  done
  return 1
}

delete_outdated_jobs() {
  local row name reason
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    name=${workloads[row + 2]}
    [[ ${workloads[row]} == "$1" && ${outdated} == *" Job/${name}="* ]] || continue
    reason=${outdated#*" Job/${name}="}
    say "${reason%% *}" "${name}"
    facts_are_new=no
    remove foreground "job/${name}"
  done
}

# restart_workloads PHASE: restarts what runs with an older value of a Secret.
restart_workloads() {
  local row kind name time stale
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    kind=${workloads[row + 1]} name=${workloads[row + 2]}
    [[ ${workloads[row]} == "$1" && ${kind} != Job && ${kind} != ExternalSecret ]] || continue
    stale=no
    while IFS='|' read -r _ _ time; do
      ! is_older_than_secrets "${kind}" "${name}" "${time}" || stale=yes
    done < <(pods_of "${kind}/${name}")
    [[ ${stale} == yes ]] || continue
    say restart "${kind}/${name}"
    facts_are_new=no
    # Where the answer of one that was made is lost, another one follows: better than none.
    try_kube rollout restart "${kind}/${name}" || call_failed restart_failed "${kind}/${name}"
    note_change "${kind}/${name}"
  done
}
