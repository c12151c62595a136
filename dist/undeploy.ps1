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
$Objects = @(
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'app-config'; Workload = 'no' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'kafka-config'; Workload = 'no' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'redis-config'; Workload = 'no' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'postgresql-init-scripts'; Workload = 'no' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'postgresql'; Workload = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'postgresql'; Workload = 'no' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-value'; Workload = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-value'; Workload = 'no' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-replica'; Workload = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-replica'; Workload = 'no' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-cache'; Workload = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-cache'; Workload = 'no' }
    @{ Phase = 'infrastructure'; Resource = 'Deployment.v1.apps'; Name = 'zookeeper'; Workload = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'zookeeper'; Workload = 'no' }
    @{ Phase = 'infrastructure'; Resource = 'Deployment.v1.apps'; Name = 'kafka'; Workload = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'kafka'; Workload = 'no' }
    @{ Phase = 'database-initialization'; Resource = 'Job.v1.batch'; Name = 'postgresql-init'; Workload = 'yes' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-write-service'; Workload = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-write-service'; Workload = 'no' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-read-service'; Workload = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-read-service'; Workload = 'no' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-management-service'; Workload = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-management-service'; Workload = 'no' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-analysis-service'; Workload = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-analysis-service'; Workload = 'no' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'dashboard-provision-service'; Workload = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'dashboard-provision-service'; Workload = 'no' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'dashboard-update-service'; Workload = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'dashboard-update-service'; Workload = 'no' }
    @{ Phase = 'ingress'; Resource = 'Ingress.v1.networking.k8s.io'; Name = 'count-system-ingress'; Workload = 'no' }
)
$Claims = @(
    @{ Name = 'postgresql-data-postgresql-0' }
    @{ Name = 'redis-value-data-redis-value-0' }
    @{ Name = 'redis-replica-data-redis-replica-0' }
    @{ Name = 'redis-cache-data-redis-cache-0' }
    @{ Name = 'zookeeper-data' }
    @{ Name = 'kafka-data' }
)
$Secrets = @(
    @{ Name = 'postgresql-secret' }
    @{ Name = 'countinfo-secret' }
    @{ Name = 'dashboardconfig-secret' }
)
$Options = @(
    @{ Name = 'delete-data'; ArgumentKo = ''; ArgumentEn = ''; HelpKo = 'PersistentVolumeClaim(모든 데이터)과 Secret도 삭제'; HelpEn = 'Also delete the PersistentVolumeClaims (all data) and the Secrets' }
    @{ Name = 'delete-namespace'; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '네임스페이스와 그 안의 모든 것을 삭제 (--delete-data도 필요)'; HelpEn = 'Also delete the namespace with all that is in it (needs --delete-data too)' }
    @{ Name = 'context'; ArgumentKo = '이름'; ArgumentEn = 'NAME'; HelpKo = 'kubeconfig의 컨텍스트. 생략하면 현재 컨텍스트'; HelpEn = 'Context of the kubeconfig. Default is the current one' }
    @{ Name = 'timeout'; ArgumentKo = '초'; ArgumentEn = 'SECONDS'; HelpKo = '전체 실행의 제한 시간. 기본값 600'; HelpEn = 'Time limit of the whole run. Default 600' }
    @{ Name = 'yes'; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '묻지 않고 진행. 터미널이 없으면 --context 또는 --yes가, --delete-* 옵션에는 --yes가 필요'; HelpEn = 'Do not ask. Without a terminal, --context or --yes is needed, and --yes with a --delete-* option' }
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
    @{ Key = 'help_summary'; Ko = '{0}을(를) 네임스페이스 {1}에서 제거합니다 (환경 {2}). 데이터, Secret, 네임스페이스는 요청할 때만 삭제합니다.'; En = 'Removes {0} from the namespace {1} (environment {2}). Data, Secrets and namespace stay unless asked for.' }
    @{ Key = 'started'; Ko = '=== {0} 제거 시작 ==='; En = '=== Removal of {0}: start ===' }
    @{ Key = 'finished'; Ko = '=== {0} 제거 완료 ==='; En = '=== Removal of {0}: done ===' }
    @{ Key = 'confirm'; Ko = '컨텍스트 {0}의 네임스페이스 {1}에서 제거할까요? [y/N] '; En = 'Remove from context {0}, namespace {1}? [y/N] ' }
    @{ Key = 'namespace_needs_data'; Ko = '오류: --delete-namespace는 데이터도 삭제하므로 --delete-data와 함께 지정해야 합니다.'; En = 'Error: --delete-namespace deletes the data too, so it needs --delete-data with it.' }
    @{ Key = 'delete_needs_yes'; Ko = '오류: 터미널이 아닌 곳에서 데이터나 네임스페이스를 삭제하려면 --yes가 필요합니다.'; En = 'Error: without a terminal, deleting data or the namespace needs --yes.' }
    @{ Key = 'confirm_delete_data'; Ko = '컨텍스트 {0}의 네임스페이스 {1}에서 모든 데이터(PersistentVolumeClaim)와 Secret이 영구히 삭제됩니다.'; En = 'In context {0}, namespace {1}, all data (PersistentVolumeClaims) and Secrets will be deleted for ever.' }
    @{ Key = 'confirm_delete_namespace'; Ko = '네임스페이스 {0}과(와) 그 안의 모든 것도 삭제됩니다.'; En = 'The namespace {0} will be deleted too, with all that is in it.' }
    @{ Key = 'confirm_type_name'; Ko = '계속하려면 네임스페이스 이름({0})을 입력하세요: '; En = 'To go on, type the name of the namespace ({0}): ' }
    @{ Key = 'name_wrong'; Ko = '오류: 입력한 이름이 네임스페이스 이름과 다릅니다. 삭제된 것은 없습니다.'; En = 'Error: that is not the name of the namespace. Nothing was deleted.' }
    @{ Key = 'phase_started'; Ko = '[{0}/{1}] {2} 제거'; En = '[{0}/{1}] {2}: removing' }
    @{ Key = 'delete_data'; Ko = '데이터(PersistentVolumeClaim)와 Secret 삭제'; En = 'Deleting the data (PersistentVolumeClaims) and the Secrets' }
    @{ Key = 'delete_namespace'; Ko = '네임스페이스 {0} 삭제'; En = 'Deleting the namespace {0}' }
    @{ Key = 'kept'; Ko = '남아 있음: {0}'; En = 'Kept: {0}' }
)
# plan: end
