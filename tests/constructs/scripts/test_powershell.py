"""What holds for the PowerShell scripts alone: data as its source, its spelling of options, its two editions."""

import base64
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.scripts import powershell, render

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.constructs.scripts.sample import program_around_data, sample_plan, write_folder
from tests.support.parts import missing

SCRIPTS = ["deploy", "undeploy", "build-images"]
READER = """
while ($null -ne ($line = [Console]::In.ReadLine())) {
    . ([scriptblock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($line))))
    $texts = @($Text) + @($Rows | ForEach-Object { $_.First; $_.Second })
    $encoded = $texts | ForEach-Object { [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($_)) }
    [Console]::Out.WriteLine("$($Rows.Count)," + ($encoded -join ','))
}
"""
KUBECTL = """#!/bin/sh
case "$*" in
  version*) printf 'clientVersion:\\n  gitVersion: v1.34.0\\n' ;;
  'config current-context') echo here ;;
  'config '*) exit 1 ;;
  '--context '*nowhere' '*) printf 'error: context "%s" does not exist\\n' "$2" >&2; exit 1 ;;
  '--context busy '*' get namespace/shop '*)
    read -r holder <"$HOME/holder"
    printf 'Namespace|production|\\nLease|7|%s||\\n' "$holder" ;;
  '--context busy '*' create '*) sleep 2; printf 2026-11-25T13:00:01Z ;;
  '--context busy '*' patch lease '*) echo someone >"$HOME/holder"; echo 'the request is invalid' >&2; exit 1 ;;
  '--context busy '*) echo $$ >>"$HOME/reading"; exec sleep 60 ;;
  *) echo "called in $PWD with <$STORE_PASSWORD> for $(echo "$*" | head -n 1)" >&2; exit 1 ;;
esac
"""

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
hostile = st.text(st.sampled_from("'\"‘’‚‛“”`$(){}@#;,\\\r\n\t\u0085\u2028\ufeff\x1a한"))
words = st.one_of(texts, hostile)


@pytest.fixture(scope="module")
def read(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[str]]]:
    """Has one PowerShell run data blocks that set `$Text` and `$Rows`; returns the number of rows, and all texts."""
    script = tmp_path_factory.mktemp("reader") / "reader.ps1"
    script.write_text(READER)
    with subprocess.Popen(
        [pwsh, "-NoProfile", "-File", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin
        assert process.stdout
        source, answers = process.stdin, process.stdout

        def run(block: str) -> list[str]:
            source.write(base64.b64encode(block.encode()).decode() + "\n")
            count, *encoded = answers.readline().rstrip("\n").split(",")
            return [count, *(base64.b64decode(text).decode() for text in encoded)]

        yield run
        source.close()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words, st.lists(st.tuples(words, words), max_size=4))
@example("", [])
@example("’; exit 3; ‘", [("one", "row")])
def test_powershell_reads_back_every_text(
    read: Callable[[str], list[str]], text: str, rows: list[tuple[str, str]]
) -> None:
    table = [{"First": first, "Second": second} for first, second in rows]

    block = powershell.data_block({"Text": text, "Rows": table})

    assert read(block) == [str(len(rows)), text, *(item for row in rows for item in row)]


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_no_script_can_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="cannot stand in a script"):
        powershell.quoted(text)


@pytest.fixture(scope="module")
def linter(pwsh: Path) -> Path:
    """A PowerShell that checks scripts for both editions, as that of the tests does."""
    usage = subprocess.run([pwsh, "-Help"], capture_output=True, text=True, check=False).stdout
    return pwsh if "-Check" in usage else missing("this pwsh has no -Check, which lints scripts")


