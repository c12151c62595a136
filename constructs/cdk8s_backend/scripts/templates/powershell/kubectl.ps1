# --- kubectl --------------------------------------------------------------------------------------------------------

$FieldManager = 'cdk8s-backend'
# The API server refuses unknown fields in a server-side apply by itself: kubectl's own check would fetch schemas each time.
$ServerSideApply = 'apply', '--server-side', '--validate=ignore'
$ApplyWords = $ServerSideApply + @('--field-manager', $FieldManager)
$OldestKubectl = 27
$ExitTimedOut = 70

# kubectl runs for a moment, of which the collection of garbage takes a fifth as Go is set.
if (-not $env:GOGC) { $script:AddedVariables['GOGC'] = '400' }

$script:Kubectl = ''
$script:Context = ''
$script:Timeout = 900
$script:Clock = [Diagnostics.Stopwatch]::StartNew()
$script:Deadline = 0
$script:Ahead = @{} # calls that were started before their answers are asked for, by their arguments or what they tell

# Asks kubectl what Assert-Kubectl and Initialize-Context have to know.
function Start-Kubectl {
    $script:Kubectl = Find-Program 'kubectl'
    if (-not $script:Kubectl) { return }
    $script:AtExit = { Stop-Ahead }
    $script:Ahead.Version = Start-Call $script:Kubectl 'version', '--client', '--output', 'yaml'
    $script:Context = Get-OptionValue 'context'
    if (-not $script:Context) { $script:Ahead.Context = Start-Call $script:Kubectl 'config', 'current-context' }
}

function Assert-Kubectl {
    if (-not $script:Kubectl) { Exit-Failed 'kubectl_missing' "1.$OldestKubectl" }
    $answer = (Complete-Call $script:Ahead.Version).Output
    $version = if ($answer -cmatch '(?m)^ *gitVersion: *v(\S+)') { $Matches[1] } else { '?' }
    if ($version -cnotmatch '^1\.([0-9]+)\.') { Exit-Failed 'kubectl_unknown' $version, "1.$OldestKubectl" }
    if ([int]$Matches[1] -lt $OldestKubectl) { Exit-Failed 'kubectl_old' $version, "1.$OldestKubectl" }
}

# Decides the context once, so that a change of the current context during the run changes nothing.
function Initialize-Context {
    if (-not $script:Context) {
        $current = Complete-Call $script:Ahead.Context
        if ($current.ExitCode) { Exit-Failed 'context_none' }
        $script:Context = $current.Output
    }
}

# Goes on when the person at the terminal agrees; without a terminal it is wrong usage.
function Confirm-OnTerminal {
    param([string]$Question)
    $answer = Read-Answer (Get-Text $Question $script:Context, $Namespace) -Complaint 'context_or_yes'
    if ($answer -cnotmatch '^(y|Y|yes|Yes|YES|예|네)$') { Exit-Failed 'cancelled' }
}

# The answer from the terminal; without one the run ends with the given complaint.
function Read-Answer {
    param([string]$Prompt, [string]$Complaint)
    if ([Console]::IsInputRedirected) { Exit-Usage $Complaint }
    $Host.UI.Write($Prompt)
    try { $Host.UI.ReadLine() } catch { Exit-Usage $Complaint }
}

function Start-Clock {
    $script:Timeout = [int](Get-OptionValue 'timeout' $script:Timeout)
    $script:Deadline = (Get-Elapsed) + $script:Timeout
}

function Get-Elapsed {
    [int][Math]::Floor($script:Clock.Elapsed.TotalSeconds)
}

function Get-TimeLeft {
    $script:Deadline - (Get-Elapsed)
}

# Runs kubectl in the chosen context. It ends with the time of the run, which --request-timeout alone does not bring
# about because one call may make many requests.
function Invoke-Kubectl {
    param([string[]]$Words, [string]$InputText = '', [int]$Seconds = (Get-TimeLeft))
    if ($Seconds -le 0) { return @{ ExitCode = $ExitTimedOut; Output = ''; Errors = '' } }
    $call = $script:Ahead["$Words"]
    if ($call) {
        $script:Ahead.Remove("$Words")
        return Complete-Call $call -Seconds $Seconds
    }
    Invoke-Program $script:Kubectl ((Get-PlaceWord $Seconds) + $Words) -InputText $InputText -Seconds $Seconds
}

