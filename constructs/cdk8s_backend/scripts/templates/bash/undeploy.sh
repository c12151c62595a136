#!/bin/bash
# Removes what deploy.sh deployed. Needs bash 3.2 or later and kubectl 1.27 or later; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

# plan: begin
title_ko='상점'
title_en='Shop'
namespace='shop'
environment='production'
# a row: name, title_ko, title_en, option
phases=(
  'namespace' '네임스페이스' 'Namespace' ''
  'configuration' '설정' 'Configuration' ''
  'infrastructure' '인프라' 'Infrastructure' ''
  'initialization' '초기화' 'Initialization' ''
  'services' '서비스' 'Services' ''
  'ingress' '인그레스' 'Ingress' 'with-ingress'
)
# a row: phase, resource, name, workload, custom
objects=(
  'configuration' 'ConfigMap.v1.' 'web-config' 'no' 'no'
  'infrastructure' 'StatefulSet.v1.apps' 'store' 'yes' 'no'
  'infrastructure' 'Service.v1.' 'store' 'no' 'no'
  'initialization' 'Job.v1.batch' 'prepare' 'yes' 'no'
  'services' 'Deployment.v1.apps' 'web' 'yes' 'no'
  'ingress' 'Ingress.v1.networking.k8s.io' 'shop' 'no' 'no'
)
# a row: name
claims=(
  'data-store-0'
)
# a row: name
secrets=(
  'store-secret'
  'web-secret'
)
# a row: name, argument_ko, argument_en, help_ko, help_en
options=(
  'delete-data' '' '' 'PersistentVolumeClaim(모든 데이터)과 Secret도 삭제' 'Also delete the PersistentVolumeClaims (all data) and the Secrets'
  'delete-namespace' '' '' '네임스페이스와 그 안의 모든 것을 삭제 (--delete-data도 필요)' 'Also delete the namespace with all that is in it (needs --delete-data too)'
  'context' '이름' 'NAME' 'kubeconfig의 컨텍스트. 생략하면 현재 컨텍스트' 'Context of the kubeconfig. Default is the current one'
  'timeout' '초' 'SECONDS' '전체 실행의 제한 시간. 기본값 600' 'Time limit of the whole run. Default 600'
  'yes' '' '' '묻지 않고 진행. 터미널이 없으면 --context 또는 --yes가, --delete-* 옵션에는 --yes가 필요' 'Do not ask. Without a terminal, --context or --yes is needed, and --yes with a --delete-* option'
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
  'help_exit_codes' '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 70 시간 초과, 130 중단' 'Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted'
  'timeout_wrong' '오류: --timeout %s: 1 이상의 정수(초)여야 합니다.' 'Error: --timeout %s: it must be a whole number of seconds from 1.'
  'kubectl_missing' '오류: kubectl을 찾을 수 없습니다. kubectl %s 이상을 설치하세요.' 'Error: kubectl is not found. Install kubectl %s or later.'
  'kubectl_unknown' '오류: kubectl의 버전(%s)을 알 수 없습니다. %s 이상이 필요합니다.' 'Error: kubectl'\''s version (%s) is not known. %s or later is needed.'
  'kubectl_old' '오류: kubectl %s은(는) 너무 오래되었습니다. %s 이상이 필요합니다.' 'Error: kubectl %s is too old. %s or later is needed.'
  'context_none' '오류: kubeconfig에 현재 컨텍스트가 없습니다. --context 이름으로 지정하세요.' 'Error: the kubeconfig has no current context. Give one with --context NAME.'
  'context_absent' '오류: kubeconfig에 컨텍스트 %s이(가) 없습니다. 있는 것: %s' 'Error: the kubeconfig has no context %s. It has: %s'
  'context_or_yes' '오류: 터미널이 아닌 곳에서는 --context 이름 또는 --yes가 필요합니다.' 'Error: without a terminal, --context NAME or --yes is needed.'
  'cancelled' '취소되었습니다. 변경된 것은 없습니다.' 'Cancelled. Nothing was changed.'
  'api_away' '오류: 컨텍스트 %s의 API 서버가 응답하지 않습니다: %s' 'Error: the API server of context %s does not answer: %s'
  'target' '컨텍스트 %s, 네임스페이스 %s, 환경 %s' 'Context %s, namespace %s, environment %s'
  'timed_out' '오류: 제한 시간 %s초를 넘었습니다.' 'Error: the time limit of %s s is over.'
  'read_failed' '오류: 클러스터에서 %s을(를) 읽지 못했습니다.' 'Error: reading %s from the cluster failed.'
  'delete_failed' '오류: %s 삭제에 실패했습니다.' 'Error: deleting %s failed.'
  'help_summary' '%s을(를) 네임스페이스 %s에서 제거합니다 (환경 %s). 데이터, Secret, 네임스페이스는 요청할 때만 삭제합니다.' 'Removes %s from the namespace %s (environment %s). Data, Secrets and namespace stay unless asked for.'
  'started' '=== %s 제거 시작 ===' '=== Removal of %s: start ==='
  'finished' '=== %s 제거 완료 ===' '=== Removal of %s: done ==='
  'confirm' '컨텍스트 %s의 네임스페이스 %s에서 제거할까요? [y/N] ' 'Remove from context %s, namespace %s? [y/N] '
  'namespace_needs_data' '오류: --delete-namespace는 데이터도 삭제하므로 --delete-data와 함께 지정해야 합니다.' 'Error: --delete-namespace deletes the data too, so it needs --delete-data with it.'
  'delete_needs_yes' '오류: 터미널이 아닌 곳에서 데이터나 네임스페이스를 삭제하려면 --yes가 필요합니다.' 'Error: without a terminal, deleting data or the namespace needs --yes.'
  'confirm_delete_data' '컨텍스트 %s의 네임스페이스 %s에서 모든 데이터(PersistentVolumeClaim)와 Secret이 영구히 삭제됩니다.' 'In context %s, namespace %s, all data (PersistentVolumeClaims) and Secrets will be deleted for ever.'
  'confirm_delete_namespace' '네임스페이스 %s과(와) 그 안의 모든 것도 삭제됩니다.' 'The namespace %s will be deleted too, with all that is in it.'
  'confirm_type_name' '계속하려면 네임스페이스 이름(%s)을 입력하세요: ' 'To go on, type the name of the namespace (%s): '
  'name_wrong' '오류: 입력한 이름이 네임스페이스 이름과 다릅니다. 삭제된 것은 없습니다.' 'Error: that is not the name of the namespace. Nothing was deleted.'
  'phase_started' '[%s/%s] 제거: %s' '[%s/%s] removing: %s'
  'delete_data' '데이터(PersistentVolumeClaim)와 Secret 삭제' 'Deleting the data (PersistentVolumeClaims) and the Secrets'
  'delete_namespace' '네임스페이스 %s 삭제' 'Deleting the namespace %s'
  'kept' '남아 있음: %s' 'Kept: %s'
)
# plan: end

