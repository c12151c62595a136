<#
.SYNOPSIS
    Deploys this folder to a Kubernetes cluster.

.DESCRIPTION
    Applies the files phase by phase, and waits after each phase until its workloads are ready. Values of Secrets come
    from environment variables or are made at random; those that the cluster has are kept.
    Needs Windows PowerShell 5.1 or PowerShell 7, and kubectl 1.27 or later. -Help lists options and variables.
    Options are given in PowerShell's spelling (-Context NAME, -Context:NAME) or in GNU spelling
    (--context NAME, --context=NAME).
    Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted.

.EXAMPLE
    .\deploy.ps1 -Context production -Timeout 900

.EXAMPLE
    .\deploy.ps1 --yes --lang en
#>
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# No parameter is declared, so that both spellings of the options, and what is no option, come here as written.
$Arguments = [string[]]$args

# plan: begin
$TitleKo = '상점'
$TitleEn = 'Shop'
$Namespace = 'shop'
$Environment = 'production'
$Phases = @(
    @{ Name = 'namespace'; TitleKo = '네임스페이스'; TitleEn = 'Namespace'; Option = '' }
    @{ Name = 'configuration'; TitleKo = '설정'; TitleEn = 'Configuration'; Option = '' }
    @{ Name = 'infrastructure'; TitleKo = '인프라'; TitleEn = 'Infrastructure'; Option = '' }
    @{ Name = 'initialization'; TitleKo = '초기화'; TitleEn = 'Initialization'; Option = '' }
    @{ Name = 'services'; TitleKo = '서비스'; TitleEn = 'Services'; Option = '' }
    @{ Name = 'ingress'; TitleKo = '인그레스'; TitleEn = 'Ingress'; Option = 'with-ingress' }
)
$Files = @(
    @{ Phase = 'namespace'; File = 'namespace.yaml' }
    @{ Phase = 'configuration'; File = 'configmap/web-config.yaml' }
    @{ Phase = 'infrastructure'; File = 'statefulsets/store.yaml' }
    @{ Phase = 'infrastructure'; File = 'services/store.yaml' }
    @{ Phase = 'initialization'; File = 'jobs/prepare.yaml' }
    @{ Phase = 'services'; File = 'deployments/web.yaml' }
    @{ Phase = 'ingress'; File = 'ingress/ingress.yaml' }
)
$Workloads = @(
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'store'; File = 'statefulsets/store.yaml' }
    @{ Phase = 'initialization'; Kind = 'Job'; Name = 'prepare'; File = 'jobs/prepare.yaml' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'web'; File = 'deployments/web.yaml' }
)
$Secrets = @(
    @{ Phase = 'configuration'; Name = 'store-secret'; Object = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"store-secret","namespace":"shop","labels":{"app.kubernetes.io/part-of":"shop"}},"type":"Opaque"}' }
    @{ Phase = 'configuration'; Name = 'web-secret'; Object = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"web-secret","namespace":"shop","labels":{"app.kubernetes.io/part-of":"shop"}},"type":"Opaque"}' }
)
$SecretKeys = @(
    @{ Secret = 'store-secret'; Key = 'username'; Variable = 'STORE_USERNAME'; Default = 'shop' }
    @{ Secret = 'store-secret'; Key = 'password'; Variable = 'STORE_PASSWORD'; Default = '' }
    @{ Secret = 'web-secret'; Key = 'token'; Variable = 'WEB_TOKEN'; Default = '' }
)
$SecretReaders = @(
    @{ Secret = 'store-secret'; Kind = 'StatefulSet'; Name = 'store' }
    @{ Secret = 'web-secret'; Kind = 'Job'; Name = 'prepare' }
    @{ Secret = 'web-secret'; Kind = 'Deployment'; Name = 'web' }
)
$SecretClaims = @(
    @{ Secret = 'store-secret'; Claim = 'data-store-0' }
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
$ExternalSecretsTemplate = '{{- range .items}}{{if eq .kind `ExternalSecret` -}}
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
    @{ Key = 'secret_empty'; Ko = '    Secret/{0}: 값이 있는 키가 없음'; En = '    Secret/{0}: no key has a value' }
    @{ Key = 'secret_lacks'; Ko = '    Secret/{0}: 없거나 비어 있는 키 {1}'; En = '    Secret/{0}: missing or empty keys {1}' }
    @{ Key = 'condition'; Ko = '    컨디션 Ready={0}: {1} {2}'; En = '    condition Ready={0}: {1} {2}' }
    @{ Key = 'condition_none'; Ko = '    컨디션 Ready가 아직 없음: 이 ExternalSecret을 처리한 컨트롤러가 없습니다.'; En = '    no condition Ready yet: no controller has seen this ExternalSecret.' }
    @{ Key = 'event'; Ko = '    이벤트 {0}: {1} {2}'; En = '    event {0}: {1} {2}' }
    @{ Key = 'logs'; Ko = '    마지막 로그 ({0}):'; En = '    last log lines ({0}):' }
    @{ Key = 'logs_none'; Ko = '(없음)'; En = '(none)' }
)
# plan: end

$FieldManager = 'cdk8s-backend'
$OldestKubectl = 27
$LogLines = 20

$ExitDone = 0
$ExitFailed = 1
$ExitUsage = 2
$ExitTimedOut = 70
$ExitInterrupted = 130

