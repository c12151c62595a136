#!/bin/bash
# Deploys this folder to a Kubernetes cluster. Needs bash 3.2 or later and kubectl 1.27 or later; `--help` says the rest.
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
# a row: phase, file
files=(
  'namespace' 'namespace.yaml'
  'configuration' 'configmap/web-config.yaml'
  'infrastructure' 'statefulsets/store.yaml'
  'infrastructure' 'services/store.yaml'
  'initialization' 'jobs/prepare.yaml'
  'services' 'deployments/web.yaml'
  'ingress' 'ingress/ingress.yaml'
)
# a row: phase, kind, name, file
workloads=(
  'infrastructure' 'StatefulSet' 'store' 'statefulsets/store.yaml'
  'initialization' 'Job' 'prepare' 'jobs/prepare.yaml'
  'services' 'Deployment' 'web' 'deployments/web.yaml'
)
# a row: phase, name, object
secrets=(
  'configuration' 'store-secret' '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"store-secret","namespace":"shop","labels":{"app.kubernetes.io/part-of":"shop"}},"type":"Opaque"}'
  'configuration' 'web-secret' '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"web-secret","namespace":"shop","labels":{"app.kubernetes.io/part-of":"shop"}},"type":"Opaque"}'
)
# a row: secret, key, variable, default
secret_keys=(
  'store-secret' 'username' 'STORE_USERNAME' 'shop'
  'store-secret' 'password' 'STORE_PASSWORD' ''
  'web-secret' 'token' 'WEB_TOKEN' ''
)
# a row: secret, kind, name
secret_readers=(
  'store-secret' 'StatefulSet' 'store'
  'web-secret' 'Job' 'prepare'
  'web-secret' 'Deployment' 'web'
)
# a row: secret, claim
secret_claims=(
  'store-secret' 'data-store-0'
)
status_template='{{- range .items -}}
{{- $name := .metadata.name -}}
{{- if eq .kind `Deployment` -}}
Deployment|{{$name}}|{{.metadata.generation}}|{{or .status.observedGeneration 0}}|{{.spec.replicas}}|{{or .status.updatedReplicas 0}}|{{or .status.availableReplicas 0}}|{{or .status.replicas 0}}
{{else if eq .kind `StatefulSet` -}}
StatefulSet|{{$name}}|{{.metadata.generation}}|{{or .status.observedGeneration 0}}|{{.spec.replicas}}|{{or .status.updatedReplicas 0}}|{{or .status.readyReplicas 0}}|{{or .status.currentRevision `none`}}|{{or .status.updateRevision `none`}}
{{else if eq .kind `Job` -}}
Job|{{$name}}|{{range .status.conditions}}{{if eq .status `True`}}{{.type}},{{end}}{{end}}
{{else if eq .kind `Pod` -}}
Pod|{{$name}}|{{range .metadata.ownerReferences}}{{.kind}}|{{.name}}|{{else}}none|none|{{end}}{{with .metadata.labels}}{{or (index . `pod-template-hash`) `none`}}{{else}}none{{end}}|{{range .status.conditions}}{{if eq .type `Ready`}}{{.status}}{{end}}{{end}}
{{range .status.conditions}}{{if and (eq .type `PodScheduled`) (eq .status `False`) -}}
Reason|{{$name}}|{{.reason}}|{{printf `%q` (or .message ``)}}
{{end}}{{end -}}
{{range .status.initContainerStatuses}}{{with .state.waiting -}}
Reason|{{$name}}|{{.reason}}|{{printf `%q` (or .message ``)}}
{{end}}{{end -}}
{{range .status.containerStatuses}}{{with .state.waiting -}}
Reason|{{$name}}|{{.reason}}|{{printf `%q` (or .message ``)}}
{{end}}{{end -}}
{{end -}}
{{- end -}}
'
external_secrets_template='{{- range .items}}{{if eq .kind `ExternalSecret` -}}
{{- $template := .spec.target.template -}}
{{- $secret := or .spec.target.name .metadata.name -}}
{{- $data := `` -}}
{{- range $.items}}{{if and (eq .kind `Secret`) (eq .metadata.name $secret)}}{{$data = .data}}{{end}}{{end -}}
{{- $copies := or (eq (or $template.mergePolicy ``) `Merge`) (not (or $template.data $template.templateFrom)) -}}
ExternalSecret|{{.metadata.name}}|
{{- if $copies}}{{range .spec.data}}{{if not (and $data (index $data .secretKey))}}{{.secretKey}} {{end}}{{end}}{{end -}}
{{- range $key, $text := $template.data}}{{if not (and $data (index $data $key))}}{{$key}} {{end}}{{end -}}
{{- if not (or (and $copies .spec.data) $template.data) -}}
{{- $none := `* `}}{{if $data}}{{range $data}}{{if .}}{{$none = ``}}{{end}}{{end}}{{end}}{{$none -}}
{{- end -}}
|{{$secret}}|{{range .status.conditions}}{{if eq .type `Ready`}}{{.status}}|{{.reason}}|{{printf `%q` (or .message ``)}}{{end}}{{end}}
{{end}}{{end -}}
'
secret_template='exists
{{range $key, $value := .data}}{{$key}} {{$value}}
{{end -}}
'
job_template='exists{{range .status.conditions}}{{if eq .status `True`}} {{.type}}{{end}}{{end}}
'
names_template='{{range .items}}{{.kind}}/{{.metadata.name}}
{{end -}}
'
events_template='{{range .items}}{{.involvedObject.name}}|{{.reason}}|{{printf `%q` .message}}
{{end -}}
'
# a row: name, argument_ko, argument_en, help_ko, help_en
options=(
  'context' '이름' 'NAME' 'kubeconfig의 컨텍스트. 생략하면 현재 컨텍스트' 'Context of the kubeconfig. Default is the current one'
  'timeout' '초' 'SECONDS' '전체 실행의 제한 시간. 기본값 600' 'Time limit of the whole run. Default 600'
  'yes' '' '' '묻지 않고 진행. 터미널이 없으면 --context 또는 --yes가 필요' 'Do not ask. Without a terminal, --context or --yes is needed'
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
  'help_summary' '%s을(를) 네임스페이스 %s에 배포합니다 (환경 %s).' 'Deploys %s to the namespace %s (environment %s).'
  'help_phase_option' ''\''%s'\'' 단계도 배포' 'Also deploy the step '\''%s'\'''
  'help_variables' '환경 변수 (Secret의 값. 없으면 클러스터의 값을 유지하고, 거기에도 없으면 새로 만듭니다):' 'Environment variables (values of Secrets; without one the cluster'\''s value stays, or a new one is made):'
  'started' '=== %s 배포 시작 ===' '=== Deployment of %s: start ==='
  'finished' '=== %s 배포 완료 ===' '=== Deployment of %s: done ==='
  'files_missing' '오류: %s 폴더에 파일이 없거나 읽을 수 없습니다: %s' 'Error: %s lacks these files, or they cannot be read: %s'
  'confirm' '컨텍스트 %s의 네임스페이스 %s에 배포할까요? [y/N] ' 'Deploy to context %s, namespace %s? [y/N] '
  'phase_started' '[%s/%s] %s' '[%s/%s] %s'
  'apply_failed' '오류: 적용에 실패했습니다. 위의 kubectl 메시지를 확인하세요.' 'Error: apply failed. kubectl'\''s message above says why.'
  'secret_create' 'Secret %s 생성 (키: %s)' 'Secret %s: creating it (keys: %s)'
  'secret_add' 'Secret %s에 없는 키 추가: %s' 'Secret %s: adding the missing keys %s'
  'secret_write_failed' '오류: Secret %s을(를) 쓰지 못했습니다.' 'Error: writing Secret %s failed.'
  'secret_differs' '오류: Secret %s의 키 %s: 환경 변수 %s의 값이 클러스터의 값과 다릅니다. 기존 값은 자동으로 바뀌지 않습니다.
  기존 값을 유지하려면 이 변수 없이 다시 실행하세요. 값을 교체하려면: (1) 그 값을 쓰는 시스템(예: 데이터베이스)에서 먼저 변경하고,
  (2) kubectl -n %s edit secret으로 Secret을 같은 값으로 수정한 뒤, (3) 그 Secret을 읽는 워크로드를 다시 시작하세요.' 'Error: Secret %s, key %s: the value of the variable %s differs from the cluster'\''s, which is not replaced.
  To keep the cluster'\''s value, run again without the variable. To rotate it: (1) change it first in the system that uses it (the
  database, say), (2) edit the Secret to the same value (kubectl -n %s edit secret), (3) restart the workloads that read it.'
  'secret_placeholder' '오류: Secret %s의 키 %s: 값이 템플릿의 자리표시자 %s 그대로인데, 데이터가 들어 있을 수 있는 PersistentVolumeClaim이 이미 있습니다.
  그 데이터를 만들 때 쓴 값을 환경 변수로 지정하고, Secret을 삭제한 뒤 다시 실행하세요. 데이터가 필요 없으면 PersistentVolumeClaim을 삭제하세요.' 'Error: Secret %s, key %s: the value still is the template'\''s placeholder %s, and a claim that may hold data exists.
  Set the variables to the values that the data was made with, delete the Secret, and run again. If the data is not needed, delete the claim.'
  'secret_lost' '오류: Secret %s의 키 %s이(가) 클러스터에 없는데, 그 값으로 만든 데이터가 %s에 남아 있습니다.
  새 값을 만들면 데이터에 접근할 수 없으므로 중단합니다. 환경 변수 %s에 이전 값을 지정하고 다시 실행하세요.' 'Error: Secret %s, key %s: it is gone, and the data that was made with its value is still in %s.
  A new value could not open that data. Set the variable %s to the old value and run again.'
  'secrets_stop' 'Secret 문제로 중단합니다. 아무것도 적용하지 않았습니다.' 'Stopped because of the Secrets. Nothing was applied.'
  'job_failed_before' 'Job/%s: 이전 실행이 실패했으므로 삭제하고 다시 실행합니다.' 'Job/%s: it failed before; deleting it and running it again.'
  'job_secret_changed' 'Job/%s: 읽는 Secret이 바뀌었으므로 삭제하고 다시 실행합니다.' 'Job/%s: a Secret that it reads changed; deleting it and running it again.'
  'job_changed' 'Job/%s: 내용이 바뀌었으므로 삭제하고 다시 실행합니다.' 'Job/%s: it changed; deleting it and running it again.'
  'restart' '%s: 읽는 Secret이 바뀌었으므로 다시 시작합니다.' '%s: restarting it because a Secret that it reads changed.'
  'restart_failed' '오류: %s 다시 시작에 실패했습니다.' 'Error: restarting %s failed.'
  'waiting' '대기 중 (준비 %s/%s): %s' 'waiting (%s of %s ready): %s'
  'poll_failed' '상태를 읽지 못해 다시 시도합니다: %s' 'reading the state failed, trying again: %s'
  'progress' '  %s [%s초]' '  %s [%s s]'
  'phase_ready' '  준비됨: %s개 [%s초]' '  ready: %s [%s s]'
  'job_failed' '오류: Job/%s이(가) 실패했습니다.' 'Error: Job/%s failed.'
  'unready' '준비되지 않음: %s' 'Not ready: %s'
  'pod_reason' '    Pod/%s: %s %s' '    Pod/%s: %s %s'
  'secret_empty' '    Secret/%s: 값이 있는 키가 없음' '    Secret/%s: no key has a value'
  'secret_lacks' '    Secret/%s: 없거나 비어 있는 키 %s' '    Secret/%s: missing or empty keys %s'
  'condition' '    컨디션 Ready=%s: %s %s' '    condition Ready=%s: %s %s'
  'condition_none' '    컨디션 Ready가 아직 없음: 이 ExternalSecret을 처리한 컨트롤러가 없습니다.' '    no condition Ready yet: no controller has seen this ExternalSecret.'
  'event' '    이벤트 %s: %s %s' '    event %s: %s %s'
  'logs' '    마지막 로그 (%s):' '    last log lines (%s):'
  'logs_none' '(없음)' '(none)'
)
# plan: end

