# --- Judgement ------------------------------------------------------------------------------------------------------
# What the facts of a poll mean, as lines in the order of the awaited workloads:
#   Ready|KIND/NAME                                 Pending|KIND/NAME|how far
#   Watch|what|family|since|limit[|event]           a state that may end the wait: remembered for the next poll
#   Watch|what|silent|since|0                       something that only events can tell of
#   News|pod|reason|"message"                       a state that was not there in the last poll
#   Failed|KIND/NAME|pod|reason|"message"           a state whose time is over
#   Stuck|pod|reason                                a pod of an older revision that keeps its StatefulSet from the newer one

# Takes lines: Now|seconds|schedule grace, Awaited|KIND|NAME|seconds until ready, Watch|... of the last poll, and the facts.
function Get-Verdict {
    param([string[]]$Lines)
    $table = ConvertTo-FactTable $Lines
    foreach ($workload in $table.Awaited) { Get-WorkloadVerdict $table $workload }
}

function Get-WorkloadVerdict {
    param([hashtable]$Table, [string]$Workload)
    $kind = $Workload.Split('/')[0]
    $columns = $Table.Objects[$Workload]
    $progress = Get-Progress $kind $columns
    if ($progress -ceq 'ready') { return "Ready|$Workload" }
    "Pending|$Workload|$progress"
    if ($kind -ceq 'Job' -and (Test-JobCondition $columns 'Failed')) { "Failed|$Workload|-|Failed|`"`"" }
    if (-not (Test-Observed $kind $columns)) { return }
    $stall = $Table.Stalls[$Workload]
    if ($stall) {
        $limit = if ($stall.Reason -ceq 'ProgressDeadlineExceeded') { 15 } else { Get-RefusalLimit $stall.Message }
        # The pods that leave may give what there is to have.
        if ($stall.Message -cmatch 'exceeded quota') { $limit = 45 }
        $family = @{ Name = 'stalled'; Limit = $limit }
        Watch-State $Table $Workload $Workload '-' $family $stall
    }
    if ($Table.Ids[$Workload] -and (Test-Lack $kind $Table.Pods[$Workload] $columns)) {
        Get-SilenceVerdict $Table $Workload $Workload '-' $Table.Ids[$Workload]
    }
    Get-PodVerdict $Table $Workload $kind $columns
}

# Whether pods are to be made and none is under way.
function Test-Lack {
    param([string]$Kind, [object[]]$Pods, [string[]]$Columns)
    $there = @($Pods | Where-Object { $_ })
    if ($Kind -ceq 'Job') { return -not ($there | Where-Object { $_.Phase -cin 'Pending', 'Running' }) }
    $there.Count -lt [int]$Columns[4] -and -not ($there | Where-Object { -not $_.IsReady })
}

# An event stays when what it tells of is over: it ends the wait when it has come again since it was seen first.
function Get-SilenceVerdict {
    param([hashtable]$Table, [string]$Workload, [string]$Key, [string]$Pod, [string]$Id)
    $silence = $Table.Watches["$Key|silent"]
    "Watch|$Key|silent|$(if ($silence) { $silence.Since } else { $Table.Now })|0"
    $told = $Table.Told[$Id]
    if ($told) { Watch-State $Table $Workload $Key $Pod @{ Name = 'told'; Limit = $told.Limit } $told }
}

# Of what the events tell of an object, the gravest is kept, and of equals the last.
function Add-Event {
    param([hashtable]$Table, [string[]]$Columns, [string]$Message)
    $null, $id, $version, $reason = $Columns[0..3]
    if ($reason -clike 'Pull*') {
        $Table.Told.Remove($id)
        return
    }
    $limit = if ($reason -ceq 'FailedCreate') { Get-RefusalLimit $Message } else { Get-MountLimit $Table $Message }
    $told = $Table.Told[$id]
    if ($limit -eq 0 -or ($told -and $told.Limit -lt $limit)) { return }
    $Table.Told[$id] = @{ Reason = $reason; Message = $Message; Limit = $limit; Event = $version }
}

function Get-RefusalLimit {
    param([string]$Message)
    if ($Message -cmatch 'forbidden|denied|is invalid') { 15 } else { 45 }
}

function Get-MountLimit {
    param([hashtable]$Table, [string]$Message)
    $final = '(configmap|secret) [^ ]+ not found|non-existent (config|secret) key|hostPath type check failed'
    if ($Message -cmatch 'failed to sync .* cache|not registered') { 0 }
    elseif ($Message -cmatch $final) { 15 }
    else { $Table.Grace }
}

# `ready`, or how far the workload is (`1/2`, or nothing).
function Get-Progress {
    param([string]$Kind, [string[]]$Columns)
    if (-not $Columns) { return '' }
    switch -CaseSensitive ($Kind) {
        'Deployment' {
            $generation, $observed, $wanted, $updated, $available, $all = [int[]]$Columns[2..7]
            $isCurrent = $observed -eq $generation -and $updated -eq $wanted -and $all -eq $wanted
            if ($isCurrent -and $available -eq $wanted) { 'ready' }
            else { "$([Math]::Max(0, $available - ($all - $updated)))/$wanted" }
        }
        'StatefulSet' {
            $generation, $observed, $wanted, $updated, $available = [int[]]$Columns[2..6]
            $isCurrent = $observed -eq $generation -and $Columns[7] -ceq $Columns[8]
            if ($isCurrent -and $available -eq $wanted) { 'ready' }
            else { "$([Math]::Max(0, $available - ($wanted - $updated)))/$wanted" }
        }
        'Job' { if (Test-JobCondition $Columns 'Complete') { 'ready' } else { '' } }
        default { if ($Columns[2]) { '' } else { 'ready' } }
    }
}

function Test-JobCondition {
    param([string[]]$Columns, [string]$Condition)
    $Columns -and $Columns[2].Split(',') -ccontains $Condition
}

# Whether the pods that there are can be judged: the controller has seen the newest form of the workload.
function Test-Observed {
    param([string]$Kind, [string[]]$Columns)
    switch -CaseSensitive ($Kind) {
        'Job' { $true }
        'ExternalSecret' { $false }
        default { $Columns -and $Columns[2] -ceq $Columns[3] }
    }
}

function Get-PodVerdict {
    param([hashtable]$Table, [string]$Workload, [string]$Kind, [string[]]$Columns)
    $owner = $Workload
    if ($Kind -ceq 'Deployment') { $owner = "ReplicaSet/$($Table.Sets["$($Columns[1])|$($Columns[8])"])" }
    foreach ($pod in $Table.Pods[$owner]) {
        if ($pod.IsLeaving -or $pod.IsReady) { continue }
        if ($Kind -ceq 'StatefulSet' -and $pod.Revision -cne $Columns[8]) {
            Get-StuckVerdict $Table $pod
            continue
        }
        $states = @($Table.States[$pod.Name] | Where-Object { $_ -and -not $_.IsLast })
        foreach ($state in $states) { Get-StateVerdict $Table $Workload $pod.Name $state }
        $id = $Table.Ids[$pod.Name]
        if ($id -and -not $states) { Get-SilenceVerdict $Table $Workload "$($pod.Name)/-" $pod.Name $id }
        $within = $Table.Within[$Workload]
        if ($pod.Phase -ceq 'Running' -and $within -gt 0) {
            $family = @{ Name = 'unready'; Limit = $within }
            Watch-State $Table $Workload "$($pod.Name)/-" $pod.Name $family @{ Reason = 'Unready'; Message = '""' }
        }
    }
}

function Get-StateVerdict {
    param([hashtable]$Table, [string]$Workload, [string]$Pod, [hashtable]$State)
    $key = "$Pod/$($State.Container)"
    $family = Get-Family $Table $State
    if (-not $family) {
        $crash = $Table.Watches["$key|crash"]
        if ($crash) { "Watch|$key|crash|$($crash.Since)|45" }
    }
    elseif ($family.Name -cne 'crash' -or $Workload -cnotlike 'Job/*') {
        Watch-State $Table $Workload $key $Pod $family $State
    }
}

# The family of a waiting reason, of a container or (-) of the pod, with the seconds that it may last; nothing for other reasons.
function Get-Family {
    param([hashtable]$Table, [hashtable]$State)
    $final = 'not found|not exist|unknown|denied|unauthorized|forbidden|authentication required|no basic auth'
    if ($State.Container -ceq '-') {
        if ($State.Reason -ceq 'SchedulingGated') { return }
        return @{ Name = $(if ($State.Reason -ceq 'Unscheduled') { 'unscheduled' } else { 'schedule' }); Limit = $Table.Grace }
    }
    switch -CaseSensitive ($State.Reason) {
        { $_ -cin 'InvalidImageName', 'ErrImageNeverPull' } { @{ Name = 'pull'; Limit = 15 } }
        { $_ -cin 'ErrImagePull', 'ImagePullBackOff' } {
            @{ Name = 'pull'; Limit = $(if ($State.Message -match $final) { 15 } else { 45 }) }
        }
        'CreateContainerConfigError' {
            if ($State.Message -cnotmatch 'failed to sync .* cache') { @{ Name = 'config'; Limit = 15 } }
        }
        { $_ -cin 'CrashLoopBackOff', 'CreateContainerError', 'RunContainerError' } { @{ Name = 'crash'; Limit = 45 } }
    }
}

# Notes a state; a family that lasts keeps its begin, the shortest of its limits, and the first of its events.
function Watch-State {
    param([hashtable]$Table, [string]$Workload, [string]$Key, [string]$Pod, [hashtable]$Family, [hashtable]$State)
    $since = $Table.Now
    $limit = $Family.Limit
    $mark = $first = $State['Event']
    $before = @{ schedule = 'unscheduled'; told = 'silent' }[$Family.Name]
    $silence = $Table.Watches["$Key|$before"]
    if ($silence) { $since = $silence.Since }
    $watch = $Table.Watches["$Key|$($Family.Name)"]
    if ($watch) {
        $since = $watch.Since
        $limit = [Math]::Min($limit, $watch.Limit)
        $first = $watch.Event
    }
    elseif ($Family.Name -cnotin 'unready', 'unscheduled') {
        $object = if ($Pod -ceq '-') { $Workload } else { "Pod/$Pod" }
        "News|$object|$($State.Reason)|$($State.Message)"
    }
    "Watch|$Key|$($Family.Name)|$since|$limit$(if ($mark) { "|$first" })"
    if ($Table.Now - $since -ge $limit -and (-not $mark -or $mark -cne $first)) { "Failed|$Workload|$Pod|$($State.Reason)|$($State.Message)" }
}

function Get-StuckVerdict {
    param([hashtable]$Table, [hashtable]$Pod)
    $slow = if ($Pod.Phase -ceq 'Running') { 'Unready' } elseif ($Table.Ids[$Pod.Name]) { 'ContainerCreating' }
    foreach ($state in $Table.States[$Pod.Name]) {
        if ($state.IsLast) { continue }
        $family = Get-Family $Table $state
        if ($family -and $family.Name -ceq 'unscheduled') { $slow = $state.Reason }
        elseif ($family -or $state.Reason -ceq 'Error') { return "Stuck|$($Pod.Name)|$($state.Reason)" }
    }
    if (-not $slow) { return }
    $watch = $Table.Watches["$($Pod.Name)/-|stuck"]
    $since = if ($watch) { $watch.Since } else { $Table.Now }
    "Watch|$($Pod.Name)/-|stuck|$since|15"
    if ($Table.Now - $since -ge 15) { "Stuck|$($Pod.Name)|$slow" }
}