# --- Messages ---------------------------------------------------------------------------------------------------------

$script:Language = 'ko'
$script:Ended = $false

# A text of the catalog in the chosen language, with its arguments in place.
function Get-Text {
    param([string]$Key, [string[]]$Values = @())
    $row = $Messages | Where-Object { $_.Key -ceq $Key }
    (Select-Language $row.Ko $row.En) -f $Values
}

function Select-Language {
    param([string]$Korean, [string]$English)
    if ($script:Language -eq 'ko') { $Korean } else { $English }
}

function Write-Text {
    param([string]$Key, [string[]]$Values = @())
    Write-Output (Get-Text $Key $Values)
}

function Write-Complaint {
    param([string]$Key, [string[]]$Values = @())
    Write-ErrorLine (Get-Text $Key $Values)
}

function Write-ErrorLine {
    param([string]$Line)
    [Console]::Error.WriteLine($Line)
}

# Every end that is meant comes here; what ends the script otherwise is an interruption.
function Exit-Script {
    param([int]$Code)
    $script:Ended = $true
    exit $Code
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

# By --lang, else by the variables of the locale, else by the language that Windows displays.
function Initialize-Language {
    param([string[]]$Words)
    $locales = $env:LC_ALL, $env:LC_MESSAGES, $env:LANG, [Globalization.CultureInfo]::CurrentUICulture.Name
    $locale = $locales | Where-Object { $_ } | Select-Object -First 1
    $script:Language = if ("$locale" -cmatch '^(ko.*|C|C\..*|POSIX|)$') { 'ko' } else { 'en' }
    foreach ($word in $Words) {
        if ($word -cmatch '^--lang=(ko|en)$') { $script:Language = $Matches[1] }
    }
}

# --- Options ----------------------------------------------------------------------------------------------------------

$script:Context = ''
$script:ContextGiven = $false
$script:Timeout = 600
$script:AssumeYes = $false
$script:ChosenOptions = @()

# The options by their names without dashes: those of the catalog, and those that include a phase.
function Get-Option {
    foreach ($option in $Options) {
        @{ Name = $option.Name; TakesValue = $option.ArgumentEn -ne '' }
    }
    foreach ($phase in $Phases) {
        if ($phase.Option) { @{ Name = $phase.Option; TakesValue = $false } }
    }
}

function Read-Option {
    param([string[]]$Words)
    foreach ($word in $Words) {
        $name, $value = Split-Word $word
        switch -CaseSensitive ($name) {
            '--context' { $script:Context = $value; $script:ContextGiven = $true }
            '--timeout' { $script:Timeout = ConvertTo-Second $value }
            '--yes' { $script:AssumeYes = $true }
            '--lang' { Assert-Language $value }
            '--help' { Write-Help; Exit-Script $ExitDone }
            default { $script:ChosenOptions += $name.Substring(2) }
        }
    }
}

# The option that a name in PowerShell's spelling means: in full, or its first letters if no other begins with them.
function Find-Option {
    param([string]$Name)
    $found = @(Get-Option | Where-Object { $_.Name.Replace('-', '') -eq $Name })
    if ($found.Count -eq 0) {
        $found = @(Get-Option | Where-Object { $_.Name.Replace('-', '') -like "$Name*" })
    }
    if ($found.Count -eq 1) { $found[0] }
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
            $name = $Matches[1]
            $option = Get-Option | Where-Object { $_.Name -ceq $name }
        }
        if (-not $option) {
            $Words[$index]
        }
        elseif (($option.TakesValue -or $hasValue) -and $index + 1 -lt $Words.Count) {
            $index++
            if ($option.TakesValue) { "--$($option.Name)=$($Words[$index])" }
            elseif ($Words[$index] -eq 'True') { "--$($option.Name)" }
            elseif ($Words[$index] -ne 'False') { "--$($option.Name)=$($Words[$index])" }
        }
        else {
            "--$($option.Name)"
        }
    }
}

# Splits a GNU word into the name of its option and its value; a word that is not as it should be ends the run.
function Split-Word {
    param([string]$Word)
    $name, $value = $Word -split '=', 2
    $option = Get-Option | Where-Object { "--$($_.Name)" -ceq $name }
    if ($option -and $option.TakesValue) {
        if (-not $value) { Exit-Usage 'option_needs_value' $name }
    }
    elseif ($name -clike '--*' -and $null -ne $value) { Exit-Usage 'option_takes_no_value' $name }
    elseif ($name -clike '--*' -and -not $option) { Exit-Usage 'option_unknown' $Word }
    elseif (-not $option) { Exit-Usage 'argument_unknown' $Word }
    $name
    $value
}

# Ends the run at another language than the two, as Initialize-Language passes over it.
function Assert-Language {
    param([string]$Value)
    if ($Value -cnotmatch '^(ko|en)$') { Exit-Usage 'language_wrong' $Value }
}

function Write-OptionHelp {
    Write-Text 'help_options'
    foreach ($option in $Options) {
        $argument = Select-Language $option.ArgumentKo $option.ArgumentEn
        "  --$($option.Name) $argument".TrimEnd()
        "      $(Select-Language $option.HelpKo $option.HelpEn)"
    }
}

