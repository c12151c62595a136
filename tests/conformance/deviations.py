"""Where a generated file does not hold what the specification's example holds. docs/deviations.md gives the reasons."""

from dataclasses import dataclass

ABSENT = "(absent)"


@dataclass(frozen=True)
class Deviation:
    """One field that differs.

    Attributes:
        file: The file that the example names.
        path: The field.
        example: What the example has there.
        generated: What the generated file has there.
        anchor: The section of docs/deviations.md that says why.
    """

    file: str
    path: str
    example: str
    generated: str
    anchor: str


_SECRET = "secret/postgresql-secret.yaml"
_INGRESS = "ingress/ingress.yaml"
_JOB = "jobs/postgresql-init.yaml"
_COUNTS = "spec.rules[count-system.local].http.paths[/api/v1/counts].backend.service"
_CONTAINER = "spec.template.spec.containers[postgresql-init]"
_SQL = (
    r"psql -h postgresql -U $POSTGRES_USER -d postgres <<EOF\nCREATE DATABASE IF NOT EXISTS countinfo;\n"
    r"CREATE DATABASE IF NOT EXISTS dashboardconfig;\nEOF\n"
)
_COMMAND = '["/bin/sh", "/scripts/init.sh"]'

DEVIATIONS = (
    Deviation(_SECRET, "stringData.username", '"countuser"', '"${POSTGRESQL_USERNAME}"', "secret-values"),
    Deviation(_SECRET, "stringData.password", '"countpassword"', '"${POSTGRESQL_PASSWORD}"', "secret-values"),
    Deviation(
        "persistentvolumeclaims/postgresql-pvc.yaml",
        "metadata.name",
        '"postgresql-data"',
        '"postgresql-data-postgresql-0"',
        "the-name-of-the-claim",
    ),
    Deviation(
        _INGRESS,
        'metadata.annotations["nginx.ingress.kubernetes.io/rewrite-target"]',
        '"/"',
        ABSENT,
        "rewritten-paths",
    ),
    Deviation(_INGRESS, f"{_COUNTS}.name", '"count-read-service"', '"count-write-service"', "two-backends-on-one-path"),
    Deviation(_INGRESS, f"{_COUNTS}.port.number", "3001", "3000", "two-backends-on-one-path"),
    Deviation(_JOB, f"{_CONTAINER}.command", 'an element "-c"', _COMMAND, "the-statements-of-the-job"),
    Deviation(_JOB, f"{_CONTAINER}.command", f'an element "{_SQL}"', _COMMAND, "the-statements-of-the-job"),
)
