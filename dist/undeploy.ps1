<#
.SYNOPSIS
    Removes what this folder deploys from a Kubernetes cluster.

.DESCRIPTION
    Deletes the objects phase by phase, the last phase first. Data (PersistentVolumeClaims), Secrets and the namespace
    stay unless -DeleteData and -DeleteNamespace ask for them.
    Needs Windows PowerShell 5.1 or PowerShell 7, and kubectl 1.27 or later. -Help lists the options.
    Options are given in PowerShell's spelling (-Context NAME, -Context:NAME) or in GNU spelling
    (--context NAME, --context=NAME).
    Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted.

.EXAMPLE
    .\undeploy.ps1 -Context production

.EXAMPLE
    .\undeploy.ps1 --delete-data --delete-namespace
#>
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# No parameter is declared, so that both spellings of the options, and what is no option, come here as written.
$Arguments = [string[]]$args

$TitleKo = 'Count 통합 관리 시스템'
$TitleEn = 'Count management system'
$Namespace = 'count-system'
$Environment = 'production'
$PartOf = 'count-system'
$Phases = @(
    @{ Name = 'namespace'; TitleKo = '네임스페이스 생성'; TitleEn = 'Namespace'; Option = '' }
    @{ Name = 'configuration'; TitleKo = 'ConfigMap 및 Secret 생성'; TitleEn = 'ConfigMaps and Secrets'; Option = '' }
    @{ Name = 'storage'; TitleKo = 'PVC 생성'; TitleEn = 'PersistentVolumeClaims'; Option = '' }
    @{ Name = 'infrastructure'; TitleKo = '인프라 컴포넌트 배포'; TitleEn = 'Infrastructure'; Option = '' }
    @{ Name = 'database-initialization'; TitleKo = '데이터베이스 초기화 Job 실행'; TitleEn = 'Database initialization'; Option = '' }
    @{ Name = 'services'; TitleKo = '애플리케이션 서비스 배포'; TitleEn = 'Services'; Option = '' }
    @{ Name = 'ingress'; TitleKo = 'Ingress 배포'; TitleEn = 'Ingress'; Option = 'with-ingress' }
)
$OutageSigns = @(
    @{ Sign = 'connection refused' }
    @{ Sign = 'was refused' }
    @{ Sign = 'connection reset' }
    @{ Sign = 'i/o timeout' }
    @{ Sign = 'TLS handshake timeout' }
    @{ Sign = 'no route to host' }
    @{ Sign = 'network is unreachable' }
    @{ Sign = 'no such host' }
    @{ Sign = 'http2: client connection lost' }
    @{ Sign = 'server sent GOAWAY' }
    @{ Sign = 'unexpected EOF' }
    @{ Sign = ': EOF' }
    @{ Sign = 'connectex: ' }
    @{ Sign = 'wsarecv: ' }
    @{ Sign = 'wsasend: ' }
    @{ Sign = 'currently unable to handle the request' }
    @{ Sign = 'etcdserver: ' }
    @{ Sign = 'ServiceUnavailable' }
    @{ Sign = 'context deadline exceeded' }
    @{ Sign = 'Client.Timeout exceeded' }
)
$Objects = @(
    @{ Phase = 'namespace'; Resource = 'Namespace.v1.'; Name = 'count-system' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'app-config' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'kafka-config' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'redis-config' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'postgresql-init-scripts' }
    @{ Phase = 'configuration'; Resource = 'Secret.v1.'; Name = 'postgresql-secret' }
    @{ Phase = 'configuration'; Resource = 'Secret.v1.'; Name = 'countinfo-secret' }
    @{ Phase = 'configuration'; Resource = 'Secret.v1.'; Name = 'dashboardconfig-secret' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'default-deny' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'allow-dns' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-write-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'postgresql' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-value' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-cache' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'kafka' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-read-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-replica' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-management-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-analysis-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'dashboard-provision-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'dashboard-update-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'postgresql-init' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'zookeeper' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'postgresql-data-postgresql-0' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-value-data-redis-value-0' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-replica-data-redis-replica-0' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-cache-data-redis-cache-0' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'zookeeper-data' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'kafka-data' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'zookeeper' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'kafka' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'postgresql' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-value' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-replica' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-cache' }
    @{ Phase = 'infrastructure'; Resource = 'Deployment.v1.apps'; Name = 'zookeeper' }
    @{ Phase = 'infrastructure'; Resource = 'Deployment.v1.apps'; Name = 'kafka' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'postgresql' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-value' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-replica' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-cache' }
    @{ Phase = 'database-initialization'; Resource = 'Job.v1.batch'; Name = 'postgresql-init' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-write-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-write-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-read-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-read-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-management-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-management-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-analysis-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-analysis-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'dashboard-provision-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'dashboard-provision-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'dashboard-update-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-write-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-read-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-management-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-analysis-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'dashboard-provision-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'dashboard-update-service' }
    @{ Phase = 'ingress'; Resource = 'Ingress.v1.networking.k8s.io'; Name = 'count-system-ingress' }
)
$CustomResources = @(
)
$Claims = @(
    @{ Name = 'postgresql-data-postgresql-0'; Labels = '' }
    @{ Name = 'redis-value-data-redis-value-0'; Labels = '' }
    @{ Name = 'redis-replica-data-redis-replica-0'; Labels = '' }
    @{ Name = 'redis-cache-data-redis-cache-0'; Labels = '' }
    @{ Name = 'zookeeper-data'; Labels = '' }
    @{ Name = 'kafka-data'; Labels = '' }
)
$PlaceTemplate = '{{define `one` -}}
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
$LabelsTemplate = '{{define `one` -}}
{{.kind}}/{{.metadata.name}}|{{range $key, $value := .metadata.labels}},{{$key}}={{$value}}{{end}},
{{end -}}
{{if .items}}{{range .items}}{{template `one` .}}{{end}}{{else}}{{template `one` .}}{{end -}}
'
$ForeignTemplate = '{{range .items}}{{if not .metadata.ownerReferences -}}
{{.kind}}/{{.metadata.name}}|{{range $key, $value := .metadata.labels}},{{$key}}={{$value}}{{end}},
{{end}}{{end -}}
'
$Options = @(
    @{ Name = 'delete-data'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = 'PersistentVolumeClaim(모든 데이터)과 Secret도 삭제'; HelpEn = 'Also delete the PersistentVolumeClaims (all data) and the Secrets' }
    @{ Name = 'delete-namespace'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '네임스페이스와 그 안의 모든 것을 삭제 (--delete-data도 필요)'; HelpEn = 'Also delete the namespace with all that is in it (needs --delete-data too)' }
    @{ Name = 'confirm'; Value = 'text'; Choices = ''; ArgumentKo = '네임스페이스'; ArgumentEn = 'NAMESPACE'; HelpKo = '데이터 삭제를 확인하는 네임스페이스 이름. 없으면 터미널에서 입력'; HelpEn = 'The namespace''s name, which confirms the deletion of data. Without it a person types it on the terminal' }
    @{ Name = 'context'; Value = 'text'; Choices = ''; ArgumentKo = '이름'; ArgumentEn = 'NAME'; HelpKo = 'kubeconfig의 컨텍스트. 생략하면 현재 컨텍스트'; HelpEn = 'Context of the kubeconfig. Default is the current one' }
    @{ Name = 'timeout'; Value = 'number'; Choices = ''; ArgumentKo = '초'; ArgumentEn = 'SECONDS'; HelpKo = '전체 실행의 제한 시간. 기본값 900'; HelpEn = 'Time limit of the whole run. Default 900' }
    @{ Name = 'environment'; Value = 'text'; Choices = ''; ArgumentKo = '이름'; ArgumentEn = 'NAME'; HelpKo = '네임스페이스가 다른 환경의 것이어도 진행. 이름은 이 폴더의 환경'; HelpEn = 'Go on although the namespace belongs to another environment. NAME is this folder''s environment' }
    @{ Name = 'force-unlock'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '다른 실행의 잠금을 빼앗음. 그 실행은 멈춤'; HelpEn = 'Take the lock from another run, which then stops' }
    @{ Name = 'json'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '메시지를 한 줄에 하나씩 JSON으로 출력'; HelpEn = 'Print each message as one line of JSON' }
    @{ Name = 'yes'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '묻지 않고 진행. 터미널이 없으면 --context 또는 --yes가 필요'; HelpEn = 'Do not ask. Without a terminal, --context or --yes is needed' }
    @{ Name = 'lang'; Value = 'choice'; Choices = 'ko en'; ArgumentKo = 'ko|en'; ArgumentEn = 'ko|en'; HelpKo = '메시지 언어. 생략하면 로캘에 따름'; HelpEn = 'Language of the messages. Default follows the locale' }
    @{ Name = 'help'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '이 도움말'; HelpEn = 'This text' }
)
$Messages = @(
    @{ Key = 'help_usage'; Arguments = 'script'; Ko = '사용법: {0} [옵션]'; En = 'Usage: {0} [options]' }
    @{ Key = 'help_options'; Arguments = ''; Ko = '옵션 (--옵션=값 형식도 가능):'; En = 'Options (--option=value works too):' }
    @{ Key = 'see_help'; Arguments = ''; Ko = '옵션 목록은 --help로 볼 수 있습니다.'; En = '--help lists the options.' }
    @{ Key = 'option_needs_value'; Arguments = 'option'; Ko = '오류: {0} 옵션에 값이 필요합니다.'; En = 'Error: option {0} needs a value.' }
    @{ Key = 'option_takes_no_value'; Arguments = 'option'; Ko = '오류: {0} 옵션은 값을 받지 않습니다.'; En = 'Error: option {0} takes no value.' }
    @{ Key = 'option_unknown'; Arguments = 'option'; Ko = '오류: 알 수 없는 옵션 {0}'; En = 'Error: unknown option {0}' }
    @{ Key = 'argument_unknown'; Arguments = 'argument'; Ko = '오류: 알 수 없는 인수 {0}'; En = 'Error: unknown argument {0}' }
    @{ Key = 'choice_wrong'; Arguments = 'option value choices'; Ko = '오류: {0} {1}: 다음 중 하나여야 합니다: {2}'; En = 'Error: {0} {1}: it must be one of {2}' }
    @{ Key = 'number_wrong'; Arguments = 'option value'; Ko = '오류: {0} {1}: 1 이상의 정수여야 합니다.'; En = 'Error: {0} {1}: it must be a whole number from 1.' }
    @{ Key = 'interrupted'; Arguments = ''; Ko = '중단되었습니다.'; En = 'Interrupted.' }
    @{ Key = 'help_exit_codes'; Arguments = ''; Ko = '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 70 시간 초과, 130 중단'; En = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted' }
    @{ Key = 'kubectl_missing'; Arguments = 'version'; Ko = '오류: kubectl을 찾을 수 없습니다. kubectl {0} 이상을 설치하세요.'; En = 'Error: kubectl is not found. Install kubectl {0} or later.' }
    @{ Key = 'kubectl_unknown'; Arguments = 'found version'; Ko = '오류: kubectl의 버전({0})을 알 수 없습니다. {1} 이상이 필요합니다.'; En = 'Error: kubectl''s version ({0}) is not known. {1} or later is needed.' }
    @{ Key = 'kubectl_old'; Arguments = 'found version'; Ko = '오류: kubectl {0}은(는) 너무 오래되었습니다. {1} 이상이 필요합니다.'; En = 'Error: kubectl {0} is too old. {1} or later is needed.' }
    @{ Key = 'context_none'; Arguments = ''; Ko = '오류: kubeconfig에 현재 컨텍스트가 없습니다. --context 이름으로 지정하세요.'; En = 'Error: the kubeconfig has no current context. Give one with --context NAME.' }
    @{ Key = 'context_absent'; Arguments = 'context contexts'; Ko = '오류: kubeconfig에 컨텍스트 {0}이(가) 없습니다. 있는 것: {1}'; En = 'Error: the kubeconfig has no context {0}. It has: {1}' }
    @{ Key = 'context_or_yes'; Arguments = ''; Ko = '오류: 터미널이 아닌 곳에서는 --context 이름 또는 --yes가 필요합니다.'; En = 'Error: without a terminal, --context NAME or --yes is needed.' }
    @{ Key = 'cancelled'; Arguments = ''; Ko = '취소되었습니다. 변경된 것은 없습니다.'; En = 'Cancelled. Nothing was changed.' }
    @{ Key = 'api_away'; Arguments = 'context reason'; Ko = '오류: 컨텍스트 {0}의 API 서버가 응답하지 않습니다: {1}'; En = 'Error: the API server of context {0} does not answer: {1}' }
    @{ Key = 'outage'; Arguments = 'reason'; Ko = 'API 서버가 응답하지 않아 다시 시도합니다: {0}'; En = 'the API server does not answer, trying again: {0}' }
    @{ Key = 'kubectl'; Arguments = 'line'; Ko = '    {0}'; En = '    {0}' }
    @{ Key = 'lock_held'; Arguments = 'holder since age left'; Ko = '오류: 다른 실행이 진행 중입니다: {0}, 시작 {1}, {2}초 전에 갱신.
  끝나기를 기다리거나, 그 실행이 죽었다면 {3}초 뒤에 다시 실행하세요. --force-unlock은 잠금을 빼앗고 그 실행을 멈춥니다.'; En = 'Error: another run is under way: {0}, since {1}, last seen {2} s ago.
  Wait for it. If it is dead, its lock ends in {3} s. --force-unlock takes the lock, and the other run stops.' }
    @{ Key = 'lock_taken'; Arguments = 'holder'; Ko = '{0}의 잠금을 넘겨받았습니다.'; En = 'The lock of {0} was taken over.' }
    @{ Key = 'lock_lost'; Arguments = ''; Ko = '오류: 다른 실행이 잠금을 가져갔으므로 멈춥니다. 지금까지 적용한 것은 그대로 남아 있습니다.'; En = 'Error: another run has taken the lock, so this one stops. What it has applied stays.' }
    @{ Key = 'lock_failed'; Arguments = ''; Ko = '오류: 잠금(Lease)을 쓰지 못했습니다.'; En = 'Error: the lock (a Lease) could not be written.' }
    @{ Key = 'environment_wrong'; Arguments = 'given environment'; Ko = '오류: --environment {0}: 이 폴더의 환경은 {1}입니다.'; En = 'Error: --environment {0}: this folder''s environment is {1}.' }
    @{ Key = 'environment_differs'; Arguments = 'namespace live environment environment_again'; Ko = '오류: 네임스페이스 {0}의 환경은 {1}이고, 이 폴더의 환경은 {2}입니다. 아무것도 쓰지 않았습니다.
  정말 바꾸려면 --environment {3}을(를) 지정하세요.'; En = 'Error: the namespace {0} belongs to the environment {1}, and this folder to {2}. Nothing was written.
  If it is meant to change, say --environment {3}.' }
    @{ Key = 'leaving'; Arguments = 'objects seconds'; Ko = '  삭제 중: {0} [{1}초]'; En = '  on the way out: {0} [{1} s]' }
    @{ Key = 'namespace_leaving'; Arguments = 'namespace'; Ko = '오류: 네임스페이스 {0}이(가) 삭제되는 중입니다. 삭제가 끝난 뒤 다시 실행하세요.'; En = 'Error: the namespace {0} is being deleted. Run again when it is gone.' }
    @{ Key = 'target'; Arguments = 'context namespace environment'; Ko = '컨텍스트 {0}, 네임스페이스 {1}, 환경 {2}'; En = 'Context {0}, namespace {1}, environment {2}' }
    @{ Key = 'timed_out'; Arguments = 'seconds'; Ko = '오류: 제한 시간 {0}초를 넘었습니다.'; En = 'Error: the time limit of {0} s is over.' }
    @{ Key = 'read_failed'; Arguments = 'what'; Ko = '오류: 클러스터에서 {0}을(를) 읽지 못했습니다.'; En = 'Error: reading {0} from the cluster failed.' }
    @{ Key = 'write_failed'; Arguments = 'object'; Ko = '오류: {0}을(를) 쓰지 못했습니다.'; En = 'Error: writing {0} failed.' }
    @{ Key = 'delete_failed'; Arguments = 'object'; Ko = '오류: {0} 삭제에 실패했습니다.'; En = 'Error: deleting {0} failed.' }
    @{ Key = 'help_summary'; Arguments = 'title namespace environment'; Ko = '{0}을(를) 네임스페이스 {1}에서 제거합니다 (환경 {2}). 데이터, Secret, 네임스페이스는 요청할 때만 삭제합니다.'; En = 'Removes {0} from the namespace {1} (environment {2}). Data, Secrets and namespace stay unless asked for.' }
    @{ Key = 'started'; Arguments = 'title'; Ko = '=== {0} 제거 시작 ==='; En = '=== Removal of {0}: start ===' }
    @{ Key = 'finished'; Arguments = 'title'; Ko = '=== {0} 제거 완료 ==='; En = '=== Removal of {0}: done ===' }
    @{ Key = 'confirm'; Arguments = 'context namespace'; Ko = '컨텍스트 {0}의 네임스페이스 {1}에서 제거할까요? [y/N] '; En = 'Remove from context {0}, namespace {1}? [y/N] ' }
    @{ Key = 'namespace_needs_data'; Arguments = ''; Ko = '오류: --delete-namespace는 데이터도 삭제하므로 --delete-data와 함께 지정해야 합니다.'; En = 'Error: --delete-namespace deletes the data too, so it needs --delete-data with it.' }
    @{ Key = 'delete_needs_name'; Arguments = 'namespace'; Ko = '오류: 터미널이 아닌 곳에서 데이터나 네임스페이스를 삭제하려면 --confirm {0}이(가) 필요합니다.'; En = 'Error: without a terminal, deleting data or the namespace needs --confirm {0}.' }
    @{ Key = 'foreign'; Arguments = 'namespace objects'; Ko = '네임스페이스 {0}에는 이 시스템의 것이 아닌 객체도 있으며, 함께 사라집니다: {1}'; En = 'The namespace {0} also holds what is not of this system, and goes with it: {1}' }
    @{ Key = 'not_ours'; Arguments = 'object label'; Ko = '  {0}: 라벨 {1}이(가) 없어 남겨 둡니다.'; En = '  {0}: it lacks the label {1}, and stays.' }
    @{ Key = 'removed'; Arguments = 'object'; Ko = '  {0} 삭제됨'; En = '  {0} deleted' }
    @{ Key = 'orphans_left'; Arguments = 'objects'; Ko = '이전에 배포했지만 이 폴더에 없어 남겨 둔 것: {0}'; En = 'Deployed before, not in this folder, and left: {0}' }
    @{ Key = 'namespace_absent'; Arguments = 'namespace'; Ko = '네임스페이스 {0}이(가) 없습니다. 삭제할 것이 없습니다.'; En = 'The namespace {0} is not there. Nothing is to be deleted.' }
    @{ Key = 'confirm_delete_data'; Arguments = 'context namespace'; Ko = '컨텍스트 {0}의 네임스페이스 {1}에서 모든 데이터(PersistentVolumeClaim)와 Secret이 영구히 삭제됩니다.'; En = 'In context {0}, namespace {1}, all data (PersistentVolumeClaims) and Secrets will be deleted for ever.' }
    @{ Key = 'confirm_delete_namespace'; Arguments = 'namespace'; Ko = '네임스페이스 {0}과(와) 그 안의 모든 것도 삭제됩니다.'; En = 'The namespace {0} will be deleted too, with all that is in it.' }
    @{ Key = 'confirm_type_name'; Arguments = 'namespace'; Ko = '계속하려면 네임스페이스 이름({0})을 입력하세요: '; En = 'To go on, type the name of the namespace ({0}): ' }
    @{ Key = 'name_wrong'; Arguments = ''; Ko = '오류: 입력한 이름이 네임스페이스 이름과 다릅니다. 삭제된 것은 없습니다.'; En = 'Error: that is not the name of the namespace. Nothing was deleted.' }
    @{ Key = 'phase_started'; Arguments = 'number total title'; Ko = '[{0}/{1}] 제거: {2}'; En = '[{0}/{1}] removing: {2}' }
    @{ Key = 'delete_data'; Arguments = ''; Ko = '데이터(PersistentVolumeClaim)와 Secret 삭제'; En = 'Deleting the data (PersistentVolumeClaims) and the Secrets' }
    @{ Key = 'delete_namespace'; Arguments = 'namespace'; Ko = '네임스페이스 {0} 삭제'; En = 'Deleting the namespace {0}' }
    @{ Key = 'kept'; Arguments = 'objects'; Ko = '남아 있음: {0}'; En = 'Kept: {0}' }
)

# --- Messages -------------------------------------------------------------------------------------------------------

$ExitDone = 0
$ExitFailed = 1
$ExitUsage = 2
$ExitInterrupted = 130

$script:Language = 'ko'
$script:Json = $false
$script:ExitCode = $null # once an end that is meant has come
$script:AtExit = { }     # what the script does at each of its ends, interruptions too
$script:Pipeline = $null # of Invoke-Script, which all output goes to, also that of functions that return a value
$script:Moving = ''      # the line that is on the terminal and will be replaced

$MessageRows = @{}
foreach ($row in $Messages) { $MessageRows[$row.Key] = $row }

# A text of the catalog in the chosen language, with its arguments in place; the key itself where there is none.
function Get-Text {
    param([string]$Key, [string[]]$Values = @())
    $row = $MessageRows[$Key]
    if ($row) { ((Select-Language $row.Ko $row.En) -f $Values).TrimEnd("`n") } else { $Key }
}

# Prints a text, or with --json the event of that name.
function Write-Text {
    param([string]$Key, [string[]]$Values = @())
    if ($script:Json) { Write-Event 'info' $Key $Values } else { Write-Line (Get-Text $Key $Values) }
}

# The same for what went wrong, without --json on standard error.
function Write-Complaint {
    param([string]$Key, [string[]]$Values = @())
    if ($script:Json) { Write-Event 'error' $Key $Values } else { Write-ErrorLine (Get-Text $Key $Values) }
}

# Prints one line of JSON: time, name, level, text, and the arguments by their names.
function Write-Event {
    param([string]$Level, [string]$Key, [string[]]$Values = @())
    $time = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    $members = @("`"time`":`"$time`"", "`"event`":`"$Key`"", "`"level`":`"$Level`"")
    $members += '"text":' + (ConvertTo-JsonText (Get-Text $Key $Values))
    $index = 0
    foreach ($name in $MessageRows[$Key].Arguments -split ' ' | Where-Object { $_ }) {
        $members += "`"$name`":$(ConvertTo-JsonValue $Values[$index])"
        $index++
    }
    Write-Line ('{' + ($members -join ',') + '}')
}

# A number where the text is one, else a text.
function ConvertTo-JsonValue {
    param([string]$Text)
    if ($Text -cmatch '\A(0|[1-9][0-9]{0,8})\z') { $Text } else { ConvertTo-JsonText $Text }
}

function ConvertTo-JsonText {
    param([string]$Text)
    $escaped = $Text.Replace('\', '\\').Replace('"', '\"').Replace("`n", '\n').Replace("`t", '\t')
    '"' + ($escaped -replace '[\x01-\x1f]', ' ') + '"'
}

# Prints a line, in place of the moving one.
function Write-Line {
    param([string]$Line)
    Clear-Moving
    if ($script:Pipeline) { $script:Pipeline.WriteObject($Line) } else { [Console]::Out.WriteLine($Line) }
}

function Write-ErrorLine {
    param([string]$Line)
    Clear-Moving
    [Console]::Error.WriteLine($Line)
}

# Prints a text as a line that the next one replaces; only on a terminal that can. Its first argument is cut where the line would
# be wider than the terminal, which then could not replace it.
function Write-Moving {
    param([string]$Key, [string[]]$Values)
    $width = if ([Console]::WindowWidth -gt 1) { [Console]::WindowWidth } else { 80 }
    $first, $others = $Values
    $frame = Get-ColumnCount (Get-Text $Key (@('') + $others))
    $script:Moving = Get-Text $Key (@(Get-FittedText $first ($width - 1 - $frame)) + $others)
    [Console]::Out.Write("`r$script:Moving$([char]27)[K")
}

# How many columns of a terminal a text takes, at most: two for each letter that UTF-8 writes in three bytes or more, as it does
# Korean ones.
function Get-ColumnCount {
    param([string]$Text)
    $letters = $Text -creplace '[\uDC00-\uDFFF]', ''
    $letters.Length + ($letters -creplace '[^\u0800-\uFFFF]', '').Length
}

# As much of a text as has room, by the measure of Get-ColumnCount.
function Get-FittedText {
    param([string]$Text, [int]$Columns)
    $end = 0
    for ($at = 0; $at -lt $Text.Length; $at++) {
        if ([char]::IsLowSurrogate($Text[$at])) { continue }
        if ($Columns -ge 2) { $end = $at }
        $Columns -= if ([int]$Text[$at] -ge 0x800) { 2 } else { 1 }
        if ($Columns -lt 0) { return $Text.Substring(0, $end) + '…' }
    }
    $Text
}

function Clear-Moving {
    if ($script:Moving) { [Console]::Out.Write("`r$([char]27)[K") }
    $script:Moving = ''
}

function Test-Moving {
    $isTerminal = $Host.UI.SupportsVirtualTerminal -and -not [Console]::IsOutputRedirected
    $isTerminal -and -not $script:Json -and -not $env:NO_COLOR -and $env:TERM -cne 'dumb'
}

# Every end that is meant comes here; what ends the script otherwise is an interruption.
function Exit-Script {
    param([int]$Code)
    $script:ExitCode = $Code
    exit $Code
}

# Says that there was an interruption, after which the pipeline takes nothing.
function Write-Interruption {
    $script:Pipeline = $null
    Write-Complaint 'interrupted'
}

function Exit-Failed {
    param([string]$Key, [string[]]$Values = @())
    Write-Complaint $Key $Values
    Exit-Script $ExitFailed
}

function Exit-Usage {
    param([string]$Key, [string[]]$Values = @())
    Write-Complaint $Key $Values
    Write-Complaint 'see_help'
    Exit-Script $ExitUsage
}

function Select-Language {
    param([string]$Korean, [string]$English)
    if ($script:Language -eq 'ko') { $Korean } else { $English }
}

function Get-Title {
    Select-Language $TitleKo $TitleEn
}

# By --lang, else by the variables of the locale, else by the language that Windows displays.
function Initialize-Language {
    param([string[]]$Words)
    $locales = $env:LC_ALL, $env:LC_MESSAGES, $env:LANG, [Globalization.CultureInfo]::CurrentUICulture.Name
    $locale = $locales | Where-Object { $_ } | Select-Object -First 1
    $script:Language = if ("$locale" -cmatch '^(ko.*|C|C\..*|POSIX|)$') { 'ko' } else { 'en' }
    foreach ($word in $Words) {
        if ($word -cmatch '^--lang=(ko|en)$') { $script:Language = $Matches[1] }
        if ($word -ceq '--json') { $script:Json = $true }
    }
}

# --- Options --------------------------------------------------------------------------------------------------------

$script:GivenOptions = @{} # lists of values, by name

# Reads the words of the command line, in GNU spelling, by the table of options.
function Read-Option {
    param([string[]]$Words)
    foreach ($word in $Words) {
        $name, $value = $word -split '=', 2
        if ($name -cnotlike '--*') { Exit-Usage 'argument_unknown' $word }
        $option = Get-Option $name.Substring(2)
        if (-not $option) { Exit-Usage 'option_unknown' $word }
        if ($option.Value) { Assert-Value $option $value }
        elseif ($null -ne $value) { Exit-Usage 'option_takes_no_value' $name }
        if ($option.Name -ceq 'help') {
            Write-Help
            Exit-Script $ExitDone
        }
        $script:GivenOptions[$option.Name] += @("$value")
    }
}

function Get-Option {
    param([string]$Name)
    foreach ($option in $Options) {
        if ($option.Name -ceq $Name) { return $option }
    }
}

# Ends the run when the option cannot have the value.
function Assert-Value {
    param([hashtable]$Option, [string]$Value)
    $name = "--$($Option.Name)"
    if (-not $Value) { Exit-Usage 'option_needs_value' $name }
    if ($Option.Value -ceq 'number' -and $Value -cnotmatch '\A0*[1-9][0-9]{0,8}\z') {
        Exit-Usage 'number_wrong' $name, $Value
    }
    if ($Option.Value -ceq 'choice' -and $Option.Choices -split ' ' -cnotcontains $Value) {
        Exit-Usage 'choice_wrong' $name, $Value, $Option.Choices
    }
}

function Test-Option {
    param([string]$Name)
    $script:GivenOptions.ContainsKey($Name)
}

# Whether the option was given with that value, perhaps among others.
function Test-OptionValue {
    param([string]$Name, [string]$Value)
    $script:GivenOptions[$Name] -ccontains $Value
}

# The last value that was given, or the default.
function Get-OptionValue {
    param([string]$Name, [string]$Default = '')
    if (Test-Option $Name) { $script:GivenOptions[$Name][-1] } else { $Default }
}

# One GNU word for each option: `-Context x`, `-Context:x` and `--context x` become `--context=x`. PowerShell
# has already made two words of `-Context:x` and of `-Yes:$true`.
function ConvertTo-GnuSpelling {
    param([string[]]$Words)
    for ($index = 0; $index -lt $Words.Count; $index++) {
        $option = $null
        $hasValue = $false
        if ($Words[$index] -match '^-([a-z]+)(:?)$') {
            $option = Find-Option $Matches[1]
            $hasValue = $Matches[2] -ne ''
        }
        elseif ($Words[$index] -cmatch '^--([a-z-]+)$') {
            $option = Get-Option $Matches[1]
        }
        if (-not $option) {
            $Words[$index]
        }
        elseif (($option.Value -or $hasValue) -and $index + 1 -lt $Words.Count) {
            $index++
            if ($option.Value) { "--$($option.Name)=$($Words[$index])" }
            elseif ($Words[$index] -eq 'True') { "--$($option.Name)" }
            elseif ($Words[$index] -ne 'False') { "--$($option.Name)=$($Words[$index])" }
        }
        else {
            "--$($option.Name)"
        }
    }
}

# The option that a name in PowerShell's spelling means: in full, or its first letters if no other begins with them.
function Find-Option {
    param([string]$Name)
    if ($Name -eq 'WhatIf') { return Get-Option 'dry-run' }
    $found = @($Options | Where-Object { $_.Name.Replace('-', '') -eq $Name })
    if ($found.Count -eq 0) {
        $found = @($Options | Where-Object { $_.Name.Replace('-', '') -like "$Name*" })
    }
    if ($found.Count -eq 1) { $found[0] }
}

# Prints the options of the table.
function Write-OptionHelp {
    Write-Line (Get-Text 'help_options')
    foreach ($option in $Options) {
        $argument = Select-Language $option.ArgumentKo $option.ArgumentEn
        Write-Line ("  --$($option.Name) $argument".TrimEnd())
        Write-Line "      $(Select-Language $option.HelpKo $option.HelpEn)"
    }
}

# --- Folder ---------------------------------------------------------------------------------------------------------

$script:Folder = ''

# Finds the folder of this script, also when it was called through a symbolic link.
function Initialize-Folder {
    $file = Get-Item -LiteralPath $PSCommandPath -Force
    while ($file.LinkType -eq 'SymbolicLink') {
        $target = @($file.Target)[0]
        if (-not [IO.Path]::IsPathRooted($target)) { $target = Join-Path $file.DirectoryName $target }
        $file = Get-Item -LiteralPath $target -Force
    }
    $script:Folder = $file.DirectoryName
}

# --- Programs -------------------------------------------------------------------------------------------------------
# PowerShell's own way to run a program has no time limit, and its quoting, encodings and treatment of errors differ
# between Windows PowerShell 5.1 and PowerShell 7.

$script:HiddenVariables = @() # variables of the environment that no program gets
$script:AddedVariables = @{} # and those that each gets beside

# On Windows each output that is being read keeps a thread of the pool, which by itself gets new ones slowly.
[void][Threading.ThreadPool]::SetMinThreads(32, 32)

# The path of a program; nothing where PATH has none.
function Find-Program {
    param([string]$Name)
    $found = Get-Command $Name -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($found) { $found.Path }
}

# Starts a program whose output and errors are read from the process that is returned.
function Start-Program {
    param([string]$Path, [string[]]$Words, [switch]$WithInput)
    $start = [Diagnostics.ProcessStartInfo]::new($Path, (ConvertTo-CommandLine $Words))
    $start.WorkingDirectory = (Get-Location -PSProvider FileSystem).ProviderPath
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $WithInput
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [Text.Encoding]::UTF8
    $start.StandardErrorEncoding = [Text.Encoding]::UTF8
    foreach ($variable in $script:HiddenVariables) { $start.EnvironmentVariables.Remove($variable) }
    foreach ($variable in $script:AddedVariables.Keys) { $start.EnvironmentVariables[$variable] = $script:AddedVariables[$variable] }
    [Diagnostics.Process]::Start($start)
}

# Runs a program and gives its exit code, output and errors.
function Invoke-Program {
    param([string]$Path, [string[]]$Words, [string]$InputText = '', [int]$Seconds = 60)
    Complete-Call (Start-Call $Path $Words -WithInput:($InputText -ne '')) -InputText $InputText -Seconds $Seconds
}

# Starts a program, of which Complete-Call gives what Invoke-Program does.
function Start-Call {
    param([string]$Path, [string[]]$Words, [switch]$WithInput)
    $process = Start-Program $Path $Words -WithInput:$WithInput
    @{ Process = $process; Output = $process.StandardOutput.ReadToEndAsync(); Errors = $process.StandardError.ReadToEndAsync() }
}

function Complete-Call {
    param([hashtable]$Call, [string]$InputText = '', [int]$Seconds = 60)
    $process, $output, $errors = $Call.Process, $Call.Output, $Call.Errors
    try {
        if ($InputText) { Send-Text $process.StandardInput $InputText }
        $clock = [Diagnostics.Stopwatch]::StartNew()
        # Short waits, because an interruption takes effect only between them.
        while (-not $process.WaitForExit(100) -and $clock.Elapsed.TotalSeconds -lt $Seconds) { }
    }
    finally {
        Stop-Program $process
    }
    $process.WaitForExit()
    # A program that this one started may still hold the output open: that is not awaited, and is a failure.
    if ([Threading.Tasks.Task]::WaitAll(@($output, $errors), 2000)) {
        @{ ExitCode = $process.ExitCode; Output = $output.Result.TrimEnd(); Errors = $errors.Result.TrimEnd() }
    }
    else {
        @{ ExitCode = $ExitFailed; Output = ''; Errors = '' }
    }
}

# Ends a program and those that it started.
function Stop-Program {
    param([Diagnostics.Process]$Process)
    if ($Process.HasExited) { return }
    if ($PSVersionTable.PSEdition -ceq 'Core') { $Process.Kill($true) }
    else { (Start-Program 'taskkill' '/t', '/f', '/pid', $Process.Id).WaitForExit() }
}

# Writes all that a program is to read, in UTF-8. What ends before it has read that says why by its exit code.
function Send-Text {
    param([IO.StreamWriter]$Writer, [string]$Text)
    $bytes = [Text.Encoding]::UTF8.GetBytes($Text)
    try {
        $Writer.BaseStream.Write($bytes, 0, $bytes.Length)
        $Writer.Close()
    }
    catch [IO.IOException] { Write-Verbose $_.Exception.Message }
}

# Quotes arguments as programs on Windows read them, which .NET undoes on other systems.
function ConvertTo-CommandLine {
    param([string[]]$Words)
    $Words -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1' -replace '(?s)\A.*\z', '"$0"' -join ' '
}

# The lines of a text that are not empty.
function Get-Line {
    param([string]$Text)
    $Text -split '\r?\n' -cne ''
}

function Get-LastLine {
    param([string]$Text)
    Get-Line $Text | Where-Object { $_.Trim() } | Select-Object -Last 1
}

# --- kubectl --------------------------------------------------------------------------------------------------------

$FieldManager = 'cdk8s-backend'
# The API server refuses unknown fields in a server-side apply by itself: kubectl's own check would fetch schemas each time.
$ServerSideApply = 'apply', '--server-side', '--validate=ignore'
$ApplyWords = $ServerSideApply + @('--field-manager', $FieldManager)
$OldestKubectl = 27
$ExitTimedOut = 70

# kubectl runs for a moment, of which the collection of garbage takes a fifth as Go is set.
if (-not $env:GOGC) { $script:AddedVariables['GOGC'] = '400' }

$script:Kubectl = ''
$script:Context = ''
$script:Timeout = 900
$script:Clock = [Diagnostics.Stopwatch]::StartNew()
$script:Deadline = 0
$script:Ahead = @{} # calls that were started before their answers are asked for, by their arguments or what they tell

# Asks kubectl what Assert-Kubectl and Initialize-Context have to know.
function Start-Kubectl {
    $script:Kubectl = Find-Program 'kubectl'
    if (-not $script:Kubectl) { return }
    $script:AtExit = { Stop-Ahead }
    $script:Ahead.Version = Start-Call $script:Kubectl 'version', '--client', '--output', 'yaml'
    $script:Context = Get-OptionValue 'context'
    if (-not $script:Context) { $script:Ahead.Context = Start-Call $script:Kubectl 'config', 'current-context' }
}

function Assert-Kubectl {
    if (-not $script:Kubectl) { Exit-Failed 'kubectl_missing' "1.$OldestKubectl" }
    $answer = (Complete-Call $script:Ahead.Version).Output
    $version = if ($answer -cmatch '(?m)^ *gitVersion: *v(\S+)') { $Matches[1] } else { '?' }
    if ($version -cnotmatch '^1\.([0-9]+)\.') { Exit-Failed 'kubectl_unknown' $version, "1.$OldestKubectl" }
    if ([int]$Matches[1] -lt $OldestKubectl) { Exit-Failed 'kubectl_old' $version, "1.$OldestKubectl" }
}

# Decides the context once, so that a change of the current context during the run changes nothing.
function Initialize-Context {
    if (-not $script:Context) {
        $current = Complete-Call $script:Ahead.Context
        if ($current.ExitCode) { Exit-Failed 'context_none' }
        $script:Context = $current.Output
    }
}

# Goes on when the person at the terminal agrees; without a terminal it is wrong usage.
function Confirm-OnTerminal {
    param([string]$Question)
    $answer = Read-Answer (Get-Text $Question $script:Context, $Namespace) -Complaint 'context_or_yes'
    if ($answer -cnotmatch '^(y|Y|yes|Yes|YES|예|네)$') { Exit-Failed 'cancelled' }
}

# The answer from the terminal; without one the run ends with the given complaint.
function Read-Answer {
    param([string]$Prompt, [string]$Complaint)
    if ([Console]::IsInputRedirected) { Exit-Usage $Complaint }
    $Host.UI.Write($Prompt)
    try { $Host.UI.ReadLine() } catch { Exit-Usage $Complaint }
}

function Start-Clock {
    $script:Timeout = [int](Get-OptionValue 'timeout' $script:Timeout)
    $script:Deadline = (Get-Elapsed) + $script:Timeout
}

function Get-Elapsed {
    [int][Math]::Floor($script:Clock.Elapsed.TotalSeconds)
}

function Get-TimeLeft {
    $script:Deadline - (Get-Elapsed)
}

# Runs kubectl in the chosen context. It ends with the time of the run, which --request-timeout alone does not bring
# about because one call may make many requests.
function Invoke-Kubectl {
    param([string[]]$Words, [string]$InputText = '', [int]$Seconds = (Get-TimeLeft))
    if ($Seconds -le 0) { return @{ ExitCode = $ExitTimedOut; Output = ''; Errors = '' } }
    $call = $script:Ahead["$Words"]
    if ($call) {
        $script:Ahead.Remove("$Words")
        return Complete-Call $call -Seconds $Seconds
    }
    Invoke-Program $script:Kubectl ((Get-PlaceWord $Seconds) + $Words) -InputText $InputText -Seconds $Seconds
}

# The arguments that say where to, and for how long.
function Get-PlaceWord {
    param([int]$Seconds)
    '--context', $script:Context, '--namespace', $Namespace, '--request-timeout', "${Seconds}s"
}

# Starts a call that only reads, whose answer Invoke-Kubectl gives when it is asked for the same.
function Start-Ahead {
    param([string[]]$Words, [string]$InputText = '', [int]$Seconds = (Get-TimeLeft))
    $call = Start-Call $script:Kubectl ((Get-PlaceWord $Seconds) + $Words) -WithInput:($InputText -ne '')
    $script:Ahead["$Words"] = $call
    if ($InputText) { Send-Text $call.Process.StandardInput $InputText }
}

function Stop-Ahead {
    foreach ($call in $script:Ahead.Values) { Stop-Program $call.Process }
    $script:Ahead = @{}
}

# Runs kubectl as Invoke-Kubectl does, and again while the API server is away: it has to be something that can be done twice.
function Invoke-PatientKubectl {
    param([string[]]$Words, [string]$InputText = '')
    $answer = Invoke-Kubectl $Words -InputText $InputText
    $isSaid = $false
    while ($answer.ExitCode -and (Test-Outage $answer) -and (Get-TimeLeft) -gt 0) {
        if (-not $isSaid) { Write-Complaint 'outage' (Get-LastLine $answer.Errors) }
        $isSaid = $true
        Stop-Ahead # what was started before fails alike
        Start-Sleep -Seconds 2
        $answer = Resume-Kubectl $Words $InputText
    }
    $answer
}

# One more try. Meanwhile another run may have taken the lock, so this one has to have it, unless the call is about a Lease
# itself, which is all that is created. Where it could not be renewed, the answer says why.
function Resume-Kubectl {
    param([string[]]$Words, [string]$InputText)
    $failure = if ($Words[0] -cne 'create' -and $Words[1] -cne 'lease') { Confirm-Lock }
    if ($failure) { $failure } else { Invoke-Kubectl $Words -InputText $InputText }
}

# Whether kubectl says that the API server did not answer. What it logs may be about an extension of the API, so that counts
# only where it says nothing else. What an API server says about a webhook, or about those extensions, is an answer.
function Test-Outage {
    param([hashtable]$Answer)
    $lines = @(Get-Line $Answer.Errors)
    $words = @($lines | Where-Object { $_ -cnotmatch '^[EWIF][0-9]{4} ' })
    if (-not $words -and -not $Answer.Output) { $words = $lines }
    $text = $words -join "`n"
    if ($text -cmatch ' webhook "|conversion webhook for |the complete list of server APIs') { return $false }
    [bool]($OutageSigns | Where-Object { $text.Contains($_.Sign) })
}

# What kubectl reads; ends the run when it cannot. What names it for people.
function Read-Cluster {
    param([string]$What, [string[]]$Words)
    $answer = Invoke-PatientKubectl $Words
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'read_failed' $What }
    $answer.Output
}

# Shows what kubectl said, line by line, as it is.
function Write-Answer {
    param([hashtable]$Answer)
    foreach ($line in Get-Line (Get-AnswerText $Answer)) { Write-Complaint 'kubectl' $line }
}

# What kubectl printed, as a terminal shows it: warnings before what it has done, errors after that.
function Get-AnswerText {
    param([hashtable]$Answer)
    $texts = if ($Answer.ExitCode) { $Answer.Output, $Answer.Errors } else { $Answer.Errors, $Answer.Output }
    @($texts | Where-Object { $_ }) -join "`n"
}

# Ends the run after a failed call: with its time when that is over, else as failed.
function Exit-AfterCall {
    param([string]$Key, [string[]]$Values = @())
    if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
    Exit-Failed $Key $Values
}

# The same after a call whose answer says why.
function Exit-AfterAnswer {
    param([hashtable]$Answer, [string]$Key, [string[]]$Values = @())
    Write-Answer $Answer
    Exit-AfterCall $Key $Values
}

# --- Lock -----------------------------------------------------------------------------------------------------------
# A Lease in the namespace. All times in it are the API server's; one without times has that of its creation.

$LeaseName = 'cdk8s-backend-lock'
$LockSeconds = 60
$RenewAfter = 30

$script:Holder = '' # this run, as the Lease names it, while it has the lock
$script:RenewedAt = 0
$script:Lease = $null # Version, Holder, Since and Renewed, as Read-Place found them

# Takes the lock if nobody has it, if the time of who has it is over, or with --force-unlock; else ends the run.
function Lock-Namespace {
    $name = "$([Environment]::UserName)@$([Environment]::MachineName) $PID-$(Get-Random -Maximum 32768)"
    $spec = '"holderIdentity":' + (ConvertTo-JsonText $name) + ',"leaseDurationSeconds":' + $LockSeconds
    $other = ''
    if (-not $script:Lease) {
        $script:Holder = $name # already: a call that is interrupted may have taken it
        $answer = New-Lease "{`"name`":`"$LeaseName`"}" "{$spec}" '--field-manager', $FieldManager
    }
    else {
        $now = Get-ServerTime
        $other = $script:Lease.Holder
        if ($other -and -not (Test-Option 'force-unlock')) {
            $age = Get-SecondsBetween $script:Lease.Renewed $now
            if ($age -lt $LockSeconds) { Exit-Failed 'lock_held' $other, $script:Lease.Since, $age, ($LockSeconds - $age) }
        }
        $time = ConvertTo-MicroTime $now
        $test = '{"op":"test","path":"/metadata/resourceVersion","value":"' + $script:Lease.Version + '"}'
        $add = '{"op":"add","path":"/spec","value":{' + $spec + ',"acquireTime":"' + $time + '","renewTime":"' + $time + '"}}'
        $script:Holder = $name
        $answer = Invoke-PatientKubectl (Get-LeasePatch "[$test,$add]")
    }
    if ($answer.ExitCode) { Resolve-MissedLock $answer $name }
    $script:RenewedAt = Get-Elapsed
    if ($other) { Write-Text 'lock_taken' $other }
}

# The Lease changed between reading and writing. Someone was faster, or an answer was lost and what was tried again had been done.
function Resolve-MissedLock {
    param([hashtable]$Answer, [string]$Name)
    if (Test-Refusal $Answer) {
        Read-Place
        if ($script:Lease -and $script:Lease.Holder -ceq $Name) { return }
        $script:Holder = ''
        $other, $since = if ($script:Lease) { $script:Lease.Holder, $script:Lease.Since } else { '', '' }
        if (-not $other) { $other = '?' }
        if (-not $since) { $since = '?' }
        Exit-Failed 'lock_held' $other, $since, 0, $LockSeconds
    }
    $script:Holder = ''
    Exit-AfterAnswer $Answer 'lock_failed'
}

# Creates a Lease. By names the function that makes the call.
function New-Lease {
    param([string]$Metadata, [string]$Spec, [string[]]$Words, [string]$By = 'Invoke-PatientKubectl')
    $document = "{`"apiVersion`":`"coordination.k8s.io/v1`",`"kind`":`"Lease`",`"metadata`":$Metadata,`"spec`":$Spec}"
    $Words = @('create', '--validate=ignore', '--filename', '-') + $Words
    & $By $Words -InputText $document
}

# A time of the API server as a Lease has it.
function ConvertTo-MicroTime {
    param([string]$Time)
    $Time.TrimEnd('Z') + '.000000Z'
}

function Get-LeasePatch {
    param([string]$Operations)
    'patch', 'lease', $LeaseName, '--type', 'json', '--field-manager', $FieldManager, '--patch', $Operations
}

# The answer whose output is the API server's clock: what it would write as the time of a creation.
function Read-Clock {
    param([string]$By = 'Invoke-PatientKubectl')
    $words = '--dry-run=server', '--output', 'go-template={{.metadata.creationTimestamp}}'
    New-Lease '{"generateName":"clock-"}' '{}' $words -By $By
}

function Get-ServerTime {
    $answer = Read-Clock
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'lock_failed' }
    $answer.Output
}

# Says that this run still is there, unless it did so within some seconds; ends it when someone else has the lock.
function Update-Lock {
    param([int]$Seconds = $RenewAfter)
    if (Test-RenewalDue $Seconds) { $null = Write-Renewal (Get-ServerTime) }
}

# The same between two tries of a call, with one try; gives the answer where the lock could not be renewed.
function Confirm-Lock {
    if (-not (Test-RenewalDue $RenewAfter)) { return }
    $answer = Read-Clock -By 'Invoke-Kubectl'
    if (-not $answer.ExitCode) { $answer = Write-Renewal $answer.Output }
    if ($answer.ExitCode) { $answer }
}

function Test-RenewalDue {
    param([int]$Seconds)
    $script:Holder -and (Get-Elapsed) - $script:RenewedAt -ge $Seconds
}

function Write-Renewal {
    param([string]$Time)
    $readAt = Get-Elapsed
    $answer = Edit-OwnLease ('{"op":"add","path":"/spec/renewTime","value":"' + (ConvertTo-MicroTime $Time) + '"}')
    if (-not $answer.ExitCode) { $script:RenewedAt = $readAt }
    elseif (Test-Refusal $answer) {
        $script:Holder = ''
        Exit-Failed 'lock_lost'
    }
    $answer
}

# Changes the Lease; the API server refuses that when another holds it.
function Edit-OwnLease {
    param([string]$Operation)
    $test = '{"op":"test","path":"/spec/holderIdentity","value":' + (ConvertTo-JsonText $script:Holder) + '}'
    Invoke-Kubectl (Get-LeasePatch "[$test,$Operation]")
}

# Whether the API server refused the last change of the Lease because of what is in it now.
function Test-Refusal {
    param([hashtable]$Answer)
    $Answer.Errors -cmatch 'AlreadyExists|NotFound|request is invalid'
}

# Gives the lock back, at every end of the run.
function Unlock-Namespace {
    if (-not $script:Holder) { return }
    $script:Deadline = (Get-Elapsed) + 10
    $null = Edit-OwnLease '{"op":"remove","path":"/spec/holderIdentity"}'
    $script:Holder = ''
}

# The whole seconds between two times of the API server (2026-11-25T13:00:00Z).
function Get-SecondsBetween {
    param([string]$From, [string]$Until)
    $begin, $end = $From, $Until | ForEach-Object {
        [DateTimeOffset]::Parse($_.Substring(0, 19) + 'Z', [Globalization.CultureInfo]::InvariantCulture)
    }
    [int]($end - $begin).TotalSeconds
}

# --- Namespace ------------------------------------------------------------------------------------------------------

$InventoryName = 'cdk8s-backend-inventory'

$script:HasNamespace = $false # it was there when the run began; else nothing can be in it
$script:LiveEnvironment = '' # the namespace's label `environment`
$script:DeployedVersion = ''
$script:DeployedHash = ''
$script:DeployedObjects = @() # RESOURCE/NAME

$PlaceQuery = 'get', "namespace/$Namespace", "lease/$LeaseName", "configmap/$InventoryName", '--ignore-not-found',
    '--request-timeout', '8s', '--output', "go-template=$PlaceTemplate"
$PlaceSeconds = 10

# Reads what is there: the namespace, the lock, the inventory. It is the first call of the API.
function Read-Place {
    $answer = Invoke-Kubectl $PlaceQuery -Seconds $PlaceSeconds
    if ($answer.ExitCode) { Exit-ApiAway $answer }
    $script:HasNamespace = $false
    $script:Lease = $null
    $script:DeployedObjects = @()
    foreach ($line in Get-Line $answer.Output) {
        $columns = $line.Split('|')
        switch -CaseSensitive ($columns[0]) {
            'Namespace' {
                if ($columns[2]) { Exit-Failed 'namespace_leaving' $Namespace }
                $script:HasNamespace = $true
                $script:LiveEnvironment = $columns[1]
            }
            'Lease' {
                $script:Lease = @{ Version = $columns[1]; Holder = $columns[2]; Since = $columns[3]; Renewed = $columns[4] }
            }
            'Inventory' {
                $script:DeployedVersion = $columns[1]
                $script:DeployedHash = $columns[2]
            }
            default { $script:DeployedObjects += $line }
        }
    }
}

# Says why the first call failed.
function Exit-ApiAway {
    param([hashtable]$Answer)
    if ($Answer.Errors -cmatch '\(Forbidden\)|Unauthorized|must be logged in') {
        Write-Answer $Answer
        Exit-Failed 'read_failed' "Namespace/$Namespace"
    }
    if ($Answer.Errors -cmatch 'context was not found|context "[^"]*" does not exist') {
        $contexts = Get-Line (Invoke-Program $script:Kubectl 'config', 'get-contexts', '--output', 'name').Output
        Exit-Failed 'context_absent' $script:Context, (@($contexts | ForEach-Object { "$_ " }) -join '')
    }
    Exit-Failed 'api_away' $script:Context, (Get-LastLine $Answer.Errors)
}

# A namespace that bears another environment's name is not to be deployed to by mistake.
function Assert-Environment {
    $given = Get-OptionValue 'environment'
    if ($given -and $given -cne $Environment) { Exit-Usage 'environment_wrong' $given, $Environment }
    if ($script:LiveEnvironment -and $script:LiveEnvironment -cne $Environment -and -not $given) {
        Exit-Failed 'environment_differs' $Namespace, $script:LiveEnvironment, $Environment, $Environment
    }
}

# --- Inventory ------------------------------------------------------------------------------------------------------

# Says in the cluster what is deployed, if it does not say so already.
function Write-Inventory {
    param([string[]]$Names, [string]$Release, [string]$Hash)
    $said = @($script:DeployedObjects) + $script:DeployedVersion + $script:DeployedHash -join "`n"
    if ((@($Names) + $Release + $Hash -join "`n") -ceq $said) { return }
    $texts = '"objects":' + (ConvertTo-JsonText ($Names -join "`n")) + ',"version":' + (ConvertTo-JsonText $Release)
    $document = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"' + $InventoryName + '"},"data":{' + $texts +
        ',"hash":"' + $Hash + '"}}'
    $answer = Invoke-PatientKubectl ($ApplyWords + @('--force-conflicts', '--filename', '-')) -InputText $document
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'write_failed' "ConfigMap/$InventoryName" }
    $script:DeployedObjects = @($Names)
    $script:DeployedVersion = $Release
    $script:DeployedHash = $Hash
}

# What was deployed and is no longer in the plan, phases with an option included.
function Get-Orphan {
    $known = @(foreach ($object in $Objects) { "$($object.Resource)/$($object.Name)" })
    $script:DeployedObjects | Where-Object { $known -cnotcontains $_ }
}

# Whether an object (RESOURCE/NAME) is deleted only when it is asked for by name: data, Secrets, the namespace.
function Test-Kept {
    param([string]$Object)
    $Object -cmatch '^(Namespace|PersistentVolumeClaim|Secret)\.'
}

# --- Removal --------------------------------------------------------------------------------------------------------

# Deletes what is there of some objects (RESOURCE/NAME), and waits until it is gone.
function Remove-Resource {
    param([string]$Cascade, [string[]]$Names)
    $answer = Invoke-PatientKubectl (@('delete') + $Names + @('--ignore-not-found', "--cascade=$Cascade", '--wait=false'))
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'delete_failed' ($Names -join ' ') }
    Wait-UntilGone $Names
}

function Wait-UntilGone {
    param([string[]]$Names)
    $began = Get-Elapsed
    $saidAt = $began
    while ($true) {
        $left = Read-Cluster ($Names -join ' ') (@('get') + $Names + @('--ignore-not-found', '--output', 'name'))
        if (-not $left) { return }
        Update-Lock
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        if ((Get-Elapsed) - $saidAt -ge 10) {
            $saidAt = Get-Elapsed
            Write-Text 'leaving' (@(Get-Line $left) -join ' '), ($saidAt - $began)
        }
        Start-Sleep -Seconds 1
    }
}

# --- Removal of the system ------------------------------------------------------------------------------------------

function Write-Help {
    Write-Line (Get-Text 'help_usage' (Split-Path -Leaf $PSCommandPath))
    Write-Line (Get-Text 'help_summary' (Get-Title), $Namespace, $Environment)
    Write-Line ''
    Write-OptionHelp
    Write-Line ''
    Write-Line (Get-Text 'help_exit_codes')
}

# Someone must have said where and what: by options, or now on the terminal. Data goes only with the namespace's name.
function Assert-Confirmation {
    if ((Test-Option 'delete-namespace') -and -not (Test-Option 'delete-data')) { Exit-Usage 'namespace_needs_data' }
    if (Test-Option 'confirm') {
        if ((Get-OptionValue 'confirm') -cne $Namespace) { Exit-Usage 'name_wrong' }
    }
    elseif ((Test-Option 'delete-data') -and [Console]::IsInputRedirected) { Exit-Usage 'delete_needs_name' $Namespace }
    if (-not (Test-Target) -and [Console]::IsInputRedirected) { Exit-Usage 'context_or_yes' }
}

# Whether options say where to, or that it need not be said.
function Test-Target {
    (Test-Option 'context') -or (Test-Option 'yes')
}

function Confirm-Removal {
    if ((Test-Option 'delete-data') -and -not (Test-Option 'confirm')) { Confirm-Deletion }
    elseif (-not (Test-Target)) { Confirm-OnTerminal 'confirm' }
}

function Confirm-Deletion {
    Write-Line (Get-Text 'confirm_delete_data' $script:Context, $Namespace)
    if (Test-Option 'delete-namespace') { Write-Line (Get-Text 'confirm_delete_namespace' $Namespace) }
    $name = Read-Answer (Get-Text 'confirm_type_name' $Namespace) -Complaint 'delete_needs_name'
    if ($name -cne $Namespace) { Exit-Usage 'name_wrong' }
}

# Shows what is in the namespace, belongs to nothing else in it, and is not of the plan or does not bear our label.
function Write-Foreign {
    $answer = Read-Cluster 'api-resources' 'api-resources', '--verbs=list', '--namespaced', '--output', 'name'
    $pattern = '^(events|endpoints)($|\.)|^endpointslices\.|\.metrics\.k8s\.io$'
    $kinds = @(Get-Line $answer | Where-Object { $_ -cnotmatch $pattern }) -join ','
    $planned = @($Objects | ForEach-Object { Get-ObjectName $_.Resource $_.Name })
    $planned += @($Claims | ForEach-Object { "PersistentVolumeClaim/$($_.Name)" })
    $known = 'ConfigMap/kube-root-ca.crt', 'ServiceAccount/default', "Lease/$LeaseName", "ConfigMap/$InventoryName"
    $answer = Read-Cluster 'objects' 'get', $kinds, '--ignore-not-found', '--output', "go-template=$ForeignTemplate"
    $found = @(foreach ($line in Get-Line $answer) {
            $object, $labels = $line.Split('|')
            if ($known -ccontains $object) { continue }
            if ($planned -cnotcontains $object -or -not (Test-Own $object $labels)) { $object }
        })
    if ($found) { Write-Text 'foreign' $Namespace, ($found -join ' ') }
}

# KIND/NAME of an object of the plan.
function Get-ObjectName {
    param([string]$Resource, [string]$Name)
    "$($Resource.Split('.')[0])/$Name"
}

function Remove-System {
    $removed = @($Phases | Where-Object { Get-RemovedObject $_.Name })
    for ($number = 1; $number -le $removed.Count; $number++) {
        $phase = $removed[$removed.Count - $number]
        Write-Text 'phase_started' $number, $removed.Count, (Select-Language $phase.TitleKo $phase.TitleEn)
        Remove-Phase $phase.Name
    }
}

# The objects of a phase that are deleted without an option of their own.
function Get-RemovedObject {
    param([string]$Phase)
    $Objects | Where-Object { $_.Phase -ceq $Phase -and -not (Test-Kept $_.Resource) }
}

# The workloads of a phase go first, in the foreground: they are gone when their pods are.
function Remove-Phase {
    param([string]$Phase)
    $names = @(Get-RemovedObject $Phase | ForEach-Object { "$($_.Resource)/$($_.Name)" } | Where-Object { Test-Known $_ })
    $workloads = '^(Deployment|StatefulSet|Job|CronJob)\.'
    Remove-Own 'foreground' @($names | Where-Object { $_ -cmatch $workloads })
    Remove-Own 'background' @($names | Where-Object { $_ -cnotmatch $workloads })
}

# Whether the cluster has the kind of an object (RESOURCE/NAME). One unknown kind would fail the deletion of all others.
function Test-Known {
    param([string]$Object)
    $resource = $Object.Split('/')[0]
    if (-not ($CustomResources | Where-Object { $_.Resource -ceq $resource })) { return $true }
    $answer = Invoke-PatientKubectl 'get', $Object, '--ignore-not-found', '--output', 'name'
    if (-not $answer.ExitCode) { return $true }
    if ($answer.Errors -clike "*server doesn't have a resource type*") { return $false }
    Exit-AfterAnswer $answer 'read_failed' $Object
}

# The labels that say that an object of the plan (KIND/NAME) is ours: that of the system, but of a claim without a file those
# that its StatefulSet gives it.
function Get-OwnLabel {
    param([string]$Object)
    $made = $Claims | Where-Object { $_.Labels -and $Object -ceq "PersistentVolumeClaim/$($_.Name)" }
    if ($made) { $made.Labels } else { "app.kubernetes.io/part-of=$PartOf" }
}

# Whether an object of the plan (KIND/NAME) is ours, by its labels as LabelsTemplate prints them.
function Test-Own {
    param([string]$Object, [string]$Labels)
    if (-not $PartOf) { return $true }
    -not ((Get-OwnLabel $Object) -split ' ' | Where-Object { -not $Labels.Contains(",$_,") })
}

# Removes those objects (RESOURCE/NAME) that bear our label, and says which do not.
function Remove-Own {
    param([string]$Cascade, [string[]]$Names)
    if (-not $Names) { return }
    $wanted = $Names
    if ($PartOf) {
        $words = @('get') + $Names + @('--ignore-not-found', '--output', "go-template=$LabelsTemplate")
        $live = @(Get-Line (Read-Cluster ($Names -join ' ') $words))
        $wanted = @(Select-Own $Names $live)
    }
    if (-not $wanted) { return }
    Remove-Resource $Cascade $wanted
    foreach ($name in $wanted) { Write-Text 'removed' $name }
}

function Select-Own {
    param([string[]]$Names, [string[]]$Live)
    foreach ($name in $Names) {
        $resource, $plain = $name.Split('/')
        $object = Get-ObjectName $resource $plain
        $line = $Live | Where-Object { $_.StartsWith("$object|", [StringComparison]::Ordinal) }
        if (-not $line) { continue }
        if (Test-Own $object $line.Split('|')[1]) { $name } else { Write-Text 'not_ours' $name, (Get-OwnLabel $object) }
    }
}

# A Secret whose value lives in the data goes after the data.
function Remove-Data {
    Write-Text 'delete_data'
    Remove-Own 'background' @($Claims | ForEach-Object { "PersistentVolumeClaim.v1./$($_.Name)" })
    Remove-Own 'background' @(Get-Secret)
}

# The Secrets of the plan, as RESOURCE/NAME.
function Get-Secret {
    $Objects | Where-Object { $_.Resource -clike 'Secret.*' } | ForEach-Object { "$($_.Resource)/$($_.Name)" }
}

# The Lease goes with the namespace.
function Remove-Namespace {
    Write-Text 'delete_namespace' $Namespace
    $script:Holder = ''
    Remove-Resource 'background' "namespace/$Namespace"
}

# Prints what this run left in the cluster, and keeps in the inventory what is in no plan any more.
function Complete-Inventory {
    $left = @(Get-Orphan)
    if ($left) {
        Write-Text 'orphans_left' ($left -join ' ')
        Write-Inventory $left '' ''
    }
    else {
        $answer = Invoke-PatientKubectl 'delete', 'configmap', $InventoryName, '--ignore-not-found'
        if ($answer.ExitCode) { Write-Answer $answer }
    }
    $names = @("namespace/$Namespace") + @($Claims | ForEach-Object { "persistentvolumeclaim/$($_.Name)" })
    $names += @(Get-Secret | ForEach-Object { "secret/$($_.Split('/')[1])" })
    $kept = @(Get-Line (Read-Cluster 'objects' (@('get') + $names + @('--ignore-not-found', '--output', 'name'))))
    if ($kept) { Write-Text 'kept' ($kept -join ' ') }
}

# The Lease of a system that is gone is of no use to anyone.
function Remove-Lock {
    $answer = Invoke-PatientKubectl 'delete', 'lease', $LeaseName, '--ignore-not-found'
    if ($answer.ExitCode) { Write-Answer $answer }
    $script:Holder = ''
}

function Exit-TimedOut {
    Write-Complaint 'timed_out' $script:Timeout
    Exit-Script $ExitTimedOut
}

function Invoke-Removal {
    Lock-Namespace
    Remove-System
    if (Test-Option 'delete-data') { Remove-Data }
    if (Test-Option 'delete-namespace') {
        Remove-Namespace
    }
    else {
        Complete-Inventory
        Remove-Lock
    }
}

function Invoke-Main {
    Assert-Confirmation
    Start-Kubectl
    Assert-Kubectl
    Initialize-Context
    Start-Clock
    $script:AtExit = { Unlock-Namespace }
    if (Test-Option 'delete-namespace') {
        Read-Place
        if ($script:HasNamespace) { Write-Foreign }
    }
    Confirm-Removal
    Start-Clock
    Write-Text 'started' (Get-Title)
    Write-Text 'target' $script:Context, $Namespace, $Environment
    Read-Place
    Assert-Environment
    if ($script:HasNamespace) { Invoke-Removal } else { Write-Text 'namespace_absent' $Namespace }
    Write-Text 'finished' (Get-Title)
}

# --- Run ------------------------------------------------------------------------------------------------------------

# Has the console take UTF-8, and gives the encodings that it had; none where there is no console.
function Enable-Utf8Console {
    $before = @{ Output = [Console]::OutputEncoding; Input = [Console]::InputEncoding }
    $utf8 = [Text.UTF8Encoding]::new($false)
    try {
        Set-ConsoleEncoding @{ Output = $utf8; Input = $utf8 }
        $before
    }
    catch [IO.IOException] { $null }
}

function Set-ConsoleEncoding {
    param([hashtable]$Encodings)
    [Console]::OutputEncoding = $Encodings.Output
    # Windows PowerShell begins what programs read with the mark of this one, if it has one.
    if ($PSVersionTable.PSEdition -cne 'Core') { [Console]::InputEncoding = $Encodings.Input }
}

function Invoke-Script {
    [CmdletBinding()]
    param([string[]]$Arguments)
    $script:Pipeline = $PSCmdlet
    try {
        $words = @(ConvertTo-GnuSpelling $Arguments)
        Initialize-Language $words
        Read-Option $words
        Initialize-Folder
        Invoke-Main
        Exit-Script $ExitDone
    }
    catch {
        Write-ErrorLine ($_ | Out-String)
        Exit-Script $ExitFailed
    }
    finally {
        if ($null -eq $script:ExitCode) {
            Write-Interruption
        }
        & $script:AtExit
    }
}

# An interruption (Ctrl-C) runs `finally` and nothing else.
$encodings = Enable-Utf8Console
try {
    Invoke-Script $Arguments
}
finally {
    if ($encodings) { Set-ConsoleEncoding $encodings }
    if ($null -eq $script:ExitCode) { exit $ExitInterrupted }
}