field_manager=cdk8s-backend
oldest_kubectl=27
log_lines=20

exit_failed=1
exit_usage=2
exit_timed_out=70
exit_interrupted=130

# --- Messages -------------------------------------------------------------------------------------------------------

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

# --- Options --------------------------------------------------------------------------------------------------------

context=''
timeout=600
assume_yes=no
chosen_options=' '

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
  local row
  say help_usage "${BASH_SOURCE[0]##*/}"
  say help_summary "$(in_language "${title_ko}" "${title_en}")" "${namespace}" "${environment}"
  printf '\n'
  list_options
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    [[ -z ${phases[row + 3]} ]] ||
      printf '  --%s\n      %s\n' "${phases[row + 3]}" \
        "$(text help_phase_option "$(in_language "${phases[row + 1]}" "${phases[row + 2]}")")"
  done
  printf '\n'
  say help_variables
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    printf '  %s  (Secret %s, %s)\n' "${secret_keys[row + 2]}" "${secret_keys[row]}" "${secret_keys[row + 1]}"
  done
  printf '\n'
  say help_exit_codes
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
    --help)
      help
      exit 0
      ;;
    --*)
      is_phase_option "${option#--}" || usage_error option_unknown "$1"
      chosen_options+="${option#--} "
      ;;
    *) usage_error argument_unknown "$1" ;;
    esac
    shift
  done
}