oldest_kubectl=27

exit_failed=1
exit_usage=2
exit_timed_out=70
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

context=''
timeout=600
assume_yes=no
delete_data=no
delete_namespace=no

help() {
  say help_usage "${BASH_SOURCE[0]##*/}"
  say help_summary "$(in_language "${title_ko}" "${title_en}")" "${namespace}" "${environment}"
  printf '\n'
  list_options
  printf '\n'
  say help_exit_codes
}

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

parse_options() {
  local option value
  while (($# > 0)); do
    option=${1%%=*}
    value=''
    case ${option} in
    --context | --timeout | --lang)
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
    --context) context=${value} ;;
    --timeout) timeout=$(seconds_of "${value}") || usage_error timeout_wrong "${value}" ;;
    --lang) [[ ${value} == ko || ${value} == en ]] || usage_error language_wrong "${value}" ;;
    --yes) assume_yes=yes ;;
    --delete-data) delete_data=yes ;;
    --delete-namespace) delete_namespace=yes ;;
    --help)
      help
      exit 0
      ;;
    --*) usage_error option_unknown "$1" ;;
    *) usage_error argument_unknown "$1" ;;
    esac
    shift
  done
  [[ ${delete_namespace} == no || ${delete_data} == yes ]] || usage_error namespace_needs_data
}

