# --- Reports --------------------------------------------------------------------------------------------------------

$LogLines = 20
$Explained = 8  # workloads whose causes are told when the time is over
$Advised = 5    # workloads for which commands are given then
$CauseRoom = 26 # lines for the causes: so they are among the last forty, with the time limit before them and the commands after them

$script:Why = @() # what was said last of causes, as rows of New-Cause

# The last log lines of a workload (KIND/NAME) that is not ready, then why it is not: that is short, and people look at the end first.
# Another cause comes after that.
function Write-Report {
    param([string]$Workload, [hashtable[]]$Last = @())
    $script:Why = @(Get-Cause $Workload) + $Last
    Write-WorkloadLog $Workload
    Write-Cause $script:Why
}

# Of a Job the lines that were kept, where there are any, else those of the pods that are not ready.
function Write-WorkloadLog {
    param([string]$Workload)
    if ($Workload -clike 'Job/*') {
        $lines = $script:JobLogs[$Workload]
        foreach ($pod in @(Get-NewestPod $Workload)) {
            if (-not $lines) { $lines = Get-PodLog $pod.Name }
        }
        Write-LogReport $Workload $(if ($lines) { $lines } else { Get-Text 'logs_none' })
        return
    }
    foreach ($pod in @(Get-NewestPod $Workload)) {
        if (-not $pod.IsReady) { Write-LogReport "Pod/$($pod.Name)" (Get-PodLog $pod.Name) }
    }
}

# Why a workload is not ready, as rows of New-Cause.
function Get-Cause {
    param([string]$Workload)
    $pods = @(Get-NewestPod $Workload)
    Get-ExternalSecretCause $Workload
    foreach ($pod in $pods) {
        if (-not $pod.IsReady) { Get-PodCause $pod.Name }
    }
    Get-EventCause $Workload.Split('/')[1] @($pods | ForEach-Object { $_.Name })
}

# A text of the catalog and its arguments, for Write-Cause.
function New-Cause {
    param([string]$Key, [string[]]$Values = @())
    @{ Key = $Key; Values = $Values }
}

function Write-Cause {
    param([hashtable[]]$Causes)
    foreach ($cause in $Causes) { Write-Complaint $cause.Key $cause.Values }
}

# What a pod's containers wait for, and how the previous ones ended.
function Get-PodCause {
    param([string]$Pod)
    foreach ($state in (Get-FactTable).States[$Pod]) {
        $message = ConvertFrom-GoString $state.Message
        if ($state.IsLast) { New-Cause 'pod_before' $Pod, $state.Container, $state.Reason, $message }
        elseif ($state.Reason -cne 'Running') { New-Cause 'state' "Pod/$Pod", $state.Reason, $message }
    }
}

# What the Secret of an ExternalSecret (KIND/NAME) lacks, and what the controller says; nothing of another kind.
function Get-ExternalSecretCause {
    param([string]$Workload)
    $columns = Get-Fact $Workload
    if ($Workload -cnotlike 'ExternalSecret/*' -or -not $columns) { return }
    $null, $null, $lacking, $secret, $status, $reason, $message = ($columns -join '|').Split([char[]]'|', 7)
    if ($lacking -ceq '* ') { New-Cause 'secret_empty' $secret }
    else { New-Cause 'secret_lacks' $secret, $lacking.TrimEnd() }
    if ($status) { New-Cause 'condition' $status, $reason, (ConvertFrom-GoString $message) }
    else { New-Cause 'condition_none' }
}

# The last warnings about the workload of that name, its newest pods, what makes them, and their claims.
function Get-EventCause {
    param([string]$Name, [string[]]$Pods)
    $words = 'get', 'events', '--field-selector', 'type=Warning', '--sort-by', '.lastTimestamp', '--request-timeout',
        '10s', '--output', "go-template=$EventsTemplate"
    $answer = Invoke-Kubectl $words
    if ($answer.ExitCode) { return }
    $claims = @(foreach ($pod in $Pods) { (Get-FactTable).Claims[$pod] })
    $lines = @()
    foreach ($line in Get-Line $answer.Output) {
        $object = $line.Split('|')[0]
        $isOurs = $claims -ccontains $object -or (Test-Concern $object $Name $Pods)
        if ($isOurs -and $lines -cnotcontains $line) { $lines += $line }
    }
    foreach ($line in $lines | Select-Object -Last 5) {
        $object, $reason, $message = $line.Split([char[]]'|', 3)
        New-Cause 'event' $object, $reason, (ConvertFrom-GoString $message)
    }
}

# Whether an event's object is the workload of that name, one of the pods, or something named after one of them.
function Test-Concern {
    param([string]$Object, [string]$Name, [string[]]$Pods)
    if ($Object -ceq $Name -or "$Object-".Contains("-$Name-")) { return $true }
    foreach ($pod in $Pods) {
        if ($Object -ceq $pod -or $pod.StartsWith("$Object-", [StringComparison]::Ordinal)) { return $true }
    }
    $false
}

function Write-LogReport {
    param([string]$Object, [string]$Lines)
    if (-not $Lines) { return }
    Write-Complaint 'logs' $Object
    foreach ($line in $Lines -split '\r?\n') { Write-Complaint 'log_line' $line }
}

# The last log lines of a pod. A container that is about to be restarted has none of its own: then those of the previous.
function Get-PodLog {
    param([string]$Pod)
    $lines = Get-KeptLog $Pod
    if ($lines) { $lines } else { Get-KeptLog $Pod, '--previous' }
}

