# --- Objects --------------------------------------------------------------------------------------------------------
# An object is named KIND/NAME. What the cluster has, and what it would have after an apply (by a server-side dry run), are lines
# of objects_template; where they are equal nothing is sent.

file_objects=() # KIND/NAME of each row of files, by the row's index
file_words=()   # its path as kubectl's --filename takes it, which reads a list of comma-separated values
live_lines=''
planned_lines=''
differing=' ' # objects that an apply would change or make
missing=' '   # those of them that the cluster does not have
adopted=' '   # objects that a client-side apply has made
undone=' '    # objects of which `kubectl rollout undo` has put something back
outdated=' '  # Jobs that have to run again, as Job/NAME=message
changes=' '   # what this run has changed
created=' '   # what of it was not there before
snapshots=()  # with --rollback-on-failure: what was there before, as JSON

note_change() {
  [[ ${changes} == *" $1 "* ]] || changes+="$1 "
}

# Puts into `arguments` the --filename options of rows of files.
file_arguments() {
  local row
  arguments=()
  for row in "$@"; do
    arguments+=(--filename "${file_words[row]}")
  done
}

# rows_of PHASE: the rows of files of a phase; of all phases of this run without one.
rows_of() {
  local row
  for ((row = 0; row < ${#files[@]}; row += 5)); do
    if is_included "${files[row]}" && [[ -z ${1:-} || ${files[row]} == "$1" ]]; then printf '%d ' "${row}"; fi
  done
}

# Names the objects of the files; ends the run when one of the files cannot be read.
find_files() {
  local row path lacking='' quote='"'
  for ((row = 0; row < ${#files[@]}; row += 5)); do
    path=${folder}/${files[row + 3]}
    [[ -r ${path} ]] || lacking+=" ${files[row + 3]}"
    file_objects[row]=${files[row + 1]%%.*}/${files[row + 2]}
    file_words[row]=${quote}${path//${quote}/${quote}${quote}}${quote}
  done
  [[ -z ${lacking} ]] || fail files_missing "${folder}" "${lacking# }"
}

# Compares folder and cluster, all objects at once but a namespace that this run has just made, and tries the Secrets; ends the run, with
# all problems, before anything is written.
preflight() {
  local problems=0
  untraced try_secrets
  compare
  ((problems == 0)) || stop_or_fail preflight_failed "${problems}"
}

# Compares the files, and adds to `problems`.
compare() {
  local arguments rows=() row live
  for row in $(rows_of); do
    [[ ${has_namespace} == no && ${files[row + 1]} == Namespace.* ]] || rows+=("${row}")
  done
  ((${#rows[@]} > 0)) || return 0
  read_live "${rows[@]}"
  find_adopted
  file_arguments "${rows[@]}"
  if dry_run "${arguments[@]}"; then
    planned_lines=$(object_lines)
  else
    compare_one_by_one "${rows[@]}"
  fi
  differing=" $(differing_objects | tr '\n' ' ')"
  live=" $(printf '%s\n' "${live_lines}" | sed 's/|.*//' | tr '\n' ' ')"
  for row in "${rows[@]}"; do
    [[ ${live} == *" ${file_objects[row]} "* ]] || missing+="${file_objects[row]} "
  done
}

# read_live ROW...: what the cluster has of the files. In a namespace that this run has made there is nothing.
read_live() {
  local arguments row rows=()
  for row in "$@"; do
    [[ ${has_namespace} == no && -n ${files[row + 4]} ]] || rows+=("${row}")
  done
  ((${#rows[@]} > 0)) || return 0
  file_arguments "${rows[@]}"
  read_cluster objects get "${arguments[@]}" --ignore-not-found --output "go-template=${objects_template}"
  live_lines=$(object_lines)
}

# What an apply would change. What a client-side apply has made is one of them, even if nothing but its owner is to change.
differing_objects() {
  {
    printf '%s\n' "${live_lines}" | grep -v '^[^|]*|[0-9]' || true
    printf '%s\n' "${planned_lines}"
  } | LC_ALL=C sort | uniq -u | sed 's/|.*//' | LC_ALL=C sort -u
}

# Those lines of the answer that describe an object; others are kubectl's warnings.
object_lines() {
  printf '%s\n' "${answer}" | grep '^[A-Za-z]*/[^ |]*|' || true
}

# dry_run ARGUMENT...: what an apply would make of the files, as lines of objects_template.
dry_run() {
  local force=()
  ! has_option force-conflicts || force=(--force-conflicts)
  try_kube "${apply[@]}" --dry-run=server ${force[@]+"${force[@]}"} "$@" --output "go-template=${objects_template}"
}

find_adopted() {
  adopted+=$(printf '%s\n' "${live_lines}" | sed -n 's/^\([^|]*\)|[0-9][0-9 ]*|.*/\1/p' | tr '\n' ' ')
}

# compare_one_by_one ROW...: finds which objects the API server refuses, and says why.
compare_one_by_one() {
  local row object
  planned_lines=''
  for row in "$@"; do
    renew_lock
    object=${file_objects[row]}
    if dry_run --filename "${file_words[row]}" || take_over_dry_run "${row}" "${object}"; then
      planned_lines+="${planned_lines:+$'\n'}$(object_lines)"
    elif [[ ${object} == Job/* && ${answer} == *'field is immutable'* ]]; then
      [[ ${outdated} == *" ${object}="* ]] || outdated+="${object}=job_changed "
      planned_lines+="${planned_lines:+$'\n'}${object}|"
    else
      ((SECONDS < deadline)) || time_out
      problems=$((problems + 1))
      explain_refusal "${object}"
    fi
  done
}

# take_over_dry_run ROW OBJECT: tries again where only a client-side apply, whose fields become ours, or a rollout that was undone, which
# kubectl does by its bare name, stands against it.
take_over_dry_run() {
  local owner words=${answer} is_undone=no
  while IFS= read -r owner; do
    case ${owner} in
    *'"kubectl-client-side-apply" '*) [[ ${adopted} == *" $2 "* ]] || return 1 ;;
    *'"kubectl" using apps/'*) is_undone=yes ;;
    *) return 1 ;;
    esac
  done < <(printf '%s\n' "${words}" | grep -o 'conflicts\{0,1\} with "[^"]*" [a-z]* [^ ]*' || printf 'none\n')
  dry_run --force-conflicts --filename "${file_words[$1]}" || return
  [[ ${is_undone} == no ]] || undone+="$2 "
}

explain_refusal() {
  case ${answer} in
  *'Apply failed with '*' conflict'*)
    answer=${answer%%Please review the fields*}
    complain object_conflict "$1"
    show_answer
    ;;
  *immutable* | *'updates to statefulset spec'* | *'may not change once set'* | *'can not be less than'* | *'only dynamically provisioned pvc'*)
    complain object_immutable "$1"
    show_answer
    case $1 in
    StatefulSet/*) complain immutable_set "${context}" "${namespace}" "${1#*/}" ;;
    PersistentVolumeClaim/*) complain immutable_claim "${1#*/}" ;;
    *) complain immutable_other "${context}" "${namespace}" "$1" ;;
    esac
    ;;
  *)
    complain object_refused "$1"
    show_answer
    ;;
  esac
}

# Says what a run would do.
preview() {
  local object job count=0
  preview_secrets
  for object in ${differing}; do
    count=$((count + 1))
    if [[ ${missing} == *" ${object} "* ]]; then say would_create "${object}"; else say would_change "${object}"; fi
  done
  for job in ${outdated}; do
    object=${job%%=*}
    say "${job#*=}" "${object#Job/}"
  done
  list_orphans
  say previewed "${count}"
}

# Shows the differences of what exists, as the program diff writes them.
show_differences() {
  local arguments row rows=() object status=0
  for row in $(rows_of); do
    object=${file_objects[row]}
    if [[ ${differing} == *" ${object} "* && ${missing} != *" ${object} "* && ${outdated} != *" ${object}="* ]]; then
      rows+=("${row}")
    fi
  done
  ((${#rows[@]} > 0)) || return 0
  file_arguments "${rows[@]}"
  try_kube diff --server-side --force-conflicts --field-manager "${field_manager}" "${arguments[@]}" || status=$?
  if ((status > 1)); then
    call_failed diff_failed
  fi
  while IFS= read -r row; do
    say output "${row}"
  done < <(printf '%s\n' "${answer}")
}

# apply_files PHASE: sends the new Secrets and what differs.
apply_files() {
  local row rows=() arguments=() force=() object
  for row in $(rows_of "$1"); do
    object=${file_objects[row]}
    [[ ${differing} != *" ${object} "* && ${outdated} != *" ${object}="* ]] || rows+=("${row}")
  done
  ((${#rows[@]} + ${#new_secrets[@]} > 0)) || return 0
  ! has_option rollback-on-failure || ((${#rows[@]} == 0)) || take_snapshot "${rows[@]}"
  # Before they are sent: of a call that fails, a part may have been written.
  for object in ${new_secrets[@]+"${new_secrets[@]}"}; do
    note_change "${object}"
  done
  for row in ${rows[@]+"${rows[@]}"}; do
    note_change "${file_objects[row]}"
    [[ ${outdated} == *" ${file_objects[row]}="* ]] || take_over "${row}"
    apply_undone "${row}"
  done
  file_arguments ${rows[@]+"${rows[@]}"}
  ((${#new_secrets[@]} == 0)) || arguments=(--filename - ${arguments[@]+"${arguments[@]}"})
  ! has_option force-conflicts || force=(--force-conflicts)
  facts_are_new=no
  untraced apply_documents ${force[@]+"${force[@]}"} "${arguments[@]}" || call_failed apply_failed
  while IFS= read -r row; do
    say output "  ${row}"
  done < <(printf '%s\n' "${answer}")
}

# apply_undone ROW: makes the fields ours that an undone rollout has put back.
apply_undone() {
  [[ ${undone} == *" ${file_objects[$1]} "* ]] || return 0
  say undone "${file_objects[$1]}"
  try_kube "${apply[@]}" --force-conflicts --filename "${file_words[$1]}" || call_failed apply_failed
}

# apply_documents ARGUMENT...: the new Secrets are its standard input.
apply_documents() {
  send "${new_documents}" "${apply[@]}" "$@"
}

# take_over ROW: makes the fields that a client-side apply has written ours, and removes its annotation. When a controller writes
# meanwhile, the entry may get another index.
take_over() {
  local object=${file_objects[$1]} resource=${files[$1 + 1]} name=${files[$1 + 2]} live_lines=${live_lines} tries=3
  [[ ${adopted} == *" ${object} "* ]] || return 0
  renew_lock
  say taken_over "${object}"
  until try_kube patch "${resource}" "${name}" --type json --patch "[$(take_over_operations "${object}")]"; do
    tries=$((tries - 1))
    [[ ${answer} == *'request is invalid'* && ${tries} != 0 ]] || call_failed write_failed "${object}"
    read_live "$1"
  done
  try_kube annotate "${resource}" "${name}" --field-manager "${field_manager}" kubectl.kubernetes.io/last-applied-configuration- ||
    call_failed write_failed "${object}"
}

# take_over_operations OBJECT: those of a JSON patch of its managedFields. Of several entries (one for each version of the API that was
# applied) the first becomes ours, as kubectl does it. They come from the last one on, since those behind a removed one move.
take_over_operations() {
  local indices index entry separator=''
  indices=$(printf '%s\n' "${live_lines}" | awk -F '|' -v object="$1" '
    $1 == object { for (at = split($2, index_, " "); at > 0; at--) print index_[at]; exit }')
  for index in ${indices}; do
    entry=/metadata/managedFields/${index}
    printf '%s{"op":"test","path":"%s/manager","value":"kubectl-client-side-apply"}' "${separator}" "${entry}"
    if is_own "$1" || [[ ${index} != "${indices##*$'\n'}" ]]; then
      printf ',{"op":"remove","path":"%s"}' "${entry}"
    else
      printf ',{"op":"replace","path":"%s/manager","value":"%s"}' "${entry}" "${field_manager}"
      printf ',{"op":"replace","path":"%s/operation","value":"Apply"}' "${entry}"
    fi
    separator=,
  done
}

# is_own OBJECT: whether a server-side apply of ours has made it.
is_own() {
  printf '%s\n' "${live_lines}" | grep "^$1|[^|]*|own" >/dev/null
}

# --- What was deployed ----------------------------------------------------------------------------------------------

# The objects of the inventory and those of this run, each once.
all_objects() {
  local row
  {
    printf '%s' "${deployed_objects}"
    for ((row = 0; row < ${#objects[@]}; row += 3)); do
      ! is_included "${objects[row]}" || printf '%s/%s\n' "${objects[row + 1]}" "${objects[row + 2]}"
    done
  } | LC_ALL=C sort -u
}

list_orphans() {
  local found
  found=$(orphans | tr '\n' ' ')
  [[ -z ${found} ]] || say orphans "${found% }"
}

# is_spared RESOURCE/NAME: whether nothing but a removal deletes it: what is kept, and an ExternalSecret, with which its Secret would go.
is_spared() {
  is_kept "$1" || [[ $1 == ExternalSecret.* ]]
}

# Deletes the orphans that bear our label; data, Secrets, what makes them, and the namespace stay. Sets `remaining`.
prune() {
  local object
  for object in $(orphans); do
    if is_spared "${object}"; then
      say orphan_kept "${object}"
      continue
    fi
    try_kube get "${object}" --ignore-not-found --output \
      'go-template={{with .metadata.labels}}{{or (index . `app.kubernetes.io/part-of`) ``}}{{end}}' ||
      [[ ${answer} == *"server doesn't have a resource type"* ]] || call_failed read_failed "${object}"
    if [[ -n ${part_of} && $(last_line "${answer}") == "${part_of}" ]]; then
      say pruning "${object}"
      remove background "${object}"
      note_change "${object}"
    else
      say orphan_foreign "${object}"
    fi
    remaining=$(printf '%s' "${remaining}" | grep -vxF "${object}" || true)
    remaining+=${remaining:+$'\n'}
  done
}

# The SHA-256 sum of the folder's files, whatever their line ends are.
folder_hash() {
  local row paths=()
  for ((row = 0; row < ${#files[@]}; row += 5)); do
    paths+=("${folder}/${files[row + 3]}")
  done
  cat "${paths[@]}" | tr -d '\r' | {
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
  } | cut -d ' ' -f 1
}

# --- Rollback -------------------------------------------------------------------------------------------------------

# take_snapshot ROW...: keeps what is there of the objects before they are changed, and notes what is not there.
take_snapshot() {
  local row object existing_rows=() arguments
  for row in "$@"; do
    object=${file_objects[row]}
    if [[ ${missing} == *" ${object} "* ]]; then
      created+="${files[row + 1]}/${files[row + 2]} "
    elif [[ ${object} != Job/* ]] && ! is_kept "${files[row + 1]}"; then
      existing_rows+=("${row}")
    fi
  done
  ((${#existing_rows[@]} > 0)) || return 0
  file_arguments "${existing_rows[@]}"
  read_cluster objects get "${arguments[@]}" --show-managed-fields --output json
  snapshots+=("$(printf '%s\n' "${answer}" | sed -n '/^{/,$p' | sed '/^ *"resourceVersion": "[0-9]*",$/d')")
}

# Puts back what this run has changed, removes what it has made, but for data, Secrets, what makes them, and the namespace, and waits.
roll_back() {
  local snapshot object awaited='' row
  say rolling_back
  facts_are_new=no freed=' '
  deadline=$((SECONDS + timeout))
  renew_lock
  # The first replacement makes this script the owner of what it changes, the second one gives the owners back.
  for snapshot in ${snapshots[@]+"${snapshots[@]}" "${snapshots[@]}"}; do
    send "${snapshot}" replace --filename - || {
      show_answer
      complain rollback_failed
      return
    }
  done
  for object in ${created}; do
    is_spared "${object}" || try_kube delete "${object}" --ignore-not-found --wait=false || show_answer
  done
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    object=${workloads[row + 1]}/${workloads[row + 2]}
    [[ ${object} == Job/* || ${changes} != *" ${object} "* || ${missing} == *" ${object} "* ]] ||
      awaited+="Awaited|${workloads[row + 1]}|${workloads[row + 2]}|${workloads[row + 3]}"$'\n'
  done
  wait_for "${awaited%$'\n'}"
  say rolled_back
}
