# plan: begin
$TitleKo = 'Count 통합 관리 시스템'
$TitleEn = 'Count management system'
$Namespace = 'count-system'
$Environment = 'production'
$Phases = @(
    @{ Name = 'namespace'; TitleKo = '네임스페이스 생성'; TitleEn = 'Namespace'; Option = '' }
    @{ Name = 'configuration'; TitleKo = 'ConfigMap 및 Secret 생성'; TitleEn = 'ConfigMaps and Secrets'; Option = '' }
    @{ Name = 'storage'; TitleKo = 'PVC 생성'; TitleEn = 'PersistentVolumeClaims'; Option = '' }
    @{ Name = 'infrastructure'; TitleKo = '인프라 컴포넌트 배포'; TitleEn = 'Infrastructure'; Option = '' }
    @{ Name = 'database-initialization'; TitleKo = '데이터베이스 초기화 Job 실행'; TitleEn = 'Database initialization'; Option = '' }
    @{ Name = 'services'; TitleKo = '애플리케이션 서비스 배포'; TitleEn = 'Services'; Option = '' }
    @{ Name = 'ingress'; TitleKo = 'Ingress 배포'; TitleEn = 'Ingress'; Option = 'with-ingress' }
)
$Files = @(
    @{ Phase = 'namespace'; File = 'namespace.yaml' }
    @{ Phase = 'configuration'; File = 'configmap/app-config.yaml' }
    @{ Phase = 'configuration'; File = 'configmap/kafka-config.yaml' }
    @{ Phase = 'configuration'; File = 'configmap/redis-config.yaml' }
    @{ Phase = 'configuration'; File = 'configmap/postgresql-init-scripts.yaml' }
    @{ Phase = 'storage'; File = 'persistentvolumeclaims/postgresql-pvc.yaml' }
    @{ Phase = 'storage'; File = 'persistentvolumeclaims/redis-value-pvc.yaml' }
    @{ Phase = 'storage'; File = 'persistentvolumeclaims/redis-replica-pvc.yaml' }
    @{ Phase = 'storage'; File = 'persistentvolumeclaims/redis-cache-pvc.yaml' }
    @{ Phase = 'storage'; File = 'persistentvolumeclaims/zookeeper-pvc.yaml' }
    @{ Phase = 'storage'; File = 'persistentvolumeclaims/kafka-pvc.yaml' }
    @{ Phase = 'infrastructure'; File = 'statefulsets/postgresql.yaml' }
    @{ Phase = 'infrastructure'; File = 'services/postgresql-service.yaml' }
    @{ Phase = 'infrastructure'; File = 'statefulsets/redis-value.yaml' }
    @{ Phase = 'infrastructure'; File = 'services/redis-value-service.yaml' }
    @{ Phase = 'infrastructure'; File = 'statefulsets/redis-replica.yaml' }
    @{ Phase = 'infrastructure'; File = 'services/redis-replica-service.yaml' }
    @{ Phase = 'infrastructure'; File = 'statefulsets/redis-cache.yaml' }
    @{ Phase = 'infrastructure'; File = 'services/redis-cache-service.yaml' }
    @{ Phase = 'infrastructure'; File = 'deployments/zookeeper.yaml' }
    @{ Phase = 'infrastructure'; File = 'services/zookeeper-service.yaml' }
    @{ Phase = 'infrastructure'; File = 'deployments/kafka.yaml' }
    @{ Phase = 'infrastructure'; File = 'services/kafka-service.yaml' }
    @{ Phase = 'database-initialization'; File = 'jobs/postgresql-init.yaml' }
    @{ Phase = 'services'; File = 'deployments/count-write-service.yaml' }
    @{ Phase = 'services'; File = 'services/count-write-service.yaml' }
    @{ Phase = 'services'; File = 'deployments/count-read-service.yaml' }
    @{ Phase = 'services'; File = 'services/count-read-service.yaml' }
    @{ Phase = 'services'; File = 'deployments/count-management-service.yaml' }
    @{ Phase = 'services'; File = 'services/count-management-service.yaml' }
    @{ Phase = 'services'; File = 'deployments/count-analysis-service.yaml' }
    @{ Phase = 'services'; File = 'services/count-analysis-service.yaml' }
    @{ Phase = 'services'; File = 'deployments/dashboard-provision-service.yaml' }
    @{ Phase = 'services'; File = 'services/dashboard-provision-service.yaml' }
    @{ Phase = 'services'; File = 'deployments/dashboard-update-service.yaml' }
    @{ Phase = 'services'; File = 'services/dashboard-update-service.yaml' }
    @{ Phase = 'ingress'; File = 'ingress/ingress.yaml' }
)
$Workloads = @(
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'postgresql'; File = 'statefulsets/postgresql.yaml' }
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'redis-value'; File = 'statefulsets/redis-value.yaml' }
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'redis-replica'; File = 'statefulsets/redis-replica.yaml' }
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'redis-cache'; File = 'statefulsets/redis-cache.yaml' }
    @{ Phase = 'infrastructure'; Kind = 'Deployment'; Name = 'zookeeper'; File = 'deployments/zookeeper.yaml' }
    @{ Phase = 'infrastructure'; Kind = 'Deployment'; Name = 'kafka'; File = 'deployments/kafka.yaml' }
    @{ Phase = 'database-initialization'; Kind = 'Job'; Name = 'postgresql-init'; File = 'jobs/postgresql-init.yaml' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'count-write-service'; File = 'deployments/count-write-service.yaml' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'count-read-service'; File = 'deployments/count-read-service.yaml' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'count-management-service'; File = 'deployments/count-management-service.yaml' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'count-analysis-service'; File = 'deployments/count-analysis-service.yaml' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'dashboard-provision-service'; File = 'deployments/dashboard-provision-service.yaml' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'dashboard-update-service'; File = 'deployments/dashboard-update-service.yaml' }
)
$Secrets = @(
    @{ Phase = 'configuration'; Name = 'postgresql-secret'; Object = '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"postgresql-secret","namespace":"count-system"},"type":"Opaque"}' }
    @{ Phase = 'configuration'; Name = 'countinfo-secret'; Object = '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"countinfo-secret","namespace":"count-system"},"type":"Opaque"}' }
    @{ Phase = 'configuration'; Name = 'dashboardconfig-secret'; Object = '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"dashboardconfig-secret","namespace":"count-system"},"type":"Opaque"}' }
)
$SecretKeys = @(
    @{ Secret = 'postgresql-secret'; Key = 'username'; Variable = 'POSTGRESQL_USERNAME'; Default = 'countuser' }
    @{ Secret = 'postgresql-secret'; Key = 'password'; Variable = 'POSTGRESQL_PASSWORD'; Default = '' }
    @{ Secret = 'countinfo-secret'; Key = 'username'; Variable = 'COUNTINFO_USERNAME'; Default = 'countinfo' }
    @{ Secret = 'countinfo-secret'; Key = 'password'; Variable = 'COUNTINFO_PASSWORD'; Default = '' }
    @{ Secret = 'dashboardconfig-secret'; Key = 'username'; Variable = 'DASHBOARDCONFIG_USERNAME'; Default = 'dashboardconfig' }
    @{ Secret = 'dashboardconfig-secret'; Key = 'password'; Variable = 'DASHBOARDCONFIG_PASSWORD'; Default = '' }
)
$SecretReaders = @(
    @{ Secret = 'postgresql-secret'; Kind = 'StatefulSet'; Name = 'postgresql' }
    @{ Secret = 'postgresql-secret'; Kind = 'Job'; Name = 'postgresql-init' }
    @{ Secret = 'countinfo-secret'; Kind = 'Job'; Name = 'postgresql-init' }
    @{ Secret = 'countinfo-secret'; Kind = 'Deployment'; Name = 'count-write-service' }
    @{ Secret = 'countinfo-secret'; Kind = 'Deployment'; Name = 'count-read-service' }
    @{ Secret = 'countinfo-secret'; Kind = 'Deployment'; Name = 'count-management-service' }
    @{ Secret = 'dashboardconfig-secret'; Kind = 'Job'; Name = 'postgresql-init' }
    @{ Secret = 'dashboardconfig-secret'; Kind = 'Deployment'; Name = 'dashboard-provision-service' }
)
$SecretClaims = @(
    @{ Secret = 'postgresql-secret'; Claim = 'postgresql-data-postgresql-0' }
)
$StatusTemplate = '{{- range .items -}}
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
$SecretTemplate = 'exists
{{range $key, $value := .data}}{{$key}} {{$value}}
{{end -}}
'
$JobTemplate = 'exists{{range .status.conditions}}{{if eq .status `True`}} {{.type}}{{end}}{{end}}
'
$NamesTemplate = '{{range .items}}{{.kind}}/{{.metadata.name}}
{{end -}}
'
$EventsTemplate = '{{range .items}}{{.involvedObject.name}}|{{.reason}}|{{printf `%q` .message}}
{{end -}}
'
$Options = @(
    @{ Name = 'context'; ArgumentKo = '이름'; ArgumentEn = 'NAME'; HelpKo = 'kubeconfig의 컨텍스트. 생략하면 현재 컨텍스트'; HelpEn = 'Context of the kubeconfig. Default is the current one' }
    @{ Name = 'timeout'; ArgumentKo = '초'; ArgumentEn = 'SECONDS'; HelpKo = '전체 실행의 제한 시간. 기본값 600'; HelpEn = 'Time limit of the whole run. Default 600' }
    @{ Name = 'yes'; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '묻지 않고 진행. 터미널이 없으면 --context 또는 --yes가 필요'; HelpEn = 'Do not ask. Without a terminal, --context or --yes is needed' }
    @{ Name = 'lang'; ArgumentKo = 'ko|en'; ArgumentEn = 'ko|en'; HelpKo = '메시지 언어. 생략하면 로캘에 따름'; HelpEn = 'Language of the messages. Default follows the locale' }
    @{ Name = 'help'; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '이 도움말'; HelpEn = 'This text' }
)
$Messages = @(
    @{ Key = 'help_usage'; Ko = '사용법: {0} [옵션]'; En = 'Usage: {0} [options]' }
    @{ Key = 'help_options'; Ko = '옵션 (--옵션=값 형식도 가능):'; En = 'Options (--option=value works too):' }
    @{ Key = 'see_help'; Ko = '옵션 목록은 --help로 볼 수 있습니다.'; En = '--help lists the options.' }
    @{ Key = 'option_needs_value'; Ko = '오류: {0} 옵션에 값이 필요합니다.'; En = 'Error: option {0} needs a value.' }
    @{ Key = 'option_takes_no_value'; Ko = '오류: {0} 옵션은 값을 받지 않습니다.'; En = 'Error: option {0} takes no value.' }
    @{ Key = 'option_unknown'; Ko = '오류: 알 수 없는 옵션 {0}'; En = 'Error: unknown option {0}' }
    @{ Key = 'argument_unknown'; Ko = '오류: 알 수 없는 인수 {0}'; En = 'Error: unknown argument {0}' }
    @{ Key = 'language_wrong'; Ko = '오류: --lang {0}: ko 또는 en이어야 합니다.'; En = 'Error: --lang {0}: it must be ko or en.' }
    @{ Key = 'interrupted'; Ko = '중단되었습니다.'; En = 'Interrupted.' }
    @{ Key = 'help_exit_codes'; Ko = '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 70 시간 초과, 130 중단'; En = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted' }
    @{ Key = 'timeout_wrong'; Ko = '오류: --timeout {0}: 1 이상의 정수(초)여야 합니다.'; En = 'Error: --timeout {0}: it must be a whole number of seconds from 1.' }
    @{ Key = 'kubectl_missing'; Ko = '오류: kubectl을 찾을 수 없습니다. kubectl {0} 이상을 설치하세요.'; En = 'Error: kubectl is not found. Install kubectl {0} or later.' }
    @{ Key = 'kubectl_unknown'; Ko = '오류: kubectl의 버전({0})을 알 수 없습니다. {1} 이상이 필요합니다.'; En = 'Error: kubectl''s version ({0}) is not known. {1} or later is needed.' }
    @{ Key = 'kubectl_old'; Ko = '오류: kubectl {0}은(는) 너무 오래되었습니다. {1} 이상이 필요합니다.'; En = 'Error: kubectl {0} is too old. {1} or later is needed.' }
    @{ Key = 'context_none'; Ko = '오류: kubeconfig에 현재 컨텍스트가 없습니다. --context 이름으로 지정하세요.'; En = 'Error: the kubeconfig has no current context. Give one with --context NAME.' }
    @{ Key = 'context_absent'; Ko = '오류: kubeconfig에 컨텍스트 {0}이(가) 없습니다. 있는 것: {1}'; En = 'Error: the kubeconfig has no context {0}. It has: {1}' }
    @{ Key = 'context_or_yes'; Ko = '오류: 터미널이 아닌 곳에서는 --context 이름 또는 --yes가 필요합니다.'; En = 'Error: without a terminal, --context NAME or --yes is needed.' }
    @{ Key = 'cancelled'; Ko = '취소되었습니다. 변경된 것은 없습니다.'; En = 'Cancelled. Nothing was changed.' }
    @{ Key = 'api_away'; Ko = '오류: 컨텍스트 {0}의 API 서버가 응답하지 않습니다: {1}'; En = 'Error: the API server of context {0} does not answer: {1}' }
    @{ Key = 'target'; Ko = '컨텍스트 {0}, 네임스페이스 {1}, 환경 {2}'; En = 'Context {0}, namespace {1}, environment {2}' }
    @{ Key = 'timed_out'; Ko = '오류: 제한 시간 {0}초를 넘었습니다.'; En = 'Error: the time limit of {0} s is over.' }
    @{ Key = 'read_failed'; Ko = '오류: 클러스터에서 {0}을(를) 읽지 못했습니다.'; En = 'Error: reading {0} from the cluster failed.' }
    @{ Key = 'delete_failed'; Ko = '오류: {0} 삭제에 실패했습니다.'; En = 'Error: deleting {0} failed.' }
    @{ Key = 'help_summary'; Ko = '{0}을(를) 네임스페이스 {1}에 배포합니다 (환경 {2}).'; En = 'Deploys {0} to the namespace {1} (environment {2}).' }
    @{ Key = 'help_phase_option'; Ko = '''{0}'' 단계도 배포'; En = 'Also deploy the step ''{0}''' }
    @{ Key = 'help_variables'; Ko = '환경 변수 (Secret의 값. 없으면 클러스터의 값을 유지하고, 거기에도 없으면 새로 만듭니다):'; En = 'Environment variables (values of Secrets; without one the cluster''s value stays, or a new one is made):' }
    @{ Key = 'started'; Ko = '=== {0} 배포 시작 ==='; En = '=== Deployment of {0}: start ===' }
    @{ Key = 'finished'; Ko = '=== {0} 배포 완료 ==='; En = '=== Deployment of {0}: done ===' }
    @{ Key = 'files_missing'; Ko = '오류: {0} 폴더에 파일이 없거나 읽을 수 없습니다: {1}'; En = 'Error: {0} lacks these files, or they cannot be read: {1}' }
    @{ Key = 'confirm'; Ko = '컨텍스트 {0}의 네임스페이스 {1}에 배포할까요? [y/N] '; En = 'Deploy to context {0}, namespace {1}? [y/N] ' }
    @{ Key = 'phase_started'; Ko = '[{0}/{1}] {2}'; En = '[{0}/{1}] {2}' }
    @{ Key = 'apply_failed'; Ko = '오류: 적용에 실패했습니다. 위의 kubectl 메시지를 확인하세요.'; En = 'Error: apply failed. kubectl''s message above says why.' }
    @{ Key = 'secret_create'; Ko = 'Secret {0} 생성 (키: {1})'; En = 'Secret {0}: creating it (keys: {1})' }
    @{ Key = 'secret_add'; Ko = 'Secret {0}에 없는 키 추가: {1}'; En = 'Secret {0}: adding the missing keys {1}' }
    @{ Key = 'secret_write_failed'; Ko = '오류: Secret {0}을(를) 쓰지 못했습니다.'; En = 'Error: writing Secret {0} failed.' }
    @{ Key = 'secret_differs'; Ko = '오류: Secret {0}의 키 {1}: 환경 변수 {2}의 값이 클러스터의 값과 다릅니다. 기존 값은 자동으로 바뀌지 않습니다.
  기존 값을 유지하려면 이 변수 없이 다시 실행하세요. 값을 교체하려면: (1) 그 값을 쓰는 시스템(예: 데이터베이스)에서 먼저 변경하고,
  (2) kubectl -n {3} edit secret으로 Secret을 같은 값으로 수정한 뒤, (3) 그 Secret을 읽는 워크로드를 다시 시작하세요.'; En = 'Error: Secret {0}, key {1}: the value of the variable {2} differs from the cluster''s, which is not replaced.
  To keep the cluster''s value, run again without the variable. To rotate it: (1) change it first in the system that uses it (the
  database, say), (2) edit the Secret to the same value (kubectl -n {3} edit secret), (3) restart the workloads that read it.' }
    @{ Key = 'secret_placeholder'; Ko = '오류: Secret {0}의 키 {1}: 값이 템플릿의 자리표시자 {2} 그대로인데, 데이터가 들어 있을 수 있는 PersistentVolumeClaim이 이미 있습니다.
  그 데이터를 만들 때 쓴 값을 환경 변수로 지정하고, Secret을 삭제한 뒤 다시 실행하세요. 데이터가 필요 없으면 PersistentVolumeClaim을 삭제하세요.'; En = 'Error: Secret {0}, key {1}: the value still is the template''s placeholder {2}, and a claim that may hold data exists.
  Set the variables to the values that the data was made with, delete the Secret, and run again. If the data is not needed, delete the claim.' }
    @{ Key = 'secret_lost'; Ko = '오류: Secret {0}의 키 {1}이(가) 클러스터에 없는데, 그 값으로 만든 데이터가 {2}에 남아 있습니다.
  새 값을 만들면 데이터에 접근할 수 없으므로 중단합니다. 환경 변수 {3}에 이전 값을 지정하고 다시 실행하세요.'; En = 'Error: Secret {0}, key {1}: it is gone, and the data that was made with its value is still in {2}.
  A new value could not open that data. Set the variable {3} to the old value and run again.' }
    @{ Key = 'secrets_stop'; Ko = 'Secret 문제로 중단합니다. 아무것도 적용하지 않았습니다.'; En = 'Stopped because of the Secrets. Nothing was applied.' }
    @{ Key = 'job_failed_before'; Ko = 'Job/{0}: 이전 실행이 실패했으므로 삭제하고 다시 실행합니다.'; En = 'Job/{0}: it failed before; deleting it and running it again.' }
    @{ Key = 'job_secret_changed'; Ko = 'Job/{0}: 읽는 Secret이 바뀌었으므로 삭제하고 다시 실행합니다.'; En = 'Job/{0}: a Secret that it reads changed; deleting it and running it again.' }
    @{ Key = 'job_changed'; Ko = 'Job/{0}: 내용이 바뀌었으므로 삭제하고 다시 실행합니다.'; En = 'Job/{0}: it changed; deleting it and running it again.' }
    @{ Key = 'restart'; Ko = '{0}: 읽는 Secret이 바뀌었으므로 다시 시작합니다.'; En = '{0}: restarting it because a Secret that it reads changed.' }
    @{ Key = 'restart_failed'; Ko = '오류: {0} 다시 시작에 실패했습니다.'; En = 'Error: restarting {0} failed.' }
    @{ Key = 'waiting'; Ko = '대기 중 (준비 {0}/{1}): {2}'; En = 'waiting ({0} of {1} ready): {2}' }
    @{ Key = 'poll_failed'; Ko = '상태를 읽지 못해 다시 시도합니다: {0}'; En = 'reading the state failed, trying again: {0}' }
    @{ Key = 'progress'; Ko = '  {0} [{1}초]'; En = '  {0} [{1} s]' }
    @{ Key = 'phase_ready'; Ko = '  준비됨: {0}개 [{1}초]'; En = '  ready: {0} [{1} s]' }
    @{ Key = 'job_failed'; Ko = '오류: Job/{0}이(가) 실패했습니다.'; En = 'Error: Job/{0} failed.' }
    @{ Key = 'unready'; Ko = '준비되지 않음: {0}'; En = 'Not ready: {0}' }
    @{ Key = 'pod_reason'; Ko = '    Pod/{0}: {1} {2}'; En = '    Pod/{0}: {1} {2}' }
    @{ Key = 'event'; Ko = '    이벤트 {0}: {1} {2}'; En = '    event {0}: {1} {2}' }
    @{ Key = 'logs'; Ko = '    마지막 로그 ({0}):'; En = '    last log lines ({0}):' }
    @{ Key = 'logs_none'; Ko = '(없음)'; En = '(none)' }
)
# plan: end
