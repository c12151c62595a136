# --- Secrets --------------------------------------------------------------------------------------------------------
# Values stay in shell variables that are not exported, in base64, and leave the script through pipes only: never in an
# argument of a program, a file, a here-document (bash keeps it in a file), or the trace of `bash -x`.
# The three lists run in parallel to secret_keys, one item a row.

given=()         # what the environment gives
found=()         # what the cluster has
to_write=()      # what is to be added to the cluster
existing=' '     # names of the Secrets that the cluster has
annotated=' '    # those of which a client-side apply has left a copy in an annotation
bound=' '        # names of the Secrets whose values live in a claim that exists
new_secrets=()   # Secrets that the phase makes, as Secret/NAME
new_documents='' # their documents, with the values
secret_times=' ' # NAME=time of the last change of a Secret's data, or NAME=now when this run makes it

# untraced COMMAND [ARGUMENT...]: runs it without the trace of `bash -x`.
untraced() {
  local status
  case $- in
  *x*)
    { set +x; } 2>/dev/null
    "$@"
    status=$?
    set -x
    return "${status}"
    ;;
  *) "$@" ;;
  esac
}

encoded() {
  printf '%s' "$1" | base64 | tr -d '\n'
}

random_value() {
  local letters
  letters=$(head -c 1024 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9')
  printf '%s' "${letters:0:40}"
}

# Takes the values out of the environment, so that no program that this script starts inherits them.
take_given_values() {
  local row variable
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    variable=${secret_keys[row + 2]}
    given[row / 4]=${!variable:-}
    export -n "${variable?}"
  done
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    unset "${secret_keys[row + 2]}"
    [[ -z ${given[row / 4]} ]] || given[row / 4]=$(encoded "${given[row / 4]}")
  done
}

# Reads the live Secrets and decides, before anything is written, what each key gets.
plan_secrets() {
  local row problems=0 wanted=()
  find_bound_secrets
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    wanted+=("secret/${secrets[row + 1]}")
  done
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    found[row / 4]='' to_write[row / 4]=''
  done
  ((${#wanted[@]} > 0)) || return 0
  if [[ ${has_namespace} == yes ]]; then
    ask_for_secrets "${wanted[@]}"
    read_live_secrets
  fi
  check_rotation || problems=1
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    check_key "${row}" || problems=1
  done
  ((problems == 0)) || fail secrets_stop
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    ! is_written "${secret_keys[row]}" || choose_value "${row}"
  done
}

# is_written SECRET: whether its step belongs to this run; of others nothing is written.
is_written() {
  local row
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    [[ ${secrets[row + 1]} != "$1" ]] || is_included "${secrets[row]}" || return 1
  done
}

find_bound_secrets() {
  local row
  for ((row = 0; row < ${#secret_claims[@]}; row += 2)); do
    [[ -z $(fact Claim "${secret_claims[row + 1]}") ]] || bound+="${secret_claims[row]} "
  done
}

# ask_for_secrets secret/NAME...: as read_cluster, but of a call that fails only the errors are in `answer`, and are shown: it may have
# printed Secrets before, with their values.
ask_for_secrets() {
  local capture=output_or_errors
  read_cluster Secrets get "$@" --ignore-not-found --output "go-template=${secrets_template}"
}

output_or_errors() {
  local output
  exec 2>&1
  output=$(kube "$@") || return
  printf '%s' "${output}"
}

# Takes the live values out of the answer.
read_live_secrets() {
  local first rest name='' row times
  while read -r first rest; do
    case ${first} in
    'Secret|'*)
      name=${first#Secret|} name=${name%%|*}
      existing+="${name} "
      times="${first#"Secret|${name}|"} ${rest}"
      [[ ${times} != *'|applied'* ]] || annotated+="${name} "
      secret_times+="${name}=$(newest "${times%%|*}") "
      ;;
    *)
      for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
        [[ ${secret_keys[row]} != "${name}" || ${secret_keys[row + 1]} != "${first}" ]] || found[row / 4]=${rest}
      done
      ;;
    esac
  done < <(printf '%s\n' "${answer}")
  answer=''
}

# newest TIMES: the last of some times of the API server, whose order is that of their letters.
newest() {
  printf '%s\n' "$1" | tr ' ' '\n' | LC_ALL=C sort | tail -n 1
}

# is_placeholder ROW: whether the live value is the text of the template, which someone applied as it is. What begins with a
# dollar and a brace begins with JH in base64; the rest need not be encoded.
is_placeholder() {
  [[ ${found[$1 / 4]} == JH* && ${found[$1 / 4]} == "$(encoded "\${${secret_keys[$1 + 2]}}")" ]]
}

# has_value ROW: whether the cluster has a real value.
has_value() {
  [[ -n ${found[$1 / 4]} ]] && ! is_placeholder "$1"
}

# is_rotated ROW: whether the key gets another value in this run; a default, which is no secret, only when it is given.
is_rotated() {
  local row
  [[ -z ${secret_keys[$1 + 3]} || -n ${given[$1 / 4]} ]] || return 1
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    if [[ ${secret_keys[row + 2]} == "${secret_keys[$1 + 2]}" ]] && has_value_of rotate "${secret_keys[row]}"; then return 0; fi
  done
  return 1
}

# A Secret of a step that is left out cannot be rotated.
check_rotated_steps() {
  local row
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    is_included "${secrets[row]}" || ! has_rotated_key "${secrets[row + 1]}" ||
      usage_error rotate_left_out "${secrets[row + 1]}" "${secrets[row]}" "$(option_for_phase "${secrets[row]}")"
  done
}

# has_rotated_key SECRET: whether it is to be rotated, or a key of it along with that of another Secret.
has_rotated_key() {
  local row
  ! has_value_of rotate "$1" || return 0
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    if [[ ${secret_keys[row]} == "$1" ]] && is_rotated "${row}"; then return 0; fi
  done
  return 1
}

# A Secret whose value lives in data cannot be rotated by writing the Secret.
check_rotation() {
  local row name status=0
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    name=${secrets[row + 1]}
    if has_value_of rotate "${name}" && [[ ${bound} == *" ${name} "* ]]; then
      complain secret_rotate_bound "${name}" "$(claims_of "${name}")" "${context}" "${namespace}"
      status=1
    fi
  done
  return "${status}"
}

# check_key ROW: fails when the key can neither be kept nor given a value.
check_key() {
  local row=$1
  local secret=${secret_keys[row]} key=${secret_keys[row + 1]} variable=${secret_keys[row + 2]}
  if has_value "${row}"; then
    if [[ -z ${given[row / 4]} || ${given[row / 4]} == "${found[row / 4]}" ]] || is_rotated "${row}"; then return 0; fi
    complain secret_differs "${secret}" "${key}" "${variable}" "${secret}"
  elif [[ ${bound} != *" ${secret} "* ]]; then
    return 0
  elif [[ -n ${found[row / 4]} ]]; then
    complain secret_placeholder "${secret}" "${key}" "\${${variable}}"
  elif [[ -z ${given[row / 4]} ]]; then
    complain secret_lost "${secret}" "${key}" "$(claims_of "${secret}")" "${variable}"
  else
    return 0
  fi
  return 1
}

claims_of() {
  local row names=''
  for ((row = 0; row < ${#secret_claims[@]}; row += 2)); do
    [[ ${secret_claims[row]} != "$1" ]] || names+=" ${secret_claims[row + 1]}"
  done
  printf '%s' "${names# }"
}

# choose_value ROW: what is to be written to the cluster for a key: the given value, that of another key with the same
# variable, the default, or a random one. Nothing for a key that keeps its value.
choose_value() {
  local row=$1 value other rotated=no
  local variable=${secret_keys[row + 2]} default=${secret_keys[row + 3]}
  ! is_rotated "${row}" || rotated=yes
  ! has_value "${row}" || [[ ${rotated} == yes ]] || return 0
  value=${given[row / 4]}
  for ((other = 0; other < ${#secret_keys[@]} && ${#value} == 0; other += 4)); do
    [[ ${other} != "${row}" && ${secret_keys[other + 2]} == "${variable}" ]] || continue
    if has_value "${other}" && [[ ${rotated} == no ]]; then value=${found[other / 4]}; else value=${to_write[other / 4]}; fi
  done
  [[ -n ${value} ]] || value=$(encoded "${default:-$(random_value)}")
  to_write[row / 4]=${value}
  secret_times=" ${secret_keys[row]}=now${secret_times}"
}

keys_to_write() {
  local row names=''
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    [[ ${secret_keys[row]} != "$1" || -z ${to_write[row / 4]} ]] || names+=" ${secret_keys[row + 1]}"
  done
  printf '%s' "${names# }"
}

# data_to_write SECRET: the keys and values to write, as a JSON object.
data_to_write() {
  local row separator=''
  printf '{'
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    [[ ${secret_keys[row]} == "$1" && -n ${to_write[row / 4]} ]] || continue
    printf '%s"%s":"%s"' "${separator}" "${secret_keys[row + 1]}" "${to_write[row / 4]}"
    separator=,
  done
  printf '}'
}

# Says which Secrets a run would write.
preview_secrets() {
  local row name keys
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    is_included "${secrets[row]}" || continue
    name=${secrets[row + 1]}
    keys=$(keys_to_write "${name}")
    if [[ ${existing} != *" ${name} "* ]]; then
      say secret_create "${name}" "${keys}"
    elif [[ -n ${keys} ]]; then
      say secret_write "${name}" "${keys}"
    fi
  done
}

# Tries what is to be written to Secrets, each by itself; says which the API server refuses, and adds them to `problems`.
try_secrets() {
  local row name
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    is_included "${secrets[row]}" || continue
    name=${secrets[row + 1]}
    if [[ ${existing} != *" ${name} "* ]]; then
      renew_lock
      send "$(new_document "${row}")" "${apply[@]}" --dry-run=server --filename - && continue
    elif [[ -n $(keys_to_write "${name}") ]]; then
      renew_lock
      patch_secret "${name}" --dry-run=server && continue
    else
      continue
    fi
    ((SECONDS < deadline)) || time_out
    problems=$((problems + 1))
    complain object_refused "Secret/${name}"
    show_answer
  done
}

# new_document ROW: that of a Secret that the cluster lacks.
new_document() {
  printf '%s,"data":%s}' "${secrets[$1 + 2]%\}}" "$(data_to_write "${secrets[$1 + 1]}")"
}

# patch_secret NAME [ARGUMENT...]: writes keys to a Secret that exists.
patch_secret() {
  local name=$1
  shift
  send "{\"data\":$(data_to_write "${name}")}" patch secret "${name}" --field-manager "${field_manager}" --type merge \
    --patch-file /dev/stdin "$@"
}

# write_secrets PHASE: writes keys to Secrets that exist; those that do not are for apply_files, which sends them before the files.
write_secrets() {
  local phase=$1 row name keys
  new_secrets=() new_documents=''
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    [[ ${secrets[row]} == "${phase}" ]] || continue
    name=${secrets[row + 1]}
    keys=$(keys_to_write "${name}")
    if [[ ${existing} != *" ${name} "* ]]; then
      say secret_create "${name}" "${keys}"
      new_secrets+=("Secret/${name}")
      new_documents+=$(new_document "${row}")$'\n'
    elif [[ -n ${keys} ]]; then
      say secret_write "${name}" "${keys}"
      patch_secret "${name}" || call_failed write_failed "Secret/${name}"
      note_change "Secret/${name}"
    fi
    [[ ${annotated} != *" ${name} "* ]] || remove_copy "${name}"
  done
}

# remove_copy SECRET: removes the annotation in which a client-side apply keeps a copy of all values.
remove_copy() {
  say copy_removed "$1"
  try_kube annotate secret "$1" --field-manager "${field_manager}" kubectl.kubernetes.io/last-applied-configuration- ||
    call_failed write_failed "Secret/$1"
}