# The whole number of seconds that a text gives.
function ConvertTo-Second {
    param([string]$Value)
    if ($Value -cnotmatch '^0*[1-9][0-9]{0,8}$') { Exit-Usage 'timeout_wrong' $Value }
    [int]$Value
}

function Write-Help {
    Write-Text 'help_usage' (Split-Path -Leaf $PSCommandPath)
    Write-Text 'help_summary' (Select-Language $TitleKo $TitleEn), $Namespace, $Environment
    ''
    Write-OptionHelp
    foreach ($phase in $Phases) {
        if (-not $phase.Option) { continue }
        "  --$($phase.Option)"
        "      $(Get-Text 'help_phase_option' (Select-Language $phase.TitleKo $phase.TitleEn))"
    }
    ''
    Write-Text 'help_variables'
    foreach ($key in $SecretKeys) {
        "  $($key.Variable)  (Secret $($key.Secret), $($key.Key))"
    }
    ''
    Write-Text 'help_exit_codes'
}

# --- Folder -----------------------------------------------------------------------------------------------------------

# The folder of this script, also when it was called through a symbolic link.
function Get-ScriptFolder {
    $file = Get-Item -LiteralPath $PSCommandPath -Force
    while ($file.LinkType -eq 'SymbolicLink') {
        $target = @($file.Target)[0]
        if (-not [IO.Path]::IsPathRooted($target)) { $target = Join-Path $file.DirectoryName $target }
        $file = Get-Item -LiteralPath $target -Force
    }
    $file.DirectoryName
}

$script:Folder = ''

function Initialize-Folder {
    $script:Folder = Get-ScriptFolder
    $missing = @($Files | Where-Object { -not (Test-Readable (Get-FilePath $_.File)) } | ForEach-Object { $_.File })
    if ($missing) { Exit-Failed 'files_missing' $script:Folder, ($missing -join ' ') }
}

function Get-FilePath {
    param([string]$File)
    [IO.Path]::Combine($script:Folder, $File)
}

function Test-Readable {
    param([string]$Path)
    try { [IO.File]::OpenRead($Path).Dispose(); $true } catch { $false }
}

# The path of a file as kubectl's --filename takes it, which reads a list of comma-separated values.
function Get-FileArgument {
    param([string]$File)
    '"' + (Get-FilePath $File).Replace('"', '""') + '"'
}

# --- kubectl ----------------------------------------------------------------------------------------------------------

$script:Kubectl = ''
$script:Clock = [Diagnostics.Stopwatch]::StartNew()
$script:Deadline = 0

function Get-Elapsed {
    [int][Math]::Floor($script:Clock.Elapsed.TotalSeconds)
}

function Get-TimeLeft {
    $script:Deadline - (Get-Elapsed)
}

# Runs kubectl and gives its exit code, output and errors. PowerShell's own way to run a program has no time limit, and
# its quoting, encodings and treatment of errors differ between Windows PowerShell 5.1 and PowerShell 7.
function Invoke-Program {
    param([string[]]$Words, [string]$InputText = '', [int]$Seconds = 60)
    $start = New-Object Diagnostics.ProcessStartInfo $script:Kubectl, (ConvertTo-CommandLine $Words)
    $start.WorkingDirectory = (Get-Location -PSProvider FileSystem).ProviderPath
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $InputText -ne ''
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [Text.Encoding]::UTF8
    $start.StandardErrorEncoding = [Text.Encoding]::UTF8
    foreach ($key in $SecretKeys) { $start.EnvironmentVariables.Remove($key.Variable) }
    $process = [Diagnostics.Process]::Start($start)
    try {
        $output = $process.StandardOutput.ReadToEndAsync()
        $errors = $process.StandardError.ReadToEndAsync()
        if ($InputText) { Send-Text $process.StandardInput $InputText }
        $clock = [Diagnostics.Stopwatch]::StartNew()
        # Short waits, because an interruption takes effect only between them.
        while (-not $process.WaitForExit(100) -and $clock.Elapsed.TotalSeconds -lt $Seconds) { }
    }
    finally {
        if (-not $process.HasExited) { $process.Kill() }
    }
    $process.WaitForExit()
    # A program that kubectl started may still hold the output open: that is not awaited, and is a failure.
    if ([Threading.Tasks.Task]::WaitAll(@($output, $errors), 2000)) {
        @{ ExitCode = $process.ExitCode; Output = $output.Result.TrimEnd(); Errors = $errors.Result.TrimEnd() }
    }
    else {
        @{ ExitCode = $ExitFailed; Output = ''; Errors = '' }
    }
}

# Writes all that a program is to read. What ends before it has read that says why by its exit code.
function Send-Text {
    param([IO.StreamWriter]$Writer, [string]$Text)
    try {
        $Writer.Write($Text)
        $Writer.Close()
    }
    catch [IO.IOException] { Write-Verbose $_.Exception.Message }
}