# Without what the node says in place of a log that it does not have.
function Get-KeptLog {
    param([string[]]$Which)
    $node = '^(\[[^]]*\] )?(unable to retrieve container logs for |failed to try resolving symlinks in path )'
    $manner = '--all-containers', '--prefix', '--tail', $LogLines, '--request-timeout', '10s'
    $lines = (Invoke-Kubectl (@('logs') + $Which + $manner)).Output -split '\r?\n'
    ($lines | Where-Object { $_ -cnotmatch $node }) -join "`n"
}

# Undoes the quoting of the Go templates (%q). A message stays on one line, on which all white space is blanks.
function ConvertFrom-GoString {
    param([string]$Text)
    $backslash = [string][char]30
    $inner = ($Text -replace '^"|"$', '').Replace('\\', $backslash) -creplace '\\[nrt]', ' '
    $inner.Replace('\"', '"').Replace($backslash, '\')
}

# The time of the run is over: prints why the awaited workloads are not ready, which takes at most 20 seconds more.
function Exit-TimedOut {
    $script:Deadline = (Get-Elapsed) + 20
    $first = @()
    $others = @()
    foreach ($workload in $script:Pending) {
        $row = @{ Workload = $workload; Causes = @(Get-Cause $workload) }
        # What only events tell of may wait for one of those that have more to say.
        if ($row.Causes -and $row.Causes[0].Key -cne 'event') { $first += $row } else { $others += $row }
    }
    foreach ($workload in $script:Pending) { Write-WorkloadLog $workload }
    $rows = $first + $others
    $script:Why = @(New-Cause 'timed_out' $script:Timeout) + @(Get-Explanation $rows)
    Write-Cause $script:Why
    Exit-WithAdvice $ExitTimedOut @($rows | Select-Object -First $Advised | ForEach-Object { $_.Workload })
}

# Why the first of these workloads are not ready, each in a share of the lines that there is room for (of more causes the first ones
# and the last one), and which the others are; as rows of New-Cause.
function Get-Explanation {
    param([hashtable[]]$Rows)
    if (-not $Rows) { return }
    $share = [Math]::Floor($CauseRoom / [Math]::Min($Rows.Count, $Explained)) - 1
    foreach ($row in $Rows | Select-Object -First $Explained) {
        New-Cause 'unready' $row.Workload
        $causes = $row.Causes
        if ($causes.Count -gt $share) { $causes = @($causes | Select-Object -First ($share - 1)) + $causes[-1] }
        $causes
    }
    $others = @($Rows | Select-Object -Skip $Explained | ForEach-Object { $_.Workload })
    if ($others) { New-Cause 'unready_too' ($others -join ' ') }
}

# Says how to look further and how to undo, and ends the run.
function Exit-WithAdvice {
    param([int]$Code, [string[]]$Names)
    $target = Get-ShellWord $script:Context
    $kubectl = "kubectl --context $target --namespace $Namespace"
    Write-Complaint 'look_further'
    foreach ($workload in $Names) { Write-Complaint 'command' "$kubectl describe $workload" }
    $path = Get-ShellWord $PSCommandPath
    $call = if ($path -ceq $PSCommandPath) { '' } else { '& ' }
    Write-Complaint 'command' "$call$path --context $target --status"
    foreach ($workload in $Names) {
        if (Test-Undoable $workload) { Write-Complaint 'command' "$kubectl rollout undo $workload" }
    }
    Exit-Script $Code
}

# Whether a workload (KIND/NAME) is what this run has made of an earlier revision, and does not put back itself.
function Test-Undoable {
    param([string]$Workload)
    $isNew = $script:Changes -ccontains $Workload -and $script:Missing -cnotcontains $Workload
    $isNew -and $Workload -cmatch '^(Deployment|StatefulSet)/' -and -not (Test-Option 'rollback-on-failure')
}

# A text as it is typed into PowerShell.
function Get-ShellWord {
    param([string]$Text)
    if ($Text -cmatch '^[A-Za-z0-9_./:\\@+,-]+$') { $Text } else { "'" + $Text.Replace("'", "''") + "'" }
}

# What has changed, how long it took, and what to open.
function Write-Summary {
    if ($script:Changes) { Write-Text 'changed' ($script:Changes -join ' ') } else { Write-Text 'unchanged' }
    if ($script:PhaseTimes) { Write-Text 'times' ($script:PhaseTimes -join ', ') }
    foreach ($row in $Addresses) {
        if (Test-Included $row.Phase) { Write-Text 'address' $row.Address }
    }
}

# --- Status ---------------------------------------------------------------------------------------------------------

# Shows what is deployed, and what is not ready and why.
function Write-Readiness {
    $release, $hash = $script:DeployedVersion, $script:DeployedHash | ForEach-Object { if ($_) { $_ } else { '?' } }
    Write-Text 'deployed' $release, $hash
    if ($script:Lease -and $script:Lease.Holder) { Write-Text 'lock_is_held' $script:Lease.Holder, $script:Lease.Since }
    $awaited = @(Get-IncludedWorkload)
    if ((Test-External $awaited) -and -not (Read-Fact $awaited)) { Write-Complaint 'kubectl' $script:PollFailure }
    Set-Verdict $awaited
    foreach ($workload in $script:Pending) {
        Write-Complaint 'unready' $workload
        Write-Report $workload
    }
    if (-not $script:Pending) { Write-Text 'all_ready' $script:Verdicts.Count }
}

# Shows what differs, and ends the run: with 1 when something is not ready.
function Exit-WithStatus {
    foreach ($object in $script:Differing) { Write-Text 'differs' $object }
    if (-not $script:Differing) { Write-Text 'nothing_differs' }
    Write-Orphan
    Exit-Script $(if ($script:Pending) { $ExitFailed } else { $ExitDone })
}
