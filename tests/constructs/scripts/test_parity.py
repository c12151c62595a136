"""Both shells do the same: calls of kubectl, output and exit codes, on a cluster that only answers from a table."""

import hashlib
import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import unicodedata
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.constructs.scripts.sample import Phases, external_phases, sample_phases, sample_plan, write_folder
from tests.constructs.scripts.shells import Done, Shell
from tests.support.parts import find_program, need_program

SCRIPTS = ["deploy", "undeploy", "build-images"]
VALUES = {"STORE_USERNAME": "me", "STORE_PASSWORD": 'a "b" $c \\ 한글', "WEB_TOKEN": "token"}
ENCODED = {"username": "bWU=", "password": "YSAiYiIgJGMgXCDtlZzquIA=", "token": "dG9rZW4="}

KUBECTL = """#!/bin/sh
# Notes its arguments and input, and answers from the first row of the table whose pattern fits the arguments.
[ "$1" != version ] || { echo 'gitVersion: v1.34.0'; exit; }
[ "$1" != config ] || { echo here; exit; }
shift 6  # context, namespace, and a time limit that no two runs share
case "$*" in 'get '*' --watch-only '*) exit 1 ;; esac # it comes when it likes; without it the scripts poll as often
{
  printf '%s\\037' "$*"
  case "$*" in *'--filename -'*|*/dev/stdin*) cat ;; esac
  printf '\\036'
} >"$CALLS-$$"
cat "$CALLS-$$" >>"$CALLS" # in one piece, beside other calls
while IFS='|' read -r pattern row; do
  case "$*" in $pattern) ;; *) continue ;; esac
  number=0
  [ ! -f "$CALLS.$row" ] || read -r number <"$CALLS.$row"
  [ ! -f "$TABLE/$row.$((number + 1))" ] || echo "$((number + 1))" >"$CALLS.$row"
  . "$TABLE/$row.$number"
done <"$TABLE/patterns"
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What kubectl prints on its output and on standard error, and its exit status."""

    text: str = ""
    errors: str = ""
    status: int = 0

    @property
    def script(self) -> str:
        """What gives the answer: warnings come before the output, errors after it."""
        output, errors = f"printf %s {shlex.quote(self.text)}", f"printf %s {shlex.quote(self.errors)} >&2"
        return "\n".join([output, errors] if self.status else [errors, output]) + f"\nexit {self.status}\n"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What someone sees of a run, and what kubectl sees: its arguments, and on a second line its input.

    What PowerShell reads ahead has among the calls the places that it has in bash; ``made`` has its own.
    """

    status: int
    output: str
    errors: str
    calls: tuple[str, ...]
    made: tuple[str, ...] = field(compare=False)

    @property
    def with_each_call_once(self) -> "Run":
        return replace(self, calls=tuple(dict.fromkeys(self.calls)))

    def called(self, *beginnings: str) -> list[str]:
        """The arguments of the calls that begin with one of some words."""
        return [call.partition("\n")[0] for call in self.calls if call.startswith(beginnings)]


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
        if awk := find_program("original-awk"):  # that of macOS
            (programs / "awk").symlink_to(awk)

    def run(
        self,
        script: str,
        *arguments: str,
        answers: Mapping[str, Answer | Sequence[Answer]] = {},
        values: Mapping[str, str] = {},
        interrupt_at: str = "",
        columns: int = 0,
    ) -> list[Run]:
        """Runs a script in both shells at the same time.

        Args:
            script: Name of the script.
            arguments: Its arguments.
            answers: What kubectl answers, by patterns for its arguments: of several answers each once, and the last one
                ever after; nothing where no pattern fits.
            values: Environment variables.
            interrupt_at: When the script prints a line with these words, it is interrupted as by Ctrl-C.
            columns: How wide the terminal is that shows its output; it runs without one if there are none.
        """
        table = self._path / f"table-{len(list(self._path.glob('table-*')))}"
        table.mkdir()
        (table / "patterns").write_text("".join(f"{pattern}|{row}\n" for row, pattern in enumerate(answers)))
        for row, answer in enumerate(answers.values()):
            for number, one in enumerate([answer] if isinstance(answer, Answer) else answer):
                (table / f"{row}.{number}").write_text(one.script)

        def run_in(shell: Shell) -> Run:
            return self._run(shell, table, (script, *arguments), values, interrupt_at, columns)

        if interrupt_at or columns:  # which take the main thread
            bash, powershell = (run_in(shell) for shell in self._shells)
        else:
            with ThreadPoolExecutor() as pool:
                bash, powershell = pool.map(run_in, self._shells)
        return [bash, replace(powershell, calls=_in_the_order_of(bash.made, powershell.made))]

    def _run(
        self,
        shell: Shell,
        table: Path,
        command: tuple[str, ...],
        values: Mapping[str, str],
        interrupt_at: str,
        columns: int,
    ) -> Run:
        calls = table / f"calls-of-{shell.name}"
        calls.write_text("")
        environment = {
            "PATH": f"{self._path / 'programs'}:/usr/local/bin:/usr/bin:/bin",
            "TABLE": str(table),
            "CALLS": str(calls),
            "LANG": "en_US.UTF-8",
            **values,
        }
        script, arguments = self.folder / command[0], command[1:]
        if interrupt_at:
            done = _interrupted(shell.start(script, *arguments, environment=environment), interrupt_at)
        elif columns:
            errors = table / f"errors-of-{shell.name}"
            done = shell.run_at_terminal(script, *arguments, columns=columns, errors=errors, environment=environment)
        else:
            done = shell.run(script, *arguments, environment=environment, timeout=90)
        made = _without_repetitions([_comparable_call(call) for call in calls.read_text().split("\036")[:-1]])
        return Run(
            status=done.returncode,
            output=_comparable(done.stdout, shell),
            errors=_comparable(done.stderr, shell),
            calls=made,
            made=made,
        )


def _interrupted(process: subprocess.Popen[str], words: str) -> Done:
    """What a script has done that is interrupted when it prints a line with some words."""
    with process:
        assert process.stdout is not None
        said = list(itertools.takewhile(lambda line: words not in line, process.stdout))
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    return Done(process.args, process.returncode, "".join(said) + output, errors)


def _comparable(text: str, shell: Shell) -> str:
    """Without what may differ: the script's suffix, PowerShell's `&`, times, blanks at the ends of lines.

    What is awaited is said again after a time; it is left once.
    """
    text = text.replace(shell.suffix, "").replace("& '", "'")
    text = re.sub(r"\[\d+( s|초)\]", r"[N\1]", text)
    text = re.sub(r"^(.*\[N(?: s|초)\]\n)\1+", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=seconds: )[^\"\n]*", lambda times: re.sub(r" \d+\b", " N", times[0]), text)
    text = re.sub(r'"time":"[^"]*"', '"time":"T"', text)
    text = re.sub(r'("phases":"[^"]*|"seconds":\d+)', lambda times: re.sub(r"\d+\b", "0", times[0]), text)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def _comparable_call(call: str) -> str:
    """A call without the text of a template, the line breaks of a patch, and the name of the run that has the lock."""
    arguments, _, data = call.partition("\037")
    arguments = re.sub(r"go-template=.*", "go-template", arguments, flags=re.DOTALL)
    arguments = re.sub(r"\s*\n\s*", "", arguments)
    return re.sub(r'"[^"@]+@[^"@]+ \d+-\d+"', '"NAME"', f"{arguments}\n{data}".rstrip("\n"))


def _in_the_order_of(bash: Sequence[str], powershell: Sequence[str]) -> tuple[str, ...]:
    """PowerShell's calls, but what it reads ahead where bash reads it; nowhere if bash has ended before."""
    first = powershell[: len(READ_AHEAD) + 3]  # besides the place, the time, and the lock
    ahead = [next((call for call in first if re.match(shape, call)), "") for shape in READ_AHEAD]
    calls = list(powershell)
    for call in filter(None, ahead):
        calls.remove(call)
    for call in sorted(set(ahead) & set(bash), key=bash.index):
        calls.insert(bash.index(call), call)
    return tuple(calls)


def _without_repetitions(calls: Sequence[str]) -> tuple[str, ...]:
    """Calls without repeated polls, watches, and those that renew the lock, each after one for the time.

    How many there are and when they begin depends on the machine.
    """
    calls = [call for call in calls if "--watch-only" not in call]
    renewals = [
        number for number, call in enumerate(calls) if '"/spec/holderIdentity"' in call and '"/spec/renewTime"' in call
    ]
    left_out = {*renewals, *(number - 1 for number in renewals)}
    left = [call for number, call in enumerate(calls) if number not in left_out]
    return tuple(
        call for before, call in itertools.pairwise(["", *left]) if call != before or not call.startswith("get dep")
    )


READ_AHEAD = (
    "get deployments,",
    "get secret/",
    "get --filename .* go-template",
    "apply .* --dry-run=server .*--filename .* go-template",
)
"""The calls that PowerShell starts before it has taken the lock if that is free."""

OBJECTS = (
    "Namespace.v1./shop",
    "ConfigMap.v1./web-config",
    "Secret.v1./store-secret",
    "Secret.v1./web-secret",
    "StatefulSet.v1.apps/store",
    "Service.v1./store",
    "Job.v1.batch/prepare",
    "Deployment.v1.apps/web",
)
APPLIED = (
    "Namespace/shop",
    "ConfigMap/web-config",
    "StatefulSet/store",
    "Service/store",
    "Job/prepare",
    "Deployment/web",
)

