# Fails if a variable that it is given is empty, or is a ${NAME} that nobody replaced by a value.
status=0
value=''
for variable; do
  eval "value=\${$variable-}"
  case "$value" in
  '') problem='is empty' ;;
  "\${"*'}')
    name=${value#??}
    name=${name%?}
    case "$name" in
    '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;;
    esac
    problem="still is the placeholder $value"
    ;;
  *) continue ;;
  esac
  echo "error: $variable $problem: give its Secret a value" >&2
  status=1
done
exit "$status"
