# --- Messages -------------------------------------------------------------------------------------------------------

exit_failed=1
exit_usage=2
exit_interrupted=130

language=ko
json=no
tab=$'\t'

# text KEY [ARGUMENT...]: a text of the catalog in the chosen language.
text() {
  local key=$1 column=2 row
  shift
  [[ ${language} == ko ]] || column=3
  for ((row = 0; row < ${#messages[@]}; row += 4)); do
    if [[ ${messages[row]} == "${key}" ]]; then
      # shellcheck disable=SC2059 # the texts of the catalog are formats
      printf -- "${messages[row + column]}" "$@"
      return
    fi
  done
  printf '%s' "${key}"
}

# say KEY [ARGUMENT...]: prints a text, or with --json the event of that name.
say() {
  if [[ ${json} == yes ]]; then event info "$@"; else line "$(text "$@")"; fi
}

# complain KEY [ARGUMENT...]: the same for what went wrong, on standard error.
complain() {
  if [[ ${json} == yes ]]; then event error "$@"; else line "$(text "$@")" >&2; fi
}

# event LEVEL KEY [ARGUMENT...]: prints one line of JSON: time, name, level, text, and the arguments by their names.
event() {
  local level=$1 key=$2 row names='' name
  shift 2
  printf '{"time":"%s","event":"%s","level":"%s","text":"%s"' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${key}" "${level}" \
    "$(json_text "$(text "${key}" "$@")")"
  for ((row = 0; row < ${#messages[@]}; row += 4)); do
    [[ ${messages[row]} != "${key}" ]] || names=${messages[row + 1]}
  done
  for name in ${names}; do
    if [[ ${1:-} =~ ^(0|[1-9][0-9]{0,8})$ ]]; then
      printf ',"%s":%s' "${name}" "$1"
    else
      printf ',"%s":"%s"' "${name}" "$(json_text "${1:-}")"
    fi
    shift
  done
  printf '}\n'
}

# json_text TEXT: as it stands between the quotes of JSON.
json_text() {
  local value=$1
  value=${value//\\/\\\\}
  value=${value//\"/\\\"}
  value=${value//$'\n'/\\n}
  value=${value//${tab}/\\t}
  printf '%s' "${value}" | tr '\001-\037' ' '
}

moving='' # the line that is on the terminal and will be replaced

# line TEXT: prints a line, in place of the moving one.
line() {
  if [[ -n ${moving} ]]; then
    printf '\r\033[K'
    moving=''
  fi
  printf '%s\n' "$1"
}

# move TEXT: prints a line that the next one replaces; only on a terminal that can, and cut to its width.
move() {
  local width=${COLUMNS:-80}
  moving=${1:0:width-1}
  printf '\r%s\033[K' "${moving}"
}

can_move() {
  [[ -t 1 && ${json} == no && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]
}

fail() {
  complain "$@"
  exit "${exit_failed}"
}

usage_error() {
  complain "$@"
  complain see_help
  exit "${exit_usage}"
}

# in_language KOREAN ENGLISH: one of the two.
in_language() {
  if [[ ${language} == ko ]]; then printf '%s' "$1"; else printf '%s' "$2"; fi
}

title() {
  in_language "${title_ko}" "${title_en}"
}

choose_language() {
  local locale=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} argument previous=''
  case ${locale} in
  ko* | '' | C | C.* | POSIX) language=ko ;;
  *) language=en ;;
  esac
  for argument in "$@"; do
    [[ ${previous} != --lang ]] || argument=--lang=${argument}
    case ${argument} in
    --lang=ko) language=ko ;;
    --lang=en) language=en ;;
    --json) json=yes ;;
    esac
    previous=${argument}
  done
}
