<#
.SYNOPSIS
    Deploys this folder to a Kubernetes cluster.

.DESCRIPTION
    Compares the folder with the cluster, sends what differs step by step, and waits after each step until its workloads
    are ready. Values of Secrets come from environment variables or are made at random; those that the cluster has are
    kept.
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

# plan

# part: messages

# part: options

# part: folder

# part: programs

# part: kubectl

# part: lock

# part: place

# part: facts

# part: removal

# part: inventory

# part: secrets

# part: objects

# part: phases

# part: judge

# part: waiting

# part: report

# --- Deployment -----------------------------------------------------------------------------------------------------

$script:ScheduleGrace = 0

function Write-Help {
    Write-Line (Get-Text 'help_usage' (Split-Path -Leaf $PSCommandPath))
    Write-Line (Get-Text 'help_summary' (Get-Title), $Namespace, $Environment)
    Write-Line ''
    Write-OptionHelp
    Write-Line ''
    Write-Line (Get-Text 'help_phases')
    foreach ($phase in $Phases) { Write-Line "  $($phase.Name)  $(Select-Language $phase.TitleKo $phase.TitleEn)" }
    Write-Line ''
    Write-Line (Get-Text 'help_variables')
    foreach ($key in $SecretKeys) { Write-Line "  $($key.Variable)  (Secret $($key.Secret), $($key.Key))" }
    Write-Line ''
    Write-Line (Get-Text 'help_exit_codes')
}

# Whether the run only looks.
function Test-ReadOnly {
    (Test-Option 'dry-run') -or (Test-Option 'diff') -or (Test-Option 'status')
}

# Someone must have said where to: by --context, by --yes, or now on the terminal.
function Confirm-Target {
    if ((Test-Option 'context') -or (Test-Option 'yes') -or (Test-ReadOnly)) { return }
    Confirm-OnTerminal 'confirm'
}

# Starts all that is read before the first write, together: PowerShell takes as long for the work between these calls as kubectl for them.
# First what the lock needs, then what takes longest. A run that writes does so only where the lock is free: then it cannot be taken if
# another run has had it since, so nobody writes meanwhile.
function Start-Reading {
    if (-not $script:HasNamespace) { return }
    if (-not (Test-ReadOnly) -and (-not $script:Lease -or $script:Lease.Holder)) { return }
    if (-not (Test-ReadOnly)) { Read-Clock -By 'Start-Ahead' }
    $rows = @(Get-ComparedRow)
    if ($rows) {
        Start-Ahead @(Get-DryRunWord @(Get-FileWord $rows))
        Start-Ahead @(Get-LiveWord $rows)
    }
    Start-Ahead @(Get-WorkloadWord)
    if ($Secrets) { Start-Ahead @(Get-SecretWord) }
}

# Finds what there is to do, without writing anything but the lock.
function Initialize-Plan {
    if ($script:HasNamespace) { Read-Workload }
    Initialize-Change
}

function Read-Workload {
    Set-Fact (Read-Cluster 'workloads' @(Get-WorkloadWord))
}

function Initialize-Change {
    Initialize-Secret
    Find-OutdatedJob @(Get-IncludedWorkload)
    Assert-Applicable
}

function Write-Plan {
    if (-not $script:HasNamespace) {
        if (Test-Option 'status') { Exit-Failed 'not_deployed' $Namespace }
        Initialize-Secret
        Write-SecretPreview
        Write-Text 'namespace_new' $Namespace
        return
    }
    Read-Workload
    # What is not ready is said also where the comparison ends the run.
    if (Test-Option 'status') { Write-Readiness }
    Initialize-Change
    if (Test-Option 'status') { Exit-WithStatus }
    Write-Preview
    if (Test-Option 'diff') { Write-Difference }
}

function Invoke-Deployment {
    if (-not $script:HasNamespace) { Publish-Namespace }
    Lock-Namespace
    if (-not $script:HasNamespace) { Start-Watch } # there will be something to wait for
    Initialize-Plan
    Write-Inventory @(Get-AllObject) $script:DeployedVersion $script:DeployedHash
    Publish-System
    $removed = @()
    if (Test-Option 'prune') { $removed = @(Remove-Orphan) } else { Write-Orphan }
    $left = @($script:DeployedObjects | Where-Object { $removed -cnotcontains $_ })
    if (Test-Option 'only') { Write-Inventory $left $script:DeployedVersion $script:DeployedHash }
    else { Write-Inventory $left $Version $script:Hash }
    Write-Summary
}

# Every end of the run: puts back what a failed one has changed if that is wanted, and gives the lock back.
function Complete-Run {
    $code = $script:ExitCode
    $why = @()
    try {
        # A run that has lost the lock leaves all to the one that has it.
        $isWanted = $script:Changes -and $script:Holder -and (Test-Option 'rollback-on-failure')
        if ($isWanted -and $code -in $ExitFailed, $ExitTimedOut) {
            $script:ExitCode = $null
            $why = $script:Why
            Restore-System
            $script:ExitCode = $code
        }
    }
    catch {
        Write-ErrorLine ($_ | Out-String)
        $script:ExitCode = $code
    }
    finally {
        if ($null -ne $code -and $null -eq $script:ExitCode) {
            $code = $null
            Write-Interruption
        }
        Stop-Watch
        Unlock-Namespace
        Stop-Ahead
        Write-Cause $why # it may have been said long ago
        if ($null -ne $code) { Exit-Script $code }
    }
}

function Invoke-Main {
    Read-GivenValue
    $script:ScheduleGrace = [int](Get-OptionValue 'schedule-grace' 120)
    Select-Phase
    Assert-RotatedStep
    Start-Kubectl
    if ($script:Context) { Start-Ahead $PlaceQuery -Seconds $PlaceSeconds } # else someone may have to agree first
    Initialize-File
    Assert-Kubectl
    Initialize-Context
    Confirm-Target
    $script:AtExit = { Complete-Run }
    Start-Clock
    if (-not (Test-ReadOnly)) { Write-Text 'started' (Get-Title) }
    Write-Text 'target' $script:Context, $Namespace, $Environment
    Read-Place
    Assert-Environment
    Start-Reading
    if (Test-ReadOnly) {
        Write-Plan
    }
    else {
        Invoke-Deployment
        Write-Text 'finished' (Get-Title)
    }
}

# part: run
