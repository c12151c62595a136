# redis-cli succeeds with every answer, with LOADING, NOAUTH and MISCONF too.
answer=$(redis-cli -h 127.0.0.1 -p "${1:-6379}" ping 2>&1)
[ "$answer" = PONG ] && exit 0
echo "$answer"
exit 1
