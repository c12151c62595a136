#!/bin/bash
# Removes what deploy.sh deployed. Needs bash 3.2 or later and kubectl 1.27 or later; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

title_ko='Count 통합 관리 시스템'
title_en='Count management system'
namespace='count-system'
environment='production'
part_of='count-system'
# a row: name, title_ko, title_en, option
phases=(
  'namespace' '네임스페이스 생성' 'Namespace' ''
  'configuration' 'ConfigMap 및 Secret 생성' 'ConfigMaps and Secrets' ''
  'storage' 'PVC 생성' 'PersistentVolumeClaims' ''
  'infrastructure' '인프라 컴포넌트 배포' 'Infrastructure' ''
  'database-initialization' '데이터베이스 초기화 Job 실행' 'Database initialization' ''
  'services' '애플리케이션 서비스 배포' 'Services' ''
  'ingress' 'Ingress 배포' 'Ingress' 'with-ingress'
)
# a row: sign
outage_signs=(
  'connection refused'
  'was refused'
  'connection reset'
  'i/o timeout'
  'TLS handshake timeout'
  'no route to host'
  'network is unreachable'
  'no such host'
  'http2: client connection lost'
  'server sent GOAWAY'
  'unexpected EOF'
  ': EOF'
  'connectex: '
  'wsarecv: '
  'wsasend: '
  'currently unable to handle the request'
  'etcdserver: '
  'ServiceUnavailable'
  'context deadline exceeded'
  'Client.Timeout exceeded'
)
# a row: phase, resource, name
objects=(
  'namespace' 'Namespace.v1.' 'count-system'
  'configuration' 'ConfigMap.v1.' 'app-config'
  'configuration' 'ConfigMap.v1.' 'kafka-config'
  'configuration' 'ConfigMap.v1.' 'redis-config'
  'configuration' 'ConfigMap.v1.' 'postgresql-init-scripts'
  'configuration' 'Secret.v1.' 'postgresql-secret'
  'configuration' 'Secret.v1.' 'countinfo-secret'
  'configuration' 'Secret.v1.' 'dashboardconfig-secret'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'default-deny'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'allow-dns'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-write-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'postgresql'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-value'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-cache'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'kafka'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-read-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-replica'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-management-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-analysis-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'dashboard-provision-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'dashboard-update-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'postgresql-init'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'zookeeper'
  'storage' 'PersistentVolumeClaim.v1.' 'postgresql-data-postgresql-0'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-value-data-redis-value-0'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-replica-data-redis-replica-0'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-cache-data-redis-cache-0'
  'storage' 'PersistentVolumeClaim.v1.' 'zookeeper-data'
  'storage' 'PersistentVolumeClaim.v1.' 'kafka-data'
  'infrastructure' 'Service.v1.' 'zookeeper'
  'infrastructure' 'Service.v1.' 'kafka'
  'infrastructure' 'Service.v1.' 'postgresql'
  'infrastructure' 'Service.v1.' 'redis-value'
  'infrastructure' 'Service.v1.' 'redis-replica'
  'infrastructure' 'Service.v1.' 'redis-cache'
  'infrastructure' 'Deployment.v1.apps' 'zookeeper'
  'infrastructure' 'Deployment.v1.apps' 'kafka'
  'infrastructure' 'StatefulSet.v1.apps' 'postgresql'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-value'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-replica'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-cache'
  'database-initialization' 'Job.v1.batch' 'postgresql-init'
  'services' 'Service.v1.' 'count-write-service'
  'services' 'PodDisruptionBudget.v1.policy' 'count-write-service'
  'services' 'Service.v1.' 'count-read-service'
  'services' 'PodDisruptionBudget.v1.policy' 'count-read-service'
  'services' 'Service.v1.' 'count-management-service'
  'services' 'PodDisruptionBudget.v1.policy' 'count-management-service'
  'services' 'Service.v1.' 'count-analysis-service'
  'services' 'PodDisruptionBudget.v1.policy' 'count-analysis-service'
  'services' 'Service.v1.' 'dashboard-provision-service'
  'services' 'PodDisruptionBudget.v1.policy' 'dashboard-provision-service'
  'services' 'Service.v1.' 'dashboard-update-service'
  'services' 'Deployment.v1.apps' 'count-write-service'
  'services' 'Deployment.v1.apps' 'count-read-service'
  'services' 'Deployment.v1.apps' 'count-management-service'
  'services' 'Deployment.v1.apps' 'count-analysis-service'
  'services' 'Deployment.v1.apps' 'dashboard-provision-service'
  'services' 'Deployment.v1.apps' 'dashboard-update-service'
  'ingress' 'Ingress.v1.networking.k8s.io' 'count-system-ingress'
)
# a row: resource
custom_resources=()
# a row: name, labels
claims=(
  'postgresql-data-postgresql-0' ''
  'redis-value-data-redis-value-0' ''
  'redis-replica-data-redis-replica-0' ''
  'redis-cache-data-redis-cache-0' ''
  'zookeeper-data' ''
  'kafka-data' ''
)
place_template='{{define `one` -}}
{{if eq .kind `Namespace` -}}
Namespace|{{with .metadata.labels}}{{or .environment ``}}{{end}}|{{or .metadata.deletionTimestamp ``}}
{{else if eq .kind `Lease` -}}
Lease|{{.metadata.resourceVersion}}|{{or .spec.holderIdentity ``}}|{{or .spec.acquireTime .metadata.creationTimestamp}}|{{or .spec.renewTime .metadata.creationTimestamp}}
{{else -}}
Inventory|{{.data.version}}|{{.data.hash}}
{{.data.objects}}
{{end}}{{end -}}
{{if .items}}{{range .items}}{{template `one` .}}{{end}}{{else}}{{template `one` .}}{{end -}}
'
labels_template='{{define `one` -}}
{{.kind}}/{{.metadata.name}}|{{range $key, $value := .metadata.labels}},{{$key}}={{$value}}{{end}},
{{end -}}
{{if .items}}{{range .items}}{{template `one` .}}{{end}}{{else}}{{template `one` .}}{{end -}}
'
foreign_template='{{range .items}}{{if not .metadata.ownerReferences -}}
{{.kind}}/{{.metadata.name}}|{{range $key, $value := .metadata.labels}},{{$key}}={{$value}}{{end}},
{{end}}{{end -}}
'
# a row: name, value, choices, argument_ko, argument_en, help_ko, help_en
options=(
  'delete-data' '' '' '' '' 'PersistentVolumeClaim(모든 데이터)과 Secret도 삭제' 'Also delete the PersistentVolumeClaims (all data) and the Secrets'
  'delete-namespace' '' '' '' '' '네임스페이스와 그 안의 모든 것을 삭제 (--delete-data도 필요)' 'Also delete the namespace with all that is in it (needs --delete-data too)'
  'confirm' 'text' '' '네임스페이스' 'NAMESPACE' '데이터 삭제를 확인하는 네임스페이스 이름. 없으면 터미널에서 입력' 'The namespace'\''s name, which confirms the deletion of data. Without it a person types it on the terminal'
  'context' 'text' '' '이름' 'NAME' 'kubeconfig의 컨텍스트. 생략하면 현재 컨텍스트' 'Context of the kubeconfig. Default is the current one'
  'timeout' 'number' '' '초' 'SECONDS' '전체 실행의 제한 시간. 기본값 900' 'Time limit of the whole run. Default 900'
  'environment' 'text' '' '이름' 'NAME' '네임스페이스가 다른 환경의 것이어도 진행. 이름은 이 폴더의 환경' 'Go on although the namespace belongs to another environment. NAME is this folder'\''s environment'
  'force-unlock' '' '' '' '' '다른 실행의 잠금을 빼앗음. 그 실행은 멈춤' 'Take the lock from another run, which then stops'
  'json' '' '' '' '' '메시지를 한 줄에 하나씩 JSON으로 출력' 'Print each message as one line of JSON'
  'yes' '' '' '' '' '묻지 않고 진행. 터미널이 없으면 --context 또는 --yes가 필요' 'Do not ask. Without a terminal, --context or --yes is needed'
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
  'help_exit_codes' '' '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 70 시간 초과, 130 중단' 'Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted'
  'kubectl_missing' 'version' '오류: kubectl을 찾을 수 없습니다. kubectl %s 이상을 설치하세요.' 'Error: kubectl is not found. Install kubectl %s or later.'
  'kubectl_unknown' 'found version' '오류: kubectl의 버전(%s)을 알 수 없습니다. %s 이상이 필요합니다.' 'Error: kubectl'\''s version (%s) is not known. %s or later is needed.'
  'kubectl_old' 'found version' '오류: kubectl %s은(는) 너무 오래되었습니다. %s 이상이 필요합니다.' 'Error: kubectl %s is too old. %s or later is needed.'
  'context_none' '' '오류: kubeconfig에 현재 컨텍스트가 없습니다. --context 이름으로 지정하세요.' 'Error: the kubeconfig has no current context. Give one with --context NAME.'
  'context_absent' 'context contexts' '오류: kubeconfig에 컨텍스트 %s이(가) 없습니다. 있는 것: %s' 'Error: the kubeconfig has no context %s. It has: %s'
  'context_or_yes' '' '오류: 터미널이 아닌 곳에서는 --context 이름 또는 --yes가 필요합니다.' 'Error: without a terminal, --context NAME or --yes is needed.'
  'cancelled' '' '취소되었습니다. 변경된 것은 없습니다.' 'Cancelled. Nothing was changed.'
  'api_away' 'context reason' '오류: 컨텍스트 %s의 API 서버가 응답하지 않습니다: %s' 'Error: the API server of context %s does not answer: %s'
  'outage' 'reason' 'API 서버가 응답하지 않아 다시 시도합니다: %s' 'the API server does not answer, trying again: %s'
  'kubectl' 'line' '    %s' '    %s'
  'lock_held' 'holder since age left' '오류: 다른 실행이 진행 중입니다: %s, 시작 %s, %s초 전에 갱신.
  끝나기를 기다리거나, 그 실행이 죽었다면 %s초 뒤에 다시 실행하세요. --force-unlock은 잠금을 빼앗고 그 실행을 멈춥니다.' 'Error: another run is under way: %s, since %s, last seen %s s ago.
  Wait for it. If it is dead, its lock ends in %s s. --force-unlock takes the lock, and the other run stops.'
  'lock_taken' 'holder' '%s의 잠금을 넘겨받았습니다.' 'The lock of %s was taken over.'
  'lock_lost' '' '오류: 다른 실행이 잠금을 가져갔으므로 멈춥니다. 지금까지 적용한 것은 그대로 남아 있습니다.' 'Error: another run has taken the lock, so this one stops. What it has applied stays.'
  'lock_failed' '' '오류: 잠금(Lease)을 쓰지 못했습니다.' 'Error: the lock (a Lease) could not be written.'
  'environment_wrong' 'given environment' '오류: --environment %s: 이 폴더의 환경은 %s입니다.' 'Error: --environment %s: this folder'\''s environment is %s.'
  'environment_differs' 'namespace live environment environment_again' '오류: 네임스페이스 %s의 환경은 %s이고, 이 폴더의 환경은 %s입니다. 아무것도 쓰지 않았습니다.
  정말 바꾸려면 --environment %s을(를) 지정하세요.' 'Error: the namespace %s belongs to the environment %s, and this folder to %s. Nothing was written.
  If it is meant to change, say --environment %s.'
  'leaving' 'objects seconds' '  삭제 중: %s [%s초]' '  on the way out: %s [%s s]'
  'namespace_leaving' 'namespace' '오류: 네임스페이스 %s이(가) 삭제되는 중입니다. 삭제가 끝난 뒤 다시 실행하세요.' 'Error: the namespace %s is being deleted. Run again when it is gone.'
  'target' 'context namespace environment' '컨텍스트 %s, 네임스페이스 %s, 환경 %s' 'Context %s, namespace %s, environment %s'
  'timed_out' 'seconds' '오류: 제한 시간 %s초를 넘었습니다.' 'Error: the time limit of %s s is over.'
  'read_failed' 'what' '오류: 클러스터에서 %s을(를) 읽지 못했습니다.' 'Error: reading %s from the cluster failed.'
  'write_failed' 'object' '오류: %s을(를) 쓰지 못했습니다.' 'Error: writing %s failed.'
  'delete_failed' 'object' '오류: %s 삭제에 실패했습니다.' 'Error: deleting %s failed.'
  'help_summary' 'title namespace environment' '%s을(를) 네임스페이스 %s에서 제거합니다 (환경 %s). 데이터, Secret, 네임스페이스는 요청할 때만 삭제합니다.' 'Removes %s from the namespace %s (environment %s). Data, Secrets and namespace stay unless asked for.'
  'started' 'title' '=== %s 제거 시작 ===' '=== Removal of %s: start ==='
  'finished' 'title' '=== %s 제거 완료 ===' '=== Removal of %s: done ==='
  'confirm' 'context namespace' '컨텍스트 %s의 네임스페이스 %s에서 제거할까요? [y/N] ' 'Remove from context %s, namespace %s? [y/N] '
  'namespace_needs_data' '' '오류: --delete-namespace는 데이터도 삭제하므로 --delete-data와 함께 지정해야 합니다.' 'Error: --delete-namespace deletes the data too, so it needs --delete-data with it.'
  'delete_needs_name' 'namespace' '오류: 터미널이 아닌 곳에서 데이터나 네임스페이스를 삭제하려면 --confirm %s이(가) 필요합니다.' 'Error: without a terminal, deleting data or the namespace needs --confirm %s.'
  'foreign' 'namespace objects' '네임스페이스 %s에는 이 시스템의 것이 아닌 객체도 있으며, 함께 사라집니다: %s' 'The namespace %s also holds what is not of this system, and goes with it: %s'
  'not_ours' 'object label' '  %s: 라벨 %s이(가) 없어 남겨 둡니다.' '  %s: it lacks the label %s, and stays.'
  'removed' 'object' '  %s 삭제됨' '  %s deleted'
  'orphans_left' 'objects' '이전에 배포했지만 이 폴더에 없어 남겨 둔 것: %s' 'Deployed before, not in this folder, and left: %s'
  'namespace_absent' 'namespace' '네임스페이스 %s이(가) 없습니다. 삭제할 것이 없습니다.' 'The namespace %s is not there. Nothing is to be deleted.'
  'confirm_delete_data' 'context namespace' '컨텍스트 %s의 네임스페이스 %s에서 모든 데이터(PersistentVolumeClaim)와 Secret이 영구히 삭제됩니다.' 'In context %s, namespace %s, all data (PersistentVolumeClaims) and Secrets will be deleted for ever.'
  'confirm_delete_namespace' 'namespace' '네임스페이스 %s과(와) 그 안의 모든 것도 삭제됩니다.' 'The namespace %s will be deleted too, with all that is in it.'
  'confirm_type_name' 'namespace' '계속하려면 네임스페이스 이름(%s)을 입력하세요: ' 'To go on, type the name of the namespace (%s): '
  'name_wrong' '' '오류: 입력한 이름이 네임스페이스 이름과 다릅니다. 삭제된 것은 없습니다.' 'Error: that is not the name of the namespace. Nothing was deleted.'
  'phase_started' 'number total title' '[%s/%s] 제거: %s' '[%s/%s] removing: %s'
  'delete_data' '' '데이터(PersistentVolumeClaim)와 Secret 삭제' 'Deleting the data (PersistentVolumeClaims) and the Secrets'
  'delete_namespace' 'namespace' '네임스페이스 %s 삭제' 'Deleting the namespace %s'
  'kept' 'objects' '남아 있음: %s' 'Kept: %s'
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

# --- kubectl --------------------------------------------------------------------------------------------------------

field_manager=cdk8s-backend
# The API server refuses unknown fields in a server-side apply by itself: kubectl's own check would fetch schemas each time.
apply=(apply --server-side --validate=ignore --field-manager "${field_manager}")
oldest_kubectl=27
exit_timed_out=70

# kubectl runs for a moment, of which the collection of garbage takes a fifth as Go is set.
export GOGC=${GOGC:-400}

context=''
timeout=900
deadline=0

check_kubectl() {
  local version minor
  command -v kubectl >/dev/null || fail kubectl_missing "1.${oldest_kubectl}"
  version=$(kubectl version --client --output yaml 2>/dev/null | sed -n 's/^ *gitVersion: *v//p' | head -n 1) || true
  minor=${version#*.}
  minor=${minor%%.*}
  [[ ${version} == 1.* && ${minor} =~ ^[0-9]+$ ]] || fail kubectl_unknown "${version:-?}" "1.${oldest_kubectl}"
  ((minor >= oldest_kubectl)) || fail kubectl_old "${version}" "1.${oldest_kubectl}"
}

# Decides the context once, so that a change of the current context during the run changes nothing.
choose_context() {
  context=$(option context) || context=$(kubectl config current-context 2>/dev/null) || fail context_none
}

# confirm_on_terminal QUESTION: goes on when the person at the terminal agrees; without a terminal it is wrong usage.
confirm_on_terminal() {
  local answer=''
  [[ -t 0 ]] || usage_error context_or_yes
  text "$1" "${context}" "${namespace}"
  read -r answer || true
  case ${answer} in
  y | Y | yes | Yes | YES | 예 | 네) ;;
  *) fail cancelled ;;
  esac
}

