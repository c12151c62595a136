# --- Lock -----------------------------------------------------------------------------------------------------------
# A Lease in the namespace. All times in it are the API server's; one without times has that of its creation.

lease=cdk8s-backend-lock
lock_seconds=60
renew_after=30

holder='' # this run, as the Lease names it, while it has the lock
renewed_at=0
lease_state='' # resourceVersion|holder|since|renewed, as read_place found it; empty without a Lease

# Takes the lock if nobody has it, if the time of who has it is over, or with --force-unlock; else ends the run.
take_lock() {
  local name version other since renewed age spec time
  name="$(id -un 2>/dev/null || printf '?')@$(uname -n) $$-${RANDOM}"
  spec="\"holderIdentity\":\"$(json_text "${name}")\",\"leaseDurationSeconds\":${lock_seconds}"
  IFS='|' read -r version other since renewed < <(printf '%s\n' "${lease_state}")
  if [[ -z ${version} ]]; then
    holder=${name} # already: a call that is interrupted may have taken it
    create_lease send "{\"name\":\"${lease}\"}" "{${spec}}" --field-manager "${field_manager}" || lock_missed "${name}"
  else
    read_server_time send || call_failed lock_failed
    if [[ -n ${other} ]] && ! has_option force-unlock; then
      age=$(($(epoch_of "${server_now}") - $(epoch_of "${renewed}")))
      ((age >= lock_seconds)) || fail lock_held "${other}" "${since}" "${age}" "$((lock_seconds - age))"
    fi
    time=$(micro_time "${server_now}")
    holder=${name}
    try_kube patch lease "${lease}" --type json --field-manager "${field_manager}" --patch "[
      {\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"${version}\"},
      {\"op\":\"add\",\"path\":\"/spec\",\"value\":{${spec},\"acquireTime\":\"${time}\",\"renewTime\":\"${time}\"}}]" || lock_missed "${name}"
  fi
  renewed_at=${SECONDS}
  [[ -z ${other} ]] || say lock_taken "${other}"
}

# lock_missed NAME: the Lease changed between reading and writing. Someone was faster, or an answer was lost and what was tried again
# had been done.
lock_missed() {
  local other since
  if was_refused; then
    read_place
    IFS='|' read -r _ other since _ < <(printf '%s\n' "${lease_state}")
    [[ ${other} != "$1" ]] || return 0
    holder=''
    fail lock_held "${other:-?}" "${since:-?}" 0 "${lock_seconds}"
  fi
  holder=''
  call_failed lock_failed
}

# create_lease SEND METADATA SPEC ARGUMENT...: by send or send_once.
create_lease() {
  local way=$1 document="{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":$2,\"spec\":$3}"
  shift 3
  "${way}" "${document}" create --validate=ignore --filename - "$@"
}

# micro_time TIME: a time of the API server as a Lease has it.
micro_time() {
  printf '%s.000000Z' "${1%Z}"
}

server_now='' # the API server's clock: what it would write as the time of a creation

# read_server_time SEND
read_server_time() {
  create_lease "$1" '{"generateName":"clock-"}' '{}' --dry-run=server --output 'go-template={{.metadata.creationTimestamp}}' ||
    return
  server_now=$(last_line "${answer}")
}

# renew_lock [SECONDS]: says that this run still is there, unless it did so within these seconds; ends it when someone else has the lock.
renew_lock() {
  is_renewal_due "${1:-${renew_after}}" || return 0
  read_server_time send || call_failed lock_failed
  write_renewal || true
}

# The same between two tries of a call, with one try; fails where the lock could not be renewed, and `answer` says why.
keep_lock() {
  is_renewal_due "${renew_after}" || return 0
  read_server_time send_once && write_renewal
}

# is_renewal_due SECONDS
is_renewal_due() {
  [[ -n ${holder} ]] && ((SECONDS - renewed_at >= $1))
}

write_renewal() {
  local read_at=${SECONDS}
  if patch_own_lease "{\"op\":\"add\",\"path\":\"/spec/renewTime\",\"value\":\"$(micro_time "${server_now}")\"}"; then
    renewed_at=${read_at}
  elif was_refused; then
    holder=''
    fail lock_lost
  else
    return 1
  fi
}

# patch_own_lease OPERATION: fails when another holds it.
patch_own_lease() {
  answer=$(captured patch lease "${lease}" --type json --field-manager "${field_manager}" --patch "[
    {\"op\":\"test\",\"path\":\"/spec/holderIdentity\",\"value\":\"$(json_text "${holder}")\"},$1]")
}

# Whether the API server refused the last change of the Lease because of what is in it now.
was_refused() {
  [[ ${answer} == *AlreadyExists* || ${answer} == *NotFound* || ${answer} == *'request is invalid'* ]]
}

# Gives the lock back, at every end of the run; again where an interruption has ended the call.
release_lock() {
  local give_back='{"op":"remove","path":"/spec/holderIdentity"}'
  [[ -n ${holder} ]] || return 0
  deadline=$((SECONDS + 10))
  patch_own_lease "${give_back}" || patch_own_lease "${give_back}" || true
  holder=''
}

# epoch_of TIME: the seconds since 1970 of a time of the API server (2026-11-25T13:00:00Z).
epoch_of() {
  local time=$1 year month day days
  year=$((10#${time:0:4})) month=$((10#${time:5:2})) day=$((10#${time:8:2}))
  if ((month <= 2)); then year=$((year - 1)) month=$((month + 12)); fi
  days=$((365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719469))
  printf '%d' "$((days * 86400 + 10#${time:11:2} * 3600 + 10#${time:14:2} * 60 + 10#${time:17:2}))"
}
