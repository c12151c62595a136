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

# part: run
