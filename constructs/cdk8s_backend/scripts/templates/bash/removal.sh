# --- Removal --------------------------------------------------------------------------------------------------------

# remove CASCADE RESOURCE/NAME...: deletes what is there of them, and waits until it is gone.
remove() {
  local cascade=$1
  shift
  try_kube delete "$@" --ignore-not-found "--cascade=${cascade}" --wait=false || call_failed delete_failed "$*"
  wait_until_gone "$@"
}

wait_until_gone() {
  local began=${SECONDS} said_at=${SECONDS} left
  while true; do
    read_cluster "$*" get "$@" --ignore-not-found --output name
    left=$(names_in_answer)
    [[ -n ${left} ]] || return 0
    renew_lock
    ((SECONDS < deadline)) || time_out
    if ((SECONDS - said_at >= 10)); then
      said_at=${SECONDS}
      say leaving "${left//$'\n'/ }" "$((SECONDS - began))"
    fi
    rest 1
  done
}
