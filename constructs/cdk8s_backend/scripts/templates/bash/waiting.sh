# --- Waiting --------------------------------------------------------------------------------------------------------

watched=''    # lines Watch|… of judge
verdicts=''   # the other lines of the last judgement
judged_at=0   # when that was
pending=' '   # workloads (KIND/NAME) that are not ready
job_logs=()   # last log lines of Jobs by their rows of workloads, since a failed Job's pods are deleted
freed=' '     # pods that were deleted because they kept a StatefulSet from its newer revision
facts_told='' # the facts when logs of Jobs were asked for last
told_at=0
is_watching=no   # workload_changes is being read, as descriptor 3
renew_in_rest=15 # seconds after which the lock is renewed, earlier than where there is something to do

# awaited_of PHASE: lines Awaited|… of judge.
awaited_of() {
  local row
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    [[ ${workloads[row]} != "$1" ]] ||
      printf 'Awaited|%s|%s|%s\n' "${workloads[row + 1]}" "${workloads[row + 2]}" "${workloads[row + 3]}"
  done
}

# wait_for AWAITED: until the workloads are ready. What the last poll found holds as long as nothing was written.
wait_for() {
  local awaited=$1 total began=${SECONDS} state shown='' shown_at=${SECONDS} is_ready=no
  [[ -n ${awaited} ]] || return 0
  total=$(printf '%s\n' "${awaited}" | grep -c .)
  watched=''
  if awaits_new "${awaited}"; then
    judge_facts "${awaited}"
    watched=''
    describe_state
    [[ ${pending} == ' ' ]] || await_change
  fi
  while [[ ${is_ready} == no ]]; do
    if [[ ${facts_are_new} == yes && ${awaited} != *'|ExternalSecret|'* ]] || read_facts "${awaited}"; then
      judge_facts "${awaited}"
      [[ ${pending} != ' ' ]] || break
      tell_news
      keep_job_logs
      free_stuck_pods
      end_if_failed
      describe_state
    else
      state=$(text poll_failed "$(last_line "${answer}")")
    fi
    facts_are_new=no
    renew_lock "${renew_in_rest}"
    await_change
  done
  say phase_ready "${total}" "$((SECONDS - began))"
}

# awaits_new AWAITED: whether this run has made one of the workloads, which cannot be ready yet: the cluster need not be asked.
awaits_new() {
  local kind name
  while IFS='|' read -r _ kind name _; do
    [[ ${missing} != *" ${kind}/${name} "* ]] || return 0
  done < <(printf '%s\n' "$1")
  return 1
}

# Sets state, what the last judgement found, for people.
describe_state() {
  state=$(text waiting "$(printf '%s\n' "${verdicts}" | grep -c '^Ready|')" "${total}" "$(progress)")
}

# Rests until all workloads that are not ready have become so, at most until a Job fails or the next poll is due. In a namespace that this
# run has made, where no workload was another one before, what the watch tells is enough: is_ready says that no poll is needed.
await_change() {
  local until left=${pending} workload
  until=$(next_poll)
  start_watch
  while :; do
    ((SECONDS < deadline)) || time_out
    show_progress
    workload=$(next_change) || workload=''
    case ${workload} in
    '') ;;
    Failed) return 0 ;;
    *' waits') # it may have been ready before
      workload=${workload% waits}
      [[ ${awaited} != *"|${workload/\//|}|"* || ${left} == *" ${workload} "* ]] || left+="${workload} "
      ;;
    *)
      left=${left/" ${workload} "/ }
      if [[ ${left} == ' ' ]]; then
        [[ ${has_namespace} == yes || ${pending} == ' ' ]] || is_ready=yes pending=' '
        return 0
      fi
      ;;
    esac
    ((SECONDS < until)) || return 0
  done
}

start_watch() {
  [[ ${is_watching} == yes ]] || exec 3< <(workload_changes)
  is_watching=yes
}

# Prints when the next poll is due: when a state has lasted as long as it may, even if that has come since the last judgement; at the latest in
# three seconds. In a namespace that this run has made in six, since what a poll costs is taken from all the pods that start; but for Jobs,
# whose logs go when they fail.
next_poll() {
  local most=3
  [[ ${has_namespace} == yes || ${pending} == *' Job/'* ]] || most=6
  printf '%s\n' "${watched}" | awk -F '|' -v now="${SECONDS}" -v judged="${judged_at}" -v most="${most}" '
    BEGIN { due = now + most }
    $1 == "Watch" && $4 + $5 > judged && $4 + $5 < due { due = $4 + $5 }
    END { print (due > now ? due : now + 1) }'
}

