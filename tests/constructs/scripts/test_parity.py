"""Both shells do the same: calls of kubectl, output and exit codes, on a cluster that only answers from a table."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.constructs.scripts.sample import Phases, external_phases, sample_phases, write_folder
from tests.constructs.scripts.shells import Shell
from tests.support.parts import need_program

SCRIPTS = ["deploy", "undeploy", "build-images"]
VALUES = {"STORE_USERNAME": "me", "STORE_PASSWORD": 'a "b" $c \\ 한글', "WEB_TOKEN": "token"}
ENCODED = {"username": "bWU=", "password": "YSAiYiIgJGMgXCDtlZzquIA=", "token": "dG9rZW4="}

KUBECTL = """#!/bin/sh
# Notes its arguments and input, and answers from the first file of the table whose name, a pattern, fits the arguments.
[ "$1" != version ] || { echo 'gitVersion: v1.34.0'; exit; }
[ "$1" != config ] || { echo here; exit; }
shift 6  # context, namespace, and a time limit that no two runs share
printf '%s\\n' "$*" | sed 's/--timeout [0-9]*s/--timeout Ns/; s/go-template=.*/go-template/' | head -n 1 >>"$CALLS"
case "$*" in *'--filename -'*|*/dev/stdin*) cat >>"$CALLS"; echo >>"$CALLS" ;; esac
while IFS='|' read -r pattern status file; do
  case "$*" in $pattern) cat "$file"; [ "$status" = 0 ] || cat "$file" >&2; exit "$status" ;; esac
done <"$TABLE"
"""

READY = """StatefulSet|store|1|1|1|1|1|a|a
Job|prepare|SuccessCriteriaMet,Complete,
Deployment|web|2|2|1|1|1|1
Pod|store-0|StatefulSet|store|none|True
"""
STUCK = """StatefulSet|store|2|1|1|1|1|a|b
Job|prepare|
Deployment|web|1|1|3|2|2|3
Pod|store-0|StatefulSet|store|none|False
Reason|store-0|ErrImagePull|"failed | to \\"pull\\"\\nwith C:\\\\dir %s {0}"
Pod|store-1|StatefulSet|store|none|True
Pod|web-6f7-x|ReplicaSet|web-6f7|6f7|False
"""
SYNCED = """ExternalSecret|mail-secret||mail-secret|True|SecretSynced|"secret synced"
ExternalSecret|web||web-secret|
"""
UNSYNCED = """ExternalSecret|mail-secret|username password |mail-secret|False|Failed|"no \\"x\\" |\\nC:\\\\vault %s {0}"
ExternalSecret|web|* |web-secret|
"""
EVENTS = """store-0|BackOff|"Back-off | pulling"
storefront-0|Other|"not of the store"
store|FailedCreate|"create Pod \\"store-0\\" failed"
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What kubectl prints, and its exit status; on standard error too when it failed."""

    text: str = ""
    status: int = 0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What someone sees of a run, and what kubectl sees."""

    status: int
    output: str
    errors: str
    calls: str


class Desk:
    """The generated folder, both shells, and a kubectl that answers from a table."""

    def __init__(self, pwsh: Path, path: Path, phases: Phases) -> None:
        bash = need_program("bash", package="bash")
        self._shells = (
            Shell(name="bash", suffix=".sh", command=(bash,)),
            Shell(name="powershell", suffix=".ps1", command=(pwsh, "-NoProfile", "-File")),
        )
        self.folder = path / "folder, 배포"
        write_folder(self.folder, phases=phases)
        self._path = path
        programs = path / "programs"
        programs.mkdir()
        (programs / "kubectl").write_text(KUBECTL)
        (programs / "kubectl").chmod(0o755)

    def run(
        self, script: str, *arguments: str, answers: Mapping[str, Answer] = {}, values: Mapping[str, str] = {}
    ) -> list[Run]:
        """Runs a script in both shells.

        Args:
            script: Name of the script.
            arguments: Its arguments.
            answers: What kubectl answers, by patterns for its arguments; nothing where none fits.
            values: Environment variables.
        """
        rows = []
        for number, (pattern, answer) in enumerate(answers.items()):
            file = self._path / f"answer-{number}"
            file.write_text(answer.text)
            rows.append(f"{pattern}|{answer.status}|{file}\n")
        (self._path / "table").write_text("".join(rows))
        return [self._run(shell, script, arguments, values) for shell in self._shells]

    def _run(self, shell: Shell, script: str, arguments: tuple[str, ...], values: Mapping[str, str]) -> Run:
        calls = self._path / f"calls-of-{shell.name}"
        calls.write_text("")
        environment = {
            "PATH": f"{self._path / 'programs'}:/usr/local/bin:/usr/bin:/bin",
            "TABLE": str(self._path / "table"),
            "CALLS": str(calls),
            "LANG": "en_US.UTF-8",
            **values,
        }
        done = shell.run(self.folder / script, *arguments, environment=environment)
        return Run(
            status=done.returncode,
            output=_comparable(done.stdout, shell),
            errors=_comparable(done.stderr, shell),
            calls=calls.read_text(),
        )