# Quotes arguments as programs on Windows read them, which .NET undoes on other systems.
function ConvertTo-CommandLine {
    param([string[]]$Words)
    $quoted = foreach ($word in $Words) {
        '"' + ($word -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"'
    }
    $quoted -join ' '
}

# Runs kubectl in the chosen context. It ends with the time of the run, which --request-timeout alone does not bring
# about because one call may make many requests.
function Invoke-Kubectl {
    param([string[]]$Words, [string]$InputText = '', [switch]$Quiet)
    $left = Get-TimeLeft
    if ($left -le 0) { return @{ ExitCode = $ExitTimedOut; Output = ''; Errors = '' } }
    $place = '--context', $script:Context, '--namespace', $Namespace, '--request-timeout', "${left}s"
    $result = Invoke-Program ($place + $Words) -InputText $InputText -Seconds $left
    if ($result.Errors -and -not $Quiet) { Write-ErrorLine $result.Errors }
    $result
}

function Get-LastLine {
    param([string]$Text)
    ($Text -split '\r?\n')[-1]
}

function Get-Line {
    param([string]$Text)
    $Text -split '\r?\n' | Where-Object { $_ }
}

function Initialize-Kubectl {
    $found = Get-Command kubectl -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $found) { Exit-Failed 'kubectl_missing' "1.$OldestKubectl" }
    $script:Kubectl = $found.Path
    $answer = (Invoke-Program 'version', '--client', '--output', 'yaml').Output
    $version = if ($answer -cmatch '(?m)^ *gitVersion: *v(\S+)') { $Matches[1] } else { '?' }
    if ($version -cnotmatch '^1\.([0-9]+)\.') { Exit-Failed 'kubectl_unknown' $version, "1.$OldestKubectl" }
    if ([int]$Matches[1] -lt $OldestKubectl) { Exit-Failed 'kubectl_old' $version, "1.$OldestKubectl" }
}

# Decides the context once, so that a change of the current context during the run changes nothing.
function Initialize-Context {
    if (-not $script:ContextGiven) {
        $current = Invoke-Program 'config', 'current-context'
        if ($current.ExitCode) { Exit-Failed 'context_none' }
        $script:Context = $current.Output
    }
    $known = Invoke-Program 'config', 'get-contexts', $script:Context, '--output', 'name'
    if ($known.ExitCode) {
        $contexts = Get-Line (Invoke-Program 'config', 'get-contexts', '--output', 'name').Output
        Exit-Failed 'context_absent' $script:Context, ($contexts -join ' ')
    }
}

# The answer from the terminal; without one the run ends with the given complaint.
function Read-Answer {
    param([string]$Prompt, [string]$Complaint)
    if ([Console]::IsInputRedirected) { Exit-Usage $Complaint }
    $Host.UI.Write($Prompt)
    try { $Host.UI.ReadLine() } catch { Exit-Usage $Complaint }
}

# Someone must have said where to: by --context, by --yes, or now on the terminal.
function Confirm-Target {
    if ($script:ContextGiven -or $script:AssumeYes) { return }
    $answer = Read-Answer (Get-Text 'confirm' $script:Context, $Namespace) -Complaint 'context_or_yes'
    if ($answer -cnotmatch '^(y|Y|yes|Yes|YES|예|네)$') { Exit-Failed 'cancelled' }
}

function Assert-Api {
    $answer = Invoke-Kubectl 'get', '--raw', '/version', '--request-timeout', '10s' -Quiet
    if ($answer.ExitCode) { Exit-AfterCall 'api_away' $script:Context, (Get-LastLine $answer.Errors) }
}

# Ends the run after a failed call: with its time when that is over, else as failed.
function Exit-AfterCall {
    param([string]$Key, [string[]]$Values = @())
    if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
    Exit-Failed $Key $Values
}

function Exit-TimedOut {
    Write-Complaint 'timed_out' $script:Timeout
    Write-UnreadyReport
    Exit-Script $ExitTimedOut
}

# --- Secrets ----------------------------------------------------------------------------------------------------------
# Values stay in variables of this script, in base64, and leave it through pipes only: never in an argument of a
# program, in a file or in a message. The environment that kubectl inherits has none of them (Invoke-Program).

$script:KeyStates = @() # a row for each key: what the environment gives, what the cluster has, what is to be written
$script:Existing = @()  # names of the Secrets that the cluster has
$script:Restarts = @()  # workloads (KIND/NAME) that run with a value that is about to change

function ConvertTo-Base64 {
    param([string]$Text)
    [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text))
}

# 40 letters and digits, each as likely as any other.
function Get-RandomText {
    $letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    $text = New-Object Text.StringBuilder
    $bytes = New-Object byte[] 64
    $generator = [Security.Cryptography.RandomNumberGenerator]::Create()
    while ($text.Length -lt 40) {
        $generator.GetBytes($bytes)
        foreach ($byte in $bytes) {
            if ($byte -lt 4 * $letters.Length -and $text.Length -lt 40) {
                [void]$text.Append($letters[$byte % $letters.Length])
            }
        }
    }
    $text.ToString()
}

# Reads the live Secrets and decides, before anything is written, what each key gets.
function Initialize-Secret {
    $script:KeyStates = @(foreach ($key in $SecretKeys) {
            @{
                Secret = $key.Secret
                Key = $key.Key
                Variable = $key.Variable
                Default = $key.Default
                Placeholder = '${' + $key.Variable + '}'
                Given = ConvertTo-Base64 ([Environment]::GetEnvironmentVariable($key.Variable))
                Found = ''
                ToWrite = ''
            }
        })
    $bound = @(Get-BoundSecret)
    foreach ($secret in $Secrets) { Read-LiveSecret $secret.Name }
    $problems = @($script:KeyStates | Where-Object { -not (Test-Key $_ -IsBound ($bound -ccontains $_.Secret)) })
    if ($problems) { Exit-Failed 'secrets_stop' }
    foreach ($state in $script:KeyStates) { Select-Value $state }
    Find-Restart
}

