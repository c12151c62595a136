<#
.SYNOPSIS
    Builds the container images with docker.

.DESCRIPTION
    Builds each image from its Dockerfile, with the source root as build context, and may push it or load it into a local
    cluster. The environment variables REGISTRY and VERSION say where the images belong and which tag they get; without
    them they are named as the manifests name them.
    Needs Windows PowerShell 5.1 or PowerShell 7, and docker. -Help lists the options.
    Options are given in PowerShell's spelling (-Root FOLDER, -Root:FOLDER) or in GNU spelling
    (--root FOLDER, --root=FOLDER).
    Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

.EXAMPLE
    .\build-images.ps1 -Root ..\source -Parallel 4 -Push

.EXAMPLE
    $env:VERSION = '1.2.3'; .\build-images.ps1 --lang en
#>
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# No parameter is declared, so that both spellings of the options, and what is no option, come here as written.
$Arguments = [string[]]$args

$TitleKo = 'Count 통합 관리 시스템'
$TitleEn = 'Count management system'
$PlanRegistry = ''
$PlanVersion = 'latest'
$Images = @(
    @{ Name = 'common'; Dockerfile = 'common/Dockerfile'; Common = 'yes' }
    @{ Name = 'count-write-service'; Dockerfile = 'count-write-service/Dockerfile'; Common = 'no' }
    @{ Name = 'count-read-service'; Dockerfile = 'count-read-service/Dockerfile'; Common = 'no' }
    @{ Name = 'count-management-service'; Dockerfile = 'count-management-service/Dockerfile'; Common = 'no' }
    @{ Name = 'count-analysis-service'; Dockerfile = 'count-analysis-service/Dockerfile'; Common = 'no' }
    @{ Name = 'dashboard-provision-service'; Dockerfile = 'dashboard-provision-service/Dockerfile'; Common = 'no' }
    @{ Name = 'dashboard-update-service'; Dockerfile = 'dashboard-update-service/Dockerfile'; Common = 'no' }
)
$Options = @(
    @{ Name = 'root'; Value = 'text'; Choices = ''; ArgumentKo = '폴더'; ArgumentEn = 'DIR'; HelpKo = '소스 루트이자 빌드 컨텍스트. 기본값은 이 스크립트 폴더의 상위 폴더'; HelpEn = 'Source root and build context. Default is the parent of this script''s folder' }
    @{ Name = 'only'; Value = 'choice'; Choices = 'common count-write-service count-read-service count-management-service count-analysis-service dashboard-provision-service dashboard-update-service'; ArgumentKo = '이름'; ArgumentEn = 'NAME'; HelpKo = '이 이미지만 빌드 (여러 번 지정 가능)'; HelpEn = 'Build this image alone (may be given several times)' }
    @{ Name = 'push'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '빌드한 이미지를 레지스트리로 푸시'; HelpEn = 'Push each image to the registry after its build' }
    @{ Name = 'load-into'; Value = 'choice'; Choices = 'kind minikube'; ArgumentKo = 'kind|minikube'; ArgumentEn = 'kind|minikube'; HelpKo = '빌드한 이미지를 이 로컬 클러스터에 적재'; HelpEn = 'Load each image into this local cluster after its build' }
    @{ Name = 'parallel'; Value = 'number'; Choices = ''; ArgumentKo = '개수'; ArgumentEn = 'N'; HelpKo = '동시에 빌드할 이미지 수. 공통 이미지는 먼저 하나씩 빌드. 기본값 1'; HelpEn = 'How many images to build at a time. Common ones are built first, one by one. Default 1' }
    @{ Name = 'json'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '메시지를 한 줄에 하나씩 JSON으로 출력'; HelpEn = 'Print each message as one line of JSON' }
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
    @{ Key = 'help_summary'; Arguments = 'title'; Ko = '{0}의 컨테이너 이미지를 만듭니다.'; En = 'Builds the container images of {0}.' }
    @{ Key = 'help_variables'; Arguments = 'registry version'; Ko = '환경 변수:
  REGISTRY  이미지 이름 앞의 레지스트리, 끝의 /는 있어도 없어도 됨. 빈 값이면 없음. 기본값 ''{0}''
  VERSION   이미지 태그. 기본값 ''{1}'''; En = 'Environment variables:
  REGISTRY  Registry before the images'' names, with or without a / at its end; empty for none. Default ''{0}''
  VERSION   Tag of the images. Default ''{1}''' }
    @{ Key = 'help_exit_codes'; Arguments = ''; Ko = '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 130 중단'; En = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted' }
    @{ Key = 'started'; Arguments = 'title'; Ko = '=== {0} 이미지 빌드 시작 ==='; En = '=== Images of {0}: start ===' }
    @{ Key = 'finished'; Arguments = 'title'; Ko = '=== {0} 이미지 빌드 완료 ==='; En = '=== Images of {0}: done ===' }
    @{ Key = 'names_differ'; Arguments = 'built deployed'; Ko = '주의: 이 이미지는 {0} 이름으로 만들어지지만, 매니페스트가 쓰는 이름은 {1}입니다.'; En = 'Note: the images are built as {0}, and the manifests name {1}.' }
    @{ Key = 'root_missing'; Arguments = 'root'; Ko = '오류: 소스 루트 {0} 폴더가 없습니다.'; En = 'Error: the source root {0} is no folder.' }
    @{ Key = 'dockerfile_missing'; Arguments = 'file'; Ko = '오류: Dockerfile이 없습니다: {0}'; En = 'Error: there is no Dockerfile {0}' }
    @{ Key = 'root_hint'; Arguments = 'root'; Ko = '소스 루트는 {0}입니다. 다른 곳이면 --root 폴더로 지정하세요.'; En = 'The source root is {0}. Give another one with --root DIR.' }
    @{ Key = 'program_missing'; Arguments = 'program'; Ko = '오류: {0} 프로그램을 찾을 수 없습니다.'; En = 'Error: {0} is not found.' }
    @{ Key = 'push_needs_registry'; Arguments = ''; Ko = '오류: --push에는 레지스트리가 필요합니다. 환경 변수 REGISTRY로 지정하세요.'; En = 'Error: --push needs a registry. Give one in the variable REGISTRY.' }
    @{ Key = 'logs_in'; Arguments = 'folder'; Ko = '로그 폴더: {0}'; En = 'Logs: {0}' }
    @{ Key = 'build_started'; Arguments = 'number total image'; Ko = '[{0}/{1}] {2} 빌드'; En = '[{0}/{1}] Building {2}' }
    @{ Key = 'build_done'; Arguments = 'image seconds'; Ko = '  {0} 빌드 완료 [{1}초]'; En = '  {0} is built [{1} s]' }
    @{ Key = 'build_failed'; Arguments = 'image'; Ko = '오류: {0} 빌드에 실패했습니다. 마지막 로그:'; En = 'Error: building {0} failed. Its last log lines:' }
    @{ Key = 'push_started'; Arguments = 'number total image'; Ko = '[{0}/{1}] {2} 푸시'; En = '[{0}/{1}] Pushing {2}' }
    @{ Key = 'push_done'; Arguments = 'image seconds'; Ko = '  {0} 푸시 완료 [{1}초]'; En = '  {0} is pushed [{1} s]' }
    @{ Key = 'push_failed'; Arguments = 'image'; Ko = '오류: {0} 푸시에 실패했습니다. 마지막 로그:'; En = 'Error: pushing {0} failed. Its last log lines:' }
    @{ Key = 'load_started'; Arguments = 'number total image'; Ko = '[{0}/{1}] {2} 적재'; En = '[{0}/{1}] Loading {2}' }
    @{ Key = 'load_done'; Arguments = 'image seconds'; Ko = '  {0} 적재 완료 [{1}초]'; En = '  {0} is loaded [{1} s]' }
    @{ Key = 'load_failed'; Arguments = 'image'; Ko = '오류: {0} 적재에 실패했습니다. 마지막 로그:'; En = 'Error: loading {0} failed. Its last log lines:' }
    @{ Key = 'log_line'; Arguments = 'line'; Ko = '    {0}'; En = '    {0}' }
    @{ Key = 'summary'; Arguments = ''; Ko = '요약:'; En = 'Summary:' }
    @{ Key = 'summary_image'; Arguments = 'image state seconds'; Ko = '  {0}: {1} [{2}초]'; En = '  {0}: {1} [{2} s]' }
    @{ Key = 'state_build'; Arguments = ''; Ko = '빌드됨'; En = 'built' }
    @{ Key = 'state_push'; Arguments = ''; Ko = '푸시됨'; En = 'pushed' }
    @{ Key = 'state_load'; Arguments = ''; Ko = '적재됨'; En = 'loaded' }
    @{ Key = 'state_failed'; Arguments = ''; Ko = '실패'; En = 'failed' }
    @{ Key = 'state_stopped'; Arguments = ''; Ko = '중단됨'; En = 'stopped' }
    @{ Key = 'state_waiting'; Arguments = ''; Ko = '시작하지 않음'; En = 'not begun' }
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

# --- Options ----------------------------------------------------------------------------------------------------------

function Write-Help {
    Write-Text 'help_usage' (Split-Path -Leaf $PSCommandPath)
    Write-Text 'help_summary' (Get-Title)
    Write-Line ''
    Write-OptionHelp
    Write-Line ''
    Write-Text 'help_variables' $PlanRegistry, $PlanVersion
    Write-Line ''
    Write-Text 'help_exit_codes'
}

# --- Names and sources ------------------------------------------------------------------------------------------------

$script:Root = ''
$script:Registry = ''
$script:Version = ''

# REGISTRY may be set and empty: no registry. An empty VERSION is none.
function Initialize-Name {
    $registry = if (Test-Path -LiteralPath 'Env:REGISTRY') { $env:REGISTRY } else { $PlanRegistry }
    $script:Registry = $registry -replace '/\z', ''
    $script:Version = if ($env:VERSION) { $env:VERSION } else { $PlanVersion }
    if (-not $script:Registry -and (Test-Option 'push')) { Exit-Usage 'push_needs_registry' }
}

# The whole name of an image; an empty registry adds nothing.
function Get-ImageName {
    param([string]$Registry, [string]$Name, [string]$Version)
    if ($Registry) { "$Registry/${Name}:$Version" } else { "${Name}:$Version" }
}

function Compare-Name {
    $built = Get-ImageName $script:Registry '*' $script:Version
    $deployed = Get-ImageName ($PlanRegistry -replace '/\z', '') '*' $PlanVersion
    if ($built -cne $deployed) { Write-Text 'names_differ' $built, $deployed }
}

function Initialize-Root {
    $root = Get-OptionValue 'root' (Split-Path -Parent $script:Folder)
    if (-not (Test-Path -LiteralPath $root -PathType Container)) { Exit-Failed 'root_missing' $root }
    $path = (Get-Item -LiteralPath $root -Force).FullName
    $isTop = $path -ceq [IO.Path]::GetPathRoot($path)
    $script:Root = if ($isTop) { $path } else { $path.TrimEnd([IO.Path]::DirectorySeparatorChar) }
}

$script:Builds = @() # a row for each wanted image, with what becomes of it

function Initialize-Build {
    $script:Builds = @($Images | Where-Object { Test-Wanted $_ } | ForEach-Object {
            @{
                Name = $_.Name
                Image = Get-ImageName $script:Registry $_.Name $script:Version
                Dockerfile = Get-Dockerfile $_
                Common = $_.Common
                Log = ''
                Position = 0     # which step it is at
                Process = $null  # of that step, while it runs
                Readers = @()    # of its output and errors: each a stream, and the task that reads its next line
                Clock = [Diagnostics.Stopwatch]::new()
                States = @()     # keys of texts
            }
        })
}

function Get-Dockerfile {
    param([hashtable]$Image)
    [IO.Path]::Combine($script:Root, $Image.Dockerfile)
}

# Those of --only; without it all, a common one only if the sources have it.
function Test-Wanted {
    param([hashtable]$Image)
    if (Test-Option 'only') { Test-OptionValue 'only' $Image.Name }
    else { $Image.Common -eq 'no' -or (Test-File (Get-Dockerfile $Image)) }
}

function Test-File {
    param([string]$Path)
    Test-Path -LiteralPath $Path -PathType Leaf
}

function Assert-Dockerfile {
    $missing = @($script:Builds | Where-Object { -not (Test-File $_.Dockerfile) })
    foreach ($build in $missing) { Write-Complaint 'dockerfile_missing' $build.Dockerfile }
    if ($missing) { Exit-Failed 'root_hint' $script:Root }
}

function Assert-Program {
    foreach ($name in @('docker') + @(Get-OptionValue 'load-into' | Where-Object { $_ })) {
        if (-not (Find-Program $name)) { Exit-Failed 'program_missing' $name }
    }
}

# --- Build ------------------------------------------------------------------------------------------------------------

$LinesOfLog = 20

$script:Parallel = 1
$script:Steps = @('build') # of each image

function Initialize-Step {
    $script:Parallel = [int](Get-OptionValue 'parallel' 1)
    if (Test-Option 'push') { $script:Steps += 'push' }
    if (Test-Option 'load-into') { $script:Steps += 'load' }
    $folder = [IO.Path]::Combine([IO.Path]::GetTempPath(), "build-images.$([IO.Path]::GetRandomFileName())")
    $null = New-Item -ItemType Directory -Path $folder
    Write-Text 'logs_in' $folder
    foreach ($build in $script:Builds) {
        $build.Log = [IO.Path]::Combine($folder, "$($build.Name.Replace('/', '-')).log")
    }
}

# Starts the images in their order, and follows them until all are done.
function Invoke-Build {
    $next = 0
    try {
        while ($next -lt $script:Builds.Count -or (Get-RunningBuild)) {
            while (Test-Start $next) {
                Start-Build $script:Builds[$next]
                $next++
            }
            Start-Sleep -Milliseconds 100
            foreach ($build in @(Get-RunningBuild)) { Watch-Step $build }
        }
    }
    finally {
        Stop-Build
    }
}

function Get-RunningBuild {
    $script:Builds | Where-Object { $_.Process }
}

# Common images, which come first, run alone.
function Test-Start {
    param([int]$Number)
    if ($Number -ge $script:Builds.Count) { return $false }
    $running = @(Get-RunningBuild)
    -not $running -or ($running.Count -lt $script:Parallel -and $running[-1].Common -eq 'no')
}

function Start-Build {
    param([hashtable]$Build)
    [IO.File]::WriteAllText($Build.Log, '')
    $Build.Clock.Start()
    Start-Step $Build
}

# Starts the step that an image is at.
function Start-Step {
    param([hashtable]$Build)
    $step = $script:Steps[$Build.Position]
    $image = $Build.Image
    $number = [array]::IndexOf($script:Builds, $Build) + 1
    Write-Text "${step}_started" $number, $script:Builds.Count, $image
    $program, $words = switch ($step) {
        'build' { 'docker', 'build', '-f', $Build.Dockerfile, '-t', $image, $script:Root }
        'push' { 'docker', 'push', $image }
        default {
            if ((Get-OptionValue 'load-into') -ceq 'kind') { 'kind', 'load', 'docker-image', $image }
            else { 'minikube', 'image', 'load', $image }
        }
    }
    $Build.Process = Start-Program (Find-Program $program) $words -WithInput
    $Build.Process.StandardInput.Close()
    $Build.Readers = @(foreach ($stream in $Build.Process.StandardOutput, $Build.Process.StandardError) {
            @{ Stream = $stream; Task = $stream.ReadLineAsync() }
        })
}

# Takes what the step of an image has printed since the last time, and goes on where it has ended.
function Watch-Step {
    param([hashtable]$Build)
    $isEnded = $Build.Process.HasExited
    $lines = [string[]]@($Build.Readers | ForEach-Object { Read-Line $_ })
    [IO.File]::AppendAllLines($Build.Log, $lines)
    if ($script:Parallel -eq 1 -and -not $script:Json) { $lines | ForEach-Object { Write-Line $_ } }
    if (-not $isEnded -or (Test-Unread $Build)) { return }
    $code = $Build.Process.ExitCode
    $Build.Process = $null
    if ($code) { Exit-StepFailed $Build }
    Complete-Step $Build
}

# The lines that are there to be read.
function Read-Line {
    param([hashtable]$Reader)
    while ($Reader.Task -and $Reader.Task.IsCompleted) {
        $line = $Reader.Task.Result
        $Reader.Task = if ($null -ne $line) { $Reader.Stream.ReadLineAsync() }
        if ($null -ne $line) { $line }
    }
}

# Whether there may be more to read. What is still open 2 seconds after the end belongs to another program.
function Test-Unread {
    param([hashtable]$Build)
    $isRecent = ([DateTime]::Now - $Build.Process.ExitTime).TotalSeconds -lt 2
    $isRecent -and ($Build.Readers | Where-Object { $_.Task })
}

# Says what an image has reached, and starts its next step.
function Complete-Step {
    param([hashtable]$Build)
    $step = $script:Steps[$Build.Position]
    Write-Text "${step}_done" $Build.Image, (Get-Second $Build)
    $Build.States += "state_${step}"
    $Build.Position++
    if ($Build.Position -lt $script:Steps.Count) { Start-Step $Build } else { $Build.Clock.Stop() }
}

function Get-Second {
    param([hashtable]$Build)
    [int][Math]::Floor($Build.Clock.Elapsed.TotalSeconds)
}

# Ends the run because the step of an image failed.
function Exit-StepFailed {
    param([hashtable]$Build)
    $step = $script:Steps[$Build.Position]
    $Build.Clock.Stop()
    Stop-Build
    Write-Complaint "${step}_failed" $Build.Image
    foreach ($line in Get-Content -LiteralPath $Build.Log -Tail $LinesOfLog -Encoding UTF8) {
        Write-Complaint 'log_line' $line
    }
    $Build.States += 'state_failed'
    Write-Summary
    Exit-Script $ExitFailed
}

# Ends the steps that run.
function Stop-Build {
    foreach ($build in @(Get-RunningBuild)) {
        Stop-Program $build.Process
        $build.Process = $null
        $build.Clock.Stop()
        $build.States += 'state_stopped'
    }
}

# Prints what became of each image.
function Write-Summary {
    Write-Text 'summary'
    foreach ($build in $script:Builds) {
        $states = if ($build.States) { $build.States } else { 'state_waiting' }
        $words = @($states | ForEach-Object { Get-Text $_ }) -join ', '
        Write-Text 'summary_image' $build.Image, $words, (Get-Second $build)
    }
}

function Invoke-Main {
    Initialize-Name
    Initialize-Root
    Initialize-Build
    Assert-Dockerfile
    Assert-Program
    Write-Text 'started' (Get-Title)
    Compare-Name
    Initialize-Step
    Invoke-Build
    Write-Summary
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
