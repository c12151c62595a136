"""An interruption ends the bash scripts at whatever they are, what bash 5 gets wrong included."""

import signal
import subprocess
import time

from tests.constructs.scripts.sample import TEMPLATES
from tests.support.parts import need_program
from tests.support.processes import kill_session

WORKER = f"""
exit_interrupted=130
can_move() {{ false; }}
complain() {{ printf '%s\\n' "$1" >&2; }}
. '{TEMPLATES}/bash/worker.sh'

# Is nearly always between the beginning of a word and the $( in it.
work_on() {{
  local words
  trap 'printf "ended with %s\\n" "$?"' EXIT
  words=$(printf 'a word %s ' {{1..3000}})
  printf 'begun\\n'
  while true; do : "${{words//word/}}$(:)"; done
}}
"""
WAITING = f"""
{WORKER}
. '{TEMPLATES}/bash/waiting.sh'
deadline=60 has_namespace=yes
show_progress() {{ [[ -n ${{begun:-}} ]] || printf 'begun\n'; begun=yes; }}

workload_changes() {{
  trap '' TERM
  exec sleep 60 2>/dev/null
}}

wait_for_workloads() {{
  trap finish EXIT
  while true; do await_change; done
}}

finish() {{
  local status=$? call
  end_work
  for call in 1 2 3 4; do
    printf '%s after %s\n' "$(sleep 0.3; printf 'call %s' "${{call}}")" "${{status}}"
  done
}}

in_worker wait_for_workloads
"""
IN_WORKER = WORKER + "on_interruption interrupted\nin_worker work_on\n"
ALONE = WORKER + "on_interruption 'exit 130'\nwork_on\n"


def interrupted(script: str) -> tuple[int, str, str]:
    """Status, output and errors of a script that gets SIGTERM while it works."""
    with subprocess.Popen(
        [need_program("bash", package="bash"), "-euc", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            assert run.stdout is not None
            assert run.stdout.readline() == "begun\n"
            time.sleep(0.1)
            run.send_signal(signal.SIGTERM)
            output, errors = run.communicate(timeout=60)
        finally:
            kill_session(run.pid)
    return run.returncode, output, errors


def test_an_interruption_before_a_substitution_is_read_ends_the_worker() -> None:
    for _ in range(5):
        assert interrupted(IN_WORKER) == (130, "ended with 130\n", "interrupted\n")


def test_an_interruption_before_a_substitution_is_read_ends_the_script() -> None:
    for _ in range(5):
        assert interrupted(ALONE) == (130, "ended with 130\n", "")


def test_a_worker_that_is_interrupted_while_it_waits_does_all_it_has_to_do_at_its_end() -> None:
    assert interrupted(WAITING) == (
        130,
        "".join(f"call {number} after 130\n" for number in range(1, 5)),
        "interrupted\n",
    )
