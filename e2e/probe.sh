# Tries all targets at once and prints a line for each: "open NAME" or "closed NAME".
# Arguments: three for each target, ADDRESS PORT TRIES; its name is ADDRESS:PORT. The cluster's DNS is tried too.
# `nc -e true` ends as soon as it is connected, in every busybox. Dropped packets hang, so a try has its time.
connects() {
  nc -w 3 "$1" "$2" -e true </dev/null >/dev/null 2>&1
}

resolves() {
  timeout 3 nslookup "$1" </dev/null >/dev/null 2>&1
}

# try NAME TRIES COMMAND…
try() {
  name=$1
  tries=$2
  shift 2
  while [ "$tries" -gt 0 ]; do
    if "$@"; then
      echo "open $name"
      return
    fi
    tries=$((tries - 1))
    [ "$tries" -eq 0 ] || sleep 1
  done
  echo "closed $name"
}

server=$(sed -n 's/^nameserver //p' /etc/resolv.conf | head -n 1)
services=$(sed -n 's/^search .*\(svc\.[^ ]*\).*/\1/p' /etc/resolv.conf)
try dns-udp 3 resolves "kubernetes.default.$services" &
try dns-tcp 3 connects "$server" 53 &
while [ "$#" -gt 0 ]; do
  try "$1:$2" "$3" connects "$1" "$2" &
  shift 3
done
wait
