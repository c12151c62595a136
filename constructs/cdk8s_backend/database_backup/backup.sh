#!/bin/sh
# Backs up one database into a folder, and restores it from there. It is the second half of postgresql.sh and redis.sh,
# which say how their server is asked: `suffix`, check_server_variables, dump, verify, restore.
#
#   ACTION          backup (default)  writes a new backup and deletes the oldest ones above BACKUP_KEEP
#                   list              shows the backups, the oldest first
#                   restore           puts the data of the backup FILE (a name, or `latest`, unless that is
#                                     of a time to come) in place of the database's
#                   hold              waits, so that files can be copied from and to the folder
#   BACKUP_NAME     beginning of the names of backups, like NAME-20261126T030000Z.dump
#   BACKUP_KEEP     how many are kept, from 1 on
#   BACKUP_FOLDER   the folder
#
# Exit status: 0 done; 1 server, disk or backup are not as they must be; 2 a variable is wrong; 3 as 1, of a restore. One
# must not be tried again by itself: `latest` could be a backup of the damaged data by then.
# shellcheck disable=SC2154 # suffix and server are of the first half
set -eu

hold_seconds=1800

say() {
  printf '%s\n' "$*"
}

fail() {
  status=$1
  [ "$ACTION$status" != restore1 ] || status=3
  shift
  printf 'error: %s\n' "$*" >&2
  exit "$status"
}

# The text as printable lines.
shown() {
  printf '%s' "$1" | tr '\000-\011\013-\037\177' '?'
}

require_value() {
  eval "[ -n \"\${$1-}\" ]" || fail 2 "$1 is not set"
}

# What a program printed, and then the cause in one line.
fail_with_output() {
  say "$(shown "$1")" >&2
  shift
  fail 1 "$@"
}

fail_for_the_disk() {
  fail_with_output "$1" "the disk of $BACKUP_FOLDER takes no more: is it full? Earlier backups stay"
}

check_variables() {
  for variable in BACKUP_NAME BACKUP_KEEP BACKUP_FOLDER; do
    require_value "$variable"
  done
  case "$BACKUP_KEEP" in
  0* | *[!0-9]*) fail 2 "BACKUP_KEEP is $(shown "$BACKUP_KEEP"), not a number from 1 on" ;;
  esac
  check_server_variables
  [ -d "$BACKUP_FOLDER" ] && [ -w "$BACKUP_FOLDER" ] || fail 1 "$BACKUP_FOLDER is no folder that this user may write to"
}

# named ENDING: of the names in the folder those that this script gives, and no others; the oldest first.
named() {
  digits='[0-9][0-9][0-9][0-9][0-9][0-9]'
  # shellcheck disable=SC2231 # the digits are a pattern
  for path in "$BACKUP_FOLDER/$BACKUP_NAME"-${digits}[0-9][0-9]T${digits}Z."$1"; do
    [ ! -f "$path" ] || [ -L "$path" ] || say "${path##*/}"
  done
}

backups() {
  named "$suffix"
}

list_backups() {
  backups | while IFS= read -r name; do
    say "$name $(wc -c <"$BACKUP_FOLDER/$name") bytes"
  done
}

# One at a time: what another run is writing, or reading, must not be deleted. The lock ends with its process. Alpine's
# images have flock; without it the CronJob alone holds runs apart, those that it starts itself.
take_lock() {
  command -v flock >/dev/null || {
    say "this image has no flock: let no other run begin meanwhile"
    return 0
  }
  exec 9>"$BACKUP_FOLDER/.lock"
  flock 9 || fail 1 "$BACKUP_FOLDER/.lock cannot be locked"
}

name_of_now() {
  say "$BACKUP_NAME-$(date -u +%Y%m%dT%H%M%SZ).$suffix"
}

new_name() {
  name=$(name_of_now)
  [ ! -e "$BACKUP_FOLDER/$name" ] || {
    sleep 1
    new_name
  }
}

# The final name means: complete, readable, and on the disk.
back_up() {
  take_lock
  named "$suffix.partial" | delete
  new_name
  partial=$BACKUP_FOLDER/$name.partial
  trap 'rm -f "$partial"' EXIT
  say "backing up $server to $name"
  dump "$partial"
  verify "$partial"
  sync "$partial" || fail 1 "$name does not reach the disk of $BACKUP_FOLDER"
  mv "$partial" "$BACKUP_FOLDER/$name" || fail 1 "$name cannot get its name in $BACKUP_FOLDER"
  sync "$BACKUP_FOLDER" || fail 1 "$BACKUP_FOLDER does not reach its disk"
  delete_oldest
  say "done: $name; there are"
  list_backups
  newest=$(backups | tail -n 1)
  [ "$newest" = "$name" ] || say "warning: $newest is of a time to come, so that it is never deleted as the oldest; delete or rename it"
}

delete_oldest() {
  above=$(($(backups | wc -l) - BACKUP_KEEP))
  [ "$above" -le 0 ] || backups | grep -vxF "$name" | head -n "$above" | delete
}

# Deletes the files that standard input names.
delete() {
  while IFS= read -r old; do
    rm "$BACKUP_FOLDER/$old" || fail 1 "$old cannot be deleted"
    say "deleted $old"
  done
}

restore_backup() {
  require_value FILE
  take_lock
  case "$FILE" in
  latest)
    FILE=$(backups | tail -n 1)
    [ -n "$FILE" ] || fail 1 "there is no backup in $BACKUP_FOLDER"
    [ "$(printf '%s\n' "$FILE" "$(name_of_now)" | sort | head -n 1)" = "$FILE" ] ||
      fail 1 "$FILE is of a time to come, so that another one may be the latest: name the one that you mean"
    ;;
  */*) fail 2 "FILE is $(shown "$FILE"): use a name without folders, or latest" ;;
  esac
  [ -f "$BACKUP_FOLDER/$FILE" ] || {
    list_backups >&2
    fail 1 "there is no $(shown "$FILE") in $BACKUP_FOLDER"
  }
  verify "$BACKUP_FOLDER/$FILE"
  say "restoring $server from $(shown "$FILE")"
  restore "$BACKUP_FOLDER/$FILE"
  say "done: $server is as in $(shown "$FILE")"
}

hold() {
  say "$BACKUP_FOLDER is open for $hold_seconds s"
  sleep "$hold_seconds" &
  wait
}

trap 'exit 143' TERM INT
export LC_ALL=C
umask 077
: "${ACTION:=backup}"
check_variables
case "$ACTION" in
backup) back_up ;;
list) list_backups ;;
restore) restore_backup ;;
hold) hold ;;
*) fail 2 "ACTION is $(shown "$ACTION"): use backup, list, restore or hold" ;;
esac
