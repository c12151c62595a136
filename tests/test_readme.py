"""What the READMEs say is so: their commands, options, settings, snippets and links."""

import copy
import json
import re
import shlex
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import cdk8s_backend
from cdk8s_backend import linker
from cdk8s_backend.assertions import Manifests

import pytest
import yaml
from constructs import Construct
from pydantic.alias_generators import to_snake

from charts import topology
from charts.topology import SERVICES, Topology
from inputs.errors import SettingsError
from inputs.loading import load, load_with_origins
from inputs.schema import SettingsSchema
from inputs.show import show
from inputs.topology import names_of
from main import settings_of
from tests.support.project import ROOT
from tests.support.synthesis import manifests_of, phases_of

README, KOREAN, LIBRARY = ROOT / "README.md", ROOT / "README.ko.md", ROOT / "constructs/README.md"
BOTH = pytest.mark.parametrize("readme", [README, KOREAN], ids=lambda path: str(path.name))
SCRIPTS = ("deploy", "undeploy", "build-images")


def blocks(readme: Path, language: str) -> list[str]:
    """The texts of the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", readme.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def block(readme: Path, language: str, part: str) -> str:
    """The one code block of a language that holds a part."""
    (found,) = (text for text in blocks(readme, language) if part in text)
    return found


def table(readme: Path, first_cell: str) -> list[list[str]]:
    """The cells of the table whose head begins with a cell, row by row."""
    lines = readme.read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_cell} |"))
    rows: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def quoted(cells: list[str]) -> list[str]:
    """What stands between backticks in the first of the cells."""
    return re.findall(r"`([^`]+)`", cells[0])


def help_of(script: str) -> str:
    """What a generated script says about itself."""
    command = ["bash", f"{ROOT}/dist/{script}.sh", "--lang", "en", "--help"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def anchors(readme: Path) -> set[str]:
    """The anchors of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", readme.read_text("utf-8"), flags=re.MULTILINE)
    return {anchor(heading) for heading in headings}


def anchor(heading: str) -> str:
    """The anchor of a heading, as hosts of repositories make it."""
    kept = (letter for letter in heading.lower() if unicodedata.category(letter)[0] in "LN" or letter in " -_")
    return "".join(kept).replace(" ", "-")


def test_both_readmes_have_the_same_parts() -> None:
    levels = [re.findall(r"^#+(?= )", readme.read_text("utf-8"), flags=re.MULTILINE) for readme in (README, KOREAN)]

    assert levels[0] == levels[1]


def test_both_readmes_have_the_same_code_blocks() -> None:
    assert blocks(README, r"\w+") == blocks(KOREAN, r"\w+")


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "README.ko.md",
        "constructs/README.md",
        "constructs/cdk8s_backend/scripts/README.md",
        "docs/decisions.md",
        "docs/policies.md",
        "docs/policies.ko.md",
        "docs/operations.md",
        "docs/operations.ko.md",
    ],
)
def test_links_lead_somewhere(name: str) -> None:
    readme = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", readme.read_text("utf-8"))
    inner = [link.partition("#") for link in links if "://" not in link]

    assert [path for path, _, _ in inner if path and not (readme.parent / path).exists()] == []
    assert {part for path, _, part in inner if part and not path} - anchors(readme) == set()


@BOTH
def test_the_files_that_commands_name_exist(readme: Path) -> None:
    words = [word for text in blocks(readme, "sh") for word in shlex.split(text)]
    files = {word for word in words if re.search(r"\.(py|sh|txt)$", word) and not word.startswith("build/")}

    assert {"main.py", "dist/deploy.sh", "examples/guestbook.py"} <= files
    assert {file for file in files if not (ROOT / file).is_file()} == set()


@BOTH
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_table_of_options_is_what_a_script_knows(readme: Path, script: str) -> None:
    documented = {
        quoted(row)[0].split()[0]
        for row in table(readme, {README: "option", KOREAN: "옵션"}[readme])
        if script in row[1].split(", ") or row[1] in {"all", "모두"}
    }

    assert documented == set(re.findall(r"^  (--[a-z-]+)", help_of(script), flags=re.MULTILINE))