# Names of the Secrets whose values live in a claim that exists.
function Get-BoundSecret {
    if (-not $SecretClaims) { return }
    $answer = Invoke-Kubectl 'get', 'persistentvolumeclaims', '--output', 'name'
    if ($answer.ExitCode) { Exit-AfterCall 'read_failed' 'persistentvolumeclaims' }
    $claims = @(Get-Line $answer.Output)
    foreach ($row in $SecretClaims) {
        if ($claims -ccontains "persistentvolumeclaim/$($row.Claim)") { $row.Secret }
    }
}

function Read-LiveSecret {
    param([string]$Name)
    $answer = Invoke-Kubectl 'get', 'secret', $Name, '--ignore-not-found', '--output', "go-template=$SecretTemplate"
    if ($answer.ExitCode) { Exit-AfterCall 'read_failed' "Secret/$Name" }
    if (-not $answer.Output) { return }
    $script:Existing += $Name
    foreach ($line in Get-Line $answer.Output) {
        $key, $value = $line -split ' ', 2
        foreach ($state in $script:KeyStates) {
            if ($state.Secret -ceq $Name -and $state.Key -ceq $key) { $state.Found = "$value" }
        }
    }
}

# Whether the live value is the text of the template, which someone applied as it is.
function Test-Placeholder {
    param([hashtable]$State)
    $State.Found -ceq (ConvertTo-Base64 $State.Placeholder)
}

# Whether the cluster has a real value.
function Test-Value {
    param([hashtable]$State)
    $State.Found -and -not (Test-Placeholder $State)
}

# Whether the key can be kept or given a value; complains if not.
function Test-Key {
    param([hashtable]$State, [bool]$IsBound)
    if (Test-Value $State) {
        if (-not $State.Given -or $State.Given -ceq $State.Found) { return $true }
        Write-Complaint 'secret_differs' $State.Secret, $State.Key, $State.Variable, $Namespace
        return $false
    }
    if (-not $IsBound) { return $true }
    if ($State.Found) {
        Write-Complaint 'secret_placeholder' $State.Secret, $State.Key, $State.Placeholder
        return $false
    }
    if ($State.Given) { return $true }
    $claims = @($SecretClaims | Where-Object { $_.Secret -ceq $State.Secret } | ForEach-Object { $_.Claim })
    Write-Complaint 'secret_lost' $State.Secret, $State.Key, ($claims -join ' '), $State.Variable
    $false
}

# What is to be written for a key that has no value: the given value, that of another key with the same variable, the
# default, or a random one.
function Select-Value {
    param([hashtable]$State)
    if (Test-Value $State) { return }
    $values = @($State.Given)
    foreach ($other in $script:KeyStates) {
        if ([object]::ReferenceEquals($other, $State) -or $other.Variable -cne $State.Variable) { continue }
        $values += if (Test-Value $other) { $other.Found } else { $other.ToWrite }
    }
    $values += ConvertTo-Base64 $State.Default
    $values += ConvertTo-Base64 (Get-RandomText)
    $State.ToWrite = $values | Where-Object { $_ } | Select-Object -First 1
}

# Notes the workloads that exist already and read a Secret that this run writes.
function Find-Restart {
    $answer = Invoke-Kubectl 'get', 'deployments,statefulsets,jobs', '--output', "go-template=$NamesTemplate"
    if ($answer.ExitCode) { Exit-AfterCall 'read_failed' 'deployments,statefulsets,jobs' }
    $live = @(Get-Line $answer.Output)
    foreach ($reader in $SecretReaders) {
        $workload = "$($reader.Kind)/$($reader.Name)"
        if ($live -ccontains $workload -and (Get-StateToWrite $reader.Secret)) { $script:Restarts += $workload }
    }
}

function Get-StateToWrite {
    param([string]$Secret)
    $script:KeyStates | Where-Object { $_.Secret -ceq $Secret -and $_.ToWrite }
}

function Send-PhaseSecret {
    param([string]$Phase)
    foreach ($secret in $Secrets | Where-Object { $_.Phase -ceq $Phase }) {
        $states = @(Get-StateToWrite $secret.Name)
        $keys = ($states | ForEach-Object { $_.Key }) -join ' '
        if ($script:Existing -cnotcontains $secret.Name) {
            Write-Text 'secret_create' $secret.Name, $keys
            Send-Secret $secret.Name -Document $secret.Object -States $states -Words '--field-manager', $FieldManager
        }
        elseif ($states) {
            Write-Text 'secret_add' $secret.Name, $keys
            Send-MissingKey $secret.Name -States $states
        }
    }
}

# Adds keys to a live Secret. kubectl takes a merge patch from an argument or a file only, and Windows has no file that
# stands for standard input. So the keys are applied, under a field manager of their own, since apply takes away what
# its manager owns and does not send again. A key that someone else wrote in the meantime is a conflict, and ends the
# run; a placeholder is to be replaced.
function Send-MissingKey {
    param([string]$Name, [hashtable[]]$States)
    $document = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"' + $Name + '"}}'
    $words = @('--field-manager', "$FieldManager-$([Guid]::NewGuid())")
    if ($States | Where-Object { Test-Placeholder $_ }) { $words += '--force-conflicts' }
    Send-Secret $Name -Document $document -States $States -Words $words
}