OLD, NEW, NOW = "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2026-11-25T13:00:00Z"
READY = f"""StatefulSet|store|1|1|1|1|1|a|a
Job|prepare|SuccessCriteriaMet,Complete,|{OLD}
Deployment|web|2|2|1|1|1|1|1
ReplicaSet|web-6f7|web|1
Claim|data-store-0|Bound|{OLD}
Pod|store-0|StatefulSet|store|a|True||Running|{OLD}
Pod|web-6f7-x|ReplicaSet|web-6f7|none|True||Running|{OLD}
"""
STUCK = f"""StatefulSet|store|2|2|1|1|0|a|b
Job|prepare||{OLD}
Deployment|web|1|1|3|2|2|3|1
ReplicaSet|web-6f7|web|1
Pod|store-0|StatefulSet|store|b|False||Pending|{OLD}
State|store-0|store|ErrImagePull|0|"failed | to \\"pull\\"\\n\\twith C:\\\\new\\\\red %s {{0}}"
Last|store-0|store|OOMKilled|3|"exit code 137 "
Pod|web-6f7-x|ReplicaSet|web-6f7|none|False||Running|{OLD}
"""
FAILED = f"""{READY.replace("SuccessCriteriaMet,Complete", "Failed")}
Pod|prepare-x|Job|prepare|none|False||Failed|{OLD}
"""
SYNCED = """ExternalSecret|mail-secret||mail-secret|True|SecretSynced|"secret synced"
ExternalSecret|web||web-secret|
"""
UNSYNCED = """ExternalSecret|mail-secret|username password |mail-secret|False|Failed|"no \\"x\\" |\\nC:\\\\vault %s {0}"
ExternalSecret|web|* |web-secret|
"""
EVENTS = """store-0|BackOff|"Back-off | pulling"
storefront-0|Other|"not of the store"
data-store-0|ProvisioningFailed|"no volume"
store|FailedCreate|"create Pod \\"store-0\\" failed"
store|FailedCreate|"create Pod \\"store-0\\" failed"
"""
WARNING = "Warning: v1/Thing of /apis is old | use another\n"


def place(
    *, environment: str = "production", lease: str = "7|||", objects: Sequence[str] = OBJECTS, digest: str = "none"
) -> Answer:
    """The namespace, the lock, and the inventory."""
    inventory = "\n".join([f"Inventory|1.2.3|{digest}", *sorted(objects)])
    return Answer(text=f"Namespace|{environment}|\nLease|{lease}\n{inventory}\n")


def objects(*names: str, **changed: str) -> Answer:
    """Lines of objects, all but for the rest of some by kind."""
    return Answer(text="".join(f"{name}|{changed.get(name.split('/')[0], '|own map')}\n" for name in names or APPLIED))


def secrets(*, store: str = "username password", web: str = "token", time: str = OLD) -> Answer:
    """The live Secrets with those of their keys that they have."""
    lines = [f"Secret|store-secret|{time} |", *(f"{key} {ENCODED[key]}" for key in store.split())]
    lines += [f"Secret|web-secret|{OLD} {time} |", *(f"{key} {ENCODED[key]}" for key in web.split())]
    return Answer(text="\n".join(lines) + "\n")


CLOCK = {"create * --dry-run=server *": Answer(text=NOW)}
LIVE: dict[str, Answer | list[Answer]] = {
    **CLOCK,
    "get namespace/shop *": place(),
    "get secret/store-secret *": secrets(),
    "get deployments,*": Answer(text=READY),
    "get --filename *": objects(),
    "apply * --dry-run=server *": objects(),
    "apply *": Answer(text="applied\n"),
}
FIRST: dict[str, Answer | list[Answer]] = {
    **CLOCK,
    "get deployments,*": [Answer(), Answer(text=READY)],
    "apply * --dry-run=server *": objects(),
}
"""A cluster that has all, and one that has nothing."""


def folder_hash(desk: Desk) -> str:
    files = [row.file for phase in sample_plan().phases for row in phase.applied]
    data = b"".join((desk.folder / file).read_bytes() for file in files)
    return hashlib.sha256(data.replace(b"\r", b"")).hexdigest()