# seconds_of TEXT: the whole number without leading zeros; fails when it is none or zero.
seconds_of() {
  local digits='^0*[1-9][0-9]{0,8}$'
  [[ $1 =~ ${digits} ]] && printf '%d' "$((10#$1))"
}

# --- kubectl, context -------------------------------------------------------------------------------------------------

check_kubectl() {
  local version minor
  command -v kubectl >/dev/null || fail kubectl_missing "1.${oldest_kubectl}"
  version=$(kubectl version --client --output yaml 2>/dev/null | sed -n 's/^ *gitVersion: *v//p' | head -n 1)
  minor=${version#*.}
  minor=${minor%%.*}
  [[ ${version} == 1.* && ${minor} =~ ^[0-9]+$ ]] || fail kubectl_unknown "${version:-?}" "1.${oldest_kubectl}"
  ((minor >= oldest_kubectl)) || fail kubectl_old "${version}" "1.${oldest_kubectl}"
}

context_given=yes

# Decides the context once, so that a change of the current context during the run changes nothing.
choose_context() {
  if [[ -z ${context} ]]; then
    context_given=no
    context=$(kubectl config current-context 2>/dev/null) || fail context_none
  fi
  kubectl config get-contexts "${context}" --output name >/dev/null 2>&1 ||
    fail context_absent "${context}" "$(kubectl config get-contexts --output name 2>/dev/null | tr '\n' ' ')"
}

# Someone must have said where and what: by options, or now on the terminal. Data goes only with --yes or a typed name.
confirm() {
  if [[ ${delete_data} == yes ]]; then
    [[ ${assume_yes} == yes ]] || confirm_deletion
  elif [[ ${context_given} == no && ${assume_yes} == no ]]; then
    confirm_removal
  fi
}

confirm_removal() {
  local answer=''
  [[ -t 0 ]] || usage_error context_or_yes
  text confirm "${context}" "${namespace}"
  read -r answer || true
  case ${answer} in
  y | Y | yes | Yes | YES | 예 | 네) ;;
  *) fail cancelled ;;
  esac
}

confirm_deletion() {
  local answer=''
  [[ -t 0 ]] || usage_error delete_needs_yes
  say confirm_delete_data "${context}" "${namespace}"
  [[ ${delete_namespace} == no ]] || say confirm_delete_namespace "${namespace}"
  text confirm_type_name "${namespace}"
  read -r answer || true
  [[ ${answer} == "${namespace}" ]] || usage_error name_wrong
}

deadline=0
call='' # process of the running kubectl

# kube ARGUMENT...: kubectl in the chosen context. It ends with the time of the run, which --request-timeout alone does not
# bring about because one call may make many requests; and it ends when this script is gone.
kube() {
  local left=$((deadline - SECONDS)) status=0
  ((left > 0)) || return "${exit_timed_out}"
  kubectl --context "${context}" --namespace "${namespace}" --request-timeout "${left}s" "$@" <&0 &
  call=$!
  end_in_time "${call}" >/dev/null 2>&1 &
  wait "${call}" 2>/dev/null || status=$?
  call=''
  return "${status}"
}

# end_in_time PROCESS: waits until it has ended, and ends it at the deadline or after this script.
end_in_time() {
  while kill -0 "$1" && kill -0 "$$" && ((SECONDS < deadline)); do sleep 1; done
  kill "$1"
}

check_api() {
  local answer
  answer=$(kube get --raw /version --request-timeout 10s 2>&1) ||
    stop_or_fail api_away "${context}" "$(printf '%s\n' "${answer}" | tail -n 1)"
}

# stop_or_fail KEY [ARGUMENT...]: ends the run after a failed call: with its time when that is over, else as failed.
stop_or_fail() {
  ((SECONDS < deadline)) || time_out
  fail "$@"
}

time_out() {
  complain timed_out "${timeout}"
  exit "${exit_timed_out}"
}

interrupted() {
  trap - INT
  [[ -z ${call} ]] || kill "${call}" 2>/dev/null || true
  complain interrupted
  exit "${exit_interrupted}"
}

