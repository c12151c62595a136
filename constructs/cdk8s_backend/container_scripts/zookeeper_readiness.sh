#!/bin/bash
# A server that serves requests tells its mode; one that does not yet says that it is not serving.
exec 3<>"/dev/tcp/127.0.0.1/${1:-2181}" || exit 1
printf srvr >&3
while IFS= read -r -t 3 line <&3; do
  case "$line" in
  Mode:*) exit 0 ;;
  esac
  echo "$line"
done
exit 1
