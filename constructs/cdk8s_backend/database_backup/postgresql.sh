#!/bin/sh
# Backs up one database of a PostgreSQL server, as its owner; backup.sh, beside this file, says how.
#
#   PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD   the server (port 5432 by default), the database, and its owner
set -eu

# shellcheck disable=SC2034 # backup.sh reads it
suffix=dump

check_server_variables() {
  for variable in PGHOST PGDATABASE PGUSER PGPASSWORD; do
    require_value "$variable"
  done
  : "${PGPORT:=5432}" "${PGCONNECT_TIMEOUT:=10}"
  export PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD PGCONNECT_TIMEOUT PGCLIENTENCODING=UTF8
  server="PostgreSQL at $PGHOST:$PGPORT, database $(shown "$PGDATABASE")"
}

dump() {
  output=$(pg_dump --no-password --format=custom --lock-wait-timeout=60s --file="$1" 2>&1) || {
    case "$output" in
    *'No space left on device'*) fail_for_the_disk "$output" ;;
    *) fail_with_cause "was not backed up" ;;
    esac
  }
  [ -z "$output" ] || say "$(shown "$output")"
}

# The table of contents alone (pg_restore --list) would not tell that the data behind it is cut off.
verify() {
  output=$(pg_restore --file=/dev/null "$1" 2>&1) || fail_with_output "$output" "${1##*/} is no whole backup"
}

# In one transaction: the database is as in the backup, or as it was. An empty --dbname stands for PGDATABASE, which, unlike
# the option, is no connection string whatever is in it.
restore() {
  output=$(
    PGOPTIONS='-c client_connection_check_interval=10s' pg_restore --no-password --dbname='' --single-transaction \
      --clean --if-exists --exit-on-error --no-owner "$1" 2>&1
  ) || fail_with_cause "stays as it was"
}

# Fails with what the client said, and what that means for the database.
fail_with_cause() {
  case "$output" in
  *'password authentication failed'*)
    fail_with_output "$output" "$server $1: the server refuses user $(shown "$PGUSER"), whose password PGPASSWORD is not"
    ;;
  *'could not translate host name'* | *'onnection refused'* | *'onnection timed out'* | *'timeout expired'* | \
    *'starting up'* | *'shutting down'* | *'recovery mode'* | *'server closed the connection'*)
    fail_with_output "$output" "$server $1: the server does not answer, or no longer"
    ;;
  *) fail_with_output "$output" "$server $1: see above" ;;
  esac
}

# shellcheck source=/dev/null # another script of the project
. "$(dirname "$0")/backup.sh"