@pytest.fixture(scope="module")
def desk(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(pwsh, tmp_path_factory.mktemp("desk"), sample_phases())


@pytest.fixture(scope="module")
def external_desk(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(pwsh, tmp_path_factory.mktemp("external-desk"), external_phases())


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_help_is_the_same(script: str, language: str, desk: Desk) -> None:
    bash, powershell = desk.run(script, "--help", "--lang", language)

    assert bash == powershell
    assert bash.status == 0


def test_what_is_read_ahead_is_asked_for_once(desk: Desk) -> None:
    bash, powershell = desk.run("deploy", "--yes", answers=LIVE, values=VALUES)

    assert bash == powershell
    assert len(bash.made) == len(powershell.made)


@pytest.mark.parametrize("lease", ["7|someone||", ""], ids=["had by another run", "not there"])
def test_nothing_is_read_ahead_where_the_lock_is_not_free(lease: str, desk: Desk) -> None:
    there = place(lease=lease) if lease else Answer(text=place().text.replace("Lease|7|||\n", ""))
    answers = {**LIVE, "get namespace/shop *": there}

    bash, powershell = desk.run("deploy", "--yes", "--force-unlock", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0
    assert bash.made == powershell.made


def test_what_was_read_ahead_of_an_outage_is_read_again(desk: Desk) -> None:
    answers = {**LIVE, "patch lease *": [AWAY, Answer()]}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash.with_each_call_once == powershell.with_each_call_once
    assert bash.status == 0
    locked = next(
        number for number in range(len(powershell.made), 0, -1) if "acquireTime" in powershell.made[number - 1]
    )
    assert all(any(re.match(shape, call) for call in powershell.made[locked:]) for shape in READ_AHEAD)


def test_a_first_deployment_is_the_same(desk: Desk) -> None:
    bash, powershell = desk.run("deploy", "--yes", "--with-ingress", answers=FIRST, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert any(f'"username":"{ENCODED["username"]}","password":"{ENCODED["password"]}"' in call for call in bash.calls)
    assert any('"data":{"objects":"ConfigMap.v1./web-config\\n' in call for call in bash.calls)
    assert bash.calls[-1].endswith('{"op":"remove","path":"/spec/holderIdentity"}]')


def test_a_repeated_deployment_is_the_same_and_sends_nothing(desk: Desk) -> None:
    answers = {**LIVE, "get namespace/shop *": place(digest=folder_hash(desk))}

    bash, powershell = desk.run("deploy", "--context=here", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "nothing changed" in bash.output
    assert [call for call in bash.called("apply", "rollout", "delete") if "--dry-run=server" not in call] == []


def test_the_hash_of_the_files_is_the_same_whatever_they_hold(pwsh: Path, tmp_path: Path) -> None:
    desk = Desk(pwsh, tmp_path, sample_phases())
    (desk.folder / "configmap/web-config.yaml").write_bytes(b"\xef\xbb\xbfa: \xff\x80\r\n\rb\r\n")

    bash, powershell = desk.run("deploy", "--context=here", answers=LIVE, values=VALUES)

    assert bash == powershell
    assert any(f'"hash":"{folder_hash(desk)}"' in call for call in bash.calls)


def warned(answers: Mapping[str, Answer | list[Answer]]) -> dict[str, list[Answer]]:
    """The same answers, each with a warning before it."""
    return {
        pattern: [Answer(text=one.text, errors=WARNING) for one in ([answer] if isinstance(answer, Answer) else answer)]
        for pattern, answer in {**answers, "*": Answer()}.items()
    }


def test_warnings_of_kubectl_change_nothing(desk: Desk) -> None:
    answers = {**LIVE, "apply * --dry-run=server *": objects(Job="|own other"), "get job/prepare *": Answer()}

    plain, _ = desk.run("deploy", "--yes", answers=answers, values=VALUES)
    bash, powershell = desk.run("deploy", "--yes", answers=warned(answers), values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert bash.calls == plain.calls
    assert bash.output.replace(f"  {WARNING}", "") == plain.output


def test_missing_keys_are_written_with_the_same_words_and_restarts(desk: Desk) -> None:
    answers = {**LIVE, "get secret/store-secret *": secrets(store="username", web="")}
    answers["get deployments,*"] = Answer(text=READY.replace("|data-store-0", "|other"))

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert bash.status == 0, bash.errors
    assert "Secret store-secret: writing the keys password" in bash.output
    assert bash.called("rollout", "delete", "get") == powershell.called("rollout", "delete", "get")
    assert bash.called("rollout") == ["rollout restart StatefulSet/store", "rollout restart Deployment/web"]
    for run in (bash, powershell):
        assert any(f'"data":{{"password":"{ENCODED["password"]}"}}' in call for call in run.calls)
        assert not any(ENCODED["username"] in call for call in run.calls)


def test_rotated_keys_are_replaced_with_the_same_words_and_restarts(desk: Desk) -> None:
    arguments = ("--yes", "--rotate", "web-secret")

    bash, powershell = desk.run("deploy", *arguments, answers=LIVE, values={"WEB_TOKEN": "other"})

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert bash.status == 0, bash.errors
    assert "Job/prepare: a Secret that it reads changed" in bash.output
    assert bash.called("rollout") == powershell.called("rollout") == ["rollout restart Deployment/web"]
    tried, replacing = (call for call in powershell.called("apply") if "--field-manager cdk8s-backend-" in call)
    assert ("--dry-run=server" in tried, "--dry-run=server" in replacing) == (True, False)
    assert "--force-conflicts" in replacing
    for run in (bash, powershell):
        assert any('"data":{"token":"b3RoZXI="}' in call for call in run.calls)


def test_what_runs_with_an_older_value_is_restarted_alike(desk: Desk) -> None:
    answers = {**LIVE, "get secret/store-secret *": secrets(time=NEW)}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert bash.called("delete") == [
        "delete job/prepare --ignore-not-found --cascade=foreground --wait=false",
    ]
    assert bash.called("rollout") == ["rollout restart StatefulSet/store", "rollout restart Deployment/web"]


def test_a_restart_is_tried_again_when_the_api_server_was_away_alike(desk: Desk) -> None:
    answers = {
        **LIVE,
        "get secret/store-secret *": secrets(time=NEW),
        "rollout restart StatefulSet/store": [AWAY, Answer()],
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert bash.called("rollout") == [*["rollout restart StatefulSet/store"] * 2, "rollout restart Deployment/web"]


def test_secrets_stop_a_run_with_the_same_complaints(desk: Desk) -> None:
    live = secrets(store="username").text.replace(ENCODED["username"], "JHtTVE9SRV9VU0VSTkFNRX0=")
    answers = {**LIVE, "get secret/store-secret *": Answer(text=live)}

    bash, powershell = desk.run(
        "deploy", "--yes", "--rotate=store-secret", answers=answers, values={"WEB_TOKEN": "other"}
    )

    assert bash == powershell
    assert bash.status == 1
    for complaint in (
        "its passwords are also in the data (data-store-0)",
        "${STORE_USERNAME}",
        "STORE_PASSWORD to the old value",
        "WEB_TOKEN differs",
        "Nothing was applied",
    ):
        assert complaint in bash.errors


def test_a_copy_of_a_secrets_values_is_removed_alike(desk: Desk) -> None:
    live = secrets()
    answers = {**LIVE, "get secret/store-secret *": Answer(text=live.text.replace(f"{OLD} |", f"{OLD} |applied", 1))}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    copy = "kubectl.kubernetes.io/last-applied-configuration-"
    assert bash.called("annotate") == [f"annotate secret store-secret --field-manager cdk8s-backend {copy}"]


def test_a_failed_job_ends_with_the_same_report(desk: Desk) -> None:
    answers = {
        **LIVE,
        "get deployments,*": Answer(text=FAILED),
        "get job/prepare *": [Answer(text="job.batch/prepare\n"), Answer()],
        "logs prepare-x *": Answer(text="no database\n"),
        "get events *": Answer(text='prepare|BackoffLimitExceeded|"too often"\n'),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "Job/prepare: it failed before" in bash.output
    assert "event prepare: BackoffLimitExceeded too often" in bash.errors
    assert "no database" in bash.errors
    *_, described, looked = bash.errors.splitlines()
    assert shlex.split(described) == ["kubectl", "--context", "here", "--namespace", "shop", "describe", "Job/prepare"]
    assert shlex.split(looked) == [f"{desk.folder}/deploy", "--context", "here", "--status"]


def test_the_status_shows_the_log_of_a_job_that_failed_before_alike(desk: Desk) -> None:
    answers = {**LIVE, "get deployments,*": Answer(text=FAILED), "logs prepare-x *": Answer(text="no database\n")}

    bash, powershell = desk.run("deploy", "--status", answers=answers)

    assert bash == powershell
    assert bash.status == 1
    assert "Not ready: Job/prepare" in bash.errors
    assert "no database" in bash.errors


def test_the_log_of_a_restarted_container_is_that_of_the_previous_one(desk: Desk) -> None:
    gone = "[pod/prepare-x/prepare] failed to try resolving symlinks in path /var/log/pods/1.log: no such file\n"
    answers = {
        **LIVE,
        "get deployments,*": Answer(text=FAILED),
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
        **LIVE,
        "get deployments,*": Answer(text=STUCK),
        "get events *": Answer(text=EVENTS),
        "logs store-0 *": Answer(text="[pod/store-0/store] one\n\n[pod/store-0/store]  two\n"),
    }

    bash, powershell = desk.run("deploy", "--yes", "--timeout", "30", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert bash.status == 70
    assert 'Pod/store-0: ErrImagePull failed | to "pull"  with C:\\new\\red %s {0}' in bash.errors
    assert "container store ended before: OOMKilled exit code 137" in bash.errors
    assert bash.errors.count("FailedCreate") == 1
    assert "storefront" not in bash.errors
    assert "rollout undo" not in bash.errors, "what this run has not changed"


NOWHERE = Answer(
    text=READY.replace("|1|1|a|a", "|1|0|a|a").replace("|a|True||Running", "|a|False||Pending")
    + 'State|store-0|-|Unschedulable|0|"0/1 nodes are available"\n'
)


def test_a_state_that_lasts_ends_a_run_early_with_the_same_report(desk: Desk) -> None:
    answers = {**LIVE, "get deployments,*": NOWHERE}

    bash, powershell = desk.run("deploy", "--yes", "--schedule-grace", "1", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "Pod/store-0: Unschedulable 0/1 nodes are available" in bash.output
    assert "StatefulSet/store cannot become ready. Pod/store-0: Unschedulable 0/1 nodes" in bash.errors


TRACE = Answer(text="".join(f"at line {number}\n" for number in range(20)))


def not_ready(name: str, pods: Sequence[str], *states: str) -> str:
    """A Deployment of which no pod is ready, each pod with the same states."""
    count = len(pods)
    lines = [f"Deployment|{name}|1|1|{count}|{count}|0|{count}|1", f"ReplicaSet|{name}-6f7|{name}|1"]
    for pod in pods:
        lines.append(f"Pod|{name}-6f7-{pod}|ReplicaSet|{name}-6f7|none|False||Running|{OLD}")
        lines += [state.replace("POD", f"{name}-6f7-{pod}") for state in states]
    return "\n".join(lines) + "\n"


def test_the_cause_comes_last_whatever_several_pods_have_logged_alike(desk: Desk) -> None:
    facts = "".join(line for line in READY.splitlines(keepends=True) if "web" not in line)
    facts += not_ready("web", "xy", "Uses|POD|disk", 'State|POD|-|Unschedulable|0|"no node"')
    answers = {
        **LIVE,
        "get deployments,*": Answer(text=facts),
        "logs *": TRACE,
        "get events *": Answer(text='disk|ProvisioningFailed|"no disk"\nother|ProvisioningFailed|"no other"\n'),
    }

    bash, powershell = desk.run("deploy", "--yes", "--schedule-grace=1", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    *logs, one, other, event, cause = bash.errors.partition("\nTo look further")[0].splitlines()
    assert len(logs) == 2 * 21
    assert (one, other) == ("    Pod/web-6f7-x: Unschedulable no node", "    Pod/web-6f7-y: Unschedulable no node")
    assert event == "    event disk: ProvisioningFailed no disk"
    assert cause == "Error: Deployment/web cannot become ready. Pod/web-6f7-x: Unschedulable no node"


SERVICES = [f"web-{letter}" for letter in "abcdefghijkl"]


@pytest.fixture(scope="module")
def wide_desk(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """With twelve Deployments in one step."""
    steps = {phase.name: phase for phase in sample_phases()}
    (web,) = steps["services"].files.values()
    files = {f"deployments/{name}.yaml": {**web, "metadata": {**web["metadata"], "name": name}} for name in SERVICES}
    phases = (steps["namespace"], steps["configuration"], replace(steps["services"], files=files))
    return Desk(pwsh, tmp_path_factory.mktemp("wide-desk"), phases)


def last_lines(run: Run) -> list[str]:
    """Those from the time limit on, which are at most forty."""
    lines = run.errors.splitlines()
    start = lines.index("Error: the time limit of 30 s is over.")
    assert len(lines) - start <= 40
    return lines[start + 1 :]


def test_when_many_workloads_are_not_ready_in_time_the_causes_of_some_come_last_alike(wide_desk: Desk) -> None:
    facts = "".join(not_ready(name, "xy") for name in SERVICES[:-1])
    answers = {
        **LIVE,
        "get --filename *": objects(*APPLIED[:2], *(f"Deployment/{name}" for name in SERVICES)),
        "apply * --dry-run=server *": objects(*APPLIED[:2], *(f"Deployment/{name}" for name in SERVICES)),
        "get deployments,*": Answer(text=facts + not_ready("web-l", "x", 'State|POD|web|ImagePullBackOff|0|"no"')),
        "logs *": TRACE,
        "get events *": Answer(text="".join(f'{name}-6f7-x|Unhealthy|"try {n}"\n' for name in SERVICES for n in "123")),
    }

    bash, powershell = wide_desk.run("deploy", "--yes", "--timeout=30", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert bash.status == 70
    last = last_lines(bash)
    assert last[:6] == [
        "Not ready: Deployment/web-l",
        "    Pod/web-l-6f7-x: ImagePullBackOff no",
        "    event web-l-6f7-x: Unhealthy try 3",
        "Not ready: Deployment/web-a",
        "    event web-a-6f7-x: Unhealthy try 1",
        "    event web-a-6f7-x: Unhealthy try 3",
    ]
    assert last[24] == "Not ready either: " + " ".join(f"Deployment/{name}" for name in SERVICES[7:-1])
    assert sum("describe Deployment/" in line for line in last) == 5


def test_when_many_pods_are_not_ready_in_time_the_first_and_the_last_cause_come_last_alike(wide_desk: Desk) -> None:
    facts = "".join(f"Deployment|{name}|1|1|1|1|1|1|1\n" for name in SERVICES[1:])
    pods = not_ready(
        SERVICES[0], "abcdefghijklmnopqr", 'State|POD|web|ImagePullBackOff|0|"no"', 'Last|POD|web|Error|1|"1"'
    )
    answers = {
        **LIVE,
        "get --filename *": objects(*APPLIED[:2], *(f"Deployment/{name}" for name in SERVICES)),
        "apply * --dry-run=server *": objects(*APPLIED[:2], *(f"Deployment/{name}" for name in SERVICES)),
        "get deployments,*": Answer(text=facts + pods),
        "logs *": TRACE,
        "get events *": Answer(text='web-a-6f7-r|Failed|"no image"\n'),
    }

    bash, powershell = wide_desk.run("deploy", "--yes", "--timeout=30", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert bash.status == 70
    first, cause, *others = last_lines(bash)
    assert (first, cause) == ("Not ready: Deployment/web-a", "    Pod/web-a-6f7-a: ImagePullBackOff no")
    assert others[23] == "    event web-a-6f7-r: Failed no image"


UNREADY = Answer(text=READY.replace("|1|1|a|a", "|1|0|a|a"))
WAITING: dict[str, Answer | list[Answer]] = {
    **LIVE,
    "get deployments,*": [Answer(text=READY), UNREADY, UNREADY, Answer(text=READY)],
    "apply * --dry-run=server *": objects(StatefulSet="|own other"),
}
"""The store is not ready in two polls."""


def moving_lines(shown: str) -> list[str]:
    """The lines that were replaced, each once, and empty ones where one was removed."""
    lines = re.findall(r"\r([^\r\n]*)\x1b\[K", shown)
    return [line for before, line in itertools.pairwise([None, *lines]) if line != before]


def columns_of(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def test_on_a_terminal_a_line_that_moves_says_what_is_awaited_alike(desk: Desk) -> None:
    bash, powershell = desk.run("deploy", "--yes", answers=WAITING, values=VALUES, columns=100)

    assert bash.status == powershell.status == 0, bash.errors
    waiting = "  waiting (0 of 1 ready): StatefulSet/store 0/1 [N s]"
    assert moving_lines(bash.output) == moving_lines(powershell.output) == [waiting, ""]


@pytest.mark.parametrize("columns", [33, 44, 50])
def test_a_line_that_moves_keeps_count_and_seconds_within_the_width_of_the_terminal_alike(
    columns: int, desk: Desk
) -> None:
    runs = desk.run("deploy", "--yes", "--lang=ko", answers=WAITING, values=VALUES, columns=columns)

    assert [run.status for run in runs] == [0, 0], runs
    bash, powershell = (moving_lines(run.output) for run in runs)
    assert bash == powershell
    assert bash[0].startswith("  대기 중 (준비 0/1): St")
    assert bash[0].endswith("… [N초]" if columns < 50 else "0/1 [N초]")
    assert columns_of(bash[0]) < columns


@pytest.mark.parametrize("variable", ["NO_COLOR=1", "TERM=dumb"])
def test_no_line_moves_where_it_is_not_wanted_alike(variable: str, desk: Desk) -> None:
    name, value = variable.split("=")

    bash, powershell = desk.run("deploy", "--yes", answers=WAITING, values={**VALUES, name: value}, columns=100)

    for run in (bash, powershell):
        assert run.status == 0, run.errors
        assert "  waiting (0 of 1 ready): StatefulSet/store 0/1 [N s]\r\n" in run.output
        assert "\x1b[K" not in run.output
        assert "\r" not in run.output.replace("\r\n", "")


def test_a_line_that_moves_is_removed_from_the_terminal_and_not_from_a_file_of_errors_alike(desk: Desk) -> None:
    answers = {**WAITING, "get deployments,*": [Answer(text=READY), NOWHERE]}

    bash, powershell = desk.run("deploy", "--yes", "--schedule-grace=1", answers=answers, values=VALUES, columns=100)

    assert bash.errors == powershell.errors
    assert (bash.status, powershell.status) == (1, 1)
    assert "Unschedulable 0/1 nodes are available" in bash.errors
    for run in (bash, powershell):
        assert "\x1b" not in run.errors
        assert moving_lines(run.output)[-1] == ""


def test_a_pod_of_an_older_revision_that_blocks_the_newer_one_is_deleted_alike(desk: Desk) -> None:
    blocked = READY.replace("|1|1|1|1|1|a|a", "|2|2|1|0|0|a|b").replace("|a|True||Running", "|a|False||Pending")
    blocked += 'State|store-0|store|CreateContainerConfigError|0|"secret \\"x\\" not found"\n'
    answers = {**LIVE, "get deployments,*": [Answer(text=blocked), Answer(text=blocked), Answer(text=READY)]}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert bash.called("delete") == ["delete pod store-0 --ignore-not-found --wait=false"]


def test_external_secrets_are_awaited_with_the_same_calls(external_desk: Desk) -> None:
    answers = {"get deployments,*,secrets,*": Answer(text=SYNCED), **LIVE}

    bash, powershell = external_desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    workloads = "deployments,statefulsets,replicasets,jobs,pods,persistentvolumeclaims"
    polls = [call.split()[1] for call in bash.called("get deployments,")]
    assert polls == [workloads, f"{workloads},secrets,externalsecrets.external-secrets.io", workloads]


def test_external_secrets_without_their_secrets_end_with_the_same_report(external_desk: Desk) -> None:
    answers = {"get deployments,*,secrets,*": Answer(text=UNSYNCED), **LIVE}

    bash, powershell = external_desk.run("deploy", "--yes", "--timeout", "30", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert bash.status == 70
    assert "waiting (0 of 2 ready): ExternalSecret/web, ExternalSecret/mail-secret" in bash.output
    assert "Secret/mail-secret: missing or empty keys username password" in bash.errors
    assert 'condition Ready=False: Failed no "x" | C:\\vault %s {0}' in bash.errors


def test_the_status_of_external_secrets_is_the_same(external_desk: Desk) -> None:
    answers = {"get deployments,*,secrets,*": Answer(text=READY + SYNCED), **LIVE}
    answers["get --filename *"] = answers["apply * --dry-run=server *"]

    bash, powershell = external_desk.run("deploy", "--status", answers=answers)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "all ready: " in bash.output


def test_the_status_of_external_secrets_that_the_cluster_does_not_know_is_the_same(external_desk: Desk) -> None:
    unknown = Answer(errors='error: the server doesn\'t have a resource type "externalsecrets"\n', status=1)
    answers = {"get deployments,*,secrets,*": unknown, **LIVE}

    bash, powershell = external_desk.run("deploy", "--status", answers=answers)

    assert bash == powershell
    assert bash.status == 1
    assert 'the server doesn\'t have a resource type "externalsecrets"' in bash.errors
    assert "Not ready: ExternalSecret/web\n" in bash.errors


CONFLICT = """error: Apply failed with 1 conflict: conflict with "{}" using apps/v1: .spec.replicas
Please review the fields above--they currently have other managers.
"""
IMMUTABLE = 'The {} "x" is invalid: spec: Invalid value: {{}}: field is immutable\n'


DRY_RUNS = {f"apply * --dry-run=server */{name.split('/')[0].lower()}*": objects(name) for name in APPLIED}
"""Of one file each."""


def test_a_run_of_which_the_server_refuses_everything_ends_alike(desk: Desk) -> None:
    answers = {"apply * --dry-run=server *--filename *": Answer(errors="no such luck\n", status=1), **LIVE}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert bash.errors.count("no such luck") == bash.errors.count("the API server refuses it") == len(APPLIED)


def test_all_objects_that_the_server_refuses_are_named_alike(desk: Desk) -> None:
    refusals = {
        "configmap/web-config": "Error from server: admission webhook said no\n",
        "statefulsets/store": "The StatefulSet is invalid: Forbidden: updates to statefulset spec are forbidden\n",
        "services/store": IMMUTABLE.format("Service"),
        "jobs/prepare": IMMUTABLE.format("Job"),
        "deployments/web": CONFLICT.format("helm"),
    }
    one_by_one = {
        f'apply * --dry-run=server *--filename */{file}.yaml" --output *': Answer(errors=text, status=1)
        for file, text in refusals.items()
    }
    all_at_once = {"apply * --dry-run=server *--filename *--filename *": Answer(errors="no\n", status=1)}

    bash, powershell = desk.run("deploy", "--yes", answers={**all_at_once, **one_by_one, **LIVE}, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "Objects with a problem: 4. Nothing was applied." in bash.errors
    for words in ("webhook said no", "--cascade=orphan", "delete Service/store", "Deployment/web: others have changed"):
        assert words in bash.errors
    assert "Please review" not in bash.errors
    assert [call for call in bash.called("apply") if "--dry-run=server" not in call] == []


def test_a_job_that_changed_is_run_again_alike(desk: Desk) -> None:
    answers = {
        "apply * --dry-run=server *--filename *--filename *": Answer(errors="no\n", status=1),
        "apply * --dry-run=server *prepare.yaml*": Answer(errors=IMMUTABLE.format("Job"), status=1),
        **DRY_RUNS,
        **LIVE,
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "Job/prepare: it changed" in bash.output
    assert bash.called("delete") == ["delete job/prepare --ignore-not-found --cascade=foreground --wait=false"]


def test_what_an_undone_rollout_has_put_back_is_sent_again_alike(desk: Desk) -> None:
    one, web = "apply * --dry-run=server *", "deployments/web.yaml"
    answers = {
        f"{one}--filename *--filename *": Answer(errors=CONFLICT.format("kubectl"), status=1),
        f"{one}--force-conflicts *{web}*": objects("Deployment/web"),
        f"{one}{web}*": Answer(errors=CONFLICT.format("kubectl"), status=1),
        **DRY_RUNS,
        **LIVE,
        "get --filename *": objects(Deployment="|own put back"),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "Deployment/web: what kubectl rollout undo has put back becomes this folder's again." in bash.output
    forced = [call for call in bash.called("apply") if "--force-conflicts" in call and web in call]
    assert ["--dry-run=server" in call for call in forced] == [True, False]


@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "not yet ours"])
def test_objects_of_a_client_side_apply_are_taken_over_alike(is_ours: bool, desk: Desk) -> None:
    owner = "own" if is_ours else ""
    one = "apply * --dry-run=server *"
    answers = {
        f"{one}--filename *--filename *": Answer(errors=CONFLICT.format("kubectl-client-side-apply"), status=1),
        f"{one}--force-conflicts *web.yaml*": objects("Deployment/web"),
        f"{one}deployments/web.yaml*": Answer(errors=CONFLICT.format("kubectl-client-side-apply"), status=1),
        **DRY_RUNS,
        **LIVE,
        "get --filename *": objects(Deployment=f"2|{owner} map"),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "Deployment/web: taking over" in bash.output
    assert ('"op":"remove","path":"/metadata/managedFields/2"' in str(bash.calls)) == is_ours


@pytest.mark.parametrize("is_ours", [True, False], ids=["ours", "not yet ours"])
def test_all_entries_of_a_client_side_apply_are_taken_over_alike(is_ours: bool, desk: Desk) -> None:
    answers = {**LIVE, "get --filename *": objects(Deployment=f"1 3|{'own' if is_ours else ''} map")}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    (patch,) = bash.called("patch Deployment")
    assert re.findall(r'"op":"(\w+)","path":"/metadata/managedFields/([^"]*)"', patch) == [
        ("test", "3/manager"),
        ("remove", "3"),
        ("test", "1/manager"),
        *([("remove", "1")] if is_ours else [("replace", "1/manager"), ("replace", "1/operation")]),
    ]


def test_an_entry_that_a_controller_has_moved_is_found_again_alike(desk: Desk) -> None:
    invalid = "The request is invalid: the server rejected our request due to an error in our request\n"
    answers = {
        **LIVE,
        "get --filename *": [objects(Deployment="2|own map"), objects("Deployment/web", Deployment="3|own map")],
        "patch Deployment*": [Answer(errors=invalid, status=1), Answer()],
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert [call.count("managedFields/3") for call in bash.called("patch Deployment")] == [0, 2]


def test_a_dry_run_is_the_same_and_writes_nothing(desk: Desk) -> None:
    answers = {
        **LIVE,
        "get namespace/shop *": place(objects=[*OBJECTS, "ConfigMap.v1./gone"]),
        "get --filename *": objects(*APPLIED[:-1]),
        "apply * --dry-run=server *": objects(ConfigMap="|own other"),
        "get deployments,*": Answer(text=FAILED),
        "get secret/store-secret *": secrets(web=""),
    }

    bash, powershell = desk.run("deploy", "--dry-run", answers=answers, values=VALUES)

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    trying = re.compile(
        r"(patch secret web-secret|apply .*--field-manager cdk8s-backend-[-0-9a-f]{36}) .*--dry-run=server"
    )
    for run in (bash, powershell):  # which try keys of a Secret each its own way
        assert len([call for call in run.calls if trying.match(call)]) == 1
    assert [call for call in bash.calls if not trying.match(call)] == [
        call for call in powershell.calls if not trying.match(call)
    ]
    assert bash.status == 0, bash.errors
    assert "would create Deployment/web" in bash.output
    assert "\nJob/prepare: it failed before" in bash.output
    assert "never data and Secrets): ConfigMap.v1./gone" in bash.output
    assert {call.split()[0] for call in bash.calls if not trying.match(call)} == {"get", "apply"}


def test_what_if_is_a_dry_run(desk: Desk) -> None:
    answers = {**LIVE, "apply * --dry-run=server *": objects(ConfigMap="|own other")}

    _, dry_run = desk.run("deploy", "-DryRun", answers=answers, values=VALUES)
    _, what_if = desk.run("deploy", "-WhatIf", answers=answers, values=VALUES)

    assert what_if == dry_run
    assert what_if.status == 0, what_if.errors
    assert "would change ConfigMap/web-config" in what_if.output


def test_a_dry_run_without_the_namespace_is_the_same(desk: Desk) -> None:
    bash, powershell = desk.run("deploy", "--dry-run", values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "Secret store-secret: creating it (keys: username password)" in bash.output
    assert len(bash.calls) == 1


@pytest.mark.parametrize(("status", "words"), [(1, "-old\n\n+new"), (1, "+on: connection refused"), (2, "diff failed")])
def test_differences_are_shown_alike(status: int, words: str, desk: Desk) -> None:
    answers = {
        **LIVE,
        "apply * --dry-run=server *": objects(ConfigMap="|own other"),
        "diff *": Answer(text=f"{words}\n", errors="" if status == 1 else "no diff\n", status=status),
    }

    bash, powershell = desk.run("deploy", "--diff", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == status - 1
    assert words in bash.output + bash.errors


@pytest.mark.parametrize(("facts", "status"), [(READY, 0), (STUCK, 1)], ids=["ready", "not ready"])
def test_the_status_is_the_same(facts: str, status: int, desk: Desk) -> None:
    answers = {
        **LIVE,
        "get namespace/shop *": place(lease=f"7|someone@desk 1-2|{OLD}|{OLD}"),
        "apply * --dry-run=server *": objects(ConfigMap="|own other"),
        "get deployments,*": Answer(text=facts),
    }

    bash, powershell = desk.run("deploy", "--status", answers=answers)

    assert bash == powershell
    assert bash.status == status
    assert "deployed version 1.2.3" in bash.output
    assert "a run is under way: someone@desk 1-2" in bash.output
    assert "differs from the folder: ConfigMap/web-config" in bash.output


def test_without_the_namespace_the_status_is_a_failure_alike(desk: Desk) -> None:
    bash, powershell = desk.run("deploy", "--status", answers={})

    assert bash == powershell
    assert bash.status == 1
    assert "Not deployed: there is no namespace shop." in bash.errors


def test_some_steps_alone_are_the_same(desk: Desk) -> None:
    answers = {**LIVE, "apply * --dry-run=server *": objects(ConfigMap="|own other")}
    arguments = ("--yes", "--only", "configuration", "--only=services")

    bash, powershell = desk.run("deploy", *arguments, answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "[2/2] Services" in bash.output
    assert not any("namespace.yaml" in call or '"hash"' in call for call in bash.calls)


def test_a_secret_of_a_step_that_is_left_out_is_not_rotated_alike(desk: Desk) -> None:
    bash, powershell = desk.run("deploy", "--yes", "--only=services", "--rotate=web-secret", answers=LIVE)

    assert bash == powershell
    assert (bash.status, bash.calls) == (2, ())
    assert "--rotate would change the Secret web-secret, whose step configuration is left out" in bash.errors
    assert "Give --only configuration too." in bash.errors


@pytest.mark.parametrize("arguments", [["--yes"], ["--dry-run"]])
def test_a_secret_of_a_step_that_is_left_out_is_neither_announced_nor_taken_for_a_new_one_alike(
    arguments: list[str], desk: Desk
) -> None:
    answers = {**LIVE, "get secret/store-secret *": Answer(text=secrets().text.partition("Secret|web-secret")[0])}

    bash, powershell = desk.run("deploy", *arguments, "--only=services", answers=answers)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "Secret" not in bash.output
    assert bash.called("rollout") == []


@pytest.fixture(scope="module")
def optional_desk(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """With a Secret in the optional step that has the variable of the web server's."""
    phases = sample_phases()
    (web,) = (item for phase in phases for item in phase.files.values() if item["metadata"]["name"] == "web-secret")
    edge = {**web, "metadata": {**web["metadata"], "name": "edge-secret"}}
    return Desk(
        pwsh,
        tmp_path_factory.mktemp("optional-desk"),
        tuple(replace(phase, files={**phase.files, "edge.yaml": edge}) if phase.option else phase for phase in phases),
    )


@pytest.mark.parametrize("secret", ["edge-secret", "web-secret"])
def test_a_secret_whose_value_another_step_has_too_is_not_rotated_alike(secret: str, optional_desk: Desk) -> None:
    bash, powershell = optional_desk.run("deploy", "--yes", "--rotate", secret, answers=LIVE)

    assert bash == powershell
    assert (bash.status, bash.calls) == (2, ())
    assert "change the Secret edge-secret, whose step ingress is left out" in bash.errors
    assert "Give --with-ingress too." in bash.errors


@pytest.mark.parametrize("option", ["", "--with-ingress"])
def test_a_secret_of_an_optional_step_is_announced_with_the_step_alike(option: str, optional_desk: Desk) -> None:
    bash, powershell = optional_desk.run("deploy", "--dry-run", *option.split(), answers=LIVE)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert ("Secret edge-secret: creating it (keys: token)" in bash.output) == bool(option)


def test_a_step_alone_without_the_namespace_is_refused_alike(desk: Desk) -> None:
    bash, powershell = desk.run("deploy", "--yes", "--only", "services", answers=CLOCK, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "the steps of this run do not make it" in bash.errors


def test_what_is_no_longer_in_the_folder_is_pruned_alike(desk: Desk) -> None:
    gone = ["ConfigMap.v1./ours", "ConfigMap.v1./foreign", "Secret.v1./kept", "Thing.v1.example.org/unknown"]
    answers = {
        **LIVE,
        "get namespace/shop *": place(objects=[*OBJECTS, *gone], digest=folder_hash(desk)),
        "get ConfigMap.v1./ours *": [Answer(text="shop\n"), Answer()],
        "get ConfigMap.v1./foreign *": Answer(text="other\n"),
        "get Thing.v1.example.org/unknown *": Answer(errors="the server doesn't have a resource type\n", status=1),
    }

    bash, powershell = desk.run("deploy", "--yes", "--prune", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert bash.called("delete") == [
        "delete ConfigMap.v1./ours --ignore-not-found --cascade=background --wait=false",
    ]
    assert bash.called("get ConfigMap.v1./ours --ignore-not-found --output name")
    inventory = next(call for call in bash.calls if '"objects"' in call)
    assert json.loads(inventory.partition("\n")[2])["data"]["objects"].split("\n") == sorted([*OBJECTS, gone[2]])


def test_events_are_the_same(desk: Desk) -> None:
    answers = {**LIVE, "get deployments,*": Answer(text=FAILED), "get events *": Answer(text=EVENTS)}

    bash, powershell = desk.run("deploy", "--yes", "--json", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    events = [json.loads(line) for line in bash.output.splitlines()]
    assert {"time", "event", "level", "text"} <= set.intersection(*(set(event) for event in events))
    assert events[0]["event"] == "started"
    assert {"event": "job_failed", "level": "error", "job": "prepare"}.items() <= next(
        event.items() for event in events if event["event"] == "job_failed"
    )
    assert bash.errors == ""


SNAPSHOT = """{
    "kind": "ConfigMap",
    "metadata": {
        "annotations": {"note": "한글"},
        "resourceVersion": "7",
        "name": "web-config"
    }
}
"""


@pytest.mark.parametrize("status", [0, 1], ids=["put back", "not put back"])
def test_a_failed_run_puts_back_what_it_changed_alike(status: int, desk: Desk) -> None:
    answers = {
        "get --filename * --show-managed-fields *": Answer(text=SNAPSHOT),
        "replace *": Answer(errors="no\n" if status else "", status=status),
        **LIVE,
        "get --filename *": objects(*APPLIED[:3], *APPLIED[4:]),
        "apply * --dry-run=server *": objects(ConfigMap="|own other"),
        "get deployments,*": Answer(text=FAILED),
    }

    bash, powershell = desk.run("deploy", "--yes", "--rollback-on-failure", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    replacements = [call for call in bash.calls if call.startswith("replace")]
    assert len(replacements) == 2 - status
    assert "한글" in replacements[0]
    assert "resourceVersion" not in replacements[0]
    assert ("delete Service.v1./store --ignore-not-found --wait=false" in bash.calls) == (status == 0)
    assert ("Put back." in bash.output) == (status == 0)
    assert "holderIdentity" in bash.calls[-1]


def test_a_run_whose_call_fails_puts_back_what_that_may_have_changed_and_no_data_alike(desk: Desk) -> None:
    answers = {
        "get --filename * --show-managed-fields *": Answer(text=SNAPSHOT),
        "apply * --field-manager cdk8s-backend --filename *namespace.yaml*": Answer(text="applied\n"),
        **LIVE,
        "apply * --dry-run=server *": objects(Namespace="|own other", ConfigMap="|own other"),
        "apply *": Answer(errors="quota\n", status=1),
    }

    bash, powershell = desk.run("deploy", "--yes", "--rollback-on-failure", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    (kept,) = (call for call in bash.called("get --filename") if "--show-managed-fields" in call)
    assert "web-config.yaml" in kept
    assert "namespace.yaml" not in kept
    assert len(bash.called("replace")) == 2
    assert "Put back." in bash.output


def test_a_rollback_that_is_not_ready_ends_as_the_run_did(desk: Desk) -> None:
    nowhere = READY.replace("|2|2|1|1|1|1|1", "|2|2|1|1|0|1|1").replace("|none|True||Running", "|none|False||Pending")
    nowhere += 'State|web-6f7-x|-|Unschedulable|0|"no node"\n'
    answers = {
        "get --filename * --show-managed-fields *": Answer(text=SNAPSHOT),
        **LIVE,
        "apply * --dry-run=server *": objects(Deployment="|own other"),
        "get deployments,*": [Answer(text=READY), Answer(text=nowhere)],
    }
    arguments = ("--yes", "--rollback-on-failure", "--schedule-grace=1")

    bash, powershell = desk.run("deploy", *arguments, answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "Putting back" in bash.output
    assert bash.errors.count("Deployment/web cannot become ready") == 3, (
        "but of the run, the rollback, and the run again"
    )
    assert "holderIdentity" in bash.calls[-1]


HELD = f"7|someone@desk 1-2|{OLD}|2026-11-25T12:59:30.123456Z"


def test_a_lock_that_is_held_ends_a_run_alike(desk: Desk) -> None:
    answers = {**LIVE, "get namespace/shop *": place(lease=HELD)}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert f"someone@desk 1-2, since {OLD}, last seen 30 s ago" in bash.errors
    assert "its lock ends in 30 s" in bash.errors
    assert len(bash.calls) == 2


@pytest.mark.parametrize(
    ("lease", "arguments"),
    [(HELD, ["--force-unlock"]), (HELD.replace("12:59:30.123456", "12:59:00.000000"), [])],
    ids=["by force", "after its time"],
)
def test_a_lock_is_taken_over_alike(lease: str, arguments: list[str], desk: Desk) -> None:
    answers = {**LIVE, "get namespace/shop *": place(lease=lease)}

    bash, powershell = desk.run("deploy", "--yes", *arguments, answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "The lock of someone@desk 1-2 was taken over." in bash.output
    assert '[{"op":"test","path":"/metadata/resourceVersion","value":"7"}' in bash.called("patch lease")[0]


@pytest.mark.parametrize(
    ("errors", "words"),
    [("The request is invalid: test failed\n", "another run is under way: someone"), ("no\n", "the lock (a Lease)")],
)
def test_a_lock_that_cannot_be_written_ends_a_run_alike(errors: str, words: str, desk: Desk) -> None:
    answers = {
        **LIVE,
        "get namespace/shop *": [place(), place(lease=HELD)],
        "patch lease *": Answer(errors=errors, status=1),
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert words in bash.errors


def test_a_lock_that_is_lost_ends_a_run_alike_which_puts_nothing_back(desk: Desk) -> None:
    away, refused = "Error from server: etcdserver: request timed out\n", "The request is invalid: test failed\n"
    answers = {
        "get --filename * --show-managed-fields *": Answer(text=SNAPSHOT),
        **LIVE,
        "apply * --dry-run=server *": objects(ConfigMap="|own other"),
        "get deployments,*": Answer(text=READY.replace("|1|1|a|a", "|1|0|a|a")),
        "patch lease *": [Answer(), Answer(errors=away, status=1), Answer(errors=refused, status=1)],
    }
    arguments = ("--yes", "--rollback-on-failure", "--timeout", "60")

    bash, powershell = desk.run("deploy", *arguments, answers=answers, values=VALUES)

    assert (bash.status, bash.errors) == (powershell.status, powershell.errors)
    assert bash.status == 1
    assert "another run has taken the lock" in bash.errors
    assert len(bash.called("patch lease")) == len(powershell.called("patch lease")) == 1
    assert bash.called("replace") == powershell.called("replace") == []


@dataclass(frozen=True, kw_only=True)
class OwnLock(Answer):
    """The namespace, and the lock as this run has tried to take it."""

    @property
    def script(self) -> str:
        held = f"Lease|8|\\1|{NOW}|{NOW}"
        return f"""echo 'Namespace|production|'
sed -n 's/.*"holderIdentity":"\\([^"]*\\)".*/{held}/p' "$CALLS" | tail -n 1
exit 0
"""


def test_a_lock_that_was_taken_by_a_call_whose_answer_was_lost_is_kept_alike(desk: Desk) -> None:
    away, exists = "Error from server: etcdserver: request timed out\n", "Error from server (AlreadyExists): exists\n"
    answers = {
        **LIVE,
        "get namespace/shop *": [Answer(text="Namespace|production|\n"), OwnLock()],
        "create * --field-manager *": [Answer(errors=away, status=1), Answer(errors=exists, status=1)],
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert bash.calls[-1].endswith('{"op":"remove","path":"/spec/holderIdentity"}]')


def test_an_interrupted_rollback_gives_the_lock_back_alike(desk: Desk) -> None:
    nowhere = READY.replace("|1|1|a|a", "|1|0|a|a").replace("|a|True||Running", "|a|False||Pending")
    answers = {
        "get --filename * --show-managed-fields *": Answer(text=SNAPSHOT),
        **LIVE,
        "apply * --dry-run=server *": objects(StatefulSet="|own other"),
        "get deployments,*": Answer(text=nowhere + 'State|store-0|-|Unschedulable|0|"no node"\n'),
    }
    arguments = ("--yes", "--rollback-on-failure", "--schedule-grace", "1")

    bash, powershell = desk.run("deploy", *arguments, answers=answers, values=VALUES, interrupt_at="Putting back")

    assert (bash.status, bash.errors) == (powershell.status, powershell.errors)
    assert bash.status == 130
    assert "Interrupted.\n" in bash.errors
    for run in (bash, powershell):
        assert any('{"op":"remove","path":"/spec/holderIdentity"}' in call for call in run.calls)


def test_an_interrupted_run_gives_the_lock_back_alike(desk: Desk) -> None:
    answers = {**LIVE, "get deployments,*": Answer(text=READY.replace("|1|1|a|a", "|1|0|a|a"))}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES, interrupt_at="waiting (0 of 1")

    assert (bash.status, bash.output, bash.errors) == (powershell.status, powershell.output, powershell.errors)
    assert (bash.status, bash.errors) == (130, "Interrupted.\n")
    assert bash.calls[-1] == powershell.calls[-1]
    assert '{"op":"remove","path":"/spec/holderIdentity"}' in bash.calls[-1]


@pytest.mark.parametrize(
    ("live", "arguments", "status"),
    [
        ("staging", [], 1),
        ("staging", ["--environment=production"], 0),
        ("production", ["--environment", "staging"], 2),
        ("", [], 0),
    ],
)
def test_the_environment_is_guarded_alike(live: str, arguments: list[str], status: int, desk: Desk) -> None:
    answers = {**LIVE, "get namespace/shop *": place(environment=live)}

    bash, powershell = desk.run("deploy", "--yes", *arguments, answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == status
    assert (len(bash.calls) == 1) == (status != 0)


def test_a_namespace_on_its_way_out_ends_a_run_alike(desk: Desk) -> None:
    leaving = Answer(text=f"Namespace|production|{NOW}\n")

    bash, powershell = desk.run("deploy", "--yes", answers={"get namespace/shop *": leaving}, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert "is being deleted" in bash.errors


@pytest.mark.parametrize(
    "call",
    [
        "get namespace/shop *",
        "create *",
        "get deployments,*",
        "get secret/*",
        "get --filename *",
        'apply * --field-manager cdk8s-backend --filename "*',
        "apply * --force-conflicts --filename -",
        "patch secret *",
        "annotate *",
        "delete *",
        "get job/*",
        "rollout *",
    ],
)
def test_a_call_that_fails_ends_the_run_with_the_same_words(call: str, desk: Desk) -> None:
    answers = {
        **LIVE,
        "get secret/store-secret *": secrets(time=NEW),
        "get namespace/shop *": place(objects=()),
        "get --filename *": objects(ConfigMap="2|own map"),
    }
    answers = {call: Answer(errors="no such luck\n", status=1), **{key: answers[key] for key in answers if key != call}}

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == (0 if call.startswith("patch secret") else 1)
    assert ("no such luck" in bash.errors) == (bash.status == 1)


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_value_is_shown_when_kubectl_can_read_a_part_of_the_secrets_only(form: str, desk: Desk) -> None:
    refusal = "Error from server (Forbidden): User cannot get resource\n"
    part = Answer(text=f"{WARNING}{secrets().text}\traw data was: {secrets().text}", errors=refusal, status=1)
    options = ["--json"] if form == "json" else []

    bash, powershell = desk.run("deploy", "--yes", *options, answers={**LIVE, "get secret/store-secret *": part})

    assert bash == powershell
    assert bash.status == 1
    for words in (refusal.strip(), "reading Secrets from the cluster failed"):
        assert words in bash.output + bash.errors
    for value in ENCODED.values():
        assert value not in bash.output + bash.errors


def test_a_server_that_was_away_is_asked_again_alike(desk: Desk) -> None:
    away = Answer(errors="The connection to the server was refused\n", status=1)
    half = replace(away, text=secrets(web="").text)
    answers = {
        **LIVE,
        "get secret/store-secret *": [half, half, secrets()],  # what PowerShell reads ahead may have got the first one
        "get deployments,*": [away, Answer(text=READY)],
    }

    bash, powershell = desk.run("deploy", "--yes", answers=answers, values=VALUES)

    assert bash.with_each_call_once == powershell.with_each_call_once
    assert bash.status == 0
    assert bash.errors.count("the API server does not answer, trying again") == 2


LOGGED = (
    'E1127 12:00:00.000000    1234 memcache.go:287] "Unhandled Error" err="couldn\'t get resource list for '
    'metrics.k8s.io/v1beta1: the server is currently unable to handle the request"\n'
)
WEBHOOK = (
    'Error from server (InternalError): Internal error occurred: failed calling webhook "x": failed to call webhook: '
    'Post "https://x.y.svc:443/": dial tcp 10.0.0.9:443: connect: connection refused\n'
)


@pytest.mark.parametrize(
    "call", ["apply * --dry-run=server *web-config.yaml*", "apply * --force-conflicts --filename -"]
)
def test_a_webhook_that_is_away_is_a_refusal_alike(call: str, desk: Desk) -> None:
    answers = {
        "apply * --dry-run=server *--filename *--filename *": Answer(errors=WEBHOOK, status=1),
        call: Answer(errors=WEBHOOK, status=1),
        **DRY_RUNS,
        **LIVE,
        "get namespace/shop *": place(objects=()),
    }

    bash, powershell = desk.run("deploy", "--yes", "--timeout=30", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert WEBHOOK in bash.errors
    assert "does not answer" not in bash.errors


def test_what_kubectl_logs_about_an_extension_hides_nothing_alike(desk: Desk) -> None:
    answers = {
        "apply * --dry-run=server *--filename *--filename *": Answer(errors=f"{LOGGED}no\n", status=1),
        "apply * --dry-run=server *prepare.yaml*": Answer(errors=LOGGED + IMMUTABLE.format("Job"), status=1),
        **DRY_RUNS,
        **LIVE,
    }

    bash, powershell = desk.run("deploy", "--yes", "--timeout=30", answers=answers, values=VALUES)

    assert bash == powershell
    assert (bash.status, bash.errors) == (0, "")
    assert "Job/prepare: it changed" in bash.output


def test_differences_are_shown_with_what_kubectl_logs_alike(desk: Desk) -> None:
    answers = {
        **LIVE,
        "apply * --dry-run=server *": objects(ConfigMap="|own other"),
        "diff *": Answer(text="-old\n+new\n", errors=LOGGED, status=1),
    }

    bash, powershell = desk.run("deploy", "--diff", "--timeout=30", answers=answers, values=VALUES)

    assert bash == powershell
    assert (bash.status, bash.errors) == (0, "")
    assert "-old\n+new\n" in bash.output


@pytest.fixture
def renewing_desk(pwsh: Path, tmp_path: Path) -> Desk:
    """One whose scripts renew the lock after a second."""
    desk = Desk(pwsh, tmp_path, sample_phases())
    for script in ("deploy.sh", "undeploy.sh", "deploy.ps1", "undeploy.ps1"):
        path = desk.folder / script
        text = path.read_text(encoding="utf-8")
        changed = re.sub(
            r"^(renew_after|\$RenewAfter )= ?30$", r"\1= 1" if "ps1" in script else r"\1=1", text, flags=re.M
        )
        assert changed != text
        path.write_text(changed, encoding="utf-8")
    return desk


AWAY = Answer(errors="The connection to the server was refused\n", status=1)
INVENTORY = "apply --server-side --validate=ignore --field-manager cdk8s-backend --force-conflicts --filename -"


def test_a_call_is_tried_again_only_with_the_lock_alike(renewing_desk: Desk) -> None:
    answers = {
        INVENTORY: AWAY,
        **LIVE,
        "get namespace/shop *": place(objects=()),
        "patch lease *": [Answer(), Answer(errors="The request is invalid: test failed\n", status=1)],
    }

    bash, powershell = renewing_desk.run("deploy", "--yes", "--timeout=30", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 1
    assert bash.errors.count("does not answer, trying again") == 1
    assert bash.errors.endswith("another run has taken the lock, so this one stops. What it has applied stays.\n")
    assert len(bash.called(INVENTORY)) == 1


def test_a_call_is_not_tried_again_before_the_lock_is_renewed_alike(renewing_desk: Desk) -> None:
    answers = {
        INVENTORY: [AWAY, Answer(text="applied\n")],
        **LIVE,
        "create * --dry-run=server *": [Answer(text=NOW), AWAY, Answer(text=NOW)],
        "get namespace/shop *": place(objects=()),
        "patch lease *": [Answer(), AWAY, Answer()],
    }

    bash, powershell = renewing_desk.run("deploy", "--yes", "--timeout=60", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert bash.errors == "the API server does not answer, trying again: The connection to the server was refused\n"
    first, second, _ = (number for number, call in enumerate(bash.calls) if call.startswith(INVENTORY))
    assert [call.split()[0] for call in bash.calls[first + 1 : second]] == ["create"], "but for two that read the clock"


def test_a_lock_is_taken_and_removed_without_being_renewed_meanwhile_alike(renewing_desk: Desk) -> None:
    answers = {
        **REMOVAL,
        "get namespace/shop lease/*": Answer(text="Namespace|production|\n"),
        "create * --field-manager *": [AWAY, Answer()],
        "patch lease *": Answer(errors="Error from server (NotFound): it is not there\n", status=1),
        "delete lease *": [AWAY, Answer()],
    }

    bash, powershell = renewing_desk.run("undeploy", "--yes", "--timeout=60", answers=answers)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert len(bash.called("create")) == len(bash.called("delete lease")) == 2


@dataclass(frozen=True, kw_only=True)
class Hanging(Answer):
    """None, for longer than a run has."""

    @property
    def script(self) -> str:
        """What waits, and can be ended."""
        return "exec sleep 40\n"


@pytest.mark.parametrize("arguments", [["--yes"], ["--dry-run"], ["--status"]])
@pytest.mark.parametrize("at_once", [Hanging(), Answer(errors="no\n", status=1)], ids=["at once", "one by one"])
def test_a_time_that_ends_within_the_dry_run_is_no_refusal_alike(
    at_once: Answer, arguments: list[str], desk: Desk
) -> None:
    answers = {
        "apply * --dry-run=server *--filename *--filename *": at_once,
        "apply * --dry-run=server *configmap/web-config.yaml*": Answer(errors="denied\n", status=1),
        "apply * --dry-run=server *statefulsets/store.yaml*": Hanging(),
        **DRY_RUNS,
        **LIVE,
    }

    bash, powershell = desk.run("deploy", *arguments, "--timeout=15", answers=answers, values=VALUES)

    assert bash == powershell
    assert bash.status == 70
    assert "the time limit of 15 s is over" in bash.errors
    assert bash.errors.count("the API server refuses it") == bash.errors.count("denied")
    assert "StatefulSet/store" not in bash.errors


OUR_LABEL = "app.kubernetes.io/part-of=shop"
LABELLED = "PersistentVolumeClaim/data-store-0|,app=store,tier=data,\n" + "".join(
    f"{name.split('.')[0]}/{name.split('/')[1]}|,app=x,{OUR_LABEL},\n" for name in (*OBJECTS, "ExternalSecret./web")
)
KEPT = Answer(text="namespace/shop\npersistentvolumeclaim/data-store-0\nsecret/store-secret\n")
FOREIGN: dict[str, Answer | list[Answer]] = {
    "api-resources *": Answer(text="configmaps\nevents\nevents.events.k8s.io\nservices\n"),
    "get configmaps,services *": Answer(text=f"ConfigMap/web-config|,{OUR_LABEL},\nConfigMap/other|,\n"),
}
REMOVAL: dict[str, Answer | list[Answer]] = {
    **CLOCK,
    "get namespace/shop lease/*": place(),
    "get namespace/shop persistentvolumeclaim/*": KEPT,
    "get * --output go-template=*": Answer(text=LABELLED),
}


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        (["--yes"], "delete lease cdk8s-backend-lock"),
        (["--delete-data", "--confirm", "shop", "--context", "here"], "delete lease cdk8s-backend-lock"),
        (["--yes", "--delete-data", "--delete-namespace", "--confirm=shop", "--lang=ko"], "delete namespace/shop"),
    ],
    ids=["objects", "data", "namespace"],
)
def test_a_removal_is_the_same(arguments: list[str], last: str, desk: Desk) -> None:
    bash, powershell = desk.run("undeploy", *arguments, answers=FOREIGN | REMOVAL)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    deletions = bash.called("delete")
    assert deletions[:2] == [
        "delete Deployment.v1.apps/web --ignore-not-found --cascade=foreground --wait=false",
        "delete Job.v1.batch/prepare --ignore-not-found --cascade=foreground --wait=false",
    ]
    assert deletions[-1].startswith(last)
    assert any(call.startswith(f"delete {CLAIM} ") for call in deletions) == ("--delete-data" in arguments)
    assert ("ConfigMap/other" in bash.output) == ("--delete-namespace" in arguments)


@pytest.mark.parametrize("arguments", [["--yes"], ["--yes", "--delete-data", "--delete-namespace", "--confirm=shop"]])
def test_warnings_of_kubectl_change_nothing_in_a_removal(arguments: list[str], desk: Desk) -> None:
    plain, _ = desk.run("undeploy", *arguments, answers=FOREIGN | REMOVAL)
    bash, powershell = desk.run("undeploy", *arguments, answers=warned(FOREIGN | REMOVAL))

    assert bash == powershell == plain


def test_the_pods_of_a_cron_job_are_gone_before_what_they_use(pwsh: Path, tmp_path: Path) -> None:
    initialization = next(phase for phase in sample_phases() if phase.name == "initialization")
    (job,) = initialization.files.values()
    backup = {**job, "kind": "CronJob", "metadata": {**job["metadata"], "name": "backup"}}
    backup["spec"] = {"schedule": "0 3 * * *", "jobTemplate": {"spec": job["spec"]}}
    files = {**initialization.files, "cronjobs/backup.yaml": backup}
    phases = (replace(phase, files=files) if phase.name == initialization.name else phase for phase in sample_phases())
    desk = Desk(pwsh, tmp_path, tuple(phases))
    answers = {**REMOVAL, "get * --output go-template=*": Answer(text=f"{LABELLED}CronJob/backup|,{OUR_LABEL},\n")}

    bash, powershell = desk.run("undeploy", "--yes", answers=answers)

    assert bash == powershell
    assert bash.called("delete")[1] == (
        "delete CronJob.v1.batch/backup Job.v1.batch/prepare --ignore-not-found --cascade=foreground --wait=false"
    )
    assert "StatefulSet" in bash.called("delete")[2]


def unlabelled(name: str) -> str:
    """The objects with their labels, but one with labels of someone else."""
    return re.sub(rf"(?m)^({name})\|.*", rf"\1|,app=y,{OUR_LABEL}per,", LABELLED)


def test_what_does_not_bear_the_label_or_is_not_in_the_plan_stays_alike(desk: Desk) -> None:
    answers = {
        **REMOVAL,
        "get namespace/shop lease/*": place(objects=[*OBJECTS, "ConfigMap.v1./gone"]),
        "get * --output go-template=*": Answer(text=unlabelled("Service/store")),
    }

    bash, powershell = desk.run("undeploy", "--yes", answers=answers)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "Service.v1./store: it lacks the label" in bash.output
    assert "not in this folder, and left: ConfigMap.v1./gone" in bash.output
    assert not any("Service" in call for call in bash.called("delete"))


CLAIM = "PersistentVolumeClaim.v1./data-store-0"


def test_a_claim_that_is_not_ours_stays_alike(desk: Desk) -> None:
    answers = {**REMOVAL, "get * --output go-template=*": Answer(text=unlabelled("PersistentVolumeClaim/data-store-0"))}

    bash, powershell = desk.run("undeploy", "--yes", "--delete-data", "--confirm=shop", answers=answers)

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert f"{CLAIM}: it lacks the label app=store, and stays." in bash.output
    assert not any("PersistentVolumeClaim" in call for call in bash.called("delete"))
    assert any("Secret.v1./store-secret" in call for call in bash.called("delete"))


def test_a_claim_with_a_file_is_ours_by_its_label_alone(pwsh: Path, tmp_path: Path) -> None:
    infrastructure = next(phase for phase in sample_phases() if phase.name == "infrastructure")
    service = infrastructure.files["services/store.yaml"]
    claim = {**service, "kind": "PersistentVolumeClaim", "metadata": {**service["metadata"], "name": "data-store-0"}}
    files = {**infrastructure.files, "claim.yaml": claim}
    phases = (replace(phase, files=files) if phase.name == infrastructure.name else phase for phase in sample_phases())
    desk = Desk(pwsh, tmp_path, tuple(phases))

    for labels, deleted in {"app=store": False, OUR_LABEL: True}.items():
        text = LABELLED.replace("|,app=store,tier=data,", f"|,{labels},")
        answers = {**REMOVAL, "get * --output go-template=*": Answer(text=text)}
        bash, powershell = desk.run("undeploy", "--yes", "--delete-data", "--confirm=shop", answers=answers)

        assert bash == powershell
        assert bash.status == 0, bash.errors
        assert (f"{CLAIM}: it lacks the label {OUR_LABEL}, and stays." in bash.output) != deleted
        assert any(call.startswith(f"delete {CLAIM} ") for call in bash.calls) == deleted


def test_what_has_a_name_of_the_plan_and_is_not_ours_is_named_before_the_namespace_goes(desk: Desk) -> None:
    live = f"Service/store|,{OUR_LABEL},\nPersistentVolumeClaim/data-store-0|,app=y,\nConfigMap/web-config|,\n"
    answers = {**FOREIGN, "get configmaps,services *": Answer(text=live), **REMOVAL}

    bash, powershell = desk.run(
        "undeploy", "--yes", "--delete-data", "--delete-namespace", "--confirm=shop", answers=answers
    )

    assert bash == powershell
    assert bash.status == 0, bash.errors
    assert "goes with it: PersistentVolumeClaim/data-store-0 ConfigMap/web-config\n" in bash.output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--delete-data"], 2, "--confirm shop"),
        (["--delete-data", "--confirm=shop"], 2, "--context NAME or --yes is needed"),
        (["--delete-data", "--delete-namespace", "--confirm=shop"], 2, "--context NAME or --yes is needed"),
        (["--delete-data", "--confirm=shops"], 2, "not the name of the namespace"),
        (["--delete-namespace", "--confirm=shop"], 2, "so it needs --delete-data with it"),
        ([], 2, "--context NAME or --yes is needed"),
        (["--context", "here"], 0, "The namespace shop is not there"),
    ],
)
def test_a_removal_that_removes_nothing_is_the_same(arguments: list[str], status: int, words: str, desk: Desk) -> None:
    bash, powershell = desk.run("undeploy", *arguments)

    assert bash == powershell
    assert bash.status == status
    assert words in bash.output + bash.errors
    assert len(bash.calls) == (status == 0)


@pytest.mark.parametrize(
    ("answer", "status", "deleted"),
    [
        (Answer(), 0, True),
        (Answer(errors='error: the server doesn\'t have a resource type "ExternalSecret"\n', status=1), 0, False),
        (Answer(errors="Error from server (Forbidden)\n", status=1), 1, False),
    ],
    ids=["known", "unknown", "forbidden"],
)
def test_a_kind_that_the_cluster_may_lack_is_removed_alike(
    answer: Answer, status: int, deleted: bool, external_desk: Desk
) -> None:
    answers = {"get ExternalSecret* --output name": answer, **REMOVAL}

    bash, powershell = external_desk.run("undeploy", "--yes", answers=answers)

    assert bash == powershell
    assert bash.status == status
    assert ("reading ExternalSecret.v1.external-secrets.io/web from the cluster failed" in bash.errors) == (status == 1)
    deletions = bash.called("delete")
    assert any("ExternalSecret" in call for call in deletions) == deleted
    assert any("ConfigMap" in call for call in deletions) == (status == 0)
