# --- Waiting --------------------------------------------------------------------------------------------------------

$script:Watched = @()  # lines Watch|... of Get-Verdict
$script:Verdicts = @() # all lines of the last judgement
$script:Pending = @()  # workloads (KIND/NAME) that are not ready
$script:JobLogs = @{}  # last log lines by Job/NAME, since a failed Job's pods are deleted
$script:Freed = @()    # pods that were deleted because they kept a StatefulSet from its newer revision
$script:IsRested = $false # other calls have taken the time of the rest between two polls

# Waits until the workloads are ready. What the last poll found holds as long as nothing was written.
function Wait-Workload {
    param([hashtable[]]$Awaited, [string]$Phase)
    if (-not $Awaited) { return }
    $began = Get-Elapsed
    $shown = ''
    $shownAt = $began
    $isExternal = [bool]($Awaited | Where-Object { $_.Kind -ceq 'ExternalSecret' })
    $script:Watched = @()
    while ($true) {
        $script:IsRested = $false
        if (($script:FactsAreNew -and -not $isExternal) -or (Read-Fact $Phase)) {
            Set-Verdict $Awaited
            if (-not $script:Pending) { break }
            Write-News
            Save-JobLog
            Remove-StuckPod
            Exit-IfFailed
            $ready = $Awaited.Count - $script:Pending.Count
            $state = Get-Text 'waiting' $ready, $Awaited.Count, (Get-ProgressText)
        }
        else {
            $state = Get-Text 'poll_failed' $script:PollFailure
        }
        $script:FactsAreNew = $false
        $renewedBefore = $script:RenewedAt
        Update-Lock
        if ($script:RenewedAt -ne $renewedBefore) { $script:IsRested = $true }
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        if (Test-Moving) {
            Write-Moving (Get-Text 'progress' $state, ((Get-Elapsed) - $began))
        }
        elseif ($state -cne $shown -or (Get-Elapsed) - $shownAt -ge 10) {
            Write-Text 'progress' $state, ((Get-Elapsed) - $began)
            $shown = $state
            $shownAt = Get-Elapsed
        }
        if (-not $script:IsRested) { Start-Sleep -Milliseconds 500 }
    }
    Write-Text 'phase_ready' $Awaited.Count, ((Get-Elapsed) - $began)
}

function Set-Verdict {
    param([hashtable[]]$Awaited)
    $lines = @("Now|$(Get-Elapsed)|$script:ScheduleGrace")
    $lines += $Awaited | ForEach-Object { "Awaited|$($_.Kind)|$($_.Name)|$($_.ReadyWithin)" }
    $script:Verdicts = @(Get-Verdict ($lines + $script:Watched + $script:Facts))
    $script:Watched = @($script:Verdicts | Where-Object { $_.StartsWith('Watch|', [StringComparison]::Ordinal) })
    $script:Pending = @(Get-VerdictRow 'Pending' | ForEach-Object { $_[1] })
}

# The columns of the verdicts of a kind.
function Get-VerdictRow {
    param([string]$Kind)
    foreach ($line in $script:Verdicts) {
        if ($line.StartsWith("$Kind|", [StringComparison]::Ordinal)) { , $line.Split([char[]]'|', 5) }
    }
}

# The first workloads that are not ready, with counts, for people.
function Get-ProgressText {
    $most = 8
    $texts = @(Get-VerdictRow 'Pending' | ForEach-Object { "$($_[1]) $($_[2])".TrimEnd() })
    $more = if ($texts.Count -gt $most) { ", … (+$($texts.Count - $most))" }
    (@($texts | Select-Object -First $most) -join ', ') + $more
}

function Write-News {
    foreach ($line in $script:Verdicts) {
        $kind, $object, $reason, $message = $line.Split([char[]]'|', 4)
        if ($kind -ceq 'News') { Write-Text 'state' $object, $reason, (ConvertFrom-GoString $message) }
    }
}

function Remove-StuckPod {
    foreach ($row in @(Get-VerdictRow 'Stuck')) {
        $pod, $reason = $row[1..2]
        if ($script:Freed -ccontains $pod) { continue }
        $script:Freed += $pod
        Write-Text 'freeing' $pod, $reason
        $answer = Invoke-PatientKubectl 'delete', 'pod', $pod, '--ignore-not-found', '--wait=false'
        if ($answer.ExitCode) { Write-Answer $answer }
    }
}

function Exit-IfFailed {
    $failed = @(Get-VerdictRow 'Failed')
    if (-not $failed) { return }
    $null, $workload, $pod, $reason, $message = $failed[0]
    if ($workload -clike 'Job/*' -and $pod -ceq '-') { Write-Complaint 'job_failed' $workload.Substring(4) }
    elseif ($reason -ceq 'Unready') { Write-Complaint 'never_ready' $workload, $pod }
    elseif ($pod -ceq '-') { Write-Complaint 'workload_stalled' $workload, $reason, (ConvertFrom-GoString $message) }
    else { Write-Complaint 'workload_failed' $workload, $pod, $reason, (ConvertFrom-GoString $message) }
    Write-Report $workload
    Exit-WithAdvice $ExitFailed $workload
}

# Keeps what the awaited Jobs said last.
function Save-JobLog {
    foreach ($workload in $script:Pending) {
        if ($workload -cnotlike 'Job/*') { continue }
        foreach ($pod in @(Get-NewestPod $workload)) {
            $lines = Get-PodLog $pod.Name
            $script:IsRested = $true
            if ($lines) { $script:JobLogs[$workload] = $lines }
        }
    }
}
