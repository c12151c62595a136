# --- Judgement ------------------------------------------------------------------------------------------------------
# What the facts of a poll mean, as lines in the order of the awaited workloads:
#   Ready|KIND/NAME                                 Pending|KIND/NAME|how far
#   Watch|what|family|since|limit[|event]           a state that may end the wait: remembered for the next poll
#   Watch|what|silent|since|0                       something that only events can tell of
#   News|KIND/NAME|reason|"message"                 a state that was not there in the last poll
#   Failed|KIND/NAME|pod|reason|"message"           a state whose time is over; without a pod (-) the workload's own
#   Stuck|pod|reason                                a pod of an older revision that keeps its StatefulSet from the newer one

# Reads lines: Now|seconds|schedule grace, Awaited|KIND|NAME|seconds until ready, Watch|… of the last poll, and the facts.
judge() {
  awk -F '|' '
    function rest(first,    text, field) {
      text = $first
      for (field = first + 1; field <= NF; field++) text = text "|" $field
      return text
    }
    function more(ready, old) { return ready > old ? ready - old : 0 }

    BEGIN { earlier["schedule"] = "unscheduled"; earlier["told"] = "silent" }
    $1 == "Now" { now = $2; grace = $3 }
    $1 == "Awaited" { awaited[++count] = $2 "/" $3; within[$2 "/" $3] = $4 }
    $1 == "Watch" { family_of[$2, $3] = 1; since_of[$2, $3] = $4; limit_of[$2, $3] = $5; event_of[$2, $3] = $6 }
    $1 == "Deployment" || $1 == "StatefulSet" || $1 == "Job" || $1 == "ExternalSecret" { line[$1 "/" $2] = $0 }
    $1 == "Stalled" { stalled[$2 "/" $3] = $4; stalled_words[$2 "/" $3] = rest(5) }
    $1 == "Makes" || $1 == "Begins" { uid[$2] = $3 }
    $1 == "Event" { note_event($2, $3, $4, rest(5)) }
    $1 == "ReplicaSet" { set_of[$3, $4] = $2 }
    $1 == "Pod" {
      owner = $3 "/" $4
      pods[owner] = pods[owner] $2 "|"
      revision[$2] = $5; is_ready[$2] = $6; leaving[$2] = $7; phase[$2] = $8
    }
    $1 == "State" {
      number[$2]++
      container[$2, number[$2]] = $3; reason[$2, number[$2]] = $4; words[$2, number[$2]] = rest(6)
    }

    END {
      for (index_ = 1; index_ <= count; index_++) judge_workload(awaited[index_])
    }

    function judge_workload(workload,    field, kind, current, owner, far) {
      split(line[workload], field, "|")
      kind = substr(workload, 1, index(workload, "/") - 1)
      current = ""
      far = ""
      if (kind == "Deployment" && line[workload] != "") {
        far = more(field[7], field[8] - field[6]) "/" field[5]
        if (field[4] == field[3] && field[6] == field[5] && field[7] == field[5] && field[8] == field[5]) far = "ready"
        owner = "ReplicaSet/" set_of[field[2], field[9]]
        if (field[4] != field[3]) owner = ""
      } else if (kind == "StatefulSet" && line[workload] != "") {
        far = more(field[7], field[5] - field[6]) "/" field[5]
        if (field[4] == field[3] && field[7] == field[5] && field[8] == field[9]) far = "ready"
        owner = workload
        current = field[9]
        if (field[4] != field[3]) owner = ""
      } else if (kind == "Job") {
        if (("," field[3]) ~ /,Complete,/) far = "ready"
        owner = workload
      } else if (kind == "ExternalSecret" && line[workload] != "" && field[3] == "") far = "ready"
      if (far == "ready") {
        print "Ready|" workload
        return
      }
      print "Pending|" workload "|" far
      if (kind == "Job" && ("," field[3]) ~ /,Failed,/) print "Failed|" workload "|-|Failed|\"\""
      if (owner == "" || kind == "ExternalSecret") return
      if (stalled[workload] != "") {
        limit = stalled[workload] == "ProgressDeadlineExceeded" ? 15 : limit_of_refusal(stalled_words[workload])
        if (stalled_words[workload] ~ /exceeded quota/) limit = 45 # the pods that leave may give what there is to have
        watch(workload, workload, "-", "stalled", limit, stalled[workload], stalled_words[workload])
      }
      if (workload in uid && lacks_pods(kind, owner, field[5])) judge_silence(workload, workload, "-", uid[workload])
      judge_pods(workload, kind, owner, current)
    }

    # Whether pods are to be made and none is under way.
    function lacks_pods(kind, owner, wanted,    list, total, at) {
      total = split(pods[owner], list, "|") - 1
      for (at = 1; at <= total; at++) {
        if (kind == "Job" ? (phase[list[at]] ~ /Pending|Running/) : (is_ready[list[at]] != "True")) return 0
      }
      return kind == "Job" || total < wanted
    }

    # An event stays when what it tells of is over: it ends the wait when it has come again since it was seen first.
    function judge_silence(workload, key, pod, id) {
      print "Watch|" key "|silent|" ((key, "silent") in family_of ? since_of[key, "silent"] : now) "|0"
      if (told_limit[id] > 0) watch(workload, key, pod, "told", told_limit[id], told_reason[id], told_words[id], told_by[id])
    }

    # Of what the events tell of an object, the gravest is kept, and of equals the last.
    function note_event(id, version, why, text,    limit) {
      if (why ~ /^Pull/) {
        delete told_limit[id]
        return
      }
      limit = why == "FailedCreate" ? limit_of_refusal(text) : limit_of_mount(text)
      if (limit == 0 || (told_limit[id] > 0 && told_limit[id] < limit)) return
      told_limit[id] = limit; told_by[id] = version; told_reason[id] = why; told_words[id] = text
    }

    function limit_of_refusal(text) {
      return text ~ /forbidden|denied|is invalid/ ? 15 : 45
    }

    function limit_of_mount(text) {
      if (text ~ /failed to sync .* cache|not registered/) return 0
      return text ~ /(configmap|secret) [^ ]+ not found|non-existent (config|secret) key|hostPath type check failed/ ? 15 : grace
    }

    function judge_pods(workload, kind, owner, current,    list, total, at, pod, state) {
      total = split(pods[owner], list, "|") - 1
      for (at = 1; at <= total; at++) {
        pod = list[at]
        if (leaving[pod] != "" || is_ready[pod] == "True") continue
        if (current != "" && revision[pod] != current) {
          judge_stuck(pod)
          continue
        }
        for (state = 1; state <= number[pod]; state++) judge_state(workload, kind, pod, state)
        if (pod in uid && number[pod] == 0) judge_silence(workload, pod "/-", pod, uid[pod])
        if (phase[pod] == "Running" && within[workload] > 0)
          watch(workload, pod "/-", pod, "unready", within[workload], "Unready", "\"\"")
      }
    }

    function judge_state(workload, kind, pod, state,    family, why, text) {
      why = reason[pod, state]
      text = words[pod, state]
      limit = 0
      family = family_of_state(container[pod, state], why, text)
      if (family == "crash" && kind == "Job") return
      if (family == "") {
        key = pod "/" container[pod, state]
        if ((key, "crash") in family_of) print "Watch|" key "|crash|" since_of[key, "crash"] "|45"
        return
      }
      watch(workload, pod "/" container[pod, state], pod, family, limit, why, text)
    }

    # The family of a waiting reason, of a container or (-) of the pod; sets limit, the seconds that it may last.
    function family_of_state(where, why, text) {
      if (where == "-") {
        limit = grace
        return why == "SchedulingGated" ? "" : why == "Unscheduled" ? "unscheduled" : "schedule"
      }
      if (why == "InvalidImageName" || why == "ErrImageNeverPull") { limit = 15; return "pull" }
      if (why == "ErrImagePull" || why == "ImagePullBackOff") {
        limit = tolower(text) ~ /not found|not exist|unknown|denied|unauthorized|forbidden|authentication required|no basic auth/ ? 15 : 45
        return "pull"
      }
      if (why == "CreateContainerConfigError") {
        if (text ~ /failed to sync .* cache/) return ""
        limit = 15
        return "config"
      }
      if (why == "CrashLoopBackOff" || why == "CreateContainerError" || why == "RunContainerError") { limit = 45; return "crash" }
      return ""
    }

    # Notes a state; a family that lasts keeps its begin, the shortest of its limits, and the first of its events.
    function watch(workload, key, pod, family, limit, why, text, event,    since, first) {
      since = now
      first = event
      if ((key, earlier[family]) in family_of) since = since_of[key, earlier[family]]
      if ((key, family) in family_of) {
        since = since_of[key, family]
        first = event_of[key, family]
        if (limit_of[key, family] < limit) limit = limit_of[key, family]
      } else if (family != "unready" && family != "unscheduled") print "News|" (pod == "-" ? workload : "Pod/" pod) "|" why "|" text
      print "Watch|" key "|" family "|" since "|" limit (event == "" ? "" : "|" first)
      if (now - since >= limit && (event == "" || event != first)) print "Failed|" workload "|" pod "|" why "|" text
    }

    function judge_stuck(pod,    state, why, family, slow) {
      slow = phase[pod] == "Running" ? "Unready" : (pod in uid) ? "ContainerCreating" : ""
      for (state = 1; state <= number[pod]; state++) {
        why = reason[pod, state]
        family = family_of_state(container[pod, state], why, words[pod, state])
        if (family == "unscheduled") slow = why
        else if (family != "" || why == "Error") {
          print "Stuck|" pod "|" why
          return
        }
      }
      if (slow == "") return
      since = (pod "/-", "stuck") in family_of ? since_of[pod "/-", "stuck"] : now
      print "Watch|" pod "/-|stuck|" since "|15"
      if (now - since >= 15) print "Stuck|" pod "|" slow
    }
  '
}
