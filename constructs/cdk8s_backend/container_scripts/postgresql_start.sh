# Starts PostgreSQL as its image does. Arguments: the root of its disk, and the folder whose scripts the image runs at the first
# start.

# Data that lies in the root, since an earlier manifest named no PGDATA, is used where it is; a new server beside it would be an
# empty one.
[ -s "$PGDATA/PG_VERSION" ] || [ ! -s "$1/PG_VERSION" ] || PGDATA=$1

# initdb takes the first line of a password only, so one with line ends is set after it.
password=$POSTGRES_PASSWORD
POSTGRES_PASSWORD=$(printf '%s' "$password" | tr '\n\r' '__')
if [ "$POSTGRES_PASSWORD" != "$password" ]; then
  export SUPERUSER_PASSWORD="$password"
  cat >"$2/password.sql" <<'SQL'
\getenv password SUPERUSER_PASSWORD
ALTER ROLE CURRENT_USER PASSWORD :'password';
SQL
fi

exec docker-entrypoint.sh postgres
