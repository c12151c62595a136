# A replica with a copy of the primary's data answers readers, also while the primary is away.
port=${1:-6379}
answer=$(redis-cli -h 127.0.0.1 -p "$port" ping 2>&1)
if [ "$answer" != PONG ]; then
  echo "$answer"
  exit 1
fi
replication=$(redis-cli -h 127.0.0.1 -p "$port" info replication 2>&1)
case "$replication" in
*master_sync_in_progress:1* | *master_link_down_since_seconds:-1*) ;;
*role:slave*) exit 0 ;;
esac
echo "$replication"
exit 1
