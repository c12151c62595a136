"""The linker as part of a cdk8s app: the synthesis fails on references that do not meet."""

from pathlib import Path

from cdk8s_backend.errors import LinkError
from cdk8s_backend.linker import check, install, manifests_of
from cdk8s_backend.manifest import Manifest, add_object

import pytest
from cdk8s import App, Chart

POD: Manifest = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "reader", "namespace": "shop"},
    "spec": {"containers": [{"name": "reader", "envFrom": [{"configMapRef": {"name": "settings"}}]}]},
}
LINE = (
    "Pod/reader spec.containers[0].envFrom[0].configMapRef.name: "
    "ConfigMap/settings does not exist in namespace shop; did you mean setting?"
)


def app_with_config_map(name: str, folder: Path) -> App:
    app = App(outdir=str(folder))
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}}
    add_object(Chart(app, "configuration"), "settings", config)
    add_object(Chart(app, "programs"), "reader", POD)
    return app


def test_synthesis_gives_the_manifests_of_each_chart(tmp_path: Path) -> None:
    app = app_with_config_map("settings", tmp_path)
    manifests = install(app).synth()
    assert list(manifests) == ["configuration", "programs"]
    assert manifests["programs"] == [POD]
    assert manifests_of(app) == [manifest for chart in manifests.values() for manifest in chart]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["configuration.k8s.yaml", "programs.k8s.yaml"]


def test_a_broken_reference_between_charts_is_one_line_of_a_link_error(tmp_path: Path) -> None:
    links = install(app_with_config_map("setting", tmp_path))
    with pytest.raises(LinkError) as error:
        links.synth()
    assert str(error.value) == LINE
    assert list(map(str, links.problems)) == [LINE]
    assert not any(tmp_path.iterdir())


def test_plain_synthesis_fails_with_the_same_line(tmp_path: Path) -> None:
    app = app_with_config_map("setting", tmp_path)
    install(app)
    with pytest.raises(RuntimeError) as error:
        app.synth()
    assert LINE in str(error.value)


def test_a_chart_added_after_the_installation_is_checked(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    links = install(app)
    add_object(Chart(app, "programs"), "reader", POD)
    with pytest.raises(LinkError, match="ConfigMap/settings"):
        links.synth()


def test_another_failure_of_the_synthesis_is_not_hidden(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    chart = Chart(app, "programs")
    first, second = add_object(chart, "reader", POD), add_object(chart, "other", POD)
    first.add_dependency(second)
    second.add_dependency(first)
    with pytest.raises(RuntimeError, match="cycle"):
        install(app).synth()


def test_manifests_can_be_judged_without_an_app(tmp_path: Path) -> None:
    assert list(map(str, check([POD]))) == [LINE.partition(";")[0]]
