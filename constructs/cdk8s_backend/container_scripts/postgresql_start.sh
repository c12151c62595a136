# Starts PostgreSQL as its image does. Argument: the root of its disk. Data that lies there, since an earlier manifest named no
# PGDATA, is used where it is; a new server beside it would be an empty one.
[ -s "$PGDATA/PG_VERSION" ] || [ ! -s "$1/PG_VERSION" ] || PGDATA=$1
exec docker-entrypoint.sh postgres
