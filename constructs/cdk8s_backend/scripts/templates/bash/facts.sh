# --- Facts ----------------------------------------------------------------------------------------------------------

facts=''         # lines of status_template and external_secrets_template, from the last poll that succeeded
facts_are_new=no # they hold for the next judgement: nothing was written since

# fact KIND NAME: the columns of the object, or nothing when the cluster does not have it.
fact() {
  printf '%s\n' "${facts}" | sed -n "s/^$1|$2|//p"
}

poll_resources=deployments,statefulsets,replicasets,jobs,pods,persistentvolumeclaims
may_read_events=yes

# read_facts AWAITED: asks for ExternalSecrets only where one is awaited: a cluster without the kind would refuse the call. Events, which are
# many, are asked for where only they can tell, and given up where they may not be read.
read_facts() {
  local resources=${poll_resources} template=${status_template}
  if [[ $1 == *'|ExternalSecret|'* ]]; then
    resources=${poll_resources},secrets,externalsecrets.external-secrets.io
    template=${status_template}${external_secrets_template}
  fi
  if [[ ${may_read_events} == yes ]] && is_silent; then
    try_facts "${resources},events" "${template}" && return
    [[ ${answer} == *'events is forbidden'* ]] || return
    may_read_events=no
  fi
  try_facts "${resources}" "${template}"
}

# Whether what the last judgement found has been silent for five seconds.
is_silent() {
  printf '%s\n' "${watched}" | awk -F '|' -v now="${SECONDS}" '$3 == "silent" && now - $4 >= 5 { found = 1 } END { exit !found }'
}

# try_facts RESOURCES TEMPLATE
try_facts() {
  answer=$(captured get "$1" --request-timeout 10s --output "go-template=$2") || return
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
