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

# plan

# part: messages

# part: options

# part: folder

# part: programs

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
    $script:Root = Get-OptionValue 'root' (Split-Path -Parent $script:Folder)
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

function Invoke-Build {
    $docker = Find-Program 'docker'
    if (-not $docker) { Exit-Failed 'docker_missing' }
    $built = @(Get-BuiltImage)
    $number = 0
    foreach ($image in $built) {
        $number++
        $name = Get-ImageName $image.Name -Registry $script:Registry -Version $script:Version
        Write-Text 'building' $number, $built.Count, $name
        Invoke-Docker $docker 'build', '-f', (Get-Dockerfile $image), '-t', $name, $script:Root
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

function Invoke-Main {
    Initialize-Root
    Assert-Dockerfile
    Write-Text 'started' (Get-Title)
    Initialize-Name
    Invoke-Build
    Write-Text 'finished' (Get-Title)
}

# part: run