def test_the_scripts_are_clean_for_both_editions(linter: Path, tmp_path: Path) -> None:
    scripts = []
    for name, content in render(sample_plan(title="’; $x = 1 # {0} 한글")).items():
        if name.endswith(".ps1"):
            (tmp_path / name).write_bytes(content)
            scripts.append(tmp_path / name)

    done = subprocess.run([linter, "-Check", *scripts], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_each_function_once(script: str) -> None:
    source = "".join(program_around_data(f"{script}.ps1"))
    functions = re.findall(r"^function ([\w-]+) \{$", source, flags=re.MULTILINE)

    assert sorted(functions) == sorted(set(functions))


class Session:
    """PowerShell with the generated folder as its location, and a kubectl that knows the context `here` only."""

    def __init__(self, pwsh: Path, path: Path) -> None:
        self._pwsh = pwsh
        self.folder = path / "folder, 배포"
        write_folder(self.folder)
        self.programs = path / "programs"
        self.programs.mkdir()
        (self.programs / "kubectl").write_text(KUBECTL)
        (self.programs / "kubectl").chmod(0o755)

    def run(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command line as a person types it."""
        return self._call("-Command", command, environment=environment)

    def run_file(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a script with arguments as another program does."""
        return self._call("-File", script, *arguments, environment={})

    def outcomes(self, commands: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Runs command lines one after another; returns the exit code of each, and its errors."""
        mark = "-- end of the command --"
        lines = [f"{command}; [Console]::Error.Write('{mark}'); $LASTEXITCODE" for command in commands]
        done = self.run("\n".join(lines))
        codes = [int(line) for line in done.stdout.splitlines() if line.isdecimal()]
        return dict(zip(commands, zip(codes, done.stderr.split(mark), strict=False), strict=True))

    def _call(self, *arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        path = f"{self.programs}:/usr/local/bin:/usr/bin:/bin"
        return subprocess.run(
            [self._pwsh, "-NoProfile", *arguments],
            cwd=self.folder,
            env={"PATH": path, "HOME": str(self.programs), "LANG": "en_US.UTF-8", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def session(pwsh: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(pwsh, tmp_path_factory.mktemp("session"))


def test_options_are_taken_in_either_spelling(session: Session) -> None:
    commands = [
        "./deploy.ps1 -WithIngress -Context nowhere",
        "./deploy.ps1 -withingress -context:nowhere",
        "./deploy.ps1 -With -C nowhere",
        "./deploy.ps1 --with-ingress --context=nowhere",
        "./deploy.ps1 -Yes:$true --context nowhere",
        "./deploy.ps1 -Timeout 5 -Context nowhere --lang=en",
        "$options = @{ Context = 'nowhere'; Yes = $true; Timeout = 5 }; ./deploy.ps1 @options",
    ]

    for command, (code, errors) in session.outcomes(commands).items():
        assert (code, errors) == (1, "Error: the kubeconfig has no context nowhere. It has: \n"), command


def test_options_are_taken_from_another_program(session: Session) -> None:
    done = session.run_file("deploy.ps1", "-WithIngress", "-Timeout:5", "--context=arn:aws:eks:nowhere")

    assert done.returncode == 1
    assert "the kubeconfig has no context arn:aws:eks:nowhere" in done.stderr


def test_wrong_usage_ends_with_2(session: Session) -> None:
    complaints = {
        "./deploy.ps1 -Nonsense": "unknown argument -Nonsense",
        "./deploy.ps1 -Context": "option --context needs a value",
        "./deploy.ps1 -Timeout:soon": "--timeout soon: it must be a whole number",
        "./deploy.ps1 -Yes:$false": "--context NAME or --yes is needed",
        "./deploy.ps1 -Yes:maybe": "option --yes takes no value",
        "./undeploy.ps1 -Delete": "unknown argument -Delete",
        "./undeploy.ps1 -DeleteNamespace": "needs --delete-data",
        "./undeploy.ps1 -WithIngress": "unknown argument -WithIngress",
        "./build-images.ps1 -Root": "option --root needs a value",
        "./build-images.ps1 -Parallel 0": "--parallel 0: it must be a whole number",
        "./build-images.ps1 -LoadInto:k3s": "--load-into k3s: it must be one of kind minikube",
        "./build-images.ps1 -Only web -Only store": "--only store: it must be one of common web worker",
        "./build-images.ps1 -P": "unknown argument -P",
        "$env:REGISTRY = ''; ./build-images.ps1 -Push -Json:$false": "--push needs a registry",
    }

    for command, (code, errors) in session.outcomes(list(complaints)).items():
        assert code == 2, command
        assert complaints[command] in errors


def test_get_help_tells_what_a_script_is_for(session: Session) -> None:
    done = session.run("Get-Help ./deploy.ps1 -Full | Out-String -Width 200")

    assert "Deploys this folder to a Kubernetes cluster." in done.stdout
    assert "deploy.ps1 -Context production" in done.stdout


def test_a_script_leaves_the_callers_session_as_it_was(session: Session) -> None:
    state = "[Console]::OutputEncoding.WebName, $PWD.Path, $env:STORE_PASSWORD, $ErrorActionPreference -join '|'"

    done = session.run(f"{state}; ./deploy.ps1 -Context here; $LASTEXITCODE; {state}", STORE_PASSWORD="hush")

    before, *_, code, after = done.stdout.splitlines()
    assert code == "1"
    assert before == after
    assert "hush" in after


def test_kubectl_runs_where_the_caller_is_and_gets_no_value_of_a_secret(session: Session) -> None:
    (session.folder / "deeper").mkdir()

    done = session.run("Set-Location deeper; ../deploy.ps1 -Context here", STORE_PASSWORD="hush")

    assert f"called in {session.folder}/deeper with <> for --context here --namespace shop" in done.stderr


def test_what_is_read_ahead_ends_with_the_run(session: Session) -> None:
    (session.programs / "holder").write_text("\n")

    done = session.run("./deploy.ps1 -Context busy")

    assert done.returncode == 1
    assert "someone" in done.stderr
    reading = (session.programs / "reading").read_text().split()
    assert len(reading) == 4
    assert not any(Path(f"/proc/{process}").exists() for process in reading)