start_clock() {
  timeout=$(option timeout "${timeout}") || true
  timeout=$((10#${timeout}))
  deadline=$((SECONDS + timeout))
}

# kube ARGUMENT...: kubectl in the chosen context. It ends with the time of the run, which --request-timeout alone does not
# bring about because one call may make many requests. When the script that was started is gone, it ends too.
kube() {
  local left=$((deadline - SECONDS)) call status=0
  end_orphan
  ((left > 0)) || return "${exit_timed_out}"
  kubectl --context "${context}" --namespace "${namespace}" --request-timeout "${left}s" "$@" <&0 &
  call=$!
  end_in_time "${call}" >/dev/null 2>&1 &
  wait "${call}" 2>/dev/null || status=$?
  return "${status}"
}

# end_in_time PROCESS: waits until it has ended, and ends it at the deadline.
end_in_time() {
  while kill -0 "$1" && ((SECONDS < deadline)); do
    end_orphan
    sleep 1
  done
  # shellcheck disable=SC2046 # numbers
  ! kill -0 "$1" || kill "$1" $(started_by "$1")
}

# started_by PROCESS: what it has started, and what that has: a credential plugin of kubectl keeps the output open for which a
# substitution waits.
started_by() {
  { ps -A -o pid= -o ppid= || ps -o pid,ppid; } 2>/dev/null | awk -v first="$1" '
    { parent[$1] = $2 }
    END {
      for (process in parent) {
        above = parent[process]
        while (above in parent && above != first) above = parent[above]
        if (above == first) print process
      }
    }'
}

# captured ARGUMENT...: kube with its errors in the output, for a substitution. There the trace of `bash -x` would be taken for an
# error; and without `exec` end_in_time would keep what standard error was, for which a program that reads it would wait.
captured() {
  { set +x; } 2>/dev/null
  exec 2>&1
  kube "$@"
}

answer='' # what the last call of try_kube or send printed, errors included

# try_kube ARGUMENT...: kube with its output in `answer`. While the API server is away it is tried again, so it must be
# something that can be done twice.
try_kube() {
  send '' "$@"
}

# send TEXT ARGUMENT...: the same with a text as standard input.
send() {
  local status try=send_once
  while true; do
    status=0
    "${try}" "$@" || status=$?
    { ((status != 0)) && is_outage "${answer}" && ((SECONDS < deadline)); } || return "${status}"
    [[ $2 != diff || ${status} != 1 ]] || return "${status}" # there are differences, which may be about anything
    [[ ${try} == send_again ]] || complain outage "$(last_line "${answer}")"
    try=send_again
    rest 2
  done
}

capture=captured # what of a call send keeps in `answer`

# send_once TEXT ARGUMENT...: one try of it.
send_once() {
  local input=$1
  shift
  answer=$(printf '%s' "${input}" | "${capture}" "$@")
}

# send_again TEXT ARGUMENT...: one more try. Meanwhile another run may have taken the lock, so this one has to have it, unless the call
# is about a Lease itself, which is all that is created.
send_again() {
  [[ $2 == create || ${3:-} == lease ]] || keep_lock || return
  send_once "$@"
}

# is_outage TEXT: whether kubectl says that the API server did not answer. What it logs may be about an extension of the API, so that
# counts only where it says nothing else. What an API server says about a webhook, or about those extensions, is an answer.
is_outage() {
  local words sign
  words=$(printf '%s\n' "$1" | LC_ALL=C grep -Ev '^([EWIF][0-9]{4} |$)') || words=$1
  case ${words} in
  *' webhook "'* | *'conversion webhook for '* | *'the complete list of server APIs'*) return 1 ;;
  *) ;;
  esac
  for sign in "${outage_signs[@]}"; do
    [[ ${words} != *"${sign}"* ]] || return 0
  done
  return 1
}

