# --- Reports --------------------------------------------------------------------------------------------------------

log_lines=20
explained=8   # workloads whose causes are told when the time is over
advised=5     # workloads for which commands are given then
cause_room=26 # lines for the causes: so they are among the last forty, with the time limit before them and the commands after them

why='' # what was said last of causes, as lines of cause

# report KIND/NAME [LINE]: the last log lines of what is not ready, then why it is not: that is short, and people look at the end first.
# Another line of cause comes after that.
report() {
  why=$(
    causes_of "$1"
    printf '%s' "${2:-}"
  )
  report_logs "$1"
  tell_causes "${why}"
}

# report_logs KIND/NAME: of a Job the lines that were kept, where there are any, else those of the pods that are not ready.
report_logs() {
  local row pod is_ready lines=''
  if [[ $1 == Job/* ]]; then
    for ((row = 0; row < ${#workloads[@]}; row += 4)); do
      [[ ${workloads[row + 1]}/${workloads[row + 2]} != "$1" ]] || lines=${job_logs[row]:-}
    done
    while IFS='|' read -r pod _; do
      [[ -z ${pod} || -n ${lines} ]] || lines=$(logs_of "${pod}")
    done < <(pods_of "$1")
    report_log "$1" "${lines:-$(text logs_none)}"
    return
  fi
  while IFS='|' read -r pod is_ready _; do
    [[ -z ${pod} || ${is_ready} == True ]] || report_log "Pod/${pod}" "$(logs_of "${pod}")"
  done < <(pods_of "$1")
}

# causes_of KIND/NAME: why it is not ready, as lines of cause.
causes_of() {
  local pods pod is_ready
  pods=$(pods_of "$1")
  causes_of_external_secret "$1"
  while IFS='|' read -r pod is_ready _; do
    [[ -z ${pod} || ${is_ready} == True ]] || causes_of_pod "${pod}"
  done < <(printf '%s\n' "${pods}")
  causes_in_events "${1#*/}" "${pods}"
}

# cause KEY ARGUMENT...: a line that tell_causes reads.
cause() {
  printf '%s\037' "$@"
  printf '\n'
}

# tell_causes LINES
tell_causes() {
  local words
  while IFS=$'\037' read -r -a words; do
    ((${#words[@]} == 0)) || complain "${words[@]}"
  done < <(printf '%s\n' "$1")
}

# causes_of_pod POD: what its containers wait for, and how the previous ones ended.
causes_of_pod() {
  local kind pod container reason message
  while IFS='|' read -r kind pod container reason _ message; do
    [[ ${pod} == "$1" ]] || continue
    case ${kind} in
    State) [[ ${reason} == Running ]] || cause state "Pod/${pod}" "${reason}" "$(unquoted "${message}")" ;;
    Last) cause pod_before "${pod}" "${container}" "${reason}" "$(unquoted "${message}")" ;;
    *) ;;
    esac
  done < <(printf '%s\n' "${facts}")
}

# causes_of_external_secret KIND/NAME: what its Secret lacks, and what the controller says; nothing of another kind.
causes_of_external_secret() {
  local kind name lacking secret status reason message
  while IFS='|' read -r kind name lacking secret status reason message; do
    [[ ${kind} == ExternalSecret && ${kind}/${name} == "$1" ]] || continue
    if [[ ${lacking} == '* ' ]]; then
      cause secret_empty "${secret}"
    else
      cause secret_lacks "${secret}" "${lacking% }"
    fi
    if [[ -n ${status} ]]; then
      cause condition "${status}" "${reason}" "$(unquoted "${message}")"
    else
      cause condition_none
    fi
  done < <(printf '%s\n' "${facts}")
}

# causes_in_events NAME PODS: the last warnings about the workload of that name, its newest pods, what makes them, and their claims.
causes_in_events() {
  local events object reason message
  events=$(kube get events --field-selector type=Warning --sort-by .lastTimestamp --request-timeout 10s \
    --output "go-template=${events_template}" 2>/dev/null) || return 0
  while IFS='|' read -r object reason message; do
    cause event "${object}" "${reason}" "$(unquoted "${message}")"
  done < <(printf '%s\n' "$2" "$(printf '%s\n' "${facts}" | grep '^Uses|')" "${events}" | awk -F '|' -v name="$1" '
    /^[^|]*\|(True|False)?\|/ { pods[$1] = 1; next }
    $1 == "Uses" { if ($2 in pods) claims[$3] = 1; next }
    function concerns(object,    pod) {
      if (object == name || object in claims || index(object "-", "-" name "-") > 0) return 1
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

# unquoted TEXT: undoes the quoting of the templates (%q). A message stays on one line, on which all white space is blanks.
unquoted() {
  local inner=${1#\"} backslash=$'\036'
  printf '%s' "${inner%\"}" |
    sed -e "s/\\\\\\\\/${backslash}/g" -e 's/\\[nrt]/ /g' -e 's/\\"/"/g' -e "s/${backslash}/\\\\/g"
}

# The time of the run is over: prints why the awaited workloads are not ready, which takes at most 20 seconds more.
time_out() {
  local workload causes first=() others=() names=()
  deadline=$((SECONDS + 20))
  for workload in ${pending}; do
    causes=$(causes_of "${workload}")
    # What only events tell of may wait for one of those that have more to say.
    if [[ -n ${causes} && ${causes} != event* ]]; then
      first+=("${workload}" "${causes}")
    else
      others+=("${workload}" "${causes}")
    fi
  done
  for workload in ${pending}; do
    report_logs "${workload}"
  done
  set -- ${first[@]+"${first[@]}"} ${others[@]+"${others[@]}"}
  why=$(
    cause timed_out "${timeout}"
    explain "$@"
  )
  tell_causes "${why}"
  while (($# > 0 && ${#names[@]} < advised)); do
    names+=("$1")
    shift 2
  done
  give_up "${exit_timed_out}" ${names[@]+"${names[@]}"}
}

# explain [KIND/NAME CAUSES]...: why the first of these workloads are not ready, each in a share of the lines that there is room for (of
# more causes the first ones and the last one), and which the others are; as lines of cause.
explain() {
  local left=${explained} share unexplained=''
  (($# > 0)) || return 0
  share=$((cause_room / ($# / 2 < explained ? $# / 2 : explained) - 1))
  while (($# > 0 && left > 0)); do
    cause unready "$1"
    printf '%s\n' "$2" | awk -v most="${share}" '
      { line[NR] = $0 }
      END { for (at = 1; at <= NR; at++) if (NR <= most || at < most || at == NR) print line[at] }'
    left=$((left - 1))
    shift 2
  done
  while (($# > 0)); do
    unexplained+=" $1"
    shift 2
  done
  [[ -z ${unexplained} ]] || cause unready_too "${unexplained# }"
}

# give_up STATUS KIND/NAME...: says how to look further and how to undo, and ends the run.
give_up() {
  local status=$1 workload
  shift
  complain look_further
  for workload in "$@"; do
    complain command "kubectl --context $(as_word "${context}") --namespace ${namespace} describe ${workload}"
  done
  complain command "$(as_word "${BASH_SOURCE[0]}") --context $(as_word "${context}") --status"
  for workload in "$@"; do
    ! can_be_undone "${workload}" ||
      complain command "kubectl --context $(as_word "${context}") --namespace ${namespace} rollout undo ${workload}"
  done
  exit "${status}"
}

# can_be_undone KIND/NAME: whether it is what this run has made of an earlier revision, and does not put back itself.
can_be_undone() {
  [[ $1 == Deployment/* || $1 == StatefulSet/* ]] && ! has_option rollback-on-failure &&
    [[ ${changes} == *" $1 "* && ${missing} != *" $1 "* ]]
}

# as_word TEXT: as it is typed into a shell.
as_word() {
  local LC_ALL=C plain='^[A-Za-z0-9_./:@+,-]+$'
  if [[ $1 =~ ${plain} ]]; then
    printf '%s' "$1"
  else
    printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
  fi
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
