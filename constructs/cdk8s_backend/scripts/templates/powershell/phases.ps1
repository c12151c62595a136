# --- Phases ---------------------------------------------------------------------------------------------------------

$script:Included = @()   # names of the phases of this run
$script:PhaseTimes = @() # how long each phase took, for people

function Select-Phase {
    $chosen = if (Test-Option 'only') { $Phases | Where-Object { Test-OptionValue 'only' $_.Name } }
    else { $Phases | Where-Object { -not $_.Option -or (Test-Option $_.Option) } }
    $script:Included = @($chosen | ForEach-Object { $_.Name })
}

# Whether a phase belongs to this run.
function Test-Included {
    param([string]$Phase)
    $script:Included -ccontains $Phase
}

# The workloads of the phases of this run.
function Get-IncludedWorkload {
    foreach ($workload in $Workloads) {
        if (Test-Included $workload.Phase) { $workload }
    }
}

# What would include a phase besides those that are.
function Get-PhaseOption {
    param([string]$Phase)
    if (Test-Option 'only') { return "--only $Phase" }
    "--$(($Phases | Where-Object { $_.Name -ceq $Phase }).Option)"
}

function Publish-System {
    $included = @($Phases | Where-Object { Test-Included $_.Name })
    $number = 0
    foreach ($phase in $included) {
        $number++
        $began = Get-Elapsed
        $title = Select-Language $phase.TitleKo $phase.TitleEn
        $awaited = @(foreach ($workload in $Workloads) { if ($workload.Phase -ceq $phase.Name) { $workload } })
        Write-Text 'phase_started' $number, $included.Count, $title
        Update-Lock
        Send-PhaseSecret $phase.Name
        Find-OutdatedJob $awaited # again: an earlier step may have made a claim
        Clear-OutdatedJob $awaited
        Send-PhaseFile $phase.Name
        Restart-Workload $awaited
        Wait-Workload $awaited
        $script:PhaseTimes += "$title $((Get-Elapsed) - $began)"
    }
}

# The first phase makes the namespace, without which nothing else can be checked.
function Publish-Namespace {
    $rows = @(Get-FileRow | Where-Object { $_.Resource -clike 'Namespace.*' })
    if (-not $rows) { Exit-Failed 'namespace_missing' $Namespace }
    foreach ($row in $rows) {
        $answer = Invoke-PatientKubectl ($ApplyWords + @(Get-FileWord $row))
        if ($answer.ExitCode) { Exit-AfterAnswer $answer 'apply_failed' }
        Write-Text 'output' "  $(Get-AnswerText $answer)"
        Add-Change $row.Object
    }
}

# --- Jobs and restarts ----------------------------------------------------------------------------------------------

# Notes those of some workloads that are Jobs, exist, and have to run again. A Job cannot be changed: it is deleted and made anew.
function Find-OutdatedJob {
    param([hashtable[]]$Awaited)
    foreach ($workload in $Awaited) {
        $job = "Job/$($workload.Name)"
        if ($workload.Kind -cne 'Job' -or $script:Outdated.Contains($job)) { continue }
        $columns = Get-Fact $job
        if (-not $columns) { continue }
        $created = $columns[3]
        if (Test-JobCondition $columns 'Failed') { $script:Outdated[$job] = 'job_failed_before' }
        elseif (Test-OlderThanSecret $workload $created) { $script:Outdated[$job] = 'job_secret_changed' }
        elseif (Test-YoungerClaim $workload.Name $created) { $script:Outdated[$job] = 'job_claim_changed' }
    }
}

# Whether a Secret that the workload reads has changed since a time.
function Test-OlderThanSecret {
    param([hashtable]$Workload, [string]$Time)
    foreach ($reader in $SecretReaders) {
        if ($reader.Kind -cne $Workload.Kind -or $reader.Name -cne $Workload.Name) { continue }
        $changed = $script:SecretTimes[$reader.Secret]
        if ($changed -ceq 'now' -or [string]::CompareOrdinal($changed, $Time) -gt 0) { return $true }
    }
    $false
}

# Whether a claim of a Job's databases was made after the Job: its data is another one.
function Test-YoungerClaim {
    param([string]$Job, [string]$Time)
    foreach ($row in $JobClaims) {
        if ($row.Job -cne $Job) { continue }
        $columns = Get-Fact "Claim/$($row.Claim)"
        if ($columns -and [string]::CompareOrdinal($columns[3], $Time) -gt 0) { return $true }
    }
    $false
}

function Clear-OutdatedJob {
    param([hashtable[]]$Awaited)
    foreach ($workload in $Awaited) {
        $job = "Job/$($workload.Name)"
        if ($workload.Kind -cne 'Job' -or -not $script:Outdated.Contains($job)) { continue }
        Write-Text $script:Outdated[$job] $workload.Name
        $script:FactsAreNew = $false
        Remove-Resource 'foreground' "job/$($workload.Name)"
    }
}

# Restarts what runs with an older value of a Secret.
function Restart-Workload {
    param([hashtable[]]$Awaited)
    foreach ($workload in $Awaited) {
        if ($workload.Kind -cin 'Job', 'ExternalSecret') { continue }
        $name = "$($workload.Kind)/$($workload.Name)"
        $stale = @(Get-NewestPod $name | Where-Object { Test-OlderThanSecret $workload $_.Created })
        if (-not $stale) { continue }
        Write-Text 'restart' $name
        $script:FactsAreNew = $false
        # Where the answer of one that was made is lost, another one follows: better than none.
        $answer = Invoke-PatientKubectl 'rollout', 'restart', $name
        if ($answer.ExitCode) { Exit-AfterAnswer $answer 'restart_failed' $name }
        Add-Change $name
    }
}