last_line() {
  printf '%s\n' "$1" | sed '/^ *$/d' | tail -n 1
}

# The names in the answer, one a line; what has blanks is a warning of kubectl.
names_in_answer() {
  printf '%s\n' "${answer}" | grep -E '^[^ ]+$' || true
}

# read_cluster WHAT ARGUMENT...: `answer` is what kubectl read; ends the run when it cannot. WHAT names it for people.
read_cluster() {
  local what=$1
  shift
  try_kube "$@" && return
  call_failed read_failed "${what}"
}

# Shows what kubectl said, line by line, as it is.
show_answer() {
  local words
  while IFS= read -r words; do
    [[ -z ${words} ]] || complain kubectl "${words}"
  done < <(printf '%s\n' "${answer}")
}

# stop_or_fail KEY [ARGUMENT...]: ends the run after a failed call: with its time when that is over, else as failed.
stop_or_fail() {
  ((SECONDS < deadline)) || time_out
  fail "$@"
}

# call_failed KEY [ARGUMENT...]: the same after a call whose answer says why.
call_failed() {
  show_answer
  stop_or_fail "$@"
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

# --- Namespace ------------------------------------------------------------------------------------------------------

inventory=cdk8s-backend-inventory

has_namespace=no    # it was there when the run began; else nothing can be in it
live_environment='' # the namespace's label `environment`
deployed_version=''
deployed_hash=''
deployed_objects='' # a line each: RESOURCE/NAME

# Reads what is there: the namespace, the lock, the inventory. It is the first call of the API.
read_place() {
  local kind first second rest
  # shellcheck disable=SC2034 # kube reads it
  local deadline=$((SECONDS + 10))
  answer=$(captured get "namespace/${namespace}" "lease/${lease}" "configmap/${inventory}" --ignore-not-found \
    --request-timeout 8s --output "go-template=${place_template}") || api_away
  has_namespace=no lease_state='' deployed_objects=''
  while IFS='|' read -r kind first second rest; do
    case ${kind} in
    Namespace)
      [[ -z ${second} ]] || fail namespace_leaving "${namespace}"
      has_namespace=yes live_environment=${first}
      ;;
    Lease) lease_state="${first}|${second}|${rest}" ;;
    Inventory) deployed_version=${first} deployed_hash=${second} ;;
    *' '*) ;; # a warning of kubectl
    */*) deployed_objects+="${kind}"$'\n' ;;
    *) ;;
    esac
  done < <(printf '%s\n' "${answer}")
}

# Says why the first call failed.
api_away() {
  case ${answer} in
  *'(Forbidden)'* | *Unauthorized* | *'must be logged in'*)
    show_answer
    fail read_failed "Namespace/${namespace}"
    ;;
  *'context was not found'* | *'context "'*'" does not exist'*)
    fail context_absent "${context}" "$(kubectl config get-contexts --output name 2>/dev/null | tr '\n' ' ')"
    ;;
  *) fail api_away "${context}" "$(last_line "${answer}")" ;;
  esac
}

# A namespace that bears another environment's name is not to be deployed to by mistake.
guard_environment() {
  local given
  given=$(option environment) || given=''
  [[ -z ${given} || ${given} == "${environment}" ]] || usage_error environment_wrong "${given}" "${environment}"
  [[ -z ${live_environment} || ${live_environment} == "${environment}" || -n ${given} ]] ||
    fail environment_differs "${namespace}" "${live_environment}" "${environment}" "${environment}"
}

# --- Lock -----------------------------------------------------------------------------------------------------------
# A Lease in the namespace. All times in it are the API server's; one without times has that of its creation.

lease=cdk8s-backend-lock
lock_seconds=60
renew_after=30

holder='' # this run, as the Lease names it, while it has the lock
renewed_at=0
lease_state='' # resourceVersion|holder|since|renewed, as read_place found it; empty without a Lease

# Takes the lock if nobody has it, if the time of who has it is over, or with --force-unlock; else ends the run.
take_lock() {
  local name version other since renewed age spec time
  name="$(id -un 2>/dev/null || printf '?')@$(uname -n) $$-${RANDOM}"
  spec="\"holderIdentity\":\"$(json_text "${name}")\",\"leaseDurationSeconds\":${lock_seconds}"
  IFS='|' read -r version other since renewed < <(printf '%s\n' "${lease_state}")
  if [[ -z ${version} ]]; then
    holder=${name} # already: a call that is interrupted may have taken it
    create_lease send "{\"name\":\"${lease}\"}" "{${spec}}" --field-manager "${field_manager}" || lock_missed "${name}"
  else
    read_server_time send || call_failed lock_failed
    if [[ -n ${other} ]] && ! has_option force-unlock; then
      age=$(($(epoch_of "${server_now}") - $(epoch_of "${renewed}")))
      ((age >= lock_seconds)) || fail lock_held "${other}" "${since}" "${age}" "$((lock_seconds - age))"
    fi
    time=$(micro_time "${server_now}")
    holder=${name}
    try_kube patch lease "${lease}" --type json --field-manager "${field_manager}" --patch "[
      {\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"${version}\"},
      {\"op\":\"add\",\"path\":\"/spec\",\"value\":{${spec},\"acquireTime\":\"${time}\",\"renewTime\":\"${time}\"}}]" || lock_missed "${name}"
  fi
  renewed_at=${SECONDS}
  [[ -z ${other} ]] || say lock_taken "${other}"
}

# lock_missed NAME: the Lease changed between reading and writing. Someone was faster, or an answer was lost and what was tried again
# had been done.
lock_missed() {
  local other since
  if was_refused; then
    read_place
    IFS='|' read -r _ other since _ < <(printf '%s\n' "${lease_state}")
    [[ ${other} != "$1" ]] || return 0
    holder=''
    fail lock_held "${other:-?}" "${since:-?}" 0 "${lock_seconds}"
  fi
  holder=''
  call_failed lock_failed
}

# create_lease SEND METADATA SPEC ARGUMENT...: by send or send_once.
create_lease() {
  local way=$1 document="{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":$2,\"spec\":$3}"
  shift 3
  "${way}" "${document}" create --validate=ignore --filename - "$@"
}

# micro_time TIME: a time of the API server as a Lease has it.
micro_time() {
  printf '%s.000000Z' "${1%Z}"
}

server_now='' # the API server's clock: what it would write as the time of a creation

# read_server_time SEND
read_server_time() {
  create_lease "$1" '{"generateName":"clock-"}' '{}' --dry-run=server --output 'go-template={{.metadata.creationTimestamp}}' ||
    return
  server_now=$(last_line "${answer}")
}

# renew_lock [SECONDS]: says that this run still is there, unless it did so within these seconds; ends it when someone else has the lock.
renew_lock() {
  is_renewal_due "${1:-${renew_after}}" || return 0
  read_server_time send || call_failed lock_failed
  write_renewal || true
}

# The same between two tries of a call, with one try; fails where the lock could not be renewed, and `answer` says why.
keep_lock() {
  is_renewal_due "${renew_after}" || return 0
  read_server_time send_once && write_renewal
}

# is_renewal_due SECONDS
is_renewal_due() {
  [[ -n ${holder} ]] && ((SECONDS - renewed_at >= $1))
}

write_renewal() {
  local read_at=${SECONDS}
  if patch_own_lease "{\"op\":\"add\",\"path\":\"/spec/renewTime\",\"value\":\"$(micro_time "${server_now}")\"}"; then
    renewed_at=${read_at}
  elif was_refused; then
    holder=''
    fail lock_lost
  else
    return 1
  fi
}

# patch_own_lease OPERATION: fails when another holds it.
patch_own_lease() {
  answer=$(captured patch lease "${lease}" --type json --field-manager "${field_manager}" --patch "[
    {\"op\":\"test\",\"path\":\"/spec/holderIdentity\",\"value\":\"$(json_text "${holder}")\"},$1]")
}

# Whether the API server refused the last change of the Lease because of what is in it now.
was_refused() {
  [[ ${answer} == *AlreadyExists* || ${answer} == *NotFound* || ${answer} == *'request is invalid'* ]]
}

# Gives the lock back, at every end of the run; again where an interruption has ended the call.
release_lock() {
  local give_back='{"op":"remove","path":"/spec/holderIdentity"}'
  [[ -n ${holder} ]] || return 0
  deadline=$((SECONDS + 10))
  patch_own_lease "${give_back}" || patch_own_lease "${give_back}" || true
  holder=''
}

# epoch_of TIME: the seconds since 1970 of a time of the API server (2026-11-25T13:00:00Z).
epoch_of() {
  local time=$1 year month day days
  year=$((10#${time:0:4})) month=$((10#${time:5:2})) day=$((10#${time:8:2}))
  if ((month <= 2)); then year=$((year - 1)) month=$((month + 12)); fi
  days=$((365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719469))
  printf '%d' "$((days * 86400 + 10#${time:11:2} * 3600 + 10#${time:14:2} * 60 + 10#${time:17:2}))"
}

# --- Inventory ------------------------------------------------------------------------------------------------------

# write_inventory OBJECTS VERSION HASH: says in the cluster what is deployed, if it does not say so already.
write_inventory() {
  [[ $1 != "${deployed_objects}" || $2 != "${deployed_version}" || $3 != "${deployed_hash}" ]] || return 0
  send "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"${inventory}\"},\"data\":{\"objects\":\"$(json_text "${1%$'\n'}")\",\"version\":\"$(json_text "$2")\",\"hash\":\"$3\"}}" \
    "${apply[@]}" --force-conflicts --filename - || call_failed write_failed "ConfigMap/${inventory}"
  deployed_objects=$1 deployed_version=$2 deployed_hash=$3
}

# What was deployed and is no longer in the plan, phases with an option included.
orphans() {
  local row known=$'\n' object
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    known+="${objects[row + 1]}/${objects[row + 2]}"$'\n'
  done
  while IFS= read -r object; do
    [[ -z ${object} || ${known} == *$'\n'"${object}"$'\n'* ]] || printf '%s\n' "${object}"
  done < <(printf '%s' "${deployed_objects}")
}

# is_kept RESOURCE[/NAME]: whether it is deleted only when it is asked for by name: data, Secrets, the namespace.
is_kept() {
  [[ $1 == Namespace.* || $1 == PersistentVolumeClaim.* || $1 == Secret.* ]]
}

# --- Removal --------------------------------------------------------------------------------------------------------

# remove CASCADE RESOURCE/NAME...: deletes what is there of them, and waits until it is gone.
remove() {
  local cascade=$1
  shift
  try_kube delete "$@" --ignore-not-found "--cascade=${cascade}" --wait=false || call_failed delete_failed "$*"
  wait_until_gone "$@"
}

wait_until_gone() {
  local began=${SECONDS} said_at=${SECONDS} left
  while true; do
    read_cluster "$*" get "$@" --ignore-not-found --output name
    left=$(names_in_answer)
    [[ -n ${left} ]] || return 0
    renew_lock
    ((SECONDS < deadline)) || time_out
    if ((SECONDS - said_at >= 10)); then
      said_at=${SECONDS}
      say leaving "${left//$'\n'/ }" "$((SECONDS - began))"
    fi
    rest 1
  done
}

# --- Removal of the system ------------------------------------------------------------------------------------------

help() {
  text help_usage "${BASH_SOURCE[0]##*/}"
  printf '\n'
  text help_summary "$(title)" "${namespace}" "${environment}"
  printf '\n\n'
  list_options
  printf '\n'
  text help_exit_codes
  printf '\n'
}