# --- Removal ----------------------------------------------------------------------------------------------------------

# remove CASCADE RESOURCE/NAME...: deletes what is there of them, and waits until it is gone.
remove() {
  local cascade=$1
  shift
  kube delete "$@" --ignore-not-found "--cascade=${cascade}" --timeout "$((deadline - SECONDS))s" ||
    stop_or_fail delete_failed "$*"
}

remove_phases() {
  local row number=0 total=0
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    ! has_objects "${phases[row]}" || total=$((total + 1))
  done
  for ((row = ${#phases[@]} - 4; row >= 0; row -= 4)); do
    has_objects "${phases[row]}" || continue
    number=$((number + 1))
    say phase_started "${number}" "${total}" "$(in_language "${phases[row + 1]}" "${phases[row + 2]}")"
    remove_objects "${phases[row]}"
  done
}

# has_objects PHASE: whether anything of it is deleted without an option of its own.
has_objects() {
  local row
  for ((row = 0; row < ${#objects[@]}; row += 5)); do
    [[ ${objects[row]} != "$1" ]] || return 0
  done
  return 1
}

# The workloads of a phase go first, in the foreground: they are gone when their pods are.
remove_objects() {
  local phase=$1 row workloads others
  workloads=() others=()
  for ((row = 0; row < ${#objects[@]}; row += 5)); do
    [[ ${objects[row]} == "${phase}" ]] || continue
    is_known "${row}" || continue
    if [[ ${objects[row + 3]} == yes ]]; then
      workloads+=("${objects[row + 1]}/${objects[row + 2]}")
    else
      others+=("${objects[row + 1]}/${objects[row + 2]}")
    fi
  done
  ((${#workloads[@]} == 0)) || remove foreground "${workloads[@]}"
  ((${#others[@]} == 0)) || remove background "${others[@]}"
}

# is_known ROW: whether the cluster has the kind of the object. One unknown kind would fail the deletion of all the others.
is_known() {
  local object=${objects[$1 + 1]}/${objects[$1 + 2]} answer
  [[ ${objects[$1 + 4]} == yes ]] || return 0
  answer=$(kube get "${object}" --ignore-not-found --output name 2>&1 >/dev/null) && return 0
  [[ ${answer} == *"server doesn't have a resource type"* ]] && return 1
  printf '%s\n' "${answer}" >&2
  stop_or_fail read_failed "${object}"
}

# A Secret whose value lives in the data goes after the data.
remove_data() {
  say delete_data
  ((${#claims[@]} == 0)) || remove background "${claims[@]/#/persistentvolumeclaim/}"
  ((${#secrets[@]} == 0)) || remove background "${secrets[@]/#/secret/}"
}

remove_namespace() {
  say delete_namespace "${namespace}"
  remove background "namespace/${namespace}"
}

# Prints what this run left in the cluster.
list_kept() {
  local kept=''
  kept+=$(existing "namespace/${namespace}")
  ((${#claims[@]} == 0)) || kept+=$(existing "${claims[@]/#/persistentvolumeclaim/}")
  ((${#secrets[@]} == 0)) || kept+=$(existing "${secrets[@]/#/secret/}")
  [[ -z ${kept} ]] || say kept "${kept# }"
}

# existing RESOURCE/NAME...: prints those that are there, a space before each.
existing() {
  local names
  names=$(kube get "$@" --ignore-not-found --output name) || stop_or_fail read_failed "$*"
  [[ -z ${names} ]] || printf ' %s' "${names//$'\n'/ }"
}

# --- Run ------------------------------------------------------------------------------------------------------------

main() {
  trap interrupted INT
  choose_language "$@"
  parse_options "$@"
  check_kubectl
  choose_context
  confirm
  deadline=$((SECONDS + timeout))
  say started "$(in_language "${title_ko}" "${title_en}")"
  say target "${context}" "${namespace}" "${environment}"
  check_api
  remove_phases
  [[ ${delete_data} == no ]] || remove_data
  [[ ${delete_namespace} == no ]] || remove_namespace
  list_kept
  say finished "$(in_language "${title_ko}" "${title_en}")"
}

main "$@"
