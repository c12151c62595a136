# --- Worker ---------------------------------------------------------------------------------------------------------
# bash passes over a SIGINT that comes in the instant in which a command that it waits for ends; never over a SIGTERM, and never in
# `wait`. So a process of its own does the work, in a process group of its own, which SIGTERM reaches as a whole.

worker=''    # that process, as long as it is there
is_ending=no # it is beyond interruptions

# in_worker FUNCTION: has a worker run it; ends the run where that fails.
in_worker() {
  local status=0 is_early=no
  trap 'is_early=yes' INT TERM HUP
  set -m
  work "$1" <&0 &
  worker=$!
  set +m
  on_interruption interrupted
  [[ ${is_early} == no ]] || interrupted
  wait "${worker}" || status=$?
  end_group
  worker=''
  ((status == 0)) || exit "${status}"
}

# work FUNCTION: what the worker does. It is not to be stopped for writing to the terminal.
work() {
  set +m
  trap '' TTIN TTOU
  on_interruption 'exit "${exit_interrupted}"'
  "$1"
}

# on_interruption ACTION: an action that ends the process. Where bash 5 is about to read a `$(...)` it takes the action for its content and
# does nothing without the parenthesis that ends it; elsewhere the action has ended the process before its second line is read.
on_interruption() {
  trap "$1"$'\n)' INT TERM HUP
}

# From here on the worker does what it has to do at each of its ends.
end_work() {
  trap '' INT TERM HUP
  is_ending=yes
}

# Ends the worker when the script that was started is gone.
end_orphan() {
  [[ ${is_ending} == yes ]] || kill -0 "$$" 2>/dev/null || kill 0
}

# Ends the worker, and what it has started, as far as that is there.
end_group() {
  [[ -z ${worker} ]] || kill -- "-${worker}" 2>/dev/null || true
}

# Only once: a second SIGTERM would reach what the worker calls when it gives the lock back.
interrupted() {
  trap '' INT TERM HUP
  end_group
  ! can_move || moving=' ' # that of the worker
  complain interrupted
  [[ -z ${worker} ]] || wait "${worker}" || true
  end_group
  exit "${exit_interrupted}"
}

# rest SECONDS: without a word of bash about what ended a sleep.
rest() {
  { sleep "$1"; } 2>/dev/null
}
