# Returns once each endpoint (HOST:PORT) accepts a connection; waits without an end.
# `nc -e true` ends as soon as it is connected, in every busybox; some have no `nc -z`.
trap 'exit 143' TERM INT
for endpoint; do
  host=${endpoint%:*}
  port=${endpoint##*:}
  case "$host:$port" in
  :* | *: | *:*[!0-9]* | "$endpoint:$endpoint")
    echo "error: $endpoint is not HOST:PORT" >&2
    exit 2
    ;;
  esac
  said=-10
  start=$(date +%s)
  until
    nc -w 2 "$host" "$port" -e true >/dev/null 2>&1 &
    wait "$!"
  do
    seconds=$(($(date +%s) - start))
    if [ $((seconds - said)) -ge 10 ]; then
      echo "waiting for $endpoint ($seconds s)"
      said=$seconds
    fi
    sleep 1 &
    wait "$!"
  done
  echo "$endpoint accepts connections"
done