# Someone must have said where and what: by options, or now on the terminal. Data goes only with the namespace's name.
check_confirmation() {
  local name
  if has_option delete-namespace && ! has_option delete-data; then usage_error namespace_needs_data; fi
  if name=$(option confirm); then
    [[ ${name} == "${namespace}" ]] || usage_error name_wrong
  elif has_option delete-data; then
    [[ -t 0 ]] || usage_error delete_needs_name "${namespace}"
  fi
  has_option context || has_option yes || [[ -t 0 ]] || usage_error context_or_yes
}

confirm() {
  if has_option delete-data && ! has_option confirm; then
    confirm_deletion
  else
    has_option context || has_option yes || confirm_on_terminal confirm
  fi
}

confirm_deletion() {
  local name=''
  line "$(text confirm_delete_data "${context}" "${namespace}")"
  ! has_option delete-namespace || line "$(text confirm_delete_namespace "${namespace}")"
  text confirm_type_name "${namespace}"
  read -r name || true
  [[ ${name} == "${namespace}" ]] || usage_error name_wrong
}

# Shows what is in the namespace, belongs to nothing else in it, and is not of the plan or does not bear our label.
list_foreign() {
  local kinds row planned=$'\n' known=$'\n' object labels found=''
  read_cluster api-resources api-resources --verbs=list --namespaced --output name
  kinds=$(names_in_answer | grep -vE '^(events|endpoints)($|\.)|^endpointslices\.|\.metrics\.k8s\.io$' | tr '\n' ',')
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    planned+="${objects[row + 1]%%.*}/${objects[row + 2]}"$'\n'
  done
  for ((row = 0; row < ${#claims[@]}; row += 2)); do
    planned+="PersistentVolumeClaim/${claims[row]}"$'\n'
  done
  known+="ConfigMap/kube-root-ca.crt"$'\n'"ServiceAccount/default"$'\n'"Lease/${lease}"$'\n'"ConfigMap/${inventory}"$'\n'
  read_cluster objects get "${kinds%,}" --ignore-not-found --output "go-template=${foreign_template}"
  while IFS='|' read -r object labels; do
    [[ ${known} != *$'\n'"${object}"$'\n'* ]] || continue
    if [[ ${planned} == *$'\n'"${object}"$'\n'* ]] && is_own "${object}" "${labels}"; then continue; fi
    found+=" ${object}"
  done < <(names_in_answer)
  [[ -z ${found} ]] || say foreign "${namespace}" "${found# }"
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

is_workload() {
  [[ $1 == Deployment.* || $1 == StatefulSet.* || $1 == Job.* || $1 == CronJob.* ]]
}

has_objects() {
  local row
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    [[ ${objects[row]} != "$1" ]] || is_kept "${objects[row + 1]}" || return 0
  done
  return 1
}

# The workloads of a phase go first, in the foreground: they are gone when their pods are.
remove_objects() {
  local phase=$1 row workloads=() others=() object
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    object=${objects[row + 1]}/${objects[row + 2]}
    if [[ ${objects[row]} != "${phase}" ]] || is_kept "${object}" || ! is_known "${object}"; then continue; fi
    if is_workload "${object}"; then workloads+=("${object}"); else others+=("${object}"); fi
  done
  remove_own foreground ${workloads[@]+"${workloads[@]}"}
  remove_own background ${others[@]+"${others[@]}"}
}

# is_known RESOURCE/NAME: whether the cluster has the kind of the object. One unknown kind would fail the deletion of all others.
is_known() {
  local row
  for ((row = 0; row < ${#custom_resources[@]}; row += 1)); do
    [[ $1 == "${custom_resources[row]}/"* ]] || continue
    if try_kube get "$1" --ignore-not-found --output name; then return 0; fi
    [[ ${answer} == *"server doesn't have a resource type"* ]] && return 1
    call_failed read_failed "$1"
  done
}

# own_labels KIND/NAME: those that say that an object of the plan is ours: the label of the system, but of a claim without a file
# the labels that its StatefulSet gives it.
own_labels() {
  local row
  for ((row = 0; row < ${#claims[@]}; row += 2)); do
    if [[ $1 == "PersistentVolumeClaim/${claims[row]}" && -n ${claims[row + 1]} ]]; then
      printf '%s' "${claims[row + 1]}"
      return
    fi
  done
  printf 'app.kubernetes.io/part-of=%s' "${part_of}"
}

# is_own KIND/NAME LABELS: whether an object of the plan is ours, by its labels as labels_template prints them.
is_own() {
  local label
  [[ -n ${part_of} ]] || return 0
  for label in $(own_labels "$1"); do
    [[ $2 == *",${label},"* ]] || return 1
  done
}

# remove_own CASCADE RESOURCE/NAME...: removes those that bear our label, and says which do not.
remove_own() {
  local cascade=$1 object name lines labels wanted=()
  shift
  (($# > 0)) || return 0
  if [[ -n ${part_of} ]]; then
    read_cluster "$*" get "$@" --ignore-not-found --output "go-template=${labels_template}"
    lines=$'\n'${answer}$'\n'
    for object in "$@"; do
      name=${object%%.*}/${object#*/}
      [[ ${lines} == *$'\n'"${name}|"* ]] || continue
      labels=${lines#*$'\n'"${name}|"}
      if is_own "${name}" "${labels%%$'\n'*}"; then
        wanted+=("${object}")
      else
        say not_ours "${object}" "$(own_labels "${name}")"
      fi
    done
  else
    wanted=("$@")
  fi
  ((${#wanted[@]} > 0)) || return 0
  remove "${cascade}" "${wanted[@]}"
  for object in "${wanted[@]}"; do
    say removed "${object}"
  done
}

# A Secret whose value lives in the data goes after the data.
remove_data() {
  local row data=() secrets=()
  say delete_data
  for ((row = 0; row < ${#claims[@]}; row += 2)); do
    data+=("PersistentVolumeClaim.v1./${claims[row]}")
  done
  remove_own background ${data[@]+"${data[@]}"}
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    [[ ${objects[row + 1]} != Secret.* ]] || secrets+=("${objects[row + 1]}/${objects[row + 2]}")
  done
  remove_own background ${secrets[@]+"${secrets[@]}"}
}

# The Lease goes with the namespace.
remove_namespace() {
  say delete_namespace "${namespace}"
  holder=''
  remove background "namespace/${namespace}"
}

# Prints what this run left in the cluster, and keeps in the inventory what is in no plan any more.
finish_inventory() {
  local row remaining kept names=("namespace/${namespace}")
  remaining=$(orphans)
  if [[ -n ${remaining} ]]; then
    say orphans_left "${remaining//$'\n'/ }"
    write_inventory "${remaining}"$'\n' '' ''
  else
    try_kube delete configmap "${inventory}" --ignore-not-found || show_answer
  fi
  for ((row = 0; row < ${#claims[@]}; row += 2)); do
    names+=("persistentvolumeclaim/${claims[row]}")
  done
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    [[ ${objects[row + 1]} != Secret.* ]] || names+=("secret/${objects[row + 2]}")
  done
  read_cluster objects get "${names[@]}" --ignore-not-found --output name
  kept=$(names_in_answer)
  [[ -z ${kept} ]] || say kept "${kept//$'\n'/ }"
}

# The Lease of a system that is gone is of no use to anyone.
remove_lock() {
  try_kube delete lease "${lease}" --ignore-not-found || show_answer
  holder=''
}

time_out() {
  complain timed_out "${timeout}"
  exit "${exit_timed_out}"
}

finish() {
  local status=$?
  end_work
  release_lock
  exit "${status}"
}

# Shows what else would go with the namespace, so that whoever is asked knows.
look() {
  read_place
  [[ ${has_namespace} == no ]] || list_foreign
}

run() {
  trap finish EXIT
  say started "$(title)"
  say target "${context}" "${namespace}" "${environment}"
  read_place
  guard_environment
  if [[ ${has_namespace} == yes ]]; then
    take_lock
    remove_phases
    ! has_option delete-data || remove_data
    if has_option delete-namespace; then
      remove_namespace
    else
      finish_inventory
      remove_lock
    fi
  else
    say namespace_absent "${namespace}"
  fi
  say finished "$(title)"
}

main() {
  on_interruption interrupted
  choose_language "$@"
  parse_options "$@"
  check_confirmation
  check_kubectl
  choose_context
  start_clock
  ! has_option delete-namespace || in_worker look
  confirm
  start_clock
  in_worker run
}

main "$@"