def _comparable(text: str, shell: Shell) -> str:
    """Without what may differ: the ending of the script's name, elapsed seconds, blanks at the ends of lines."""
    text = re.sub(r"\[\d+( s|초)\]", r"[N\1]", text.replace(shell.suffix, ""))
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def desk(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(pwsh, tmp_path_factory.mktemp("desk"), sample_phases())


@pytest.fixture(scope="module")
def external_desk(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(pwsh, tmp_path_factory.mktemp("external-desk"), external_phases())


def live_secret(*keys: str) -> Answer:
    return Answer(text="exists\n" + "".join(f"{key} {ENCODED[key]}\n" for key in keys))


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_help_is_the_same(script: str, language: str, desk: Desk) -> None:
    bash, powershell = desk.run(script, "--help", "--lang", language)

    assert bash == powershell
    assert bash.status == 0


def test_a_first_deployment_is_the_same(desk: Desk) -> None:
    answers = {"get deployments,statefulsets,jobs,pods *": Answer(text=READY)}

    bash, powershell = desk.run("deploy", "--yes", "--with-ingress", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert f'"data":{{"username":"{ENCODED["username"]}","password":"{ENCODED["password"]}"}}' in bash.calls


def test_a_repeated_deployment_is_the_same_and_sends_no_secret(desk: Desk) -> None:
    answers = {
        "get persistentvolumeclaims *": Answer(text="persistentvolumeclaim/data-store-0\n"),
        "get secret store-secret *": live_secret("username", "password"),
        "get secret web-secret *": live_secret("token"),
        "get deployments,statefulsets,jobs,pods *": Answer(text=READY),
        "get deployments,statefulsets,jobs *": Answer(text="Deployment/web\nStatefulSet/store\nJob/prepare\n"),
        "get job prepare *": Answer(text="exists SuccessCriteriaMet Complete\n"),
        "*--dry-run=server*": Answer(text="Job.batch: field is immutable\n", status=1),
    }

    bash, powershell = desk.run("deploy", "--context=here", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "Job/prepare: it changed" in bash.output
    assert "Secret" not in bash.output + bash.calls


def test_missing_keys_are_added_with_the_same_words_and_restarts(desk: Desk) -> None:
    answers = {
        "get secret store-secret *": live_secret("username"),
        "get secret web-secret *": Answer(text="exists\n"),
        "get deployments,statefulsets,jobs,pods *": Answer(text=READY),
        "get deployments,statefulsets,jobs *": Answer(text="Deployment/web\nStatefulSet/store\nJob/prepare\n"),
        "get job prepare *": Answer(text="exists Complete\n"),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert "Secret store-secret: adding the missing keys password" in bash.output
    assert [line for line in bash.calls.splitlines() if line.startswith(("rollout", "delete"))] == [
        line for line in powershell.calls.splitlines() if line.startswith(("rollout", "delete"))
    ]
    for calls in (bash.calls, powershell.calls):
        assert f'"data":{{"password":"{ENCODED["password"]}"}}' in calls
        assert ENCODED["username"] not in calls


def test_secrets_stop_a_run_with_the_same_complaints(desk: Desk) -> None:
    answers = {
        "get persistentvolumeclaims *": Answer(text="persistentvolumeclaim/data-store-0\n"),
        "get secret store-secret *": Answer(text="exists\nusername JHtTVE9SRV9VU0VSTkFNRX0=\n"),
        "get secret web-secret *": live_secret("token"),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values={"WEB_TOKEN": "other"})

    assert bash == powershell
    assert bash.status == 1
    for complaint in (
        "${STORE_USERNAME}",
        "STORE_PASSWORD to the old value",
        "WEB_TOKEN differs",
        "Nothing was applied",
    ):
        assert complaint in bash.errors


def test_a_failed_job_ends_with_the_same_report(desk: Desk) -> None:
    failed = READY.replace("SuccessCriteriaMet,Complete", "Failed") + "Pod|prepare-x|Job|prepare|none|True\n"
    answers = {
        "get deployments,statefulsets,jobs,pods *": Answer(text=failed),
        "logs prepare-x *": Answer(text="no database\n"),
        "get events *": Answer(text='prepare|BackoffLimitExceeded|"too often"\n'),
        "get job prepare *": Answer(text="exists Failed\n"),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "Job/prepare: it failed before" in bash.output
    assert "event prepare: BackoffLimitExceeded too often" in bash.errors
    assert "no database" in bash.errors


def test_the_log_of_a_restarted_container_is_that_of_the_previous_one(desk: Desk) -> None:
    waiting = READY.replace("SuccessCriteriaMet,Complete", "Failed") + "Pod|prepare-x|Job|prepare|none|False\n"
    gone = "[pod/prepare-x/prepare] failed to try resolving symlinks in path /var/log/pods/1.log: no such file\n"
    answers = {
        "get deployments,statefulsets,jobs,pods *": Answer(text=waiting),
        "logs prepare-x --previous *": Answer(text="[pod/prepare-x/prepare] no database\n"),
        "logs prepare-x *": Answer(text=gone),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "[pod/prepare-x/prepare] no database" in bash.errors
    assert "symlinks" not in bash.errors


def test_a_run_that_is_not_ready_in_time_ends_with_the_same_report(desk: Desk) -> None:
    answers = {
        "get deployments,statefulsets,jobs,pods *": Answer(text=STUCK),
        "get events *": Answer(text=EVENTS),
        "logs store-0 *": Answer(text="[pod/store-0/store] one\n\n[pod/store-0/store]  two\n"),
    }

    bash, powershell = desk.run("deploy", "--yes", "--timeout", "8", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert bash.status == 70
    assert 'Pod/store-0: ErrImagePull failed | to "pull" with C:\\dir %s {0}' in bash.errors


def test_external_secrets_are_awaited_with_the_same_calls(external_desk: Desk) -> None:
    answers = {
        "get deployments,statefulsets,jobs,pods,secrets,*": Answer(text=SYNCED),
        "get deployments,statefulsets,jobs,pods *": Answer(text=READY),
    }

    bash, powershell = external_desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    workloads = "deployments,statefulsets,jobs,pods"
    polls = [call.split()[1] for call in bash.calls.splitlines() if call.startswith(f"get {workloads}")]
    assert polls == [f"{workloads},secrets,externalsecrets.external-secrets.io", workloads, workloads, workloads]


def test_external_secrets_without_their_secrets_end_with_the_same_report(external_desk: Desk) -> None:
    answers = {"get deployments,statefulsets,jobs,pods,secrets,*": Answer(text=UNSYNCED)}

    bash, powershell = external_desk.run("deploy", "--yes", "--timeout", "8", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert bash.status == 70
    assert "waiting (0 of 2 ready): ExternalSecret/mail-secret, ExternalSecret/web" in bash.output
    assert 'condition Ready=False: Failed no "x" | C:\\vault %s {0}' in bash.errors


@pytest.mark.parametrize(
    "call", ["get --raw *", "get persistentvolumeclaims *", "get secret *", "apply *", "get job *"]
)
def test_a_call_that_fails_ends_the_run_with_the_same_words(call: str, desk: Desk) -> None:
    answers = {
        call: Answer(text="no such luck\n", status=1),
        "get deployments,statefulsets,jobs,pods *": Answer(text=READY),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "no such luck" in bash.errors


@pytest.mark.parametrize("arguments", [[], ["--delete-data"], ["--delete-data", "--delete-namespace", "--lang=ko"]])
def test_a_removal_is_the_same(arguments: list[str], desk: Desk) -> None:
    answers = {
        "delete StatefulSet*": Answer(text='statefulset.apps "store" deleted\n'),
        "get namespace/shop *": Answer(text="namespace/shop\n"),
        "get secret/*": Answer(text="secret/store-secret\nsecret/web-secret\n"),
    }

    bash, powershell = desk.run("undeploy", "--yes", *arguments, answers=answers)

    assert bash == powershell
    assert bash.status == 0
    assert "namespace/shop secret/store-secret secret/web-secret" in bash.output


@pytest.mark.parametrize(
    ("answer", "status", "deleted"),
    [
        (Answer(), 0, True),
        (Answer(text='error: the server doesn\'t have a resource type "ExternalSecret"\n', status=1), 0, False),
        (Answer(text="Error from server (Forbidden)\n", status=1), 1, False),
    ],
    ids=["known", "unknown", "forbidden"],
)
def test_a_kind_that_the_cluster_may_lack_is_removed_alike(
    answer: Answer, status: int, deleted: bool, external_desk: Desk
) -> None:
    bash, powershell = external_desk.run("undeploy", "--yes", answers={"get ExternalSecret*": answer})

    assert bash == powershell
    assert bash.status == status
    assert ("reading ExternalSecret.v1.external-secrets.io/web from the cluster failed" in bash.errors) == (status == 1)
    deletions = [call for call in bash.calls.splitlines() if call.startswith("delete ")]
    assert any("ExternalSecret" in call for call in deletions) == deleted
    assert any("ConfigMap" in call for call in deletions) == (status == 0)
