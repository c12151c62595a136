#!/bin/sh
# Backs up a Redis server; backup.sh, beside this file, says how.
#
#   REDIS_HOST, REDIS_PORT   the server (port 6379 by default)
#   RESTORE_PORT             where it finds this pod while it is restored
#
# A server that appends its writes to a file does not read an RDB file when it starts. So a restore loads the backup into a
# server of its own, whose replica the server becomes: it keeps its data until it has the other whole, its own replicas
# follow, and it writes the new data to its disk before it takes writes again.
set -eu

# shellcheck disable=SC2034 # backup.sh reads it
suffix=rdb
loader=''
following=no

check_server_variables() {
  require_value REDIS_HOST
  : "${REDIS_PORT:=6379}"
  # shellcheck disable=SC2153 # no misspelling
  server="Redis at $REDIS_HOST:$REDIS_PORT"
}

# Prints what the server answers to a command, or why it does not.
ask() {
  timeout 10 redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" "$@" 2>&1 || say "no answer"
}

ask_loader() {
  redis-cli -h 127.0.0.1 -p "$RESTORE_PORT" "$@" 2>&1 || :
}

require_answer() {
  answer=$(ask ping)
  [ "$answer" = PONG ] || fail_with_output "$answer" "$server $1: it does not answer, or not us"
}

dump() {
  require_answer "was not backed up"
  output=$(redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" --rdb "$1" 2>&1) || {
    case "$output" in
    *'Error writing data to file'*) fail_for_the_disk "$output" ;;
    *) fail_with_output "$output" "$server was not backed up: see above" ;;
    esac
  }
}

verify() {
  output=$(redis-check-rdb "$1" 2>&1) || fail_with_output "$output" "${1##*/} is no whole backup"
}

restore() {
  require_value RESTORE_PORT
  require_answer "stays as it was"
  trap end_restore EXIT
  load "$1"
  addresses=$(hostname -i)
  could_write=yes
  case "$(ask info persistence)" in *aof_last_bgrewrite_status:err*) could_write=no ;; esac
  following=yes
  answer=$(ask replicaof "${addresses%% *}" "$RESTORE_PORT")
  [ "$answer" = OK ] || fail_with_output "$answer" "$server does not follow the backup"
  wait_for_copy
  stop_following || fail 1 "$server has the data, but takes no writes yet. Let it: redis-cli replicaof no one"
}

# A link, since a server may write where it has loaded from.
load() {
  scratch=$(mktemp -d)
  ln -s "$1" "$scratch/dump.rdb"
  redis-server --port "$RESTORE_PORT" --dir "$scratch" --save '' --appendonly no --protected-mode no --daemonize no \
    --repl-diskless-sync yes --repl-diskless-sync-delay 0 >"$scratch/log" 2>&1 &
  loader=$!
  until [ "$(ask_loader ping)" = PONG ]; do
    require_loader
    sleep 1
  done
  say "loaded: $(ask_loader dbsize) keys"
}

require_loader() {
  kill -0 "$loader" 2>/dev/null || fail_with_output "$(tail -n 20 "$scratch/log")" "the server with the backup has ended"
}

# Returns when the server has all of the backup, also on its disk. The server itself would try both again for ever.
wait_for_copy() {
  polls=0
  reached=no
  copying=no
  writing=no
  tries=0
  while :; do
    state=$(ask info replication)$(ask info persistence)
    case "$state" in
    *role:master*) fail 1 "$server does not follow any more: was it restarted? Then it is as it was" ;;
    *master_link_status:up*)
      case "$state" in
      *aof_rewrite_in_progress:1*) writing=yes ;;
      *aof_enabled:1*aof_last_bgrewrite_status:err*) [ "$could_write$writing" = nono ] || fail_for_the_server ;;
      esac
      case "$state" in
      *aof_rewrite_in_progress:1* | *aof_rewrite_scheduled:1*) ;;
      *aof_enabled:1*aof_last_bgrewrite_status:err*) fail_for_the_server ;;
      *aof_rewrite_in_progress:0*) return 0 ;;
      esac
      ;;
    *master_sync_in_progress:1*) reached=yes copying=yes ;;
    *master_sync_in_progress:0*)
      [ "$copying" = no ] || tries=$((tries + 1))
      copying=no
      [ "$tries" -lt 3 ] || fail 1 "$server could not take the backup in $tries tries: has its disk room for it?"
      ;;
    esac
    require_loader
    polls=$((polls + 1))
    [ "$reached" = yes ] || [ "$polls" -lt 60 ] ||
      fail 1 "$server does not reach this pod at ${addresses%% *}:$RESTORE_PORT: is there a NetworkPolicy that lets it?"
    [ $((polls % 10)) -ne 0 ] || say "waiting until $server has the data"
    sleep 1
  done
}

fail_for_the_server() {
  fail 1 "$server has the data, but cannot write it to its disk: is it full? Until there is room, a restart brings the old data back"
}

# While the server loads what it has got, it takes no commands.
stop_following() {
  polls=0
  until [ "$(ask replicaof no one)" = OK ]; do
    polls=$((polls + 1))
    [ "$polls" -lt 20 ] || return 1
    sleep 1
  done
  following=no
}

end_restore() {
  [ "$following" = no ] || stop_following ||
    say "error: $server still follows this pod, and takes no writes. Let it: redis-cli replicaof no one" >&2
  [ -z "$loader" ] || kill "$loader" 2>/dev/null || :
}

# shellcheck source=/dev/null # another script of the project
. "$(dirname "$0")/backup.sh"
