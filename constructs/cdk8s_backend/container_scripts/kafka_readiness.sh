#!/bin/bash
# A broker that serves requests answers the one for its versions (ApiVersions, key 18) with the number that it was given.
exec 3<>"/dev/tcp/127.0.0.1/${1:-9092}" || exit 1
printf '\0\0\0\012\0\022\0\0okay\377\377' >&3
while IFS= read -r -t 3 -d '' part <&3; do
  case "$part" in
  *okay) exit 0 ;;
  esac
done
echo "the broker accepts connections and answers no request"
exit 1