# Applies a Secret's document with the values that are to be written.
function Send-Secret {
    param([string]$Name, [string]$Document, [hashtable[]]$States, [string[]]$Words)
    $entries = $States | ForEach-Object { '"' + $_.Key + '":"' + $_.ToWrite + '"' }
    $text = $Document -replace '\}$', (',"data":{' + ($entries -join ',') + '}}')
    $answer = Invoke-Kubectl (@('apply', '--server-side') + $Words + @('--filename', '-')) -InputText $text
    if ($answer.ExitCode) { Exit-AfterCall 'secret_write_failed' $Name }
}

# --- Phases -----------------------------------------------------------------------------------------------------------

function Publish-System {
    $included = @($Phases | Where-Object { -not $_.Option -or $script:ChosenOptions -ccontains $_.Option })
    $number = 0
    foreach ($phase in $included) {
        $number++
        Write-Text 'phase_started' $number, $included.Count, (Select-Language $phase.TitleKo $phase.TitleEn)
        $awaited = @($Workloads | Where-Object { $_.Phase -ceq $phase.Name })
        Send-PhaseSecret $phase.Name
        foreach ($job in $awaited | Where-Object { $_.Kind -ceq 'Job' }) { Clear-OutdatedJob $job }
        Send-PhaseFile $phase.Name
        foreach ($workload in $awaited | Where-Object { $_.Kind -cne 'Job' }) { Invoke-Restart $workload }
        if ($awaited) { Wait-Workload $awaited }
    }
}

function Send-PhaseFile {
    param([string]$Phase)
    $words = @()
    foreach ($row in $Files) {
        if ($row.Phase -ceq $Phase) { $words += '--filename', (Get-FileArgument $row.File) }
    }
    if (-not $words) { return }
    $answer = Invoke-Kubectl ('apply', '--server-side', '--field-manager', $FieldManager + $words)
    if ($answer.Output) { $answer.Output }
    if ($answer.ExitCode) { Exit-AfterCall 'apply_failed' }
}

# A Job cannot be changed: it is deleted, so that apply makes it anew, when it failed, when its template changed, or
# when a Secret that it reads did.
function Clear-OutdatedJob {
    param([System.Collections.IDictionary]$Job)
    $live = Invoke-Kubectl 'get', 'job', $Job.Name, '--ignore-not-found', '--output', "go-template=$JobTemplate"
    if ($live.ExitCode) { Exit-AfterCall 'read_failed' "Job/$($Job.Name)" }
    if (-not $live.Output) { return }
    $reason = if ($live.Output -cmatch ' Failed') { 'job_failed_before' }
    elseif ($script:Restarts -ccontains "Job/$($Job.Name)") { 'job_secret_changed' }
    elseif (Test-ImmutableChange $Job.File) { 'job_changed' }
    else { return }
    Write-Text $reason $Job.Name
    $manner = '--ignore-not-found', '--cascade=foreground', '--timeout', "$(Get-TimeLeft)s"
    $answer = Invoke-Kubectl ('delete', 'job', $Job.Name + $manner)
    if ($answer.ExitCode) { Exit-AfterCall 'delete_failed' "Job/$($Job.Name)" }
}

function Test-ImmutableChange {
    param([string]$File)
    $words = 'apply', '--server-side', '--field-manager', $FieldManager, '--dry-run=server'
    $answer = Invoke-Kubectl ($words + '--filename' + (Get-FileArgument $File)) -Quiet
    $answer.ExitCode -and $answer.Errors -cmatch 'field is immutable'
}

# Restarts a workload that runs with the old value of a Secret.
function Invoke-Restart {
    param([System.Collections.IDictionary]$Workload)
    $name = "$($Workload.Kind)/$($Workload.Name)"
    if ($script:Restarts -cnotcontains $name) { return }
    Write-Text 'restart' $name
    if ((Invoke-Kubectl 'rollout', 'restart', $name).ExitCode) { Exit-AfterCall 'restart_failed' $name }
}

# --- Waiting ----------------------------------------------------------------------------------------------------------

$script:Facts = @()   # lines of StatusTemplate and ExternalSecretsTemplate, from the last poll that succeeded
$script:Pending = @() # the awaited workloads that are not ready: KIND/NAME, and for people the same with counts
$script:JobLogs = @{} # last log lines of the awaited Jobs (Job/NAME), since a failed Job's pods are deleted