@BOTH
def test_the_options_of_an_example_are_options_of_its_script(readme: Path) -> None:
    lines = [
        shlex.split(line) for text in blocks(readme, "sh") for line in text.splitlines() if line.startswith("dist/")
    ]

    assert {Path(line[0]).stem for line in lines} == set(SCRIPTS)
    for program, *arguments in lines:
        options = {argument for argument in arguments if argument.startswith("--")}
        assert options - set(re.findall(r"--[a-z-]+", help_of(Path(program).stem))) == set()


@BOTH
def test_the_variables_of_secrets_are_those_that_deploy_reads(readme: Path) -> None:
    (paragraph,) = (part for part in readme.read_text("utf-8").split("\n\n") if "`POSTGRESQL_USERNAME`" in part)
    variables = set(re.findall(r"`([A-Z]+_[A-Z]+)`", paragraph))

    assert variables == set(re.findall(r"^  ([A-Z_]+)  \(Secret", help_of("deploy"), flags=re.MULTILINE))


def settings_of_schema() -> dict[str, dict[str, Any]]:
    """What the schema says of each setting; those of a group, like the hosts, one by one."""
    schema = SettingsSchema(names_of(Topology()))
    found = {}
    for name, own in schema.document["properties"].items():
        group = schema.at((name,)) if "$ref" in str(own.get("anyOf", own.keys())) else {}
        if not group or "anyOf" in own:
            found[name] = own
        for inner, each in group.get("properties", {}).items():
            found[f"{name}.{inner}"] = each
    return found


@BOTH
def test_the_table_of_settings_is_what_an_environment_may_say(readme: Path) -> None:
    rows = table(readme, {README: "setting", KOREAN: "설정"}[readme])
    known = settings_of_schema()

    assert [quoted(row)[0] for row in rows] == list(known)
    defaults = {name: each["default"] for name, each in known.items() if each.get("default") not in (None, "", {})}
    documented = {quoted(row)[0]: row[2].strip("`") for row in rows}
    assert {name: documented[name] for name in defaults} == {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in defaults.items()
    }


def test_the_meaning_of_a_setting_is_that_of_the_schema() -> None:
    described = [each["description"].removesuffix(".") for each in settings_of_schema().values()]

    assert [row[1] for row in table(README, "setting")] == described


@BOTH
def test_the_variables_of_settings_work(readme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = (text for text in blocks(readme, "sh") if "COUNT_VERSION" in text)
    for name, value in re.findall(r"(?m)(COUNT_\w+)=(\S+)", text.replace('": ', '":').replace("'", "")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COUNT_ENVIRONMENT")
    settings = settings_of("production", Topology())

    assert settings.image("count-read-service") == "registry.example.com/count/count-read-service:1.2.3"
    assert settings.hosts.main == "count.example.com"
    assert settings.replicas == {"count-read-service": 3}
    assert settings.proxy_timeouts.read_seconds == 60
    assert settings.variables == {"count-write-service": {"LOG_LEVEL": "debug"}}


def test_settings_are_shown_with_the_text_of_the_readme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT_REPLICAS__COUNT_READ_SERVICE", "3")
    shown = show(load_with_origins(ROOT / "environments", "staging", names_of(Topology())), Topology())

    expected = [line.split() for line in block(README, "text", "ingressControllerNamespace").splitlines()]
    assert [line for line in expected if line not in [row.split() for row in shown.splitlines()]] == []


def test_wrong_settings_fail_with_the_text_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "environments/staging.yaml").read_text(encoding="utf-8")
    wrong = text.replace("size: 5Gi", "size: 5GB").replace("count-read-service: 2", "count-read-service: 0")
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/staging.yaml").write_text(wrong, encoding="utf-8")
    monkeypatch.setenv("COUNT_HOSTS__MIAN", "count.example.com")

    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "environments", "staging", names_of(Topology()))

    assert f"{caught.value}\n" == block(README, "text", "COUNT_HOSTS__MIAN")


def test_the_choices_of_the_readme_are_made() -> None:
    choices = {to_snake(name): value for name, value in yaml.safe_load(block(README, "yaml", "routing:")).items()}
    manifests = manifests_of("production", **choices)

    assert choices["routing"] == "gateway"
    manifests.has("Gateway", like={"metadata": {"annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"}}})
    manifests.has("ExternalSecret", like={"spec": {"secretStoreRef": {"name": "vault"}}})


def test_the_backups_of_the_readme_are_made() -> None:
    manifests = manifests_of("production", **yaml.safe_load(block(README, "yaml", "backups:")))

    manifests.count("CronJob", 3)
    manifests.has("CronJob", "countinfo-backup", like={"spec": {"schedule": "0 3 * * *", "timeZone": "Asia/Seoul"}})


