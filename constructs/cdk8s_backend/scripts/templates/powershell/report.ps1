# --- Reports --------------------------------------------------------------------------------------------------------

$LogLines = 20

# Events and logs of a workload (KIND/NAME) that is not ready, with the states of its pods before them.
function Write-Report {
    param([string]$Workload)
    $pods = @(Get-NewestPod $Workload)
    $unready = @($pods | Where-Object { -not $_.IsReady })
    Write-ExternalSecretReport $Workload
    foreach ($pod in $unready) { Write-StateReport $pod.Name }
    Write-EventReport $Workload.Split('/')[1] @($pods | ForEach-Object { $_.Name })
    if ($Workload -clike 'Job/*') {
        $lines = $script:JobLogs[$Workload]
        Write-LogReport $Workload $(if ($lines) { $lines } else { Get-Text 'logs_none' })
        return
    }
    foreach ($pod in $unready) { Write-LogReport "Pod/$($pod.Name)" (Get-PodLog $pod.Name) }
}

# Prints what a pod's containers wait for, and how the previous ones ended.
function Write-StateReport {
    param([string]$Pod)
    foreach ($state in (Get-FactTable).States[$Pod]) {
        $message = ConvertFrom-GoString $state.Message
        if ($state.IsLast) { Write-Complaint 'pod_before' $Pod, $state.Container, $state.Reason, $message }
        elseif ($state.Reason -cne 'Running') { Write-Complaint 'state' "Pod/$Pod", $state.Reason, $message }
    }
}

# Prints what the Secret of an ExternalSecret (KIND/NAME) lacks, and what the controller says; nothing of another kind.
function Write-ExternalSecretReport {
    param([string]$Workload)
    $columns = Get-Fact $Workload
    if ($Workload -cnotlike 'ExternalSecret/*' -or -not $columns) { return }
    $null, $null, $lacking, $secret, $status, $reason, $message = ($columns -join '|').Split([char[]]'|', 7)
    if ($lacking -ceq '* ') { Write-Complaint 'secret_empty' $secret }
    else { Write-Complaint 'secret_lacks' $secret, $lacking.TrimEnd() }
    if ($status) { Write-Complaint 'condition' $status, $reason, (ConvertFrom-GoString $message) }
    else { Write-Complaint 'condition_none' }
}

# Prints the last warnings about the workload of that name, its newest pods, what makes them, and its claims.
function Write-EventReport {
    param([string]$Name, [string[]]$Pods)
    $words = 'get', 'events', '--field-selector', 'type=Warning', '--sort-by', '.lastTimestamp', '--request-timeout',
        '10s', '--output', "go-template=$EventsTemplate"
    $answer = Invoke-Kubectl $words
    if ($answer.ExitCode) { return }
    $lines = @()
    foreach ($line in Get-Line $answer.Output) {
        if ($lines -cnotcontains $line -and (Test-Concern $line.Split('|')[0] $Name $Pods)) { $lines += $line }
    }
    foreach ($line in $lines | Select-Object -Last 5) {
        $object, $reason, $message = $line.Split([char[]]'|', 3)
        Write-Complaint 'event' $object, $reason, (ConvertFrom-GoString $message)
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

# Undoes the quoting of the Go templates (%q), which keeps a message on one line.
function ConvertFrom-GoString {
    param([string]$Text)
    $inner = $Text -replace '^"|"$', ''
    $inner.Replace('\n', ' ').Replace('\"', '"').Replace('\\', '\')
}

# The time of the run is over: prints why the awaited workloads are not ready, which takes at most 20 seconds more.
function Exit-TimedOut {
    Write-Complaint 'timed_out' $script:Timeout
    $script:Deadline = (Get-Elapsed) + 20
    foreach ($workload in $script:Pending) {
        Write-Complaint 'unready' $workload
        Write-Report $workload
    }
    Exit-WithAdvice $ExitTimedOut $script:Pending
}

# Says how to look further and how to undo, and ends the run.
function Exit-WithAdvice {
    param([int]$Code, [string[]]$Names)
    $kubectl = "kubectl --context $script:Context --namespace $Namespace"
    Write-Complaint 'look_further'
    foreach ($workload in $Names) { Write-Complaint 'command' "$kubectl describe $workload" }
    Write-Complaint 'command' "$PSCommandPath --context $script:Context --status"
    foreach ($workload in $Names) {
        if ($workload -cmatch '^(Deployment|StatefulSet)/' -and -not (Test-Option 'rollback-on-failure')) {
            Write-Complaint 'command' "$kubectl rollout undo $workload"
        }
    }
    Exit-Script $Code
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
    $awaited = @($Workloads | Where-Object { Test-Included $_.Phase })
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
