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
  if [[ ${json} == yes ]]; then
    event error "$@"
  else
    clear_moving
    line "$(text "$@")" >&2
  fi
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
  clear_moving
  printf '%s\n' "$1"
}

# move KEY FIRST [ARGUMENT...]: prints a text as a line that the next one replaces; only on a terminal that can. Its first argument is cut
# where the line would be wider than the terminal, which then could not replace it.
move() {
  local key=$1 first=$2 width frame
  shift 2
  measure_terminal
  frame=$(columns_of "$(text "${key}" '' "$@")")
  moving=$(text "${key}" "$(fitted "$((width - 1 - frame))" "${first}")" "$@")
  printf '\r%s\033[K' "${moving}"
}

clear_moving() {
  [[ -z ${moving} ]] || printf '\r\033[K'
  moving=''
}

# Sets width, the columns of the terminal.
measure_terminal() {
  { width=$(stty size <&4 2>/dev/null) || width=''; } 4<&1
  width=${width#* }
  ((${width:-0} > 0)) || width=80
}

# columns_of TEXT: how many columns of a terminal it takes, at most: two for each letter that UTF-8 writes in three bytes or more, as it
# does Korean ones. It counts bytes, since in some locales (C) bash knows nothing else.
columns_of() {
  local LC_ALL=C letters wide
  letters=${1//[$'\x80'-$'\xbf']/}
  wide=${letters//[!$'\xe0'-$'\xff']/}
  printf '%d' "$((${#letters} + ${#wide}))"
}

# fitted COLUMNS TEXT: as much of the text as has room, by the measure of columns_of.
fitted() {
  local LC_ALL=C left=$1 at end=0 columns
  for ((at = 0; at < ${#2}; at++)); do
    case ${2:at:1} in
    [$'\x80'-$'\xbf']) continue ;; # belongs to the letter before it
    [$'\xe0'-$'\xff']) columns=2 ;;
    *) columns=1 ;;
    esac
    ((left < 2)) || end=${at}
    left=$((left - columns))
    if ((left < 0)); then
      printf '%s…' "${2:0:end}"
      return
    fi
  done
  printf '%s' "$2"
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
