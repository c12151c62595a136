# --- Waiting --------------------------------------------------------------------------------------------------------

$RenewInRest = 15      # seconds after which the lock is renewed, earlier than where there is something to do

$script:Watched = @()  # lines Watch|... of Get-Verdict
$script:Verdicts = @() # all lines of the last judgement
$script:JudgedAt = 0   # when that was
$script:Pending = @()  # workloads (KIND/NAME) that are not ready
$script:JobLogs = @{}  # last log lines by Job/NAME, since a failed Job's pods are deleted
$script:Freed = @()    # pods that were deleted because they kept a StatefulSet from its newer revision
$script:FactsTold = @() # the facts of when the Jobs' logs were asked for last
$script:ToldAt = 0
$script:Watches = @()  # the kubectl of each kind of workload that prints what changes, and its next line

# Waits until the workloads are ready. What the last poll found holds as long as nothing was written.
function Wait-Workload {
    param([hashtable[]]$Awaited)
    if (-not $Awaited) { return }
    $progress = @{ Began = Get-Elapsed; Shown = ''; ShownAt = Get-Elapsed; State = ''; IsReady = $false }
    $progress.Awaited = @($Awaited | ForEach-Object { "$($_.Kind)/$($_.Name)" })
    $isExternal = Test-External $Awaited
    $script:Watched = @()
    # What this run has made cannot be ready yet: the cluster need not be asked.
    if ($Awaited | Where-Object { $script:Missing -ccontains "$($_.Kind)/$($_.Name)" }) {
        Set-Verdict $Awaited
        $script:Watched = @()
        $progress.State = Get-StateText $Awaited
        if ($script:Pending) { Wait-Change $progress }
    }
    while (-not $progress.IsReady) {
        if (($script:FactsAreNew -and -not $isExternal) -or (Read-Fact $Awaited)) {
            Set-Verdict $Awaited
            if (-not $script:Pending) { break }
            Write-News
            Save-JobLog
            Remove-StuckPod
            Exit-IfFailed
            $progress.State = Get-StateText $Awaited
        }
        else {
            $progress.State = Get-Text 'poll_failed' $script:PollFailure
        }
        $script:FactsAreNew = $false
        Update-Lock $RenewInRest
        Wait-Change $progress
    }
    Write-Text 'phase_ready' $Awaited.Count, ((Get-Elapsed) - $progress.Began)
}

# What the last judgement found, for people.
function Get-StateText {
    param([hashtable[]]$Awaited)
    Get-Text 'waiting' ($Awaited.Count - $script:Pending.Count), $Awaited.Count, (Get-ProgressText)
}

# Rests until all workloads that are not ready have become so, at most until a Job fails or the next poll is due. In a namespace that this
# run has made, where no workload was another one before, what the watch tells is enough: IsReady says that no poll is needed.
function Wait-Change {
    param([hashtable]$Progress)
    Start-Watch
    $left = $script:Pending
    $until = Get-NextPoll
    do {
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        Write-Waiting $Progress
        Start-Sleep -Milliseconds 250
        $changed = @(Read-Change)
        foreach ($change in $changed) {
            $workload = $change -creplace ' waits$', ''
            $left = @($left | Where-Object { $_ -cne $workload })
            # It may have been ready before.
            if ($workload -cne $change -and $Progress.Awaited -ccontains $workload) { $left += $workload }
        }
        if ($changed -and -not $left) {
            $Progress.IsReady = $script:Pending -and -not $script:HasNamespace
            if ($Progress.IsReady) { $script:Pending = @() }
            return
        }
    } until ($changed -ccontains 'Failed' -or (Get-Elapsed) -ge $until)
}

# When the next poll is due: when a state has lasted as long as it may, even if that has come since the last judgement; at the latest in
# three seconds. In a namespace that this run has made in six, since what a poll costs is taken from all the pods that start; but for Jobs,
# whose logs go when they fail.
function Get-NextPoll {
    $now = Get-Elapsed
    $most = if ($script:HasNamespace -or ($script:Pending -clike 'Job/*')) { 3 } else { 6 }
    $ends = foreach ($watch in $script:Watched) {
        $columns = $watch.Split('|')
        [int]$columns[3] + [int]$columns[4]
    }
    $due = (@($ends | Where-Object { $_ -gt $script:JudgedAt }) + ($now + $most) | Measure-Object -Minimum).Minimum
    [Math]::Max($due, $now + 1)
}

function Start-Watch {
    if ($script:Watches) { return }
    $script:Watches = foreach ($resource in 'deployments', 'statefulsets', 'jobs') {
        $words = 'get', $resource, '--watch-only', '--output', "go-template=$ChangesTemplate"
        $process = Start-Program $script:Kubectl ((Get-PlaceWord (Get-TimeLeft)) + $words)
        $null = $process.StandardError.ReadToEndAsync()
        @{ Process = $process; NextLine = $process.StandardOutput.ReadLineAsync() }
    }
}

# The workloads that have become ready since the last call, with `waits` those that have changed and are not, and Failed for a Job that has
# failed. A watch that has ended has an empty next line.
function Read-Change {
    foreach ($watch in $script:Watches) {
        while ($watch.NextLine.IsCompleted -and $null -ne $watch.NextLine.Result) {
            $watch.NextLine.Result
            $watch.NextLine = $watch.Process.StandardOutput.ReadLineAsync()
        }
    }
}

function Stop-Watch {
    foreach ($watch in $script:Watches) { Stop-Program $watch.Process }
}

# Shows how far it is: on a terminal each time, elsewhere when that has changed or ten seconds later.
function Write-Waiting {
    param([hashtable]$Progress)
    $seconds = (Get-Elapsed) - $Progress.Began
    if (Test-Moving) {
        Write-Moving 'progress' $Progress.State, $seconds
    }
    elseif ($Progress.State -cne $Progress.Shown -or (Get-Elapsed) - $Progress.ShownAt -ge 10) {
        Write-Text 'progress' $Progress.State, $seconds
        $Progress.Shown = $Progress.State
        $Progress.ShownAt = Get-Elapsed
    }
}

function Set-Verdict {
    param([hashtable[]]$Awaited)
    $script:JudgedAt = Get-Elapsed
    $lines = @("Now|$script:JudgedAt|$script:ScheduleGrace")
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
    $cause = if ($workload -clike 'Job/*' -and $reason -ceq 'Failed') { New-Cause 'job_failed' $workload.Substring(4) }
    elseif ($reason -ceq 'Unready') { New-Cause 'never_ready' $workload, $pod }
    elseif ($pod -ceq '-') { New-Cause 'workload_stalled' $workload, $reason, (ConvertFrom-GoString $message) }
    else { New-Cause 'workload_failed' $workload, $pod, $reason, (ConvertFrom-GoString $message) }
    Write-Report $workload $cause
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
