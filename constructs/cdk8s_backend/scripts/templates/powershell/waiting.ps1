# --- Waiting --------------------------------------------------------------------------------------------------------

$script:Watched = @()  # lines Watch|... of Get-Verdict
$script:Verdicts = @() # all lines of the last judgement
$script:Pending = @()  # workloads (KIND/NAME) that are not ready
$script:JobLogs = @{}  # last log lines by Job/NAME, since a failed Job's pods are deleted
$script:Freed = @()    # pods that were deleted because they kept a StatefulSet from its newer revision
$script:FactsTold = @() # the facts of when the Jobs' logs were asked for last
$script:ToldAt = 0
$script:PodWatch = $null  # the kubectl that prints the name of a pod that becomes ready or ends
$script:NextChange = $null # its next line, once it is there; an empty result when it has ended

# Waits until the workloads are ready. What the last poll found holds as long as nothing was written.
function Wait-Workload {
    param([hashtable[]]$Awaited, [string]$Phase)
    if (-not $Awaited) { return }
    $progress = @{ Began = Get-Elapsed; Shown = ''; ShownAt = Get-Elapsed; State = '' }
    $isExternal = [bool]($Awaited | Where-Object { $_.Kind -ceq 'ExternalSecret' })
    $script:Watched = @()
    while ($true) {
        if (($script:FactsAreNew -and -not $isExternal) -or (Read-Fact $Phase)) {
            Set-Verdict $Awaited
            if (-not $script:Pending) { break }
            Write-News
            Save-JobLog
            Remove-StuckPod
            Exit-IfFailed
            $ready = $Awaited.Count - $script:Pending.Count
            $progress.State = Get-Text 'waiting' $ready, $Awaited.Count, (Get-ProgressText)
        }
        else {
            $progress.State = Get-Text 'poll_failed' $script:PollFailure
        }
        $script:FactsAreNew = $false
        Update-Lock
        Wait-PodChange $progress
    }
    Write-Text 'phase_ready' $Awaited.Count, ((Get-Elapsed) - $progress.Began)
}

# Rests until as many pods have become ready or have ended as there are workloads to wait for, for half a second at least and two
# at most: what a poll costs is taken from pods that start.
function Wait-PodChange {
    param([hashtable]$Progress)
    if (-not $script:PodWatch) { Start-PodWatch }
    $changed = @{}
    $clock = [Diagnostics.Stopwatch]::StartNew()
    do {
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        Write-Waiting $Progress
        Start-Sleep -Milliseconds 250
        while ($script:NextChange.IsCompleted -and $null -ne $script:NextChange.Result) {
            $changed[$script:NextChange.Result] = $true
            Read-PodChange
        }
        $isEnough = $changed.Count -and $changed.Count -ge $script:Pending.Count
    } until ($clock.ElapsedMilliseconds -ge $(if ($isEnough) { 500 } else { 2000 }))
}

function Start-PodWatch {
    $words = 'get', 'pods', '--watch-only', '--output', "go-template=$ChangesTemplate"
    $script:PodWatch = Start-Program $script:Kubectl ((Get-PlaceWord (Get-TimeLeft)) + $words)
    $null = $script:PodWatch.StandardError.ReadToEndAsync()
    Read-PodChange
}

function Read-PodChange {
    $script:NextChange = $script:PodWatch.StandardOutput.ReadLineAsync()
}

function Stop-PodWatch {
    if ($script:PodWatch) { Stop-Program $script:PodWatch }
}

# Shows how far it is: on a terminal each time, elsewhere when that has changed or ten seconds later.
function Write-Waiting {
    param([hashtable]$Progress)
    $seconds = (Get-Elapsed) - $Progress.Began
    if (Test-Moving) {
        Write-Moving (Get-Text 'progress' $Progress.State, $seconds)
    }
    elseif ($Progress.State -cne $Progress.Shown -or (Get-Elapsed) - $Progress.ShownAt -ge 10) {
        Write-Text 'progress' $Progress.State, $seconds
        $Progress.Shown = $Progress.State
        $Progress.ShownAt = Get-Elapsed
    }
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

# Keeps what the awaited Jobs said last: when something has changed, and every five seconds.
function Save-JobLog {
    $jobs = @($script:Pending | Where-Object { $_ -clike 'Job/*' })
    if (-not $jobs) { return }
    $isNew = [string]::Join("`n", $script:Facts) -cne [string]::Join("`n", $script:FactsTold)
    if (-not $isNew -and (Get-Elapsed) - $script:ToldAt -lt 5) { return }
    $script:FactsTold = $script:Facts
    $script:ToldAt = Get-Elapsed
    foreach ($job in $jobs) {
        foreach ($pod in @(Get-NewestPod $job)) {
            $lines = Get-PodLog $pod.Name
            if ($lines) { $script:JobLogs[$job] = $lines }
        }
    }
}
