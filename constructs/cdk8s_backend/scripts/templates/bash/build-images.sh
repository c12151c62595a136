#!/bin/bash
# Builds the container images. Needs bash 3.2 or later and docker; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

# plan

# part: messages

# part: options

# part: folder

# --- Options ----------------------------------------------------------------------------------------------------------

root=''
registry=''
version=''

help() {
  say help_usage "${BASH_SOURCE[0]##*/}"
  say help_summary "$(title)"
  printf '\n'
  list_options
  printf '\n'
  say help_variables "${plan_registry}" "${plan_version}"
  printf '\n'
  say help_exit_codes
}

# --- Names and sources ------------------------------------------------------------------------------------------------

# image_name REGISTRY NAME VERSION: the whole name; an empty registry adds nothing.
image_name() {
  local prefix=${1%/}
  printf '%s' "${prefix}${prefix:+/}$2:$3"
}

# REGISTRY may be set and empty: no registry. An empty VERSION is none.
choose_names() {
  local built deployed
  registry=${REGISTRY-${plan_registry}}
  version=${VERSION:-${plan_version}}
  built=$(image_name "${registry}" '*' "${version}")
  deployed=$(image_name "${plan_registry}" '*' "${plan_version}")
  [[ ${built} == "${deployed}" ]] || say names_differ "${built}" "${deployed}"
}

choose_root() {
  root=$(option root) || root=$(dirname "${folder}")
  [[ -d ${root} ]] || fail root_missing "${root}"
  root=$(CDPATH='' cd "${root}" && pwd)
}

# is_built ROW: whether the image is to be built: a common one only if the sources have it.
is_built() {
  [[ ${images[$1 + 2]} == no || -f ${root}/${images[$1 + 1]} ]]
}

check_dockerfiles() {
  local row missing=no
  for ((row = 0; row < ${#images[@]}; row += 3)); do
    if is_built "${row}" && [[ ! -f ${root}/${images[row + 1]} ]]; then
      complain dockerfile_missing "${root}/${images[row + 1]}"
      missing=yes
    fi
  done
  [[ ${missing} == no ]] || fail root_hint "${root}"
}

# --- Build ------------------------------------------------------------------------------------------------------------

build_images() {
  local row number=0 total=0
  for ((row = 0; row < ${#images[@]}; row += 3)); do
    ! is_built "${row}" || total=$((total + 1))
  done
  for ((row = 0; row < ${#images[@]}; row += 3)); do
    is_built "${row}" || continue
    number=$((number + 1))
    build_image "${images[row]}" "${images[row + 1]}" "${number}" "${total}"
  done
}

build_image() {
  local image
  image=$(image_name "${registry}" "$1" "${version}")
  say building "$3" "$4" "${image}"
  docker build -f "${root}/$2" -t "${image}" "${root}" || fail build_failed "${image}"
}

interrupted() {
  trap - INT
  complain interrupted
  exit "${exit_interrupted}"
}

main() {
  trap interrupted INT
  choose_language "$@"
  parse_options "$@"
  find_folder
  choose_root
  check_dockerfiles
  command -v docker >/dev/null || fail docker_missing
  say started "$(title)"
  choose_names
  build_images
  say finished "$(title)"
}

main "$@"
