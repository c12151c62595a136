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
$Objects = @(
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'web-config'; Workload = 'no'; Custom = 'no' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'store'; Workload = 'yes'; Custom = 'no' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'store'; Workload = 'no'; Custom = 'no' }
    @{ Phase = 'initialization'; Resource = 'Job.v1.batch'; Name = 'prepare'; Workload = 'yes'; Custom = 'no' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'web'; Workload = 'yes'; Custom = 'no' }
    @{ Phase = 'ingress'; Resource = 'Ingress.v1.networking.k8s.io'; Name = 'shop'; Workload = 'no'; Custom = 'no' }
)
$Claims = @(
    @{ Name = 'data-store-0' }
)
$Secrets = @(
    @{ Name = 'store-secret' }
    @{ Name = 'web-secret' }
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
    @{ Key = 'phase_started'; Ko = '[{0}/{1}] 제거: {2}'; En = '[{0}/{1}] removing: {2}' }
    @{ Key = 'delete_data'; Ko = '데이터(PersistentVolumeClaim)와 Secret 삭제'; En = 'Deleting the data (PersistentVolumeClaims) and the Secrets' }
    @{ Key = 'delete_namespace'; Ko = '네임스페이스 {0} 삭제'; En = 'Deleting the namespace {0}' }
    @{ Key = 'kept'; Ko = '남아 있음: {0}'; En = 'Kept: {0}' }
)
# plan: end

$OldestKubectl = 27

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
$script:DeleteData = $false
$script:DeleteNamespace = $false

# The options by their names without dashes.
function Get-Option {
    foreach ($option in $Options) {
        @{ Name = $option.Name; TakesValue = $option.ArgumentEn -ne '' }
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
            '--delete-data' { $script:DeleteData = $true }
            '--delete-namespace' { $script:DeleteNamespace = $true }
            '--lang' { Assert-Language $value }
            '--help' { Write-Help; Exit-Script $ExitDone }
        }
    }
    if ($script:DeleteNamespace -and -not $script:DeleteData) { Exit-Usage 'namespace_needs_data' }
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
    ''
    Write-Text 'help_exit_codes'
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

# Someone must have said where and what: by options, or now on the terminal. Data goes only with --yes or a typed name.
function Confirm-Target {
    if ($script:AssumeYes) { return }
    if ($script:DeleteData) { Confirm-Deletion }
    elseif (-not $script:ContextGiven) { Confirm-Removal }
}

function Confirm-Removal {
    $answer = Read-Answer (Get-Text 'confirm' $script:Context, $Namespace) -Complaint 'context_or_yes'
    if ($answer -cnotmatch '^(y|Y|yes|Yes|YES|예|네)$') { Exit-Failed 'cancelled' }
}

function Confirm-Deletion {
    $lines = @(Get-Text 'confirm_delete_data' $script:Context, $Namespace)
    if ($script:DeleteNamespace) { $lines += Get-Text 'confirm_delete_namespace' $Namespace }
    $lines += Get-Text 'confirm_type_name' $Namespace
    $answer = Read-Answer ($lines -join [Environment]::NewLine) -Complaint 'delete_needs_yes'
    if ($answer -cne $Namespace) { Exit-Usage 'name_wrong' }
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
    Exit-Script $ExitTimedOut
}

# --- Removal ----------------------------------------------------------------------------------------------------------

# Deletes what is there of the named objects (RESOURCE/NAME), and waits until it is gone.
function Clear-Object {
    param([string[]]$Names, [string]$Cascade = 'background')
    if (-not $Names) { return }
    $words = '--ignore-not-found', "--cascade=$Cascade", '--timeout', "$(Get-TimeLeft)s"
    $answer = Invoke-Kubectl (@('delete') + $Names + $words)
    if ($answer.Output) { $answer.Output }
    if ($answer.ExitCode) { Exit-AfterCall 'delete_failed' ($Names -join ' ') }
}

function Clear-System {
    $filled = @($Objects | ForEach-Object { $_.Phase })
    $removed = @($Phases | Where-Object { $filled -ccontains $_.Name })
    [array]::Reverse($removed)
    $number = 0
    foreach ($phase in $removed) {
        $number++
        Write-Text 'phase_started' $number, $removed.Count, (Select-Language $phase.TitleKo $phase.TitleEn)
        # The workloads go first, in the foreground: they are gone when their pods are.
        Clear-Object (Get-ObjectName $phase.Name -Workload 'yes') -Cascade 'foreground'
        Clear-Object (Get-ObjectName $phase.Name -Workload 'no')
    }
}

# The objects of a phase as RESOURCE/NAME: its workloads, or all others.
function Get-ObjectName {
    param([string]$Phase, [string]$Workload)
    $names = @()
    foreach ($row in $Objects) {
        if ($row.Phase -cne $Phase -or $row.Workload -cne $Workload) { continue }
        $name = "$($row.Resource)/$($row.Name)"
        if ($row.Custom -ceq 'no' -or (Test-Kind $name)) { $names += $name }
    }
    $names
}

# Whether the cluster has the kind of an object (RESOURCE/NAME). One unknown kind would fail the deletion of all others.
function Test-Kind {
    param([string]$Name)
    $answer = Invoke-Kubectl 'get', $Name, '--ignore-not-found', '--output', 'name' -Quiet
    if (-not $answer.ExitCode) { return $true }
    if ($answer.Errors -clike "*server doesn't have a resource type*") { return $false }
    if ($answer.Errors) { Write-ErrorLine $answer.Errors }
    Exit-AfterCall 'read_failed' $Name
}

function Get-ClaimName {
    $Claims | ForEach-Object { "persistentvolumeclaim/$($_.Name)" }
}

function Get-SecretName {
    $Secrets | ForEach-Object { "secret/$($_.Name)" }
}

# A Secret whose value lives in the data goes after the data.
function Clear-Data {
    Write-Text 'delete_data'
    Clear-Object (Get-ClaimName)
    Clear-Object (Get-SecretName)
}

function Clear-Namespace {
    Write-Text 'delete_namespace' $Namespace
    Clear-Object "namespace/$Namespace"
}

# Prints what this run left in the cluster.
function Write-Kept {
    $kept = @(Get-Existing "namespace/$Namespace") + @(Get-Existing (Get-ClaimName)) + @(Get-Existing (Get-SecretName))
    if ($kept) { Write-Text 'kept' ($kept -join ' ') }
}

# Those of the named objects (RESOURCE/NAME) that are there.
function Get-Existing {
    param([string[]]$Names)
    if (-not $Names) { return }
    $answer = Invoke-Kubectl (@('get') + $Names + @('--ignore-not-found', '--output', 'name'))
    if ($answer.ExitCode) { Exit-AfterCall 'read_failed' ($Names -join ' ') }
    Get-Line $answer.Output
}

# --- Run --------------------------------------------------------------------------------------------------------------

function Invoke-Main {
    $words = @(ConvertTo-GnuSpelling $Arguments)
    Initialize-Language $words
    Read-Option $words
    Initialize-Kubectl
    Initialize-Context
    Confirm-Target
    $script:Deadline = (Get-Elapsed) + $script:Timeout
    Write-Text 'started' (Select-Language $TitleKo $TitleEn)
    Write-Text 'target' $script:Context, $Namespace, $Environment
    Assert-Api
    Clear-System
    if ($script:DeleteData) { Clear-Data }
    if ($script:DeleteNamespace) { Clear-Namespace }
    Write-Kept
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