function Wait-Workload {
    param([hashtable[]]$Awaited)
    $started = Get-Elapsed
    $shown = ''
    $shownAt = 0
    $resources = 'deployments,statefulsets,jobs,pods'
    $template = $StatusTemplate
    if ($Awaited | Where-Object { $_.Kind -ceq 'ExternalSecret' }) {
        $resources += ',secrets,externalsecrets.external-secrets.io'
        $template += $ExternalSecretsTemplate
    }
    $words = 'get', $resources, '--request-timeout', '10s', '--output', "go-template=$template"
    while ($true) {
        $answer = Invoke-Kubectl $words -Quiet
        if ($answer.ExitCode) {
            $state = Get-Text 'poll_failed' (Get-LastLine $answer.Errors)
        }
        else {
            $script:Facts = @(Get-Line $answer.Output)
            $script:Pending = @(Get-PendingWorkload $Awaited)
            if (-not $script:Pending) { break }
            foreach ($row in $script:Pending) { Save-JobLog $row.Workload }
            $progress = ($script:Pending | ForEach-Object { $_.Progress }) -join ', '
            $state = Get-Text 'waiting' ($Awaited.Count - $script:Pending.Count), $Awaited.Count, $progress
        }
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        if ($state -cne $shown -or (Get-Elapsed) - $shownAt -ge 10) {
            Write-Text 'progress' $state, ((Get-Elapsed) - $started)
            $shown = $state
            $shownAt = Get-Elapsed
        }
        Start-Sleep -Seconds 1
    }
    Write-Text 'phase_ready' $Awaited.Count, ((Get-Elapsed) - $started)
}

# The awaited workloads that are not ready, by the facts; ends the run at a failed Job.
function Get-PendingWorkload {
    param([hashtable[]]$Awaited)
    $seen = @()
    $names = @($Awaited | ForEach-Object { "$($_.Kind)/$($_.Name)" })
    foreach ($fact in $script:Facts) {
        $kind, $name, $columns = $fact -split '\|'
        $workload = "$kind/$name"
        if ($names -cnotcontains $workload) { continue }
        $seen += $workload
        $verdict = switch ($kind) {
            'Deployment' { Get-DeploymentVerdict $columns }
            'StatefulSet' { Get-StatefulSetVerdict $columns }
            'Job' { Get-JobVerdict $columns }
            'ExternalSecret' { Get-ExternalSecretVerdict $columns }
        }
        if ($verdict -eq 'failed') { Exit-JobFailed $name }
        if ($verdict -ne 'ready') { @{ Workload = $workload; Progress = "$workload $verdict".TrimEnd() } }
    }
    foreach ($workload in $names) {
        if ($seen -cnotcontains $workload) { @{ Workload = $workload; Progress = $workload } }
    }
}

# A verdict is `ready`, `failed`, or how far the workload is (`1/2`, or nothing).

function Get-DeploymentVerdict {
    param([string[]]$Columns)
    $generation, $observed, $wanted, $updated, $available, $all = [int[]]$Columns
    $isCurrent = $observed -eq $generation -and $updated -eq $wanted -and $all -eq $wanted
    if ($isCurrent -and $available -eq $wanted) { 'ready' }
    else { "$(Get-NewCount $available -Old ($all - $updated))/$wanted" }
}

function Get-StatefulSetVerdict {
    param([string[]]$Columns)
    $generation, $observed, $wanted, $updated, $available = [int[]]$Columns[0..4]
    $current, $update = $Columns[5..6]
    if ($observed -eq $generation -and $available -eq $wanted -and $current -ceq $update) { 'ready' }
    else { "$(Get-NewCount $available -Old ($wanted - $updated))/$wanted" }
}

function Get-JobVerdict {
    param([string[]]$Columns)
    $conditions = $Columns[0] -split ','
    if ($conditions -ccontains 'Complete') { 'ready' }
    elseif ($conditions -ccontains 'Failed') { 'failed' }
    else { '' }
}

function Get-ExternalSecretVerdict {
    param([string[]]$Columns)
    if ($Columns[0]) { '' } else { 'ready' }
}

# How many of the ready pods are surely of the new revision, if so many are not.
function Get-NewCount {
    param([int]$Ready, [int]$Old)
    [Math]::Max(0, $Ready - $Old)
}

# Keeps the last log lines of a workload (KIND/NAME) if it is a Job.
function Save-JobLog {
    param([string]$Workload)
    if ($Workload -cnotlike 'Job/*') { return }
    foreach ($pod in Get-UnreadyPod $Workload) {
        $lines = Get-PodLog $pod
        if ($lines) { $script:JobLogs[$Workload] = $lines }
    }
}

# Names of the pods of a workload (KIND/NAME) that are not ready; of a Job all, since they are ready while they run.
function Get-UnreadyPod {
    param([string]$Workload)
    foreach ($fact in $script:Facts) {
        if ($fact -cnotlike 'Pod|*') { continue }
        $null, $pod, $ownerKind, $owner, $hash, $isReady = $fact -split '\|'
        if ($ownerKind -ceq 'ReplicaSet') {
            $ownerKind = 'Deployment'
            $owner = $owner -creplace "-$([regex]::Escape($hash))$", ''
        }
        if ("$ownerKind/$owner" -ceq $Workload -and ($isReady -cne 'True' -or $ownerKind -ceq 'Job')) { $pod }
    }
}

# The last log lines of a pod. A container that is about to be restarted has none of its own: then those of the previous.
function Get-PodLog {
    param([string]$Pod)
    $lines = Get-KeptLog $Pod
    if ($lines) { $lines } else { Get-KeptLog $Pod, '--previous' }
}

# Without what the node says in place of a log that it does not have.
function Get-KeptLog {
    param([string[]]$Which)
    $node = '^(\[[^]]*\] )?(unable to retrieve container logs for |failed to try resolving symlinks in path )'
    $manner = '--all-containers', '--prefix', '--tail', $LogLines, '--request-timeout', '10s'
    $lines = (Invoke-Kubectl (@('logs') + $Which + $manner) -Quiet).Output -split '\r?\n'
    ($lines | Where-Object { $_ -cnotmatch $node }) -join "`n"
}

