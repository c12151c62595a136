#!/bin/sh
# Creates databases, each with a role of its own as its owner. Running it again changes nothing but what has to change.
#
#   PGHOST, PGPORT, PGUSER, PGPASSWORD           the server (port 5432 by default) and its superuser
#   DATABASE_<n>_NAME, _USERNAME, _PASSWORD      for n = 1, 2, ...: a database, its owner and the owner's password
#   WAIT_SECONDS                                 how long a server that does not answer yet is waited for (default 300)
#
# Exit status: 0 all databases are there; 1 the server did not come, or refused; 2 a variable is wrong.
set -eu

folder=$(dirname "$0")
attempts=4 # for each database, when the connection fails or breaks
pause=2    # seconds between them

say() {
  printf '%s\n' "$*"
}

fail() {
  status=$1
  shift
  printf 'error: %s\n' "$*" >&2
  exit "$status"
}

# The text as one printable line.
shown() {
  printf '%s' "$1" | tr '\000-\037\177' '?'
}

# Sets `value` to the variable called $1. Command substitution would drop the line ends of a password.
read_variable() {
  eval "value=\${$1-}"
}

is_set() {
  eval "[ -n \"\${$1+set}\" ]"
}

# A ${NAME} that nobody filled in is a well-known password.
is_placeholder() {
  case "$1" in
  "\${"*'}') ;;
  *) return 1 ;;
  esac
  inner=${1#??}
  case "${inner%?}" in
  '' | [0-9]* | *[!A-Za-z0-9_]*) return 1 ;;
  esac
}

require_value() {
  read_variable "$1"
  is_set "$1" || fail 2 "$1 is not set"
  [ -n "$value" ] || fail 2 "$1 is empty"
  ! is_placeholder "$value" || fail 2 "$1 still is the placeholder $value of a template: give the Secret its value"
}

# PostgreSQL cuts longer names silently, and then finds another name than the one that its client asks for.
require_name() {
  require_value "$1"
  bytes=$(printf '%s' "$value" | wc -c)
  [ "$bytes" -le 63 ] || fail 2 "$1 has $bytes bytes: a name in PostgreSQL has at most 63 (a Korean letter counts 3)"
}

require_database_name() {
  require_name "$1"
  case "$value" in
  postgres | template0 | template1) fail 2 "$1 is $value, which belongs to PostgreSQL itself: choose another name" ;;
  esac
}

require_role_name() {
  require_name "$1"
  case "$value" in
  pg_* | public | none) fail 2 "$1 is $(shown "$value"), a name that PostgreSQL reserves: choose another name" ;;
  esac
  [ "$value" != "$PGUSER" ] ||
    fail 2 "$1 is $(shown "$value"), the superuser of PGUSER: a database's owner must be a role of its own"
}

# PostgreSQL would take such a text for the hash of another password.
require_password() {
  require_value "$1"
  case "$value" in
  'SCRAM-SHA-256$'*) fail 2 "$1 looks like a SCRAM-SHA-256 hash: give the password itself" ;;
  md5*)
    case "${value#md5}" in
    *[!0-9a-f]*) ;;
    *) [ ${#value} -ne 35 ] || fail 2 "$1 looks like an md5 hash: give the password itself" ;;
    esac
    ;;
  esac
}

# Fails if a variable with suffix $2 of the databases before number $1 has the same value.
require_unique() {
  read_variable "DATABASE_$1_$2"
  mine=$value
  other=1
  while [ "$other" -lt "$1" ]; do
    read_variable "DATABASE_${other}_$2"
    [ "$value" != "$mine" ] || fail 2 "DATABASE_${other}_$2 and DATABASE_$1_$2 are both $(shown "$mine")"
    other=$((other + 1))
  done
}

check_variables() {
  for variable in PGHOST PGUSER PGPASSWORD; do
    require_value "$variable"
  done
  case "$PGPORT" in
  '' | *[!0-9]*) fail 2 "PGPORT is $(shown "$PGPORT"), not a port number" ;;
  esac
  case "$WAIT_SECONDS" in
  '' | *[!0-9]*) fail 2 "WAIT_SECONDS is $(shown "$WAIT_SECONDS"), not a number of seconds" ;;
  esac
  count=0
  while is_set "DATABASE_$((count + 1))_NAME"; do
    count=$((count + 1))
    require_database_name "DATABASE_${count}_NAME"
    require_role_name "DATABASE_${count}_USERNAME"
    require_password "DATABASE_${count}_PASSWORD"
    require_unique "$count" NAME
    require_unique "$count" USERNAME
  done
  next=$((count + 1))
  for suffix in USERNAME PASSWORD; do
    ! is_set "DATABASE_${next}_$suffix" || fail 2 "DATABASE_${next}_$suffix is set, but DATABASE_${next}_NAME is not"
  done
  [ "$count" -gt 0 ] || fail 2 "DATABASE_1_NAME is not set: there is no database to create"
}

