#!/bin/bash
# Deploys this folder to a Kubernetes cluster. Needs bash 3.2 or later and kubectl 1.27 or later; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

# plan

# part: messages

# part: options

# part: folder

# part: kubectl

# part: worker

# part: place

# part: lock

# part: facts

# part: removal

# part: inventory

# part: secrets

# part: objects

# part: phases

# part: judge

# part: waiting

# part: report

# --- Run ------------------------------------------------------------------------------------------------------------

schedule_grace=120

help() {
  local row
  text help_usage "${BASH_SOURCE[0]##*/}"
  printf '\n'
  text help_summary "$(title)" "${namespace}" "${environment}"
  printf '\n\n'
  list_options
  printf '\n'
  text help_phases
  printf '\n'
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    printf '  %s  %s\n' "${phases[row]}" "$(in_language "${phases[row + 1]}" "${phases[row + 2]}")"
  done
  printf '\n'
  text help_variables
  printf '\n'
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    printf '  %s  (Secret %s, %s)\n' "${secret_keys[row + 2]}" "${secret_keys[row]}" "${secret_keys[row + 1]}"
  done
  printf '\n'
  text help_exit_codes
  printf '\n'
}

# Whether the run only looks.
only_reads() {
  has_option dry-run || has_option diff || has_option status
}

# Someone must have said where to: by --context, by --yes, or now on the terminal.
confirm() {
  has_option context || has_option yes || only_reads || confirm_on_terminal confirm
}

# What there is to do, found without writing anything but the lock.
plan_run() {
  [[ ${has_namespace} == no ]] || read_workloads
  plan_changes
}

read_workloads() {
  read_cluster workloads get "${poll_resources}" --output "go-template=${status_template}"
  facts=${answer} facts_are_new=yes
}

plan_changes() {
  untraced plan_secrets
  find_outdated_jobs
  preflight
}

show_plan() {
  if [[ ${has_namespace} == no ]]; then
    ! has_option status || fail not_deployed "${namespace}"
    untraced plan_secrets
    untraced preview_secrets
    say namespace_new "${namespace}"
    return
  fi
  read_workloads
  # What is not ready is said also where the comparison ends the run.
  ! has_option status || show_readiness
  plan_changes
  ! has_option status || show_differing
  untraced preview
  ! has_option diff || show_differences
}

deploy() {
  [[ ${has_namespace} == yes ]] || make_namespace
  take_lock
  [[ ${has_namespace} == yes ]] || start_watch # there will be something to wait for
  plan_run
  write_inventory "$(all_objects)"$'\n' "${deployed_version}" "${deployed_hash}"
  deploy_phases
  remaining=${deployed_objects}
  if has_option prune; then prune; else list_orphans; fi
  if has_option only; then
    write_inventory "${remaining}" "${deployed_version}" "${deployed_hash}"
  else
    write_inventory "${remaining}" "${version}" "$(folder_hash)"
  fi
  summarize
}

# Whether there is something to put back, which a run that has lost the lock leaves to the one that has it.
may_roll_back() {
  [[ ${changes} != ' ' && -n ${holder} ]] && has_option rollback-on-failure
}

# Every end of the run: puts back what a failed one has changed if that is wanted, and gives the lock back.
finish() {
  local status=$? why_then=''
  trap : INT TERM HUP # an interruption ends the rollback, and nothing else of this
  if ((status == exit_failed || status == exit_timed_out)) && may_roll_back; then
    (
      on_interruption 'exit "${exit_interrupted}"'
      roll_back
    ) || true
    why_then=${why}
  fi
  end_work
  release_lock
  tell_causes "${why_then}" # it may have been said long ago
  exit "${status}"
}

run() {
  trap finish EXIT
  only_reads || say started "$(title)"
  say target "${context}" "${namespace}" "${environment}"
  read_place
  guard_environment
  if only_reads; then
    show_plan
  else
    deploy
    say finished "$(title)"
  fi
}

main() {
  on_interruption interrupted
  choose_language "$@"
  untraced take_given_values
  parse_options "$@"
  schedule_grace=$(option schedule-grace "${schedule_grace}") || true
  schedule_grace=$((10#${schedule_grace}))
  choose_phases
  untraced check_rotated_steps
  find_folder
  find_files
  check_kubectl
  choose_context
  confirm
  start_clock
  in_worker run
}

main "$@"
