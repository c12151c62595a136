# --- Worker ---------------------------------------------------------------------------------------------------------
# bash passes over a SIGINT that comes in the instant in which a command that it waits for ends; never over a SIGTERM, and never in
# `wait`. So a process of its own does the work, in a process group of its own, which SIGTERM reaches as a whole.

is_interrupted=no

# in_worker FUNCTION: has a worker run it; ends the run where that fails.
in_worker() {
  local worker status=0
  set -m
  work "$1" <&0 &
  worker=$!
  set +m
  trap 'is_interrupted=yes; end_group "${worker}"' INT TERM HUP
  wait "${worker}" || status=$?
  while [[ ${is_interrupted} == yes ]]; do
    is_interrupted=no status=0
    wait "${worker}" || status=$?
    ((status == 0 || status == exit_interrupted)) || complain interrupted
    ((status == 0)) || status=${exit_interrupted}
  done
  end_group "${worker}"
  trap interrupted INT TERM HUP
  ((status == 0)) || exit "${status}"
}

# work FUNCTION: what the worker does. It is not to be stopped for writing to the terminal.
work() {
  set +m
  trap '' TTIN TTOU
  trap interrupted INT TERM HUP
  "$1"
}

# end_group PROCESS: ends the process group that it leads, as far as that is there.
end_group() {
  kill -- "-$1" 2>/dev/null || true
}

interrupted() {
  trap '' INT TERM HUP
  complain interrupted
  exit "${exit_interrupted}"
}
