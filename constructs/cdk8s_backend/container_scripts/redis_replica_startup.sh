# The replica has its first copy of the primary's data, and follows it.
replication=$(redis-cli -h 127.0.0.1 -p "${1:-6379}" info replication 2>&1)
case "$replication" in
*master_link_status:up*) exit 0 ;;
esac
echo "$replication"
exit 1
