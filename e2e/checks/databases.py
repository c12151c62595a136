"""PostgreSQL: each database with its own role, which the other one keeps out."""

from collections.abc import Callable

from charts.topology import COUNT_INFO, DASHBOARD_CONFIG, DATABASES, POSTGRESQL, DatabaseUnit
from e2e.check import Group, expect
from e2e.clients import log_in, psql
from e2e.errors import CheckFailedError
from e2e.system import System

__all__ = ["GROUP"]

GROUP = Group("Databases")

EACH = {database.name: database for database in DATABASES}
OTHER = {COUNT_INFO: DASHBOARD_CONFIG, DASHBOARD_CONFIG: COUNT_INFO}


@GROUP.check_each(EACH, look_at=lambda _: [POSTGRESQL.host])
def a_role_keeps_tables_in_its_database(system: System, database: DatabaseUnit) -> None:
    """A service may do in its own database what it likes: it owns it."""
    sql = "CREATE TABLE e2e AS SELECT 42 AS value; SELECT value FROM e2e; DROP TABLE e2e"
    expect("value read back", psql(system, database, sql), "42")


@GROUP.check_each(EACH, look_at=lambda _: [POSTGRESQL.host])
def a_role_is_kept_out_of_the_other_database(system: System, database: DatabaseUnit) -> None:
    """Who gets hold of one service's password has not got the other's data."""
    other = OTHER[database]
    _must_be_refused(lambda: psql(system, database, "SELECT 1", database=other.name), "permission denied for database")


@GROUP.check_each(EACH, look_at=lambda _: [POSTGRESQL.host])
def a_role_is_no_superuser(system: System, database: DatabaseUnit) -> None:
    """A service cannot make databases and roles, nor pass by the rights of others."""
    sql = (
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles "
        "WHERE rolname = current_user"
    )
    expect("rights beyond its database", psql(system, database, sql), "f")


@GROUP.check_each(EACH, look_at=lambda _: [POSTGRESQL.host])
def a_wrong_password_is_refused(system: System, database: DatabaseUnit) -> None:
    """The server lets nobody in over the network who does not know a role's password."""
    user = system.secret(database.secret)["username"]
    options = ("--username", user, "--dbname", database.name, "--command", "SELECT 1")
    _must_be_refused(lambda: log_in(system, "wrong", *options), "password authentication failed")


def _must_be_refused(run: Callable[[], str], reason: str) -> None:
    """Runs what must fail, with a message of PostgreSQL's that holds a reason."""
    try:
        answer = run()
    except AssertionError as error:
        if reason not in str(error):
            raise
    else:
        raise CheckFailedError(f"not refused, but answered: {answer!r}")
