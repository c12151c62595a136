# --- Lock -----------------------------------------------------------------------------------------------------------
# A Lease in the namespace. All times in it are the API server's; one without times has that of its creation.

$LeaseName = 'cdk8s-backend-lock'
$LockSeconds = 60
$RenewAfter = 30

$script:Holder = '' # this run, as the Lease names it, while it has the lock
$script:RenewedAt = 0
$script:Lease = $null # Version, Holder, Since and Renewed, as Read-Place found them

# Takes the lock if nobody has it, if the time of who has it is over, or with --force-unlock; else ends the run.
function Lock-Namespace {
    $name = "$([Environment]::UserName)@$([Environment]::MachineName) $PID-$(Get-Random -Maximum 32768)"
    $spec = '"holderIdentity":' + (ConvertTo-JsonText $name) + ',"leaseDurationSeconds":' + $LockSeconds
    $other = ''
    if (-not $script:Lease) {
        $script:Holder = $name # already: a call that is interrupted may have taken it
        $answer = New-Lease "{`"name`":`"$LeaseName`"}" "{$spec}" '--field-manager', $FieldManager
    }
    else {
        $now = Get-ServerTime
        $other = $script:Lease.Holder
        if ($other -and -not (Test-Option 'force-unlock')) {
            $age = Get-SecondsBetween $script:Lease.Renewed $now
            if ($age -lt $LockSeconds) { Exit-Failed 'lock_held' $other, $script:Lease.Since, $age, ($LockSeconds - $age) }
        }
        $time = ConvertTo-MicroTime $now
        $test = '{"op":"test","path":"/metadata/resourceVersion","value":"' + $script:Lease.Version + '"}'
        $add = '{"op":"add","path":"/spec","value":{' + $spec + ',"acquireTime":"' + $time + '","renewTime":"' + $time + '"}}'
        $script:Holder = $name
        $answer = Invoke-PatientKubectl (Get-LeasePatch "[$test,$add]")
    }
    if ($answer.ExitCode) { Resolve-MissedLock $answer $name }
    $script:RenewedAt = Get-Elapsed
    if ($other) { Write-Text 'lock_taken' $other }
}

# The Lease changed between reading and writing. Someone was faster, or an answer was lost and what was tried again had been done.
function Resolve-MissedLock {
    param([hashtable]$Answer, [string]$Name)
    if (Test-Refusal $Answer) {
        Read-Place
        if ($script:Lease -and $script:Lease.Holder -ceq $Name) { return }
        $script:Holder = ''
        $other, $since = if ($script:Lease) { $script:Lease.Holder, $script:Lease.Since } else { '', '' }
        if (-not $other) { $other = '?' }
        if (-not $since) { $since = '?' }
        Exit-Failed 'lock_held' $other, $since, 0, $LockSeconds
    }
    $script:Holder = ''
    Exit-AfterAnswer $Answer 'lock_failed'
}

# Creates a Lease. By names the function that makes the call.
function New-Lease {
    param([string]$Metadata, [string]$Spec, [string[]]$Words, [string]$By = 'Invoke-PatientKubectl')
    $document = "{`"apiVersion`":`"coordination.k8s.io/v1`",`"kind`":`"Lease`",`"metadata`":$Metadata,`"spec`":$Spec}"
    $Words = @('create', '--validate=ignore', '--filename', '-') + $Words
    & $By $Words -InputText $document
}

# A time of the API server as a Lease has it.
function ConvertTo-MicroTime {
    param([string]$Time)
    $Time.TrimEnd('Z') + '.000000Z'
}

function Get-LeasePatch {
    param([string]$Operations)
    'patch', 'lease', $LeaseName, '--type', 'json', '--field-manager', $FieldManager, '--patch', $Operations
}

# The answer whose output is the API server's clock: what it would write as the time of a creation.
function Read-Clock {
    param([string]$By = 'Invoke-PatientKubectl')
    $words = '--dry-run=server', '--output', 'go-template={{.metadata.creationTimestamp}}'
    New-Lease '{"generateName":"clock-"}' '{}' $words -By $By
}

function Get-ServerTime {
    $answer = Read-Clock
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'lock_failed' }
    $answer.Output
}

# Says that this run still is there, unless it did so within some seconds; ends it when someone else has the lock.
function Update-Lock {
    param([int]$Seconds = $RenewAfter)
    if (Test-RenewalDue $Seconds) { $null = Write-Renewal (Get-ServerTime) }
}

# The same between two tries of a call, with one try; gives the answer where the lock could not be renewed.
function Confirm-Lock {
    if (-not (Test-RenewalDue $RenewAfter)) { return }
    $answer = Read-Clock -By 'Invoke-Kubectl'
    if (-not $answer.ExitCode) { $answer = Write-Renewal $answer.Output }
    if ($answer.ExitCode) { $answer }
}

function Test-RenewalDue {
    param([int]$Seconds)
    $script:Holder -and (Get-Elapsed) - $script:RenewedAt -ge $Seconds
}

function Write-Renewal {
    param([string]$Time)
    $readAt = Get-Elapsed
    $answer = Edit-OwnLease ('{"op":"add","path":"/spec/renewTime","value":"' + (ConvertTo-MicroTime $Time) + '"}')
    if (-not $answer.ExitCode) { $script:RenewedAt = $readAt }
    elseif (Test-Refusal $answer) {
        $script:Holder = ''
        Exit-Failed 'lock_lost'
    }
    $answer
}

# Changes the Lease; the API server refuses that when another holds it.
function Edit-OwnLease {
    param([string]$Operation)
    $test = '{"op":"test","path":"/spec/holderIdentity","value":' + (ConvertTo-JsonText $script:Holder) + '}'
    Invoke-Kubectl (Get-LeasePatch "[$test,$Operation]")
}

# Whether the API server refused the last change of the Lease because of what is in it now.
function Test-Refusal {
    param([hashtable]$Answer)
    $Answer.Errors -cmatch 'AlreadyExists|NotFound|request is invalid'
}

# Gives the lock back, at every end of the run.
function Unlock-Namespace {
    if (-not $script:Holder) { return }
    $script:Deadline = (Get-Elapsed) + 10
    $null = Edit-OwnLease '{"op":"remove","path":"/spec/holderIdentity"}'
    $script:Holder = ''
}

# The whole seconds between two times of the API server (2026-11-25T13:00:00Z).
function Get-SecondsBetween {
    param([string]$From, [string]$Until)
    $begin, $end = $From, $Until | ForEach-Object {
        [DateTimeOffset]::Parse($_.Substring(0, 19) + 'Z', [Globalization.CultureInfo]::InvariantCulture)
    }
    [int]($end - $begin).TotalSeconds
}