# seconds_of TEXT: the whole number without leading zeros; fails when it is none or zero.
seconds_of() {
  local digits='^0*[1-9][0-9]{0,8}$'
  [[ $1 =~ ${digits} ]] && printf '%d' "$((10#$1))"
}

is_phase_option() {
  local row
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    [[ ${phases[row + 3]} != "$1" || -z $1 ]] || return 0
  done
  return 1
}

# --- Folder, kubectl, context ---------------------------------------------------------------------------------------

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

check_files() {
  local row missing=''
  for ((row = 0; row < ${#files[@]}; row += 2)); do
    [[ -r ${folder}/${files[row + 1]} ]] || missing+=" ${files[row + 1]}"
  done
  [[ -z ${missing} ]] || fail files_missing "${folder}" "${missing# }"
}

# file_argument PATH: the path as kubectl's --filename takes it, which reads a list of comma-separated values.
file_argument() {
  printf '"%s"' "$(printf '%s' "${folder}/$1" | sed 's/"/""/g')"
}

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

# Someone must have said where to: by --context, by --yes, or now on the terminal.
confirm() {
  local answer=''
  [[ ${context_given} == no && ${assume_yes} == no ]] || return 0
  [[ -t 0 ]] || usage_error context_or_yes
  text confirm "${context}" "${namespace}"
  read -r answer || true
  case ${answer} in
  y | Y | yes | Yes | YES | 예 | 네) ;;
  *) fail cancelled ;;
  esac
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
  report_unready
  exit "${exit_timed_out}"
}

interrupted() {
  trap - INT
  [[ -z ${call} ]] || kill "${call}" 2>/dev/null || true
  complain interrupted
  exit "${exit_interrupted}"
}

# --- Secrets --------------------------------------------------------------------------------------------------------
# Values stay in shell variables that are not exported, in base64, and leave the script through pipes only: never in an
# argument of a program, a file, a here-document (bash keeps it in a file), or the trace of `bash -x`.
# The three lists run in parallel to secret_keys, one item a row.

given=()     # what the environment gives
found=()     # what the cluster has
to_write=()  # what is to be added to the cluster
existing=' ' # names of the Secrets that the cluster has
bound=' '    # names of the Secrets whose values live in a claim that exists
restarts=' ' # workloads (KIND/NAME) that run with a value that is about to change

# untraced COMMAND [ARGUMENT...]: runs it without the trace of `bash -x`.
untraced() {
  case $- in
  *x*)
    { set +x; } 2>/dev/null
    "$@"
    set -x
    ;;
  *) "$@" ;;
  esac
}

