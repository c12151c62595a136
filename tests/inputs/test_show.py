"""The settings that hold are shown with where each comes from."""

from pathlib import Path

import pytest

from charts.topology import Topology
from inputs.loading import load_with_origins
from inputs.show import show
from inputs.topology import names_of

HOSTS = "hosts:\n  main: a.example\n  read: b.example\n"


def _shown(folder: Path, text: str) -> dict[str, tuple[str, str]]:
    """The values and origins by name."""
    (folder / "production.yaml").write_text(text, encoding="utf-8")
    shown = show(load_with_origins(folder, "production", names_of(Topology())), Topology())
    rows = [line.split(maxsplit=1) for line in shown.splitlines()]
    return {name: (rest.rpartition("  ")[0].strip(), rest.rpartition("  ")[2]) for name, rest in rows}


def test_a_value_comes_from_the_file_a_variable_a_default_or_the_topology(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNT_REPLICAS__COUNT_WRITE_SERVICE", "3")
    monkeypatch.setenv("COUNT_TLS", '{"issuer": "letsencrypt"}')
    rows = _shown(tmp_path, f"{HOSTS}version: 1.2.3\nconfigMaps: {{count-read-service: [a, b]}}\n")
    file = f"{tmp_path.name}/production.yaml"

    assert rows["hosts.read"] == ("b.example", f"{file}:3")
    assert rows["version"] == ("1.2.3", f"{file}:4")
    assert rows["configMaps.count-read-service"] == ("[a, b]", f"{file}:5")
    assert rows["replicas.count-write-service"] == ("3", "COUNT_REPLICAS__COUNT_WRITE_SERVICE")
    assert rows["replicas.count-read-service"] == ("2", "topology")
    assert rows["tls.issuer"] == ("letsencrypt", "COUNT_TLS")
    assert rows["tls.issuerKind"] == ("ClusterIssuer", "default")
    assert rows["ingressClass"] == ("nginx", "default")
    assert rows["registry"] == ("''", "default")
    assert rows["jobTtlSeconds"] == ("null", "default")
    assert rows["variables"] == ("{}", "default")
    assert rows["storage.kafka.size"] == ("10Gi", "topology")
    assert rows["resources.kafka.limits.memory"] == ("1536Mi", "topology")


def test_what_default_speaks_of_is_not_the_topology_s(tmp_path: Path) -> None:
    rows = _shown(
        tmp_path,
        f"""{HOSTS}
replicas: {{default: 1}}
storage: {{default: {{size: 1Gi}}, kafka: {{storageClass: fast}}}}
resources: {{default: {{requests: {{cpu: 1m, memory: 1Mi}}, limits: {{cpu: 1m, memory: 1Mi}}}}}}
""",
    )
    names = {name for name, (_, origin) in rows.items() if origin == "topology"}
    assert not [name for name in names if name.startswith("replicas.") or "-service" in name or name.endswith(".size")]
    assert {"storage.postgresql.storageClass", "resources.postgresql.requests.cpu"} <= names
    assert "storage.kafka.storageClass" not in names


def test_no_number_of_pods_is_shown_of_a_service_with_an_autoscaler(tmp_path: Path) -> None:
    text = "autoscaling: {default: {maxReplicas: 4}}\nreplicas: {count-read-service: 3}\n"
    rows = _shown(tmp_path, HOSTS + text)
    file = f"{tmp_path.name}/production.yaml"
    assert {name: row for name, row in rows.items() if name.startswith(("replicas", "autoscaling"))} == {
        "replicas.count-read-service": ("3", f"{file}:5"),
        "replicas.dashboard-update-service": ("1", "topology"),
        "autoscaling.default.minReplicas": ("2", "default"),
        "autoscaling.default.maxReplicas": ("4", f"{file}:4"),
        "autoscaling.default.targetCpuUtilization": ("80", "default"),
    }


def test_the_columns_are_aligned_and_nothing_breaks_a_line(tmp_path: Path) -> None:
    (tmp_path / "production.yaml").write_text(f'{HOSTS}variables: {{count-read-service: {{A: "x\\ny\\u2028"}}}}\n')
    lines = show(load_with_origins(tmp_path, "production", names_of(Topology())), Topology()).split("\n")[:-1]
    assert all(line.isprintable() for line in lines)
    assert len({line.rindex("  ") for line in lines}) == 1
