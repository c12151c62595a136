"""Options, languages, and what stops the scripts before they reach a cluster."""

import os
from pathlib import Path

import pytest

from tests.constructs.scripts.sample import write_folder
from tests.constructs.scripts.shells import Shell, programs_without

KUBECTL = """#!/bin/sh
case "$*" in
  version*) printf 'clientVersion:\\n  gitVersion: %s\\n' "$VERSION_OF_KUBECTL" ;;
  'config current-context') test -n "$CURRENT_CONTEXT" && echo "$CURRENT_CONTEXT" ;;
  'config get-contexts --output name') printf 'here\\nthere\\n' ;;
  '--context nowhere '*) echo 'context was not found for specified context: nowhere' >&2; exit 1 ;;
  *) echo "$*" >>"$0.calls"; echo 'connection refused' >&2; exit 1 ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "배포 폴더, v1"
    write_folder(folder)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment whose kubectl knows the contexts `here` and `there`, and no API server."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "kubectl").write_text(KUBECTL)
    (programs / "kubectl").chmod(0o755)
    return {
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        "VERSION_OF_KUBECTL": "v1.27.0",
        "CURRENT_CONTEXT": "here",
        "LANG": "en_US.UTF-8",
    }


@pytest.mark.parametrize("script", ["deploy", "undeploy", "build-images"])
def test_help_lists_the_options_and_ends_well(script: str, shell: Shell, folder: Path) -> None:
    done = shell.run(folder / script, "--help", environment={"LANG": "en_US.UTF-8"})

    assert (done.returncode, done.stderr) == (0, "")
    assert "--lang ko|en" in done.stdout
    assert "Exit codes: 0 done, 1 failed, 2 wrong usage" in done.stdout


def test_help_of_deploy_names_the_optional_steps_and_the_variables(shell: Shell, folder: Path) -> None:
    done = shell.run(folder / "deploy", "--help", "--lang=en", environment={})

    assert "--with-ingress\n      Also deploy the step 'Ingress'" in done.stdout
    assert "STORE_PASSWORD  (Secret store-secret, password)" in done.stdout


@pytest.mark.parametrize(
    ("environment", "korean"),
    [
        ({}, True),
        ({"LANG": "C"}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "POSIX"}, True),
        ({"LANG": "ko_KR.UTF-8"}, True),
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, False),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], korean: bool, shell: Shell, folder: Path) -> None:
    done = shell.run(folder / "undeploy", "--help", environment=environment)

    assert ("사용법" in done.stdout, "Usage" in done.stdout) == (korean, not korean)


@pytest.mark.parametrize("arguments", [["--lang", "ko", "--nonsense"], ["--nonsense", "--lang=ko"]])
def test_the_language_option_wins_wherever_it_stands(arguments: list[str], shell: Shell, folder: Path) -> None:
    done = shell.run(folder / "deploy", *arguments, environment={"LANG": "en_US.UTF-8"})

    assert "오류: 알 수 없는 옵션 --nonsense" in done.stderr


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        ("deploy", ["--nonsense"], "unknown option --nonsense"),
        ("deploy", ["now"], "unknown argument now"),
        ("deploy", ["--context"], "option --context needs a value"),
        ("deploy", ["--context="], "option --context needs a value"),
        ("deploy", ["--yes=no"], "option --yes takes no value"),
        ("deploy", ["--timeout", "0"], "--timeout 0"),
        ("deploy", ["--timeout=1.5"], "--timeout 1.5"),
        ("deploy", ["--timeout=-1"], "--timeout -1"),
        ("deploy", ["--lang", "de"], "--lang de"),
        ("deploy", [], "--context NAME or --yes"),
        ("undeploy", ["--with-ingress"], "unknown option --with-ingress"),
        ("undeploy", [], "--context NAME or --yes"),
        ("undeploy", ["--context", "here", "--delete-data"], "needs --confirm shop"),
        ("undeploy", ["--delete-data", "--confirm", "shop"], "--context NAME or --yes"),
        ("undeploy", ["--yes", "--delete-namespace"], "needs --delete-data"),
        ("build-images", ["--root"], "option --root needs a value"),
        ("build-images", ["--context=here"], "option --context"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(
    script: str, arguments: list[str], message: str, shell: Shell, folder: Path, environment: dict[str, str]
) -> None:
    done = shell.run(folder / script, *arguments, environment=environment)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "--help" in done.stderr


@pytest.mark.parametrize("script", ["deploy", "undeploy"])
def test_a_missing_kubectl_is_named(script: str, shell: Shell, folder: Path, tmp_path: Path) -> None:
    programs = programs_without("kubectl", tmp_path / "no-kubectl")

    done = shell.run(folder / script, "--yes", environment={"PATH": str(programs), "LANG": "en_US.UTF-8"})

    assert (done.returncode, done.stderr) == (1, "Error: kubectl is not found. Install kubectl 1.27 or later.\n")


@pytest.mark.parametrize("version", ["v1.26.15", "v1.9.0"])
def test_an_old_kubectl_is_refused(version: str, shell: Shell, folder: Path, environment: dict[str, str]) -> None:
    done = shell.run(folder / "deploy", "--yes", environment=environment | {"VERSION_OF_KUBECTL": version})

    assert done.returncode == 1
    assert f"kubectl {version[1:]} is too old. 1.27 or later" in done.stderr


def test_a_kubectl_that_cannot_run_is_refused(
    shell: Shell, folder: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "programs/kubectl").write_text("#!/bin/sh\nexit 126\n")

    done = shell.run(folder / "deploy", "--yes", environment=environment)

    assert done.returncode == 1
    assert "kubectl's version (?) is not known. 1.27 or later" in done.stderr


@pytest.mark.parametrize("script", ["deploy", "undeploy"])
def test_an_absent_context_is_named_with_those_that_are_there(
    script: str, shell: Shell, folder: Path, environment: dict[str, str]
) -> None:
    done = shell.run(folder / script, "--context=nowhere", environment=environment)

    assert done.returncode == 1
    assert "no context nowhere. It has: here there" in done.stderr


def test_without_a_current_context_one_must_be_given(shell: Shell, folder: Path, environment: dict[str, str]) -> None:
    done = shell.run(folder / "deploy", "--yes", environment=environment | {"CURRENT_CONTEXT": ""})

    assert done.returncode == 1
    assert "no current context" in done.stderr


@pytest.mark.parametrize("script", ["deploy", "undeploy"])
def test_an_api_server_that_does_not_answer_ends_the_run_with_its_reason(
    script: str, shell: Shell, folder: Path, environment: dict[str, str]
) -> None:
    done = shell.run(folder / script, "--context", "here", environment=environment)

    assert done.returncode == 1
    assert "The API server of context here does not answer: connection refused" in done.stderr.replace(
        "the API", "The API"
    )


def test_a_missing_file_stops_deploy_before_it_calls_the_cluster(
    shell: Shell, folder: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    (folder / "services/store.yaml").unlink()

    done = shell.run(folder / "deploy", "--yes", environment=environment)

    assert done.returncode == 1
    assert "services/store.yaml" in done.stderr
    assert not (tmp_path / "programs/kubectl.calls").exists()


@pytest.mark.parametrize("command", ["deploy", "undeploy", "undeploy --delete-data --confirm=shop"])
@pytest.mark.parametrize("typed", ["n", "", "maybe"])
def test_a_person_who_does_not_agree_changes_nothing(
    command: str, typed: str, shell: Shell, folder: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    script, *arguments = command.split()

    done = shell.run_on_terminal(folder / script, *arguments, typed=typed, environment=environment)

    assert done.returncode == 1
    assert "context here, namespace shop?" in done.stdout
    assert "Cancelled. Nothing was changed." in done.stderr
    assert not (tmp_path / "programs/kubectl.calls").exists()


@pytest.mark.parametrize("typed", ["y", "yes", "예"])
def test_a_person_who_agrees_goes_on_to_the_cluster(
    typed: str, shell: Shell, folder: Path, environment: dict[str, str]
) -> None:
    done = shell.run_on_terminal(folder / "deploy", typed=typed, environment=environment)

    assert "does not answer: connection refused" in done.stderr


@pytest.mark.parametrize("arguments", [["--delete-data"], ["--delete-data", "--yes", "--context=here"]])
def test_data_is_deleted_only_when_the_namespace_is_typed(
    arguments: list[str], shell: Shell, folder: Path, environment: dict[str, str]
) -> None:
    wrong = shell.run_on_terminal(folder / "undeploy", *arguments, typed="y", environment=environment)
    right = shell.run_on_terminal(folder / "undeploy", *arguments, typed="shop", environment=environment)

    assert wrong.returncode == 2
    assert "that is not the name of the namespace" in wrong.stderr
    assert "does not answer: connection refused" in right.stderr


@pytest.mark.parametrize("hangs", ["exec sleep 50", "sleep 50"], ids=["itself", "what it has started"])
def test_a_call_that_hangs_ends_with_the_time_of_the_run(
    hangs: str, shell: Shell, folder: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    kubectl = tmp_path / "programs/kubectl"
    kubectl.write_text(KUBECTL.replace("  *) echo", f"  *' get '*) ;;\n  *' apply '*) {hangs} ;;\n  *) echo"))

    done = shell.run(folder / "deploy", "--yes", "--timeout", "2", environment=environment, timeout=40)

    assert done.returncode == 70
    assert "the time limit of 2 s is over" in done.stderr


def test_what_reads_the_errors_of_a_run_need_not_wait_after_its_end(
    shell: Shell, folder: Path, environment: dict[str, str]
) -> None:
    with shell.start(folder / "deploy", "--yes", environment=environment) as run:
        run.wait(timeout=60)

        for pipe in (run.stdout, run.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            assert os.read(pipe.fileno(), 65536)
            assert os.read(pipe.fileno(), 1) == b"", "something still has it open"
