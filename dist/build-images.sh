#!/bin/bash
# Builds the container images. Needs bash 3.2 or later and docker; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

title_ko='Count 통합 관리 시스템'
title_en='Count management system'
plan_registry=''
plan_version='latest'
# a row: name, dockerfile, common
images=(
  'common' 'common/Dockerfile' 'yes'
  'count-write-service' 'count-write-service/Dockerfile' 'no'
  'count-read-service' 'count-read-service/Dockerfile' 'no'
  'count-management-service' 'count-management-service/Dockerfile' 'no'
  'count-analysis-service' 'count-analysis-service/Dockerfile' 'no'
  'dashboard-provision-service' 'dashboard-provision-service/Dockerfile' 'no'
  'dashboard-update-service' 'dashboard-update-service/Dockerfile' 'no'
)
# a row: name, value, choices, argument_ko, argument_en, help_ko, help_en
options=(
  'root' 'text' '' '폴더' 'DIR' '소스 루트이자 빌드 컨텍스트. 기본값은 이 스크립트 폴더의 상위 폴더' 'Source root and build context. Default is the parent of this script'\''s folder'
  'only' 'choice' 'common count-write-service count-read-service count-management-service count-analysis-service dashboard-provision-service dashboard-update-service' '이름' 'NAME' '이 이미지만 빌드 (여러 번 지정 가능)' 'Build this image alone (may be given several times)'
  'push' '' '' '' '' '빌드한 이미지를 레지스트리로 푸시' 'Push each image to the registry after its build'
  'load-into' 'choice' 'kind minikube' 'kind|minikube' 'kind|minikube' '빌드한 이미지를 이 로컬 클러스터에 적재' 'Load each image into this local cluster after its build'
  'parallel' 'number' '' '개수' 'N' '동시에 빌드할 이미지 수. 공통 이미지는 먼저 하나씩 빌드. 기본값 1' 'How many images to build at a time. Common ones are built first, one by one. Default 1'
  'json' '' '' '' '' '메시지를 한 줄에 하나씩 JSON으로 출력' 'Print each message as one line of JSON'
  'lang' 'choice' 'ko en' 'ko|en' 'ko|en' '메시지 언어. 생략하면 로캘에 따름' 'Language of the messages. Default follows the locale'
  'help' '' '' '' '' '이 도움말' 'This text'
)
# a row: key, arguments, ko, en
messages=(
  'help_usage' 'script' '사용법: %s [옵션]' 'Usage: %s [options]'
  'help_options' '' '옵션 (--옵션=값 형식도 가능):' 'Options (--option=value works too):'
  'see_help' '' '옵션 목록은 --help로 볼 수 있습니다.' '--help lists the options.'
  'option_needs_value' 'option' '오류: %s 옵션에 값이 필요합니다.' 'Error: option %s needs a value.'
  'option_takes_no_value' 'option' '오류: %s 옵션은 값을 받지 않습니다.' 'Error: option %s takes no value.'
  'option_unknown' 'option' '오류: 알 수 없는 옵션 %s' 'Error: unknown option %s'
  'argument_unknown' 'argument' '오류: 알 수 없는 인수 %s' 'Error: unknown argument %s'
  'choice_wrong' 'option value choices' '오류: %s %s: 다음 중 하나여야 합니다: %s' 'Error: %s %s: it must be one of %s'
  'number_wrong' 'option value' '오류: %s %s: 1 이상의 정수여야 합니다.' 'Error: %s %s: it must be a whole number from 1.'
  'interrupted' '' '중단되었습니다.' 'Interrupted.'
  'help_summary' 'title' '%s의 컨테이너 이미지를 만듭니다.' 'Builds the container images of %s.'
  'help_variables' 'registry version' '환경 변수:
  REGISTRY  이미지 이름 앞의 레지스트리, 끝의 /는 있어도 없어도 됨. 빈 값이면 없음. 기본값 '\''%s'\''
  VERSION   이미지 태그. 기본값 '\''%s'\''' 'Environment variables:
  REGISTRY  Registry before the images'\'' names, with or without a / at its end; empty for none. Default '\''%s'\''
  VERSION   Tag of the images. Default '\''%s'\'''
  'help_exit_codes' '' '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 130 중단' 'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted'
  'started' 'title' '=== %s 이미지 빌드 시작 ===' '=== Images of %s: start ==='
  'finished' 'title' '=== %s 이미지 빌드 완료 ===' '=== Images of %s: done ==='
  'names_differ' 'built deployed' '주의: 이 이미지는 %s 이름으로 만들어지지만, 매니페스트가 쓰는 이름은 %s입니다.' 'Note: the images are built as %s, and the manifests name %s.'
  'root_missing' 'root' '오류: 소스 루트 %s 폴더가 없습니다.' 'Error: the source root %s is no folder.'
  'dockerfile_missing' 'file' '오류: Dockerfile이 없습니다: %s' 'Error: there is no Dockerfile %s'
  'root_hint' 'root' '소스 루트는 %s입니다. 다른 곳이면 --root 폴더로 지정하세요.' 'The source root is %s. Give another one with --root DIR.'
  'program_missing' 'program' '오류: %s 프로그램을 찾을 수 없습니다.' 'Error: %s is not found.'
  'push_needs_registry' '' '오류: --push에는 레지스트리가 필요합니다. 환경 변수 REGISTRY로 지정하세요.' 'Error: --push needs a registry. Give one in the variable REGISTRY.'
  'logs_in' 'folder' '로그 폴더: %s' 'Logs: %s'
  'build_started' 'number total image' '[%s/%s] %s 빌드' '[%s/%s] Building %s'
  'build_done' 'image seconds' '  %s 빌드 완료 [%s초]' '  %s is built [%s s]'
  'build_failed' 'image' '오류: %s 빌드에 실패했습니다. 마지막 로그:' 'Error: building %s failed. Its last log lines:'
  'push_started' 'number total image' '[%s/%s] %s 푸시' '[%s/%s] Pushing %s'
  'push_done' 'image seconds' '  %s 푸시 완료 [%s초]' '  %s is pushed [%s s]'
  'push_failed' 'image' '오류: %s 푸시에 실패했습니다. 마지막 로그:' 'Error: pushing %s failed. Its last log lines:'
  'load_started' 'number total image' '[%s/%s] %s 적재' '[%s/%s] Loading %s'
  'load_done' 'image seconds' '  %s 적재 완료 [%s초]' '  %s is loaded [%s s]'
  'load_failed' 'image' '오류: %s 적재에 실패했습니다. 마지막 로그:' 'Error: loading %s failed. Its last log lines:'
  'log_line' 'line' '    %s' '    %s'
  'summary' '' '요약:' 'Summary:'
  'summary_image' 'image state seconds' '  %s: %s [%s초]' '  %s: %s [%s s]'
  'state_build' '' '빌드됨' 'built'
  'state_push' '' '푸시됨' 'pushed'
  'state_load' '' '적재됨' 'loaded'
  'state_failed' '' '실패' 'failed'
  'state_stopped' '' '중단됨' 'stopped'
  'state_waiting' '' '시작하지 않음' 'not begun'
)