@BOTH
def test_the_table_of_generated_things_is_what_lies_in_dist(readme: Path) -> None:
    rows = table(readme, {README: "in `dist/`", KOREAN: "`dist/`의 항목"}[readme])
    documented = {name.rstrip("/") for row in rows for name in quoted(row)}

    assert documented == {path.name.removesuffix(".sh").removesuffix(".ps1") for path in (ROOT / "dist").iterdir()}


def test_the_test_of_the_readme_passes_and_is_the_one_of_the_example() -> None:
    snippet = block(README, "python", "def test_")
    names: dict[str, Any] = {}
    exec(snippet, names)  # noqa: S102
    function = snippet[snippet.index("def test_") :]

    names["test_the_guestbook_logs_in_as_the_owner_of_its_database"]()
    assert function in (ROOT / "tests/examples/test_guestbook.py").read_text("utf-8")


def test_an_assertion_fails_with_the_text_of_the_readme() -> None:
    snippet = block(README, "python", "def test_").replace('{"replicas": 1}', '{"replicas": 2}')
    names: dict[str, Any] = {}
    exec(snippet, names)  # noqa: S102

    with pytest.raises(AssertionError) as failure:
        names["test_the_guestbook_logs_in_as_the_owner_of_its_database"]()

    assert f"{failure.value}\n" == block(README, "text", "closest")


def test_the_linker_finds_nothing_in_dist(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    exec(block(README, "python", "linker.check"), {})  # noqa: S102

    assert capsys.readouterr().out == ""


def test_the_linker_fails_with_the_text_of_the_readme() -> None:
    manifests = copy.deepcopy(list(Manifests.from_directory(ROOT / "dist")))
    Manifests(manifests).get("Service", "count-write-service")["spec"]["ports"][0]["port"] = 3001

    problems = "".join(f"{problem}\n" for problem in linker.check(manifests))

    assert problems == block(README, "text", "count-write-service")


def test_the_further_service_of_the_readme_is_one_entry() -> None:
    service = eval(block(README, "python", "ServiceUnit("), vars(topology))  # noqa: S307
    phases = phases_of("production", Topology(services=(*SERVICES, service)))
    manifests = Manifests(manifest for phase in phases.values() for manifest in phase)

    backend = {"service": {"name": service.name, "port": {"number": service.port}}}
    path = {"path": "/export", "backend": backend}
    manifests.has("Deployment", service.name)
    manifests.has("Service", service.name)
    manifests.has("ConfigMap", "app-config", like={"data": {service.port_key: str(service.port)}})
    manifests.has("Ingress", like={"spec": {"rules": [{"http": {"paths": [path]}}]}})


def test_the_readme_of_the_library_lists_every_construct() -> None:
    exported = {name: getattr(cdk8s_backend, name) for name in cdk8s_backend.__all__}
    constructs = {name for name, value in exported.items() if isinstance(value, type) and issubclass(value, Construct)}

    assert {quoted(row)[0] for row in table(LIBRARY, "construct")} == constructs


def test_the_readme_of_the_library_names_everything_that_the_library_exports() -> None:
    text = re.sub(r"^```.*?^```$", "", LIBRARY.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", text))))

    assert set(cdk8s_backend.__all__) - named == set()


def test_the_snippets_of_the_library_s_readme_run(tmp_path: Path) -> None:
    program = tmp_path / "hello.py"
    program.write_text("".join(blocks(LIBRARY, "python")), encoding="utf-8")

    subprocess.run([sys.executable, program], cwd=tmp_path, check=True)

    assert (tmp_path / "dist/hello.k8s.yaml").is_file()


def test_a_wrong_key_fails_with_the_text_of_the_library_s_readme() -> None:
    names: dict[str, Any] = {}
    exec(block(LIBRARY, "python", "linker.install").replace("app.synth()", ""), names)  # noqa: S102
    manifests = linker.manifests_of(names["app"])
    container = Manifests(manifests).get("Deployment", "hello")["spec"]["template"]["spec"]["containers"][0]
    container["env"][0]["valueFrom"]["configMapKeyRef"]["key"] = "greeting.txt"

    assert "".join(f"{problem}\n" for problem in linker.check(manifests)) == block(LIBRARY, "text", "greeting.txt")