# --- What went wrong --------------------------------------------------------------------------------------------------

function Exit-JobFailed {
    param([string]$Name)
    Save-JobLog "Job/$Name"
    Write-Complaint 'job_failed' $Name
    Write-EventReport $Name
    $lines = $script:JobLogs["Job/$Name"]
    if (-not $lines) { $lines = Get-Text 'logs_none' }
    Write-LogReport "Job/$Name" $lines
    Exit-Script $ExitFailed
}

# Prints why the awaited workloads are not ready. The run's time may be over: this takes at most 20 seconds more.
function Write-UnreadyReport {
    $script:Deadline = (Get-Elapsed) + 20
    foreach ($pending in $script:Pending) {
        Write-Complaint 'unready' $pending.Workload
        Write-ExternalSecretReport $pending.Workload
        $pods = @(Get-UnreadyPod $pending.Workload)
        foreach ($pod in $pods) { Write-ReasonReport $pod }
        Write-EventReport ($pending.Workload -split '/')[1]
        foreach ($pod in $pods) {
            $lines = Get-PodLog $pod
            if ($lines) { Write-LogReport "Pod/$pod" $lines }
        }
    }
}

# Prints what the Secret of an ExternalSecret (KIND/NAME) lacks, and what the controller says; nothing of another kind.
function Write-ExternalSecretReport {
    param([string]$Workload)
    foreach ($fact in $script:Facts) {
        if ($fact -cnotlike 'ExternalSecret|*') { continue }
        $kind, $name, $lacking, $secret, $status, $reason, $message = $fact -split '\|', 7
        if ("$kind/$name" -cne $Workload) { continue }
        if ($lacking -ceq '* ') { Write-Complaint 'secret_empty' $secret }
        else { Write-Complaint 'secret_lacks' $secret, $lacking.TrimEnd() }
        if ($status) { Write-Complaint 'condition' $status, $reason, (ConvertFrom-GoString $message) }
        else { Write-Complaint 'condition_none' }
    }
}

function Write-ReasonReport {
    param([string]$Pod)
    foreach ($fact in $script:Facts) {
        if ($fact -cnotlike 'Reason|*') { continue }
        $null, $name, $reason, $message = $fact -split '\|', 4
        if ($name -ceq $Pod) { Write-Complaint 'pod_reason' $Pod, $reason, (ConvertFrom-GoString $message) }
    }
}

# Prints the last warnings about the workload of that name, its pods and its claims.
function Write-EventReport {
    param([string]$Name)
    $words = 'get', 'events', '--field-selector', 'type=Warning', '--sort-by', '.lastTimestamp', '--request-timeout',
        '10s', '--output', "go-template=$EventsTemplate"
    $answer = Invoke-Kubectl $words -Quiet
    if ($answer.ExitCode) { return }
    $texts = foreach ($line in Get-Line $answer.Output) {
        $object, $reason, $message = $line -split '\|', 3
        if ($object -cne $Name -and -not $object.StartsWith("$Name-", [StringComparison]::Ordinal)) { continue }
        Get-Text 'event' $object, $reason, (ConvertFrom-GoString $message)
    }
    $texts | Select-Object -Last 5 | ForEach-Object { Write-ErrorLine $_ }
}

function Write-LogReport {
    param([string]$Object, [string]$Lines)
    Write-Complaint 'logs' $Object
    $Lines -split '\r?\n' | ForEach-Object { Write-ErrorLine "      $_" }
}

# Undoes the quoting of the Go templates (%q), which keeps a message on one line.
function ConvertFrom-GoString {
    param([string]$Text)
    $inner = $Text -replace '^"|"$', ''
    $inner.Replace('\n', ' ').Replace('\"', '"').Replace('\\', '\')
}

# --- Run --------------------------------------------------------------------------------------------------------------

function Invoke-Main {
    $words = @(ConvertTo-GnuSpelling $Arguments)
    Initialize-Language $words
    Read-Option $words
    Initialize-Folder
    Initialize-Kubectl
    Initialize-Context
    Confirm-Target
    $script:Deadline = (Get-Elapsed) + $script:Timeout
    Write-Text 'started' (Select-Language $TitleKo $TitleEn)
    Write-Text 'target' $script:Context, $Namespace, $Environment
    Assert-Api
    Initialize-Secret
    Publish-System
    Write-Text 'finished' (Select-Language $TitleKo $TitleEn)
}

# Has the console take UTF-8, and gives the encoding that it had; none where there is no console.
function Enable-Utf8Output {
    $before = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = New-Object Text.UTF8Encoding $false
        $before
    }
    catch [IO.IOException] { $null }
}

# An interruption (Ctrl-C) runs `finally` and nothing else.
$encoding = Enable-Utf8Output
try {
    Invoke-Main
    Exit-Script $ExitDone
}
catch {
    Write-ErrorLine ($_ | Out-String)
    Exit-Script $ExitFailed
}
finally {
    if (-not $script:Ended) { Write-Complaint 'interrupted' }
    if ($encoding) { [Console]::OutputEncoding = $encoding }
    if (-not $script:Ended) { exit $ExitInterrupted }
}
