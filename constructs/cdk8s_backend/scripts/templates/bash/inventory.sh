# --- Inventory ------------------------------------------------------------------------------------------------------

# write_inventory OBJECTS VERSION HASH: says in the cluster what is deployed, if it does not say so already.
write_inventory() {
  [[ $1 != "${deployed_objects}" || $2 != "${deployed_version}" || $3 != "${deployed_hash}" ]] || return 0
  send "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"${inventory}\"},\"data\":{\"objects\":\"$(json_text "${1%$'\n'}")\",\"version\":\"$(json_text "$2")\",\"hash\":\"$3\"}}" \
    "${apply[@]}" --force-conflicts --filename - || call_failed write_failed "ConfigMap/${inventory}"
  deployed_objects=$1 deployed_version=$2 deployed_hash=$3
}

# What was deployed and is no longer in the plan, phases with an option included.
orphans() {
  local row known=$'\n' object
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    known+="${objects[row + 1]}/${objects[row + 2]}"$'\n'
  done
  while IFS= read -r object; do
    [[ -z ${object} || ${known} == *$'\n'"${object}"$'\n'* ]] || printf '%s\n' "${object}"
  done < <(printf '%s' "${deployed_objects}")
}

# is_kept RESOURCE[/NAME]: whether it is deleted only when it is asked for by name: data, Secrets, the namespace.
is_kept() {
  [[ $1 == Namespace.* || $1 == PersistentVolumeClaim.* || $1 == Secret.* ]]
}