# Returns once the server accepts connections. One that is starting or stopping answers that it does not.
wait_for_server() {
  said=0
  while :; do
    code=0
    pg_isready -q -t 3 || code=$?
    [ "$code" -ne 0 ] || return 0
    [ "$code" -le 2 ] || fail 2 "pg_isready does not take PGHOST=$PGHOST, PGPORT=$PGPORT or PGUSER=$PGUSER"
    now=$(date +%s)
    [ "$now" -lt "$deadline" ] || fail 1 "PostgreSQL at $server does not answer within $WAIT_SECONDS s (WAIT_SECONDS)"
    if [ $((now - said)) -ge 10 ]; then
      say "waiting for PostgreSQL at $server, $((deadline - now)) s left"
      said=$now
    fi
    sleep 1
  done
}

# Runs init.sql for database $name, connected to database $1.
run_sql() {
  attempt=1
  while :; do
    wait_for_server
    code=0
    output=$(PGDATABASE=$1 INIT_DATABASE=$name INIT_ROLE=$role INIT_PASSWORD=$password \
      psql -X -q -w -v ON_ERROR_STOP=1 -f "$folder/init.sql" 2>&1) || code=$?
    case "$code:$output" in
    0:*)
      [ -z "$output" ] || say "$output"
      return 0
      ;;
    2:*'password authentication failed'*)
      say "$output" >&2
      fail 1 "PostgreSQL at $server refuses user $PGUSER: PGPASSWORD is not this user's password there." \
        "The server keeps the password of its first start: changing a Secret does not change it"
      ;;
    2:*)
      say "$output" >&2
      [ "$attempt" -lt "$attempts" ] ||
        fail 1 "PostgreSQL at $server does not let user $PGUSER in, or drops the connection (tried $attempts times)." \
          "Is PGPASSWORD this user's password there?"
      say "database $label: trying again"
      attempt=$((attempt + 1))
      sleep "$pause"
      ;;
    *)
      say "$output" >&2
      fail 1 "PostgreSQL at $server refuses database $label (DATABASE_${number}_NAME, _USERNAME, _PASSWORD)"
      ;;
    esac
  done
}

trap 'exit 143' TERM INT
: "${PGPORT:=5432}" "${WAIT_SECONDS:=300}"
check_variables
export PGHOST PGPORT PGUSER PGPASSWORD PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=10
server=$PGHOST:$PGPORT
deadline=$(($(date +%s) + WAIT_SECONDS))

number=0
while [ "$number" -lt "$count" ]; do
  number=$((number + 1))
  read_variable "DATABASE_${number}_NAME"
  name=$value
  read_variable "DATABASE_${number}_USERNAME"
  role=$value
  read_variable "DATABASE_${number}_PASSWORD"
  password=$value
  label=$(shown "$name")
  say "database $label, owner $(shown "$role")"
  run_sql postgres
  run_sql "$name"
done
say "done: databases $count"
