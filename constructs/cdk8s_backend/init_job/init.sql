-- Makes one database and the role that owns it. init.sh runs this file twice as a superuser: connected to the database
-- `postgres`, where the role and the database are made, then connected to the new database, where its contents get
-- their owner. Values come from the environment; format() quotes them as names (%I) and as texts (%L).
\set VERBOSITY terse
\set SHOW_CONTEXT never
\getenv database INIT_DATABASE
\getenv role INIT_ROLE
\getenv password INIT_PASSWORD

-- Statements that hold a password must not reach the server's log, its statistics or its list of activities.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_duration_sample = -1;
SET log_transaction_sample_rate = 0;
SET log_min_error_statement = 'panic';
SET log_error_verbosity = 'terse';
SET auto_explain.log_min_duration = -1;
SET pg_stat_statements.track = 'none';
SET track_activities = off;

SET password_encryption = 'scram-sha-256';
SET client_min_messages = 'warning';
SET lock_timeout = '60s';
-- What the owner of a database puts into its schemas must not run here.
SET search_path = pg_catalog, pg_temp;

-- Two of these scripts at once take turns.
SELECT pg_advisory_lock(4150923) \gset

SELECT current_database() = :'database' AS inside \gset

\if :inside

-- The database's former owner may have left objects here, which its new owner could not even read.
BEGIN;
SELECT datdba AS former_owner, pg_get_userbyid(datdba) <> :'role' AS changes
FROM pg_database WHERE datname = current_database() \gset
\if :changes
SELECT format('ALTER %s %s OWNER TO %I', object.type, object.identity, :'role')
FROM (
  SELECT 'pg_namespace'::regclass AS catalog, oid, oid AS namespace FROM pg_namespace WHERE nspowner = :former_owner
  UNION ALL
  SELECT 'pg_class'::regclass, oid, relnamespace FROM pg_class
  WHERE relowner = :former_owner AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT 'pg_type'::regclass, oid, typnamespace FROM pg_type WHERE typowner = :former_owner
  UNION ALL
  SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc WHERE proowner = :former_owner
) AS owned
JOIN pg_namespace AS schema ON schema.oid = owned.namespace
CROSS JOIN LATERAL pg_identify_object(owned.catalog, owned.oid, 0) AS object
WHERE schema.nspname !~ '^pg_' AND schema.nspname <> 'information_schema'
  -- what belongs to an extension or follows another object: a table's row type, the sequence of a column
  AND NOT EXISTS (
    SELECT FROM pg_depend
    WHERE classid = owned.catalog AND objid = owned.oid
      AND (deptype IN ('e', 'i') OR (deptype = 'a' AND object.type = 'sequence'))
  )
\gexec
SELECT format('ALTER DATABASE %I OWNER TO %I', :'database', :'role') \gexec
\echo '  owner: set'
\endif
COMMIT;

\else

SELECT format('DO %L', format(
  'BEGIN RAISE EXCEPTION USING MESSAGE = %L; END',
  format('role %I is a superuser of this server: a database''s owner must be a role of its own', rolname)
)) FROM pg_roles WHERE rolname = :'role' AND rolsuper \gexec

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') AS new_role,
  NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') AS new_database \gset

\if :new_role
SELECT format('CREATE ROLE %I', :'role') \gexec
\echo '  role: created'
\else
\echo '  role: exists'
\endif

-- The password is set every time, so that a changed one reaches the server.
SELECT format(
  'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L', :'role', :'password'
) \gexec
\echo '  role: password and rights set'

\if :new_database
-- Of the two templates, nobody can be connected to template0, which would make this fail.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0', :'database', :'role') \gexec
\echo '  database: created'
\else
\echo '  database: exists'
\endif

-- The databases that come with the server are closed too; the superuser's own is the one that the image creates.
SELECT format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', datname)
FROM pg_database WHERE datname IN (:'database', 'postgres', 'template1', current_user) \gexec
\echo '  database: open to its owner only'

\endif