# The arguments that say where to, and for how long.
function Get-PlaceWord {
    param([int]$Seconds)
    '--context', $script:Context, '--namespace', $Namespace, '--request-timeout', "${Seconds}s"
}

# Starts a call that only reads, whose answer Invoke-Kubectl gives when it is asked for the same.
function Start-Ahead {
    param([string[]]$Words, [string]$InputText = '', [int]$Seconds = (Get-TimeLeft))
    $call = Start-Call $script:Kubectl ((Get-PlaceWord $Seconds) + $Words) -WithInput:($InputText -ne '')
    $script:Ahead["$Words"] = $call
    if ($InputText) { Send-Text $call.Process.StandardInput $InputText }
}

function Stop-Ahead {
    foreach ($call in $script:Ahead.Values) { Stop-Program $call.Process }
    $script:Ahead = @{}
}

# Runs kubectl as Invoke-Kubectl does, and again while the API server is away: it has to be something that can be done twice.
function Invoke-PatientKubectl {
    param([string[]]$Words, [string]$InputText = '')
    $answer = Invoke-Kubectl $Words -InputText $InputText
    $isSaid = $false
    while ($answer.ExitCode -and (Test-Outage $answer) -and (Get-TimeLeft) -gt 0) {
        if (-not $isSaid) { Write-Complaint 'outage' (Get-LastLine $answer.Errors) }
        $isSaid = $true
        Stop-Ahead # what was started before fails alike
        Start-Sleep -Seconds 2
        $answer = Resume-Kubectl $Words $InputText
    }
    $answer
}

# One more try. Meanwhile another run may have taken the lock, so this one has to have it, unless the call is about a Lease
# itself, which is all that is created. Where it could not be renewed, the answer says why.
function Resume-Kubectl {
    param([string[]]$Words, [string]$InputText)
    $failure = if ($Words[0] -cne 'create' -and $Words[1] -cne 'lease') { Confirm-Lock }
    if ($failure) { $failure } else { Invoke-Kubectl $Words -InputText $InputText }
}

# Whether kubectl says that the API server did not answer. What it logs may be about an extension of the API, so that counts
# only where it says nothing else. What an API server says about a webhook, or about those extensions, is an answer.
function Test-Outage {
    param([hashtable]$Answer)
    $lines = @(Get-Line $Answer.Errors)
    $words = @($lines | Where-Object { $_ -cnotmatch '^[EWIF][0-9]{4} ' })
    if (-not $words -and -not $Answer.Output) { $words = $lines }
    $text = $words -join "`n"
    if ($text -cmatch ' webhook "|conversion webhook for |the complete list of server APIs') { return $false }
    [bool]($OutageSigns | Where-Object { $text.Contains($_.Sign) })
}

# What kubectl reads; ends the run when it cannot. What names it for people.
function Read-Cluster {
    param([string]$What, [string[]]$Words)
    $answer = Invoke-PatientKubectl $Words
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'read_failed' $What }
    $answer.Output
}

# Shows what kubectl said, line by line, as it is.
function Write-Answer {
    param([hashtable]$Answer)
    foreach ($line in Get-Line (Get-AnswerText $Answer)) { Write-Complaint 'kubectl' $line }
}

# What kubectl printed, as a terminal shows it: warnings before what it has done, errors after that.
function Get-AnswerText {
    param([hashtable]$Answer)
    $texts = if ($Answer.ExitCode) { $Answer.Output, $Answer.Errors } else { $Answer.Errors, $Answer.Output }
    @($texts | Where-Object { $_ }) -join "`n"
}

# Ends the run after a failed call: with its time when that is over, else as failed.
function Exit-AfterCall {
    param([string]$Key, [string[]]$Values = @())
    if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
    Exit-Failed $Key $Values
}

# The same after a call whose answer says why.
function Exit-AfterAnswer {
    param([hashtable]$Answer, [string]$Key, [string[]]$Values = @())
    Write-Answer $Answer
    Exit-AfterCall $Key $Values
}
