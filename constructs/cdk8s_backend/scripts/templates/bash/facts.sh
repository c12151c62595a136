# --- Facts ----------------------------------------------------------------------------------------------------------

facts=''         # lines of status_template and external_secrets_template, from the last poll that succeeded
facts_are_new=no # they hold for the next judgement: nothing was written since

# fact KIND NAME: the columns of the object, or nothing when the cluster does not have it.
fact() {
  printf '%s\n' "${facts}" | sed -n "s/^$1|$2|//p"
}

poll_resources=deployments,statefulsets,replicasets,jobs,pods,persistentvolumeclaims

# read_facts AWAITED: asks for ExternalSecrets only where one is awaited: a cluster without the kind would refuse the call.
read_facts() {
  local resources=${poll_resources} template=${status_template}
  if [[ $1 == *'|ExternalSecret|'* ]]; then
    resources=${poll_resources},secrets,externalsecrets.external-secrets.io
    template=${status_template}${external_secrets_template}
  fi
  answer=$(captured get "${resources}" --request-timeout 10s --output "go-template=${template}") || return
  facts=${answer} facts_are_new=yes
}

# pods_of KIND/NAME: a line for each pod of the newest revision: name|Ready|time of its creation.
pods_of() {
  printf '%s\n' "${facts}" | awk -F '|' -v workload="$1" '
    $1 "/" $2 == workload { revision = $9 }
    $1 == "ReplicaSet" { set_of[$3, $4] = $2 }
    $1 == "Pod" { count++; name[count] = $2; owner[count] = $3 "/" $4; hash[count] = $5; rest[count] = $6 "|" $9 }
    END {
      split(workload, part, "/")
      for (at = 1; at <= count; at++) {
        if (part[1] == "Deployment") fits = owner[at] == "ReplicaSet/" set_of[part[2], revision]
        else fits = owner[at] == workload && (part[1] != "StatefulSet" || hash[at] == revision)
        if (fits) print name[at] "|" rest[at]
      }
    }
  '
}