encoded() {
  printf '%s' "$1" | base64 | tr -d '\n'
}

random_value() {
  local letters
  letters=$(head -c 1024 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9')
  printf '%s' "${letters:0:40}"
}

# Takes the values out of the environment, so that no program that this script starts inherits them.
take_given_values() {
  local row variable
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    variable=${secret_keys[row + 2]}
    given[row / 4]=${!variable:-}
    export -n "${variable?}"
  done
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    unset "${secret_keys[row + 2]}"
    given[row / 4]=$(encoded "${given[row / 4]}")
  done
}

# Reads the live Secrets and decides, before anything is written, what each key gets.
plan_secrets() {
  local row problems=0
  find_bound_secrets
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    read_live_secret "${secrets[row + 1]}"
  done
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    check_key "${row}" || problems=$((problems + 1))
  done
  ((problems == 0)) || fail secrets_stop
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    choose_value "${row}"
  done
  find_restarts
}

find_bound_secrets() {
  local claims row
  ((${#secret_claims[@]} > 0)) || return 0
  claims=$(kube get persistentvolumeclaims --output name) || stop_or_fail read_failed persistentvolumeclaims
  for ((row = 0; row < ${#secret_claims[@]}; row += 2)); do
    if printf '%s\n' "${claims}" | grep -qxF "persistentvolumeclaim/${secret_claims[row + 1]}"; then
      bound+="${secret_claims[row]} "
    fi
  done
}

read_live_secret() {
  local secret=$1 live row
  live=$(kube get secret "${secret}" --ignore-not-found --output "go-template=${secret_template}") ||
    stop_or_fail read_failed "Secret/${secret}"
  [[ ${live} != exists* ]] || existing+="${secret} "
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    [[ ${secret_keys[row]} == "${secret}" ]] || continue
    found[row / 4]=$(printf '%s\n' "${live}" | value_of_key "${secret_keys[row + 1]}")
    to_write[row / 4]=''
  done
}

# value_of_key KEY: reads lines `KEY VALUE` and prints the value.
value_of_key() {
  local key value
  while read -r key value; do
    [[ ${key} != "$1" ]] || printf '%s' "${value}"
  done
}

# is_placeholder ROW: whether the live value is the text of the template, which someone applied as it is.
is_placeholder() {
  [[ ${found[$1 / 4]} == "$(encoded "\${${secret_keys[$1 + 2]}}")" ]]
}

# has_value ROW: whether the cluster has a real value.
has_value() {
  [[ -n ${found[$1 / 4]} ]] && ! is_placeholder "$1"
}

# check_key ROW: fails when the key can neither be kept nor given a value.
check_key() {
  local row=$1
  local secret=${secret_keys[row]} key=${secret_keys[row + 1]} variable=${secret_keys[row + 2]}
  if has_value "${row}"; then
    [[ -z ${given[row / 4]} || ${given[row / 4]} == "${found[row / 4]}" ]] && return 0
    complain secret_differs "${secret}" "${key}" "${variable}" "${namespace}"
  elif [[ ${bound} != *" ${secret} "* ]]; then
    return 0
  elif [[ -n ${found[row / 4]} ]]; then
    complain secret_placeholder "${secret}" "${key}" "\${${variable}}"
  elif [[ -z ${given[row / 4]} ]]; then
    complain secret_lost "${secret}" "${key}" "$(claims_of "${secret}")" "${variable}"
  else
    return 0
  fi
  return 1
}

claims_of() {
  local row names=''
  for ((row = 0; row < ${#secret_claims[@]}; row += 2)); do
    [[ ${secret_claims[row]} != "$1" ]] || names+=" ${secret_claims[row + 1]}"
  done
  printf '%s' "${names# }"
}

# choose_value ROW: what is to be added to the cluster for a key: the given value, that of another key with the same variable,
# the default, or a random one. Nothing for a key that has a value.
choose_value() {
  local row=$1
  local variable=${secret_keys[row + 2]} default=${secret_keys[row + 3]} value other
  ! has_value "${row}" || return 0
  value=${given[row / 4]}
  for ((other = 0; other < ${#secret_keys[@]} && ${#value} == 0; other += 4)); do
    if [[ ${other} != "${row}" && ${secret_keys[other + 2]} == "${variable}" ]]; then
      if has_value "${other}"; then value=${found[other / 4]}; else value=${to_write[other / 4]}; fi
    fi
  done
  [[ -n ${value} ]] || value=$(encoded "${default:-$(random_value)}")
  to_write[row / 4]=${value}
}

# Notes the workloads that exist already and read a Secret that this run writes.
find_restarts() {
  local live row workload
  live=$(kube get deployments,statefulsets,jobs --output "go-template=${names_template}") ||
    stop_or_fail read_failed deployments,statefulsets,jobs
  for ((row = 0; row < ${#secret_readers[@]}; row += 3)); do
    workload=${secret_readers[row + 1]}/${secret_readers[row + 2]}
    if [[ -n $(keys_to_write "${secret_readers[row]}") ]] && printf '%s\n' "${live}" | grep -qxF "${workload}"; then
      restarts+="${workload} "
    fi
  done
}

keys_to_write() {
  local row names=''
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    [[ ${secret_keys[row]} != "$1" || -z ${to_write[row / 4]} ]] || names+=" ${secret_keys[row + 1]}"
  done
  printf '%s' "${names# }"
}

# data_to_write SECRET: the keys and values to write, as a JSON object.
data_to_write() {
  local row separator=''
  printf '{'
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    [[ ${secret_keys[row]} == "$1" && -n ${to_write[row / 4]} ]] || continue
    printf '%s"%s":"%s"' "${separator}" "${secret_keys[row + 1]}" "${to_write[row / 4]}"
    separator=,
  done
  printf '}'
}

write_secrets() {
  local phase=$1 row name object keys
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    [[ ${secrets[row]} == "${phase}" ]] || continue
    name=${secrets[row + 1]} object=${secrets[row + 2]}
    keys=$(keys_to_write "${name}")
    if [[ ${existing} != *" ${name} "* ]]; then
      say secret_create "${name}" "${keys}"
      printf '%s,"data":%s}' "${object%\}}" "$(data_to_write "${name}")" |
        kube apply --server-side --field-manager "${field_manager}" --filename - >/dev/null ||
        stop_or_fail secret_write_failed "${name}"
    elif [[ -n ${keys} ]]; then
      say secret_add "${name}" "${keys}"
      printf '{"data":%s}' "$(data_to_write "${name}")" |
        kube patch secret "${name}" --field-manager "${field_manager}" --type merge --patch-file /dev/stdin >/dev/null ||
        stop_or_fail secret_write_failed "${name}"
    fi
  done
}

# --- Phases ---------------------------------------------------------------------------------------------------------

# is_included ROW: whether the phase belongs to this run.
is_included() {
  local option=${phases[$1 + 3]}
  [[ -z ${option} || ${chosen_options} == *" ${option} "* ]]
}

deploy_phases() {
  local row number=0 total=0
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    ! is_included "${row}" || total=$((total + 1))
  done
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    is_included "${row}" || continue
    number=$((number + 1))
    say phase_started "${number}" "${total}" "$(in_language "${phases[row + 1]}" "${phases[row + 2]}")"
    untraced write_secrets "${phases[row]}"
    delete_outdated_jobs "${phases[row]}"
    apply_files "${phases[row]}"
    restart_workloads "${phases[row]}"
    wait_for_workloads "${phases[row]}"
  done
}

apply_files() {
  local phase=$1 row arguments
  arguments=()
  for ((row = 0; row < ${#files[@]}; row += 2)); do
    [[ ${files[row]} != "${phase}" ]] || arguments+=(--filename "$(file_argument "${files[row + 1]}")")
  done
  ((${#arguments[@]} > 0)) || return 0
  kube apply --server-side --field-manager "${field_manager}" "${arguments[@]}" || stop_or_fail apply_failed
}

# A Job cannot be changed: it is deleted, so that apply makes it anew, when it failed, when its template changed, or when a
# Secret that it reads did.
delete_outdated_jobs() {
  local phase=$1 row name live reason
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    [[ ${workloads[row]} == "${phase}" && ${workloads[row + 1]} == Job ]] || continue
    name=${workloads[row + 2]}
    live=$(kube get job "${name}" --ignore-not-found --output "go-template=${job_template}") ||
      stop_or_fail read_failed "Job/${name}"
    [[ -n ${live} ]] || continue
    reason=''
    if [[ ${live} == *' Failed'* ]]; then
      reason=job_failed_before
    elif [[ ${restarts} == *" Job/${name} "* ]]; then
      reason=job_secret_changed
    elif has_immutable_change "${workloads[row + 3]}"; then
      reason=job_changed
    fi
    [[ -n ${reason} ]] || continue
    say "${reason}" "${name}"
    kube delete job "${name}" --ignore-not-found --cascade=foreground --timeout "$((deadline - SECONDS))s" >/dev/null ||
      stop_or_fail delete_failed "Job/${name}"
  done
}

has_immutable_change() {
  local answer
  ! answer=$(kube apply --server-side --field-manager "${field_manager}" --dry-run=server \
    --filename "$(file_argument "$1")" 2>&1) && [[ ${answer} == *'field is immutable'* ]]
}

restart_workloads() {
  local phase=$1 row workload
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    workload=${workloads[row + 1]}/${workloads[row + 2]}
    [[ ${workloads[row]} == "${phase}" && ${workload} != Job/* && ${restarts} == *" ${workload} "* ]] || continue
    say restart "${workload}"
    kube rollout restart "${workload}" >/dev/null || stop_or_fail restart_failed "${workload}"
  done
}

# --- Waiting --------------------------------------------------------------------------------------------------------

facts=''    # lines of status_template and external_secrets_template, from the last poll that succeeded
awaited=' ' # workloads (KIND/NAME) of the phase
ready=0     # how many of them are ready
pending=' ' # those that are not
progress='' # the same for people, with counts
job_logs=() # last log lines of the awaited Jobs by their rows, since a failed Job's pods are deleted

wait_for_workloads() {
  local phase=$1 started=${SECONDS} shown='' shown_at=0 total=0 row state
  local resources=deployments,statefulsets,jobs,pods template=${status_template}
  awaited=' '
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    [[ ${workloads[row]} == "${phase}" ]] || continue
    awaited+="${workloads[row + 1]}/${workloads[row + 2]} "
    total=$((total + 1))
  done
  ((total > 0)) || return 0
  if [[ ${awaited} == *' ExternalSecret/'* ]]; then
    resources+=,secrets,externalsecrets.external-secrets.io template+=${external_secrets_template}
  fi
  while true; do
    if state=$(kube get "${resources}" --request-timeout 10s --output "go-template=${template}" 2>&1); then
      facts=${state}
      judge_workloads
      ((ready < total)) || break
      keep_job_logs
      state=$(text waiting "${ready}" "${total}" "${progress}")
    else
      state=$(text poll_failed "$(printf '%s\n' "${state}" | tail -n 1)")
    fi
    ((SECONDS < deadline)) || time_out
    if [[ ${state} != "${shown}" ]] || ((SECONDS - shown_at >= 10)); then
      say progress "${state}" "$((SECONDS - started))"
      shown=${state} shown_at=${SECONDS}
    fi
    sleep 1
  done
  pending=' '
  say phase_ready "${total}" "$((SECONDS - started))"
}

# Sets ready, pending and progress from the facts; ends the run at a failed Job.
judge_workloads() {
  local kind name columns workload verdict seen=' '
  ready=0 pending=' ' progress=''
  while IFS='|' read -r kind name columns; do
    [[ ${awaited} == *" ${kind}/${name} "* ]] || continue
    seen+="${kind}/${name} "
    "judge_${kind}" "${columns}"
    case ${verdict} in
    ready) ready=$((ready + 1)) ;;
    failed) job_failed "${name}" ;;
    *) add_pending "${kind}/${name}" "${verdict}" ;;
    esac
  done < <(printf '%s\n' "${facts}")
  for workload in ${awaited}; do
    [[ ${seen} == *" ${workload} "* ]] || add_pending "${workload}" ''
  done
}

add_pending() {
  pending+="$1 "
  progress+="${progress:+, }$1$2"
}

# new_ones READY OLD: how many of the ready pods are surely of the new revision, if OLD pods are not.
new_ones() {
  printf '%d' "$(($1 > $2 ? $1 - $2 : 0))"
}

# judge_KIND COLUMNS: sets its caller's verdict: `ready`, `failed`, or how far the workload is (` 1/2`, or nothing).

judge_Deployment() {
  local generation observed wanted updated available all
  IFS='|' read -r generation observed wanted updated available all < <(printf '%s\n' "$1")
  verdict=" $(new_ones "${available}" "$((all - updated))")/${wanted}"
  if ((observed == generation && updated == wanted && available == wanted && all == wanted)); then verdict=ready; fi
}

judge_StatefulSet() {
  local generation observed wanted updated available current update
  IFS='|' read -r generation observed wanted updated available current update < <(printf '%s\n' "$1")
  verdict=" $(new_ones "${available}" "$((wanted - updated))")/${wanted}"
  if ((observed == generation && available == wanted)) && [[ ${current} == "${update}" ]]; then verdict=ready; fi
}

judge_Job() {
  case ,$1 in
  *,Complete,*) verdict=ready ;;
  *,Failed,*) verdict=failed ;;
  *) verdict='' ;;
  esac
}

judge_ExternalSecret() {
  verdict=''
  [[ $1 != '|'* ]] || verdict=ready
}

keep_job_logs() {
  local row pod lines
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    [[ ${workloads[row + 1]} == Job && ${pending} == *" Job/${workloads[row + 2]} "* ]] || continue
    for pod in $(pods_of "Job/${workloads[row + 2]}"); do
      lines=$(logs_of "${pod}")
      [[ -z ${lines} ]] || job_logs[row]=${lines}
    done
  done
}

# pods_of KIND/NAME: names of the workload's pods that are not ready; of a Job all, since they are ready while they run.
pods_of() {
  local kind pod owner_kind owner hash is_ready
  while IFS='|' read -r kind pod owner_kind owner hash is_ready; do
    [[ ${kind} == Pod ]] && [[ ${is_ready} != True || ${owner_kind} == Job ]] || continue
    if [[ ${owner_kind} == ReplicaSet ]]; then owner_kind=Deployment owner=${owner%"-${hash}"}; fi
    [[ ${owner_kind}/${owner} != "$1" ]] || printf '%s\n' "${pod}"
  done < <(printf '%s\n' "${facts}")
}

# logs_of POD: its last log lines. A container that is about to be restarted has none of its own: then those of the previous.
logs_of() {
  local lines
  lines=$(kept_logs_of "$1")
  [[ -n ${lines} ]] || lines=$(kept_logs_of "$1" --previous)
  printf '%s' "${lines}"
}

# kept_logs_of POD [OPTION]: without what the node says in place of a log that it does not have.
kept_logs_of() {
  local node='^(\[[^]]*\] )?(unable to retrieve container logs for |failed to try resolving symlinks in path )'
  kube logs "$@" --all-containers --prefix --tail "${log_lines}" --request-timeout 10s 2>/dev/null | grep -Ev "${node}" || true
}

# --- What went wrong ------------------------------------------------------------------------------------------------

job_failed() {
  local name=$1 row lines=''
  add_pending "Job/${name}" ''
  keep_job_logs
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    [[ ${workloads[row + 1]}/${workloads[row + 2]} != "Job/${name}" ]] || lines=${job_logs[row]:-}
  done
  {
    say job_failed "${name}"
    report_events "${name}"
    say logs "Job/${name}"
    indented "${lines:-$(text logs_none)}"
  } >&2
  exit "${exit_failed}"
}

# Prints why the awaited workloads are not ready. The run's time may be over: this takes at most 20 seconds more.
report_unready() {
  local workload pod
  deadline=$((SECONDS + 20))
  for workload in ${pending}; do
    say unready "${workload}"
    report_external_secret "${workload}"
    for pod in $(pods_of "${workload}"); do
      report_reasons "${pod}"
    done
    report_events "${workload#*/}"
    for pod in $(pods_of "${workload}"); do
      report_logs "${pod}"
    done
  done >&2
}

# report_external_secret KIND/NAME: what its Secret lacks, and what the controller says; nothing of another kind.
report_external_secret() {
  local kind name lacking secret status reason message
  while IFS='|' read -r kind name lacking secret status reason message; do
    [[ ${kind} == ExternalSecret && ${kind}/${name} == "$1" ]] || continue
    if [[ ${lacking} == '* ' ]]; then
      say secret_empty "${secret}"
    else
      say secret_lacks "${secret}" "${lacking% }"
    fi
    if [[ -n ${status} ]]; then
      say condition "${status}" "${reason}" "$(unquoted "${message}")"
    else
      say condition_none
    fi
  done < <(printf '%s\n' "${facts}")
}

report_reasons() {
  local kind pod reason message
  while IFS='|' read -r kind pod reason message; do
    [[ ${kind} != Reason || ${pod} != "$1" ]] || say pod_reason "${pod}" "${reason}" "$(unquoted "${message}")"
  done < <(printf '%s\n' "${facts}")
}

# report_events NAME: the last warnings about the workload of that name, its pods and its claims.
report_events() {
  local events object reason message shown=''
  events=$(kube get events --field-selector type=Warning --sort-by .lastTimestamp --request-timeout 10s \
    --output "go-template=${events_template}" 2>/dev/null) || return 0
  while IFS='|' read -r object reason message; do
    [[ ${object} != "$1" && ${object} != "$1"-* ]] || shown+="$(say event "${object}" "${reason}" "$(unquoted "${message}")")"$'\n'
  done < <(printf '%s\n' "${events}")
  [[ -z ${shown} ]] || printf '%s' "${shown}" | tail -n 5
}

report_logs() {
  local lines
  lines=$(logs_of "$1")
  [[ -n ${lines} ]] || return 0
  say logs "Pod/$1"
  indented "${lines}"
}

indented() {
  printf '%s\n' "$1" | sed 's/^/      /'
}

# unquoted TEXT: undoes the quoting of the templates (%q), which keeps a message on one line.
unquoted() {
  local inner=${1#\"}
  printf '%s' "${inner%\"}" | sed -e 's/\\n/ /g' -e 's/\\"/"/g' -e 's/\\\\/\\/g'
}

# --- Run ------------------------------------------------------------------------------------------------------------

main() {
  trap interrupted INT
  choose_language "$@"
  untraced take_given_values
  parse_options "$@"
  find_folder
  check_files
  check_kubectl
  choose_context
  confirm
  deadline=$((SECONDS + timeout))
  say started "$(in_language "${title_ko}" "${title_en}")"
  say target "${context}" "${namespace}" "${environment}"
  check_api
  untraced plan_secrets
  deploy_phases
  say finished "$(in_language "${title_ko}" "${title_en}")"
}

main "$@"
