# --- kubectl --------------------------------------------------------------------------------------------------------

field_manager=cdk8s-backend
# The API server refuses unknown fields in a server-side apply by itself: kubectl's own check would fetch schemas each time.
apply=(apply --server-side --validate=ignore --field-manager "${field_manager}")
oldest_kubectl=27
exit_timed_out=70

# kubectl runs for a moment, of which the collection of garbage takes a fifth as Go is set.
export GOGC=${GOGC:-400}

context=''
timeout=900
deadline=0

check_kubectl() {
  local version minor
  command -v kubectl >/dev/null || fail kubectl_missing "1.${oldest_kubectl}"
  version=$(kubectl version --client --output yaml 2>/dev/null | sed -n 's/^ *gitVersion: *v//p' | head -n 1) || true
  minor=${version#*.}
  minor=${minor%%.*}
  [[ ${version} == 1.* && ${minor} =~ ^[0-9]+$ ]] || fail kubectl_unknown "${version:-?}" "1.${oldest_kubectl}"
  ((minor >= oldest_kubectl)) || fail kubectl_old "${version}" "1.${oldest_kubectl}"
}

# Decides the context once, so that a change of the current context during the run changes nothing.
choose_context() {
  context=$(option context) || context=$(kubectl config current-context 2>/dev/null) || fail context_none
}

# confirm_on_terminal QUESTION: goes on when the person at the terminal agrees; without a terminal it is wrong usage.
confirm_on_terminal() {
  local answer=''
  [[ -t 0 ]] || usage_error context_or_yes
  text "$1" "${context}" "${namespace}"
  read -r answer || true
  case ${answer} in
  y | Y | yes | Yes | YES | 예 | 네) ;;
  *) fail cancelled ;;
  esac
}

start_clock() {
  timeout=$(option timeout "${timeout}") || true
  timeout=$((10#${timeout}))
  deadline=$((SECONDS + timeout))
}

# kube ARGUMENT...: kubectl in the chosen context. It ends with the time of the run, which --request-timeout alone does not
# bring about because one call may make many requests. When the script that was started is gone, it ends too.
kube() {
  local left=$((deadline - SECONDS)) call status=0
  end_orphan
  ((left > 0)) || return "${exit_timed_out}"
  kubectl --context "${context}" --namespace "${namespace}" --request-timeout "${left}s" "$@" <&0 &
  call=$!
  end_in_time "${call}" >/dev/null 2>&1 &
  wait "${call}" 2>/dev/null || status=$?
  return "${status}"
}

# end_in_time PROCESS: waits until it has ended, and ends it at the deadline.
end_in_time() {
  while kill -0 "$1" && ((SECONDS < deadline)); do
    end_orphan
    sleep 1
  done
  # shellcheck disable=SC2046 # numbers
  ! kill -0 "$1" || kill "$1" $(started_by "$1")
}

# started_by PROCESS: what it has started, and what that has: a credential plugin of kubectl keeps the output open for which a
# substitution waits.
started_by() {
  { ps -A -o pid= -o ppid= || ps -o pid,ppid; } 2>/dev/null | awk -v first="$1" '
    { parent[$1] = $2 }
    END {
      for (process in parent) {
        above = parent[process]
        while (above in parent && above != first) above = parent[above]
        if (above == first) print process
      }
    }'
}

# captured ARGUMENT...: kube with its errors in the output, for a substitution. There the trace of `bash -x` would be taken for an
# error; and without `exec` end_in_time would keep what standard error was, for which a program that reads it would wait.
captured() {
  { set +x; } 2>/dev/null
  exec 2>&1
  kube "$@"
}

answer='' # what the last call of try_kube or send printed, errors included

# try_kube ARGUMENT...: kube with its output in `answer`. While the API server is away it is tried again, so it must be
# something that can be done twice.
try_kube() {
  send '' "$@"
}

# send TEXT ARGUMENT...: the same with a text as standard input.
send() {
  local status try=send_once
  while true; do
    status=0
    "${try}" "$@" || status=$?
    { ((status != 0)) && is_outage "${answer}" && ((SECONDS < deadline)); } || return "${status}"
    [[ $2 != diff || ${status} != 1 ]] || return "${status}" # there are differences, which may be about anything
    [[ ${try} == send_again ]] || complain outage "$(last_line "${answer}")"
    try=send_again
    rest 2
  done
}

capture=captured # what of a call send keeps in `answer`

# send_once TEXT ARGUMENT...: one try of it.
send_once() {
  local input=$1
  shift
  answer=$(printf '%s' "${input}" | "${capture}" "$@")
}

# send_again TEXT ARGUMENT...: one more try. Meanwhile another run may have taken the lock, so this one has to have it, unless the call
# is about a Lease itself, which is all that is created.
send_again() {
  [[ $2 == create || ${3:-} == lease ]] || keep_lock || return
  send_once "$@"
}

# is_outage TEXT: whether kubectl says that the API server did not answer. What it logs may be about an extension of the API, so that
# counts only where it says nothing else. What an API server says about a webhook, or about those extensions, is an answer.
is_outage() {
  local words sign
  words=$(printf '%s\n' "$1" | LC_ALL=C grep -Ev '^([EWIF][0-9]{4} |$)') || words=$1
  case ${words} in
  *' webhook "'* | *'conversion webhook for '* | *'the complete list of server APIs'*) return 1 ;;
  *) ;;
  esac
  for sign in "${outage_signs[@]}"; do
    [[ ${words} != *"${sign}"* ]] || return 0
  done
  return 1
}

last_line() {
  printf '%s\n' "$1" | sed '/^ *$/d' | tail -n 1
}

# The names in the answer, one a line; what has blanks is a warning of kubectl.
names_in_answer() {
  printf '%s\n' "${answer}" | grep -E '^[^ ]+$' || true
}

# read_cluster WHAT ARGUMENT...: `answer` is what kubectl read; ends the run when it cannot. WHAT names it for people.
read_cluster() {
  local what=$1
  shift
  try_kube "$@" && return
  call_failed read_failed "${what}"
}

# Shows what kubectl said, line by line, as it is.
show_answer() {
  local words
  while IFS= read -r words; do
    [[ -z ${words} ]] || complain kubectl "${words}"
  done < <(printf '%s\n' "${answer}")
}

# stop_or_fail KEY [ARGUMENT...]: ends the run after a failed call: with its time when that is over, else as failed.
stop_or_fail() {
  ((SECONDS < deadline)) || time_out
  fail "$@"
}

# call_failed KEY [ARGUMENT...]: the same after a call whose answer says why.
call_failed() {
  show_answer
  stop_or_fail "$@"
}