# Prints the next line of workload_changes; fails when there is none within a second. It is for a substitution: bash 5 that is interrupted
# in `read -t` crashes at its next substitution, before it has done what it has to do at its end.
next_change() {
  local line
  read -r -t 1 -u 3 line && printf '%s' "${line}"
}

# Shows state: on a terminal each time, elsewhere when it has changed or ten seconds later.
show_progress() {
  if can_move; then
    move progress "${state}" "$((SECONDS - began))"
  elif [[ ${state} != "${shown}" ]] || ((SECONDS - shown_at >= 10)); then
    say progress "${state}" "$((SECONDS - began))"
    shown=${state} shown_at=${SECONDS}
  fi
}

# Prints KIND/NAME of each workload that has become ready, the same with `waits` of one that has changed and is not, and Failed for a Job
# that has failed; where the cluster does not tell, empty lines, so that it ends with its reader.
workload_changes() {
  local resource
  for resource in deployments statefulsets jobs; do
    kube get "${resource}" --watch-only --output "go-template=${changes_template}" 2>/dev/null &
  done
  wait
  while rest 1; do printf '\n'; done
}

# judge_facts AWAITED: sets verdicts, watched and pending.
judge_facts() {
  judged_at=${SECONDS}
  verdicts=$(printf '%s\n' "Now|${judged_at}|${schedule_grace}" "$1" "${watched}" "${facts}" | judge)
  watched=$(printf '%s\n' "${verdicts}" | grep '^Watch|' || true)
  pending=" $(printf '%s\n' "${verdicts}" | sed -n 's/^Pending|\([^|]*\)|.*/\1/p' | tr '\n' ' ')"
  pending=${pending/#  / }
}

# The first workloads that are not ready, with counts, for people.
progress() {
  printf '%s\n' "${verdicts}" | awk -F '|' -v most=8 '
    $1 == "Pending" && ++count <= most { printf "%s%s%s", separator, $2, ($3 == "" ? "" : " " $3); separator = ", " }
    END { if (count > most) printf ", … (+%d)", count - most }'
}

tell_news() {
  local object reason message
  while IFS='|' read -r _ object reason message; do
    say state "${object}" "${reason}" "$(unquoted "${message}")"
  done < <(printf '%s\n' "${verdicts}" | grep '^News|' || true)
}

free_stuck_pods() {
  local pod reason
  while IFS='|' read -r _ pod reason; do
    [[ ${freed} != *" ${pod} "* ]] || continue
    freed+="${pod} "
    say freeing "${pod}" "${reason}"
    try_kube delete pod "${pod}" --ignore-not-found --wait=false || show_answer
  done < <(printf '%s\n' "${verdicts}" | grep '^Stuck|' || true)
}

end_if_failed() {
  local workload pod reason message words
  IFS='|' read -r _ workload pod reason message < <(printf '%s\n' "${verdicts}" | grep '^Failed|' || printf '\n')
  [[ -n ${workload} ]] || return 0
  if [[ ${workload} == Job/* && ${reason} == Failed ]]; then
    words=(job_failed "${workload#*/}")
  elif [[ ${reason} == Unready ]]; then
    words=(never_ready "${workload}" "${pod}")
  elif [[ ${pod} == - ]]; then
    words=(workload_stalled "${workload}" "${reason}" "$(unquoted "${message}")")
  else
    words=(workload_failed "${workload}" "${pod}" "${reason}" "$(unquoted "${message}")")
  fi
  report "${workload}" "$(cause "${words[@]}")"
  give_up "${exit_failed}" "${workload}"
}

# Keeps what the awaited Jobs said last: when something has changed, and every five seconds.
keep_job_logs() {
  local row pod lines
  [[ ${pending} == *' Job/'* ]] || return 0
  if [[ ${facts} == "${facts_told}" ]] && ((SECONDS - told_at < 5)); then return 0; fi
  facts_told=${facts} told_at=${SECONDS}
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    [[ ${workloads[row + 1]} == Job && ${pending} == *" Job/${workloads[row + 2]} "* ]] || continue
    while IFS='|' read -r pod _; do
      lines=$(logs_of "${pod}")
      [[ -z ${lines} ]] || job_logs[row]=${lines}
    done < <(pods_of "Job/${workloads[row + 2]}")
  done
}