# --- Messages -------------------------------------------------------------------------------------------------------

exit_failed=1
exit_usage=2
exit_interrupted=130

language=ko
json=no
tab=$'\t'

# text KEY [ARGUMENT...]: a text of the catalog in the chosen language.
text() {
  local key=$1 column=2 row
  shift
  [[ ${language} == ko ]] || column=3
  for ((row = 0; row < ${#messages[@]}; row += 4)); do
    if [[ ${messages[row]} == "${key}" ]]; then
      # shellcheck disable=SC2059 # the texts of the catalog are formats
      printf -- "${messages[row + column]}" "$@"
      return
    fi
  done
  printf '%s' "${key}"
}

# say KEY [ARGUMENT...]: prints a text, or with --json the event of that name.
say() {
  if [[ ${json} == yes ]]; then event info "$@"; else line "$(text "$@")"; fi
}

# complain KEY [ARGUMENT...]: the same for what went wrong, on standard error.
complain() {
  if [[ ${json} == yes ]]; then
    event error "$@"
  else
    clear_moving
    line "$(text "$@")" >&2
  fi
}

# event LEVEL KEY [ARGUMENT...]: prints one line of JSON: time, name, level, text, and the arguments by their names.
event() {
  local level=$1 key=$2 row names='' name
  shift 2
  printf '{"time":"%s","event":"%s","level":"%s","text":"%s"' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${key}" "${level}" \
    "$(json_text "$(text "${key}" "$@")")"
  for ((row = 0; row < ${#messages[@]}; row += 4)); do
    [[ ${messages[row]} != "${key}" ]] || names=${messages[row + 1]}
  done
  for name in ${names}; do
    if [[ ${1:-} =~ ^(0|[1-9][0-9]{0,8})$ ]]; then
      printf ',"%s":%s' "${name}" "$1"
    else
      printf ',"%s":"%s"' "${name}" "$(json_text "${1:-}")"
    fi
    shift
  done
  printf '}\n'
}

# json_text TEXT: as it stands between the quotes of JSON.
json_text() {
  local value=$1
  value=${value//\\/\\\\}
  value=${value//\"/\\\"}
  value=${value//$'\n'/\\n}
  value=${value//${tab}/\\t}
  printf '%s' "${value}" | tr '\001-\037' ' '
}

moving='' # the line that is on the terminal and will be replaced

# line TEXT: prints a line, in place of the moving one.
line() {
  clear_moving
  printf '%s\n' "$1"
}

# move KEY FIRST [ARGUMENT...]: prints a text as a line that the next one replaces; only on a terminal that can. Its first argument is cut
# where the line would be wider than the terminal, which then could not replace it.
move() {
  local key=$1 first=$2 width frame
  shift 2
  measure_terminal
  frame=$(columns_of "$(text "${key}" '' "$@")")
  moving=$(text "${key}" "$(fitted "$((width - 1 - frame))" "${first}")" "$@")
  printf '\r%s\033[K' "${moving}"
}

clear_moving() {
  [[ -z ${moving} ]] || printf '\r\033[K'
  moving=''
}

# Sets width, the columns of the terminal.
measure_terminal() {
  { width=$(stty size <&4 2>/dev/null) || width=''; } 4<&1
  width=${width#* }
  ((${width:-0} > 0)) || width=80
}

# columns_of TEXT: how many columns of a terminal it takes, at most: two for each letter that UTF-8 writes in three bytes or more, as it
# does Korean ones. It counts bytes, since in some locales (C) bash knows nothing else.
columns_of() {
  local LC_ALL=C letters wide
  letters=${1//[$'\x80'-$'\xbf']/}
  wide=${letters//[!$'\xe0'-$'\xff']/}
  printf '%d' "$((${#letters} + ${#wide}))"
}

# fitted COLUMNS TEXT: as much of the text as has room, by the measure of columns_of.
fitted() {
  local LC_ALL=C left=$1 at end=0 columns
  for ((at = 0; at < ${#2}; at++)); do
    case ${2:at:1} in
    [$'\x80'-$'\xbf']) continue ;; # belongs to the letter before it
    [$'\xe0'-$'\xff']) columns=2 ;;
    *) columns=1 ;;
    esac
    ((left < 2)) || end=${at}
    left=$((left - columns))
    if ((left < 0)); then
      printf '%s…' "${2:0:end}"
      return
    fi
  done
  printf '%s' "$2"
}

can_move() {
  [[ -t 1 && ${json} == no && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]
}

fail() {
  complain "$@"
  exit "${exit_failed}"
}

usage_error() {
  complain "$@"
  complain see_help
  exit "${exit_usage}"
}

# in_language KOREAN ENGLISH: one of the two.
in_language() {
  if [[ ${language} == ko ]]; then printf '%s' "$1"; else printf '%s' "$2"; fi
}

title() {
  in_language "${title_ko}" "${title_en}"
}

choose_language() {
  local locale=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} argument previous=''
  case ${locale} in
  ko* | '' | C | C.* | POSIX) language=ko ;;
  *) language=en ;;
  esac
  for argument in "$@"; do
    [[ ${previous} != --lang ]] || argument=--lang=${argument}
    case ${argument} in
    --lang=ko) language=ko ;;
    --lang=en) language=en ;;
    --json) json=yes ;;
    esac
    previous=${argument}
  done
}

# --- Options --------------------------------------------------------------------------------------------------------

given_options=() # one after another: name, value

# Reads the words of the command line by the table of options.
parse_options() {
  local name value row
  while (($# > 0)); do
    name=${1%%=*}
    [[ ${name} == --* ]] || usage_error argument_unknown "$1"
    row=$(row_of_option "${name#--}") || usage_error option_unknown "$1"
    value=''
    if [[ -n ${options[row + 1]} ]]; then
      if [[ $1 == *=* ]]; then
        value=${1#*=}
      elif (($# > 1)); then
        value=$2
        shift
      fi
      [[ -n ${value} ]] || usage_error option_needs_value "${name}"
      check_value "${name}" "${options[row + 1]}" "${options[row + 2]}" "${value}"
    elif [[ $1 == *=* ]]; then
      usage_error option_takes_no_value "${name}"
    fi
    if [[ ${name} == --help ]]; then
      help
      exit 0
    fi
    given_options+=("${name#--}" "${value}")
    shift
  done
}

row_of_option() {
  local row
  for ((row = 0; row < ${#options[@]}; row += 7)); do
    if [[ ${options[row]} == "$1" ]]; then
      printf '%d' "${row}"
      return
    fi
  done
  return 1
}

# check_value OPTION KIND CHOICES VALUE: ends the run when the option cannot have the value.
check_value() {
  local digits='^0*[1-9][0-9]{0,8}$'
  case $2 in
  number) [[ $4 =~ ${digits} ]] || usage_error number_wrong "$1" "$4" ;;
  choice) [[ " $3 " == *" $4 "* ]] || usage_error choice_wrong "$1" "$4" "$3" ;;
  *) ;;
  esac
}

# option NAME [DEFAULT]: the last value that was given, or the default; fails when the option was not given.
option() {
  local index value=${2:-} found=1
  for ((index = 0; index < ${#given_options[@]}; index += 2)); do
    if [[ ${given_options[index]} == "$1" ]]; then value=${given_options[index + 1]} found=0; fi
  done
  printf '%s' "${value}"
  return "${found}"
}

has_option() {
  option "$1" >/dev/null
}

# has_value_of NAME VALUE: whether the option was given with that value, perhaps among others.
has_value_of() {
  local index
  for ((index = 0; index < ${#given_options[@]}; index += 2)); do
    [[ ${given_options[index]} != "$1" || ${given_options[index + 1]} != "$2" ]] || return 0
  done
  return 1
}

# Prints the options of the table.
list_options() {
  local row argument
  text help_options
  printf '\n'
  for ((row = 0; row < ${#options[@]}; row += 7)); do
    argument=$(in_language "${options[row + 3]}" "${options[row + 4]}")
    printf '  --%s%s\n      %s\n' "${options[row]}" "${argument:+ ${argument}}" \
      "$(in_language "${options[row + 5]}" "${options[row + 6]}")"
  done
}

# --- Folder ---------------------------------------------------------------------------------------------------------

folder=''

# The folder of this script, also when it was called through a symbolic link.
find_folder() {
  local path=${BASH_SOURCE[0]} target
  while [[ -L ${path} ]]; do
    target=$(readlink "${path}")
    [[ ${target} == /* ]] || target=$(dirname "${path}")/${target}
    path=${target}
  done
  folder=$(CDPATH='' cd -P "$(dirname "${path}")" && pwd)
}

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

# --- Help -------------------------------------------------------------------------------------------------------------

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

root=''
registry=''
version=''

# REGISTRY may be set and empty: no registry. An empty VERSION is none.
choose_names() {
  registry=${REGISTRY-${plan_registry}}
  registry=${registry%/}
  version=${VERSION:-${plan_version}}
  [[ -n ${registry} ]] || ! has_option push || usage_error push_needs_registry
}

# image_name REGISTRY NAME VERSION: the whole name; an empty registry adds nothing.
image_name() {
  printf '%s' "$1${1:+/}$2:$3"
}

compare_names() {
  local built deployed
  built=$(image_name "${registry}" '*' "${version}")
  deployed=$(image_name "${plan_registry%/}" '*' "${plan_version}")
  [[ ${built} == "${deployed}" ]] || say names_differ "${built}" "${deployed}"
}

choose_root() {
  root=$(option root) || root=$(dirname "${folder}")
  [[ -d ${root} ]] || fail root_missing "${root}"
  root=$(CDPATH='' cd "${root}" && pwd)
}

# What is known of each wanted image, by its number.
names=()
image_names=()
dockerfiles=()
commons=()

choose_images() {
  local row
  for ((row = 0; row < ${#images[@]}; row += 3)); do
    is_wanted "${images[row]}" "${root}/${images[row + 1]}" "${images[row + 2]}" || continue
    names+=("${images[row]}")
    image_names+=("$(image_name "${registry}" "${images[row]}" "${version}")")
    dockerfiles+=("${root}/${images[row + 1]}")
    commons+=("${images[row + 2]}")
  done
}

# is_wanted NAME DOCKERFILE COMMON: those of --only; without it all, a common one only if the sources have it.
is_wanted() {
  if has_option only; then has_value_of only "$1"; else [[ $3 == no || -f $2 ]]; fi
}

check_dockerfiles() {
  local number missing=no
  for ((number = 0; number < ${#dockerfiles[@]}; number++)); do
    if [[ ! -f ${dockerfiles[number]} ]]; then
      complain dockerfile_missing "${dockerfiles[number]}"
      missing=yes
    fi
  done
  [[ ${missing} == no ]] || fail root_hint "${root}"
}

check_programs() {
  local program
  for program in docker $(option load-into); do
    command -v "${program}" >/dev/null || fail program_missing "${program}"
  done
}

# --- Build ------------------------------------------------------------------------------------------------------------

lines_of_log=20

parallel=1
running=0     # images that are under way
steps=(build) # of each image

# What becomes of each image, by its number.
logs=()       # its file
positions=()  # which step it is at
processes=()  # of that step, while it runs
beginnings=() # seconds of this script
durations=()  # seconds
states=()     # keys of texts, each with a blank before it

prepare_builds() {
  local number folder_of_logs
  parallel=$(option parallel 1) || true
  parallel=$((10#${parallel}))
  ! has_option push || steps+=(push)
  ! has_option load-into || steps+=(load)
  folder_of_logs=$(mktemp -d "${TMPDIR:-/tmp}/build-images.XXXXXX")
  say logs_in "${folder_of_logs}"
  for ((number = 0; number < ${#names[@]}; number++)); do
    logs[number]=${folder_of_logs}/${names[number]//\//-}.log
    positions[number]=0
    processes[number]=''
    beginnings[number]=0
    durations[number]=0
    states[number]=''
  done
}

# Starts the images in their order, and follows them until all are done.
build_images() {
  local next=0 number
  while ((next < ${#names[@]} || running > 0)); do
    while can_start "${next}"; do
      start_image "${next}"
      next=$((next + 1))
    done
    rest 0.2
    for ((number = 0; number < next; number++)); do
      [[ -z ${processes[number]} ]] || follow "${number}"
    done
  done
}

# can_start NUMBER: common images, which come first, run alone.
can_start() {
  (($1 < ${#names[@]})) || return 1
  ((running == 0)) || { ((running < parallel)) && [[ ${commons[$1 - 1]} == no ]]; }
}

start_image() {
  running=$((running + 1))
  beginnings[$1]=${SECONDS}
  : >"${logs[$1]}"
  ! shows_output || exec 3<"${logs[$1]}"
  start_step "$1"
}

# start_step NUMBER: starts the step that an image is at.
start_step() {
  local image=${image_names[$1]} step=${steps[positions[$1]]} command
  say "${step}_started" "$(($1 + 1))" "${#names[@]}" "${image}"
  case ${step} in
  build) command=(docker build -f "${dockerfiles[$1]}" -t "${image}" "${root}") ;;
  push) command=(docker push "${image}") ;;
  *)
    case $(option load-into) in
    kind) command=(kind load docker-image "${image}") ;;
    *) command=(minikube image load "${image}") ;;
    esac
    ;;
  esac
  "${command[@]}" </dev/null >>"${logs[$1]}" 2>&1 &
  processes[$1]=$!
}

shows_output() {
  ((parallel == 1)) && [[ ${json} == no ]]
}

# follow NUMBER: shows what the step of an image has printed since the last time, and goes on where it has ended.
follow() {
  local ended=no status=0
  kill -0 "${processes[$1]}" 2>/dev/null || ended=yes
  ! shows_output || cat <&3
  [[ ${ended} == yes ]] || return 0
  wait "${processes[$1]}" || status=$?
  processes[$1]=''
  durations[$1]=$((SECONDS - beginnings[$1]))
  ((status == 0)) || fail_step "$1"
  end_step "$1"
}

# end_step NUMBER: says what an image has reached, and starts its next step.
end_step() {
  local step=${steps[positions[$1]]}
  say "${step}_done" "${image_names[$1]}" "${durations[$1]}"
  states[$1]+=" state_${step}"
  positions[$1]=$((positions[$1] + 1))
  if ((positions[$1] < ${#steps[@]})); then start_step "$1"; else running=$((running - 1)); fi
}

# fail_step NUMBER: ends the run because the step of an image failed.
fail_step() {
  local step=${steps[positions[$1]]} words
  end_processes
  complain "${step}_failed" "${image_names[$1]}"
  while IFS= read -r words || [[ -n ${words} ]]; do
    complain log_line "${words}"
  done < <(tail -n "${lines_of_log}" "${logs[$1]}")
  states[$1]+=' state_failed'
  summarize
  exit "${exit_failed}"
}

# Ends the steps that run; what does not end by itself within 5 seconds is killed.
end_processes() {
  local number tries=25
  for ((number = 0; number < ${#processes[@]}; number++)); do
    [[ -n ${processes[number]} ]] || continue
    kill "${processes[number]}" 2>/dev/null || true
    durations[number]=$((SECONDS - beginnings[number]))
    states[number]+=' state_stopped'
  done
  for ((number = 0; number < ${#processes[@]}; number++)); do
    while [[ -n ${processes[number]} ]] && kill -0 "${processes[number]}" 2>/dev/null; do
      ((tries-- > 0)) || kill -KILL "${processes[number]}" 2>/dev/null
      sleep 0.2
    done
  done
}

# Prints what became of each image.
summarize() {
  local number key words
  say summary
  for ((number = 0; number < ${#names[@]}; number++)); do
    words=''
    for key in ${states[number]:-state_waiting}; do
      words+=${words:+, }$(text "${key}")
    done
    say summary_image "${image_names[number]}" "${words}" "${durations[number]}"
  done
}

# --- Run --------------------------------------------------------------------------------------------------------------

run() {
  trap end_processes EXIT
  say started "$(title)"
  compare_names
  prepare_builds
  build_images
  summarize
  say finished "$(title)"
}

main() {
  on_interruption interrupted
  choose_language "$@"
  parse_options "$@"
  find_folder
  choose_names
  choose_root
  choose_images
  check_dockerfiles
  check_programs
  in_worker run
}

main "$@"
