#!/bin/bash
# Builds the container images. Needs bash 3.2 or later and docker; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

# plan: begin
title_ko='상점'
title_en='Shop'
plan_registry='registry.example/shop'
plan_version='1.2.3'
# a row: name, dockerfile, common
images=(
  'common' 'common/Dockerfile' 'yes'
  'web' 'web/Dockerfile' 'no'
  'worker' 'worker/Dockerfile' 'no'
)
# a row: name, argument_ko, argument_en, help_ko, help_en
options=(
  'root' '폴더' 'DIR' '소스 루트이자 빌드 컨텍스트. 기본값은 이 스크립트 폴더의 상위 폴더' 'Source root and build context. Default is the parent of this script'\''s folder'
  'lang' 'ko|en' 'ko|en' '메시지 언어. 생략하면 로캘에 따름' 'Language of the messages. Default follows the locale'
  'help' '' '' '이 도움말' 'This text'
)
# a row: key, ko, en
messages=(
  'help_usage' '사용법: %s [옵션]' 'Usage: %s [options]'
  'help_options' '옵션 (--옵션=값 형식도 가능):' 'Options (--option=value works too):'
  'see_help' '옵션 목록은 --help로 볼 수 있습니다.' '--help lists the options.'
  'option_needs_value' '오류: %s 옵션에 값이 필요합니다.' 'Error: option %s needs a value.'
  'option_takes_no_value' '오류: %s 옵션은 값을 받지 않습니다.' 'Error: option %s takes no value.'
  'option_unknown' '오류: 알 수 없는 옵션 %s' 'Error: unknown option %s'
  'argument_unknown' '오류: 알 수 없는 인수 %s' 'Error: unknown argument %s'
  'language_wrong' '오류: --lang %s: ko 또는 en이어야 합니다.' 'Error: --lang %s: it must be ko or en.'
  'interrupted' '중단되었습니다.' 'Interrupted.'
  'help_summary' '%s의 컨테이너 이미지를 만듭니다.' 'Builds the container images of %s.'
  'help_variables' '환경 변수:
  REGISTRY  이미지 이름 앞의 레지스트리, 끝의 /는 있어도 없어도 됨. 빈 값이면 없음. 기본값 '\''%s'\''
  VERSION   이미지 태그. 기본값 '\''%s'\''' 'Environment variables:
  REGISTRY  Registry before the images'\'' names, with or without a / at its end; empty for none. Default '\''%s'\''
  VERSION   Tag of the images. Default '\''%s'\'''
  'help_exit_codes' '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 130 중단' 'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted'
  'started' '=== %s 이미지 빌드 시작 ===' '=== Images of %s: start ==='
  'finished' '=== %s 이미지 빌드 완료 ===' '=== Images of %s: done ==='
  'names_differ' '주의: 이 이미지는 %s 이름으로 만들어지지만, 매니페스트가 쓰는 이름은 %s입니다.' 'Note: the images are built as %s, and the manifests name %s.'
  'root_missing' '오류: 소스 루트 %s 폴더가 없습니다.' 'Error: the source root %s is no folder.'
  'dockerfile_missing' '오류: Dockerfile이 없습니다: %s' 'Error: there is no Dockerfile %s'
  'root_hint' '소스 루트는 %s입니다. 다른 곳이면 --root 폴더로 지정하세요.' 'The source root is %s. Give another one with --root DIR.'
  'docker_missing' '오류: docker를 찾을 수 없습니다.' 'Error: docker is not found.'
  'building' '[%s/%s] %s 빌드' '[%s/%s] Building %s'
  'build_failed' '오류: %s 빌드에 실패했습니다.' 'Error: building %s failed.'
)
# plan: end

exit_failed=1
exit_usage=2
exit_interrupted=130

# --- Messages ---------------------------------------------------------------------------------------------------------

language=ko

# text KEY [ARGUMENT...]: a text of the catalog in the chosen language.
text() {
  local key=$1 column=1 row
  shift
  [[ ${language} == ko ]] || column=2
  for ((row = 0; row < ${#messages[@]}; row += 3)); do
    if [[ ${messages[row]} == "${key}" ]]; then
      # shellcheck disable=SC2059 # the texts of the catalog are formats
      printf -- "${messages[row + column]}" "$@"
      return
    fi
  done
  printf '%s' "${key}"
}

say() {
  printf '%s\n' "$(text "$@")"
}

complain() {
  say "$@" >&2
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
    esac
    previous=${argument}
  done
}

# --- Options ----------------------------------------------------------------------------------------------------------

root=''
registry=''
version=''

# Prints the options that the catalog has for this script.
list_options() {
  local row argument
  say help_options
  for ((row = 0; row < ${#options[@]}; row += 5)); do
    argument=$(in_language "${options[row + 1]}" "${options[row + 2]}")
    printf '  --%s%s\n      %s\n' "${options[row]}" "${argument:+ ${argument}}" \
      "$(in_language "${options[row + 3]}" "${options[row + 4]}")"
  done
}

help() {
  say help_usage "${BASH_SOURCE[0]##*/}"
  say help_summary "$(in_language "${title_ko}" "${title_en}")"
  printf '\n'
  list_options
  printf '\n'
  say help_variables "${plan_registry}" "${plan_version}"
  printf '\n'
  say help_exit_codes
}

parse_options() {
  local option value
  while (($# > 0)); do
    option=${1%%=*}
    value=''
    case ${option} in
    --root | --lang)
      if [[ $1 == *=* ]]; then
        value=${1#*=}
      elif (($# > 1)); then
        value=$2
        shift
      fi
      [[ -n ${value} ]] || usage_error option_needs_value "${option}"
      ;;
    *)
      [[ $1 != --*=* ]] || usage_error option_takes_no_value "${option}"
      ;;
    esac
    case ${option} in
    --root) root=${value} ;;
    --lang) [[ ${value} == ko || ${value} == en ]] || usage_error language_wrong "${value}" ;;
    --help)
      help
      exit 0
      ;;
    --*) usage_error option_unknown "$1" ;;
    *) usage_error argument_unknown "$1" ;;
    esac
    shift
  done
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

choose_root() {
  [[ -n ${root} ]] || root=$(dirname "${folder}")
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
  say started "$(in_language "${title_ko}" "${title_en}")"
  choose_names
  build_images
  say finished "$(in_language "${title_ko}" "${title_en}")"
}

main "$@"
