# --- Reports --------------------------------------------------------------------------------------------------------

log_lines=20

# report KIND/NAME: events and logs of what is not ready, with the states of its pods before them.
report() {
  local workload=$1 row pod is_ready pods
  pods=$(pods_of "${workload}")
  report_external_secret "${workload}"
  while IFS='|' read -r pod is_ready _; do
    [[ -z ${pod} || ${is_ready} == True ]] || report_states "${pod}"
  done < <(printf '%s\n' "${pods}")
  report_events "${workload#*/}" "${pods}"
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    if [[ ${workloads[row + 1]}/${workloads[row + 2]} == "${workload}" && ${workload} == Job/* ]]; then
      report_log "${workload}" "${job_logs[row]:-$(text logs_none)}"
      return
    fi
  done
  while IFS='|' read -r pod is_ready _; do
    [[ -z ${pod} || ${is_ready} == True ]] || report_log "Pod/${pod}" "$(logs_of "${pod}")"
  done < <(printf '%s\n' "${pods}")
}

# report_states POD: what its containers wait for, and how the previous ones ended.
report_states() {
  local kind pod container reason message
  while IFS='|' read -r kind pod container reason _ message; do
    [[ ${pod} == "$1" ]] || continue
    case ${kind} in
    State) [[ ${reason} == Running ]] || complain state "Pod/${pod}" "${reason}" "$(unquoted "${message}")" ;;
    Last) complain pod_before "${pod}" "${container}" "${reason}" "$(unquoted "${message}")" ;;
    *) ;;
    esac
  done < <(printf '%s\n' "${facts}")
}

# report_external_secret KIND/NAME: what its Secret lacks, and what the controller says; nothing of another kind.
report_external_secret() {
  local kind name lacking secret status reason message
  while IFS='|' read -r kind name lacking secret status reason message; do
    [[ ${kind} == ExternalSecret && ${kind}/${name} == "$1" ]] || continue
    if [[ ${lacking} == '* ' ]]; then
      complain secret_empty "${secret}"
    else
      complain secret_lacks "${secret}" "${lacking% }"
    fi
    if [[ -n ${status} ]]; then
      complain condition "${status}" "${reason}" "$(unquoted "${message}")"
    else
      complain condition_none
    fi
  done < <(printf '%s\n' "${facts}")
}

# report_events NAME PODS: the last warnings about the workload of that name, its newest pods, what makes them, and its claims.
report_events() {
  local events object reason message
  events=$(kube get events --field-selector type=Warning --sort-by .lastTimestamp --request-timeout 10s \
    --output "go-template=${events_template}" 2>/dev/null) || return 0
  while IFS='|' read -r object reason message; do
    complain event "${object}" "${reason}" "$(unquoted "${message}")"
  done < <(printf '%s\n' "$2" "${events}" | awk -F '|' -v name="$1" '
    /^[^|]*\|(True|False|)\|/ { pods[$1] = 1; next }
    function concerns(object,    pod) {
      if (object == name || index(object "-", "-" name "-") > 0) return 1
      for (pod in pods) if (object == pod || index(pod, object "-") == 1) return 1
      return 0
    }
    concerns($1) && !seen[$0]++' | tail -n 5)
}

# report_log OBJECT LINES
report_log() {
  local words
  [[ -n $2 ]] || return 0
  complain logs "$1"
  while IFS= read -r words; do
    complain log_line "${words}"
  done < <(printf '%s\n' "$2")
}

# logs_of POD: its last log lines. A container that is about to be restarted has none of its own: then those of the previous.
logs_of() {
  local lines
  lines=$(kept_logs_of "$1")
  [[ -n ${lines} ]] || lines=$(kept_logs_of "$1" --previous)
  printf '%s' "${lines}"
}

# kept_logs_of POD [OPTION]: without what the node says in place of a log that it does not have.
kept_logs_of() {
  local node='^(\[[^]]*\] )?(unable to retrieve container logs for |failed to try resolving symlinks in path )'
  kube logs "$@" --all-containers --prefix --tail "${log_lines}" --request-timeout 10s 2>/dev/null | grep -Ev "${node}" || true
}

# unquoted TEXT: undoes the quoting of the templates (%q), which keeps a message on one line.
unquoted() {
  local inner=${1#\"}
  printf '%s' "${inner%\"}" | sed -e 's/\\n/ /g' -e 's/\\"/"/g' -e 's/\\\\/\\/g'
}

# The time of the run is over: prints why the awaited workloads are not ready, which takes at most 20 seconds more.
time_out() {
  local workload
  complain timed_out "${timeout}"
  deadline=$((SECONDS + 20))
  for workload in ${pending}; do
    complain unready "${workload}"
    report "${workload}"
  done
  give_up "${exit_timed_out}" "${pending# }"
}

# give_up STATUS KIND/NAME...: says how to look further and how to undo, and ends the run.
give_up() {
  local status=$1 workload
  shift
  complain look_further
  # shellcheck disable=SC2048 # a list with blanks
  for workload in $*; do
    complain command "kubectl --context ${context} --namespace ${namespace} describe ${workload}"
  done
  complain command "${BASH_SOURCE[0]} --context ${context} --status"
  # shellcheck disable=SC2048
  for workload in $*; do
    [[ ${workload} != Deployment/* && ${workload} != StatefulSet/* ]] || has_option rollback-on-failure ||
      complain command "kubectl --context ${context} --namespace ${namespace} rollout undo ${workload}"
  done
  exit "${status}"
}

# What has changed, how long it took, and what to open.
summarize() {
  local row
  if [[ ${changes} == ' ' ]]; then say unchanged; else say changed "${changes:1:${#changes}-2}"; fi
  [[ -z ${phase_times} ]] || say times "${phase_times}"
  for ((row = 0; row < ${#addresses[@]}; row += 2)); do
    ! is_included "${addresses[row]}" || say address "${addresses[row + 1]}"
  done
}

# --- Status ---------------------------------------------------------------------------------------------------------

# Shows what is deployed, and what is not ready and why.
show_readiness() {
  local workload phase all='' holder_now since
  say deployed "${deployed_version:-?}" "${deployed_hash:-?}"
  IFS='|' read -r _ holder_now since _ < <(printf '%s\n' "${lease_state}")
  [[ -z ${holder_now} ]] || say lock_is_held "${holder_now}" "${since}"
  for phase in ${included}; do
    all+=$(awaited_of "${phase}")$'\n'
  done
  [[ ${all} != *'|ExternalSecret|'* ]] || read_facts "${all}" || complain kubectl "$(last_line "${answer}")"
  judge_facts "${all}"
  for workload in ${pending}; do
    complain unready "${workload}"
    report "${workload}"
  done
  [[ ${pending} != ' ' ]] || say all_ready "$(printf '%s\n' "${verdicts}" | grep -c '^Ready|')"
}

# Shows what differs, and ends the run: with 1 when something is not ready.
show_differing() {
  local row
  for row in ${differing}; do
    say differs "${row}"
  done
  [[ ${differing} != ' ' ]] || say nothing_differs
  list_orphans
  [[ ${pending} == ' ' ]] || exit "${exit_failed}"
  exit 0
}
