<#
.SYNOPSIS
    Builds the container images with docker.

.DESCRIPTION
    Builds each image from its Dockerfile, with the source root as build context. The environment variables REGISTRY and
    VERSION say where the images belong and which tag they get; without them they are named as the manifests name them.
    Needs Windows PowerShell 5.1 or PowerShell 7, and docker. -Help lists the options.
    Options are given in PowerShell's spelling (-Root FOLDER, -Root:FOLDER) or in GNU spelling
    (--root FOLDER, --root=FOLDER).
    Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

.EXAMPLE
    .\build-images.ps1 -Root ..\source

.EXAMPLE
    $env:VERSION = '1.2.3'; .\build-images.ps1 --lang en
#>
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# No parameter is declared, so that both spellings of the options, and what is no option, come here as written.
$Arguments = [string[]]$args

# plan: begin
$TitleKo = '상점'
$TitleEn = 'Shop'
$PlanRegistry = 'registry.example/shop'
$PlanVersion = '1.2.3'
$Images = @(
    @{ Name = 'common'; Dockerfile = 'common/Dockerfile'; Common = 'yes' }
    @{ Name = 'web'; Dockerfile = 'web/Dockerfile'; Common = 'no' }
    @{ Name = 'worker'; Dockerfile = 'worker/Dockerfile'; Common = 'no' }
)
$Options = @(
    @{ Name = 'root'; ArgumentKo = '폴더'; ArgumentEn = 'DIR'; HelpKo = '소스 루트이자 빌드 컨텍스트. 기본값은 이 스크립트 폴더의 상위 폴더'; HelpEn = 'Source root and build context. Default is the parent of this script''s folder' }
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
    @{ Key = 'help_summary'; Ko = '{0}의 컨테이너 이미지를 만듭니다.'; En = 'Builds the container images of {0}.' }
    @{ Key = 'help_variables'; Ko = '환경 변수:
  REGISTRY  이미지 이름 앞의 레지스트리, 끝의 /는 있어도 없어도 됨. 빈 값이면 없음. 기본값 ''{0}''
  VERSION   이미지 태그. 기본값 ''{1}'''; En = 'Environment variables:
  REGISTRY  Registry before the images'' names, with or without a / at its end; empty for none. Default ''{0}''
  VERSION   Tag of the images. Default ''{1}''' }
    @{ Key = 'help_exit_codes'; Ko = '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 130 중단'; En = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted' }
    @{ Key = 'started'; Ko = '=== {0} 이미지 빌드 시작 ==='; En = '=== Images of {0}: start ===' }
    @{ Key = 'finished'; Ko = '=== {0} 이미지 빌드 완료 ==='; En = '=== Images of {0}: done ===' }
    @{ Key = 'names_differ'; Ko = '주의: 이 이미지는 {0} 이름으로 만들어지지만, 매니페스트가 쓰는 이름은 {1}입니다.'; En = 'Note: the images are built as {0}, and the manifests name {1}.' }
    @{ Key = 'root_missing'; Ko = '오류: 소스 루트 {0} 폴더가 없습니다.'; En = 'Error: the source root {0} is no folder.' }
    @{ Key = 'dockerfile_missing'; Ko = '오류: Dockerfile이 없습니다: {0}'; En = 'Error: there is no Dockerfile {0}' }
    @{ Key = 'root_hint'; Ko = '소스 루트는 {0}입니다. 다른 곳이면 --root 폴더로 지정하세요.'; En = 'The source root is {0}. Give another one with --root DIR.' }
    @{ Key = 'docker_missing'; Ko = '오류: docker를 찾을 수 없습니다.'; En = 'Error: docker is not found.' }
    @{ Key = 'building'; Ko = '[{0}/{1}] {2} 빌드'; En = '[{0}/{1}] Building {2}' }
    @{ Key = 'build_failed'; Ko = '오류: {0} 빌드에 실패했습니다.'; En = 'Error: building {0} failed.' }
)
# plan: end

$ExitDone = 0
$ExitFailed = 1
$ExitUsage = 2
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

$script:Root = ''

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
            '--root' { $script:Root = $value }
            '--lang' { Assert-Language $value }
            '--help' { Write-Help; Exit-Script $ExitDone }
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

function Write-Help {
    Write-Text 'help_usage' (Split-Path -Leaf $PSCommandPath)
    Write-Text 'help_summary' (Select-Language $TitleKo $TitleEn)
    ''
    Write-OptionHelp
    ''
    Write-Text 'help_variables' $PlanRegistry, $PlanVersion
    ''
    Write-Text 'help_exit_codes'
}

# --- Names and sources ------------------------------------------------------------------------------------------------

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

$script:Registry = ''
$script:Version = ''

# REGISTRY may be set and empty: no registry. An empty VERSION is none.
function Initialize-Name {
    $script:Registry = if (Test-Path -LiteralPath 'Env:REGISTRY') { $env:REGISTRY } else { $PlanRegistry }
    $script:Version = if ($env:VERSION) { $env:VERSION } else { $PlanVersion }
    $built = Get-ImageName '*' -Registry $script:Registry -Version $script:Version
    $deployed = Get-ImageName '*' -Registry $PlanRegistry -Version $PlanVersion
    if ($built -cne $deployed) { Write-Text 'names_differ' $built, $deployed }
}

# The whole name of an image; an empty registry adds nothing.
function Get-ImageName {
    param([string]$Name, [string]$Registry, [string]$Version)
    $prefix = $Registry -replace '/$', ''
    if ($prefix) { "$prefix/${Name}:$Version" } else { "${Name}:$Version" }
}

function Initialize-Root {
    if (-not $script:Root) { $script:Root = Split-Path -Parent (Get-ScriptFolder) }
    if (-not (Test-Path -LiteralPath $script:Root -PathType Container)) { Exit-Failed 'root_missing' $script:Root }
    $script:Root = (Get-Item -LiteralPath $script:Root -Force).FullName
}

function Get-Dockerfile {
    param([hashtable]$Image)
    [IO.Path]::Combine($script:Root, $Image.Dockerfile)
}

# The images to build: a common one only if the sources have it.
function Get-BuiltImage {
    $Images | Where-Object { $_.Common -eq 'no' -or (Test-Path -LiteralPath (Get-Dockerfile $_) -PathType Leaf) }
}

function Assert-Dockerfile {
    $files = Get-BuiltImage | ForEach-Object { Get-Dockerfile $_ }
    $missing = @($files | Where-Object { -not (Test-Path -LiteralPath $_ -PathType Leaf) })
    foreach ($file in $missing) { Write-Complaint 'dockerfile_missing' $file }
    if ($missing) { Exit-Failed 'root_hint' $script:Root }
}

# --- Build ------------------------------------------------------------------------------------------------------------

function Get-Docker {
    $found = Get-Command docker -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $found) { Exit-Failed 'docker_missing' }
    $found.Path
}

function Invoke-Build {
    param([string]$Docker)
    $built = @(Get-BuiltImage)
    $number = 0
    foreach ($image in $built) {
        $number++
        $name = Get-ImageName $image.Name -Registry $script:Registry -Version $script:Version
        Write-Text 'building' $number, $built.Count, $name
        Invoke-Docker $Docker 'build', '-f', (Get-Dockerfile $image), '-t', $name, $script:Root
        if ($LASTEXITCODE) { Exit-Failed 'build_failed' $name }
    }
}

# Runs docker, whose output goes straight to the caller. Windows PowerShell 5.1 makes errors of the lines on standard
# error when they are redirected, and must not stop at them.
function Invoke-Docker {
    param([string]$Docker, [string[]]$Words)
    $ErrorActionPreference = 'Continue'
    & $Docker $Words
}

# --- Run --------------------------------------------------------------------------------------------------------------

function Invoke-Main {
    $words = @(ConvertTo-GnuSpelling $Arguments)
    Initialize-Language $words
    Read-Option $words
    Initialize-Root
    Assert-Dockerfile
    $docker = Get-Docker
    Write-Text 'started' (Select-Language $TitleKo $TitleEn)
    Initialize-Name
    Invoke-Build $docker
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
