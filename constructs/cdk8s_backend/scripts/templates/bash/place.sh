# --- Namespace ------------------------------------------------------------------------------------------------------

inventory=cdk8s-backend-inventory

has_namespace=no    # it was there when the run began; else nothing can be in it
live_environment='' # the namespace's label `environment`
deployed_version=''
deployed_hash=''
deployed_objects='' # a line each: RESOURCE/NAME

# Reads what is there: the namespace, the lock, the inventory. It is the first call of the API.
read_place() {
  local kind first second rest
  # shellcheck disable=SC2034 # kube reads it
  local deadline=$((SECONDS + 10))
  answer=$(captured get "namespace/${namespace}" "lease/${lease}" "configmap/${inventory}" --ignore-not-found \
    --request-timeout 8s --output "go-template=${place_template}") || api_away
  has_namespace=no lease_state='' deployed_objects=''
  while IFS='|' read -r kind first second rest; do
    case ${kind} in
    Namespace)
      [[ -z ${second} ]] || fail namespace_leaving "${namespace}"
      has_namespace=yes live_environment=${first}
      ;;
    Lease) lease_state="${first}|${second}|${rest}" ;;
    Inventory) deployed_version=${first} deployed_hash=${second} ;;
    *' '*) ;; # a warning of kubectl
    */*) deployed_objects+="${kind}"$'\n' ;;
    *) ;;
    esac
  done < <(printf '%s\n' "${answer}")
}

# Says why the first call failed.
api_away() {
  case ${answer} in
  *'(Forbidden)'* | *Unauthorized* | *'must be logged in'*)
    show_answer
    fail read_failed "Namespace/${namespace}"
    ;;
  *'context was not found'* | *'context "'*'" does not exist'*)
    fail context_absent "${context}" "$(kubectl config get-contexts --output name 2>/dev/null | tr '\n' ' ')"
    ;;
  *) fail api_away "${context}" "$(last_line "${answer}")" ;;
  esac
}

# A namespace that bears another environment's name is not to be deployed to by mistake.
guard_environment() {
  local given
  given=$(option environment) || given=''
  [[ -z ${given} || ${given} == "${environment}" ]] || usage_error environment_wrong "${given}" "${environment}"
  [[ -z ${live_environment} || ${live_environment} == "${environment}" || -n ${given} ]] ||
    fail environment_differs "${namespace}" "${live_environment}" "${environment}" "${environment}"
}
