"""Small scripts that run inside containers: POSIX sh with busybox commands only.

First form, so that importers work; the owner of this file replaces the texts and keeps the names that others import:
WAIT_FOR_ENDPOINTS, POSTGRESQL_LIVENESS, REDIS_READINESS, REDIS_REPLICA_STARTUP, REDIS_REPLICA_READINESS (texts for
`sh -c`), ZOOKEEPER_READINESS (a command list), refuse_placeholder(*variables) -> text.
"""

WAIT_FOR_ENDPOINTS = """\
for endpoint; do
  until nc -z -w 2 "${endpoint%:*}" "${endpoint##*:}"; do sleep 1; done
done
"""
POSTGRESQL_LIVENESS = "pg_isready -q -h 127.0.0.1; [ $? -lt 2 ]"
REDIS_READINESS = '[ "$(redis-cli ping)" = PONG ]'
REDIS_REPLICA_STARTUP = "redis-cli info replication | grep -q master_link_status:up"
REDIS_REPLICA_READINESS = '[ "$(redis-cli ping)" = PONG ]'
ZOOKEEPER_READINESS = ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/2181; echo srvr >&3; grep -q Mode: <&3"]


def refuse_placeholder(*variables: str) -> str:
    """A script that fails while one of the variables is empty or still a placeholder."""
    return "".join(
        f'case "${variable}" in "" | \'${{\'*"}}") echo "{variable} is not set" >&2; exit 1 ;; esac\n'
        for variable in variables
    )
