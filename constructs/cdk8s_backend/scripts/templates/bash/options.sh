# --- Options --------------------------------------------------------------------------------------------------------

given_options=() # one after another: name, value

# Reads the words of the command line by the table of options.
parse_options() {
  local name value row
  while (($# > 0)); do
    name=${1%%=*}
    [[ ${name} == --* ]] || usage_error argument_unknown "$1"
    row=$(row_of_option "${name#--}") || usage_error option_unknown "$1"
    value=''
    if [[ -n ${options[row + 1]} ]]; then
      if [[ $1 == *=* ]]; then
        value=${1#*=}
      elif (($# > 1)); then
        value=$2
        shift
      fi
      [[ -n ${value} ]] || usage_error option_needs_value "${name}"
      check_value "${name}" "${options[row + 1]}" "${options[row + 2]}" "${value}"
    elif [[ $1 == *=* ]]; then
      usage_error option_takes_no_value "${name}"
    fi
    if [[ ${name} == --help ]]; then
      help
      exit 0
    fi
    given_options+=("${name#--}" "${value}")
    shift
  done
}

row_of_option() {
  local row
  for ((row = 0; row < ${#options[@]}; row += 7)); do
    if [[ ${options[row]} == "$1" ]]; then
      printf '%d' "${row}"
      return
    fi
  done
  return 1
}

# check_value OPTION KIND CHOICES VALUE: ends the run when the option cannot have the value.
check_value() {
  local digits='^0*[1-9][0-9]{0,8}$'
  case $2 in
  number) [[ $4 =~ ${digits} ]] || usage_error number_wrong "$1" "$4" ;;
  choice) [[ " $3 " == *" $4 "* ]] || usage_error choice_wrong "$1" "$4" "$3" ;;
  *) ;;
  esac
}

# option NAME [DEFAULT]: the last value that was given, or the default; fails when the option was not given.
option() {
  local index value=${2:-} found=1
  for ((index = 0; index < ${#given_options[@]}; index += 2)); do
    if [[ ${given_options[index]} == "$1" ]]; then value=${given_options[index + 1]} found=0; fi
  done
  printf '%s' "${value}"
  return "${found}"
}

has_option() {
  option "$1" >/dev/null
}

# has_value_of NAME VALUE: whether the option was given with that value, perhaps among others.
has_value_of() {
  local index
  for ((index = 0; index < ${#given_options[@]}; index += 2)); do
    [[ ${given_options[index]} != "$1" || ${given_options[index + 1]} != "$2" ]] || return 0
  done
  return 1
}

# Prints the options of the table.
list_options() {
  local row argument
  text help_options
  printf '\n'
  for ((row = 0; row < ${#options[@]}; row += 7)); do
    argument=$(in_language "${options[row + 3]}" "${options[row + 4]}")
    printf '  --%s%s\n      %s\n' "${options[row]}" "${argument:+ ${argument}}" \
      "$(in_language "${options[row + 5]}" "${options[row + 6]}")"
  done
}
