# --- Facts ----------------------------------------------------------------------------------------------------------

$PollResources = 'deployments,statefulsets,replicasets,jobs,pods,persistentvolumeclaims'

$script:MayReadEvents = $true
$script:Facts = @()          # lines of StatusTemplate and ExternalSecretsTemplate, from the last poll that succeeded
$script:FactTable = $null    # the same by ConvertTo-FactTable, once it is asked for
$script:FactsAreNew = $false # they hold for the next judgement: nothing was written since
$script:PollFailure = ''     # why the last poll did not succeed

function Get-WorkloadWord {
    'get', $PollResources, '--output', "go-template=$StatusTemplate"
}

function Set-Fact {
    param([string]$Text)
    $script:Facts = $Text -split '\r?\n'
    $script:FactTable = $null
    $script:FactsAreNew = $true
}

function Get-FactTable {
    if (-not $script:FactTable) { $script:FactTable = ConvertTo-FactTable $script:Facts }
    $script:FactTable
}

# Whether the poll succeeds. It asks for ExternalSecrets only where one is awaited: a cluster without the kind would refuse
# the call. Events, which are many, are asked for where only they can tell, and given up where they may not be read.
function Read-Fact {
    param([hashtable[]]$Awaited)
    $resources = $PollResources
    $template = $StatusTemplate
    if (Test-External $Awaited) {
        $resources += ',secrets,externalsecrets.external-secrets.io'
        $template += $ExternalSecretsTemplate
    }
    if ($script:MayReadEvents -and (Test-Silence)) {
        if (Test-Poll "$resources,events" $template) { return $true }
        if ($script:PollFailure -cnotmatch 'events is forbidden') { return $false }
        $script:MayReadEvents = $false
    }
    Test-Poll $resources $template
}

# Whether what the last judgement found has been silent for five seconds.
function Test-Silence {
    foreach ($watch in $script:Watched) {
        $columns = $watch.Split('|')
        if ($columns[2] -ceq 'silent' -and (Get-Elapsed) - [int]$columns[3] -ge 5) { return $true }
    }
    $false
}

function Test-Poll {
    param([string]$Resources, [string]$Template)
    $answer = Invoke-Kubectl 'get', $Resources, '--request-timeout', '10s', '--output', "go-template=$Template"
    if ($answer.ExitCode) { $script:PollFailure = Get-LastLine $answer.Errors } else { Set-Fact $answer.Output }
    -not $answer.ExitCode
}

function Test-External {
    param([hashtable[]]$Awaited)
    [bool]($Awaited | Where-Object { $_.Kind -ceq 'ExternalSecret' })
}

# Facts by what they are about, with the lines that Get-Verdict has besides.
function ConvertTo-FactTable {
    param([string[]]$Lines)
    $table = @{
        Now = 0
        Grace = 0
        Awaited = @()  # KIND/NAME
        Within = @{}   # seconds until ready, by KIND/NAME
        Watches = @{}  # Since, Limit and Event, by what|family
        Objects = @{}  # columns, by KIND/NAME
        Stalls = @{}   # Reason and Message, by KIND/NAME
        Ids = @{}      # UIDs, by KIND/NAME of what makes pods itself, and by names of pods that have yet to begin
        Told = @{}     # the gravest of what events tell, by UIDs: Reason, Message, Limit and Event
        Sets = @{}     # names of ReplicaSets, by Deployment|revision
        Pods = @{}     # lists of rows, by the owner's KIND/NAME
        Claims = @{}   # lists of names, by the pod's name
        States = @{}   # lists of rows, by the pod's name
    }
    foreach ($line in $Lines) {
        $columns = $line.Split('|')
        $kind = $columns[0]
        switch -CaseSensitive ($kind) {
            'Pod' {
                $owner = "$($columns[2])/$($columns[3])"
                if (-not $table.Pods.ContainsKey($owner)) { $table.Pods[$owner] = [Collections.ArrayList]::new() }
                [void]$table.Pods[$owner].Add(@{
                        Name = $columns[1]
                        Revision = $columns[4]
                        IsReady = $columns[5] -ceq 'True'
                        IsLeaving = $columns[6] -cne ''
                        Phase = $columns[7]
                        Created = $columns[8]
                    })
                break
            }
            { $_ -ceq 'State' -or $_ -ceq 'Last' } {
                $pod = $columns[1]
                if (-not $table.States.ContainsKey($pod)) { $table.States[$pod] = [Collections.ArrayList]::new() }
                [void]$table.States[$pod].Add(@{
                        IsLast = $kind -ceq 'Last'
                        Container = $columns[2]
                        Reason = $columns[3]
                        Message = $line.Split([char[]]'|', 6)[5]
                    })
                break
            }
            'Uses' { $table.Claims[$columns[1]] = @($table.Claims[$columns[1]]) + $columns[2]; break }
            'ReplicaSet' { $table.Sets["$($columns[2])|$($columns[3])"] = $columns[1]; break }
            { $_ -ceq 'Makes' -or $_ -ceq 'Begins' } { $table.Ids[$columns[1]] = $columns[2]; break }
            'Event' { Add-Event $table $columns $line.Split([char[]]'|', 5)[4]; break }
            'Awaited' {
                $table.Awaited += "$($columns[1])/$($columns[2])"
                $table.Within["$($columns[1])/$($columns[2])"] = [int]$columns[3]
                break
            }
            'Watch' {
                $table.Watches["$($columns[1])|$($columns[2])"] = @{
                    Since = [int]$columns[3]
                    Limit = [int]$columns[4]
                    Event = if ($columns.Count -gt 5) { $columns[5] }
                }
                break
            }
            'Stalled' {
                $message = $line.Split([char[]]'|', 5)[4]
                $table.Stalls["$($columns[1])/$($columns[2])"] = @{ Reason = $columns[3]; Message = $message }
                break
            }
            'Now' {
                $table.Now = [int]$columns[1]
                $table.Grace = [int]$columns[2]
                break
            }
            default { if ($columns.Count -gt 1) { $table.Objects["$kind/$($columns[1])"] = $columns } }
        }
    }
    $table
}

# The columns of an object (KIND/NAME); nothing when the cluster does not have it.
function Get-Fact {
    param([string]$Object)
    (Get-FactTable).Objects[$Object]
}

# The pods of the newest revision of a workload (KIND/NAME).
function Get-NewestPod {
    param([string]$Workload)
    $table = Get-FactTable
    $kind, $name = $Workload -split '/'
    $columns = $table.Objects[$Workload]
    $revision = if ($columns -and $kind -cin 'Deployment', 'StatefulSet') { $columns[8] }
    $owner = if ($kind -ceq 'Deployment') { "ReplicaSet/$($table.Sets["$name|$revision"])" } else { $Workload }
    foreach ($pod in $table.Pods[$owner]) {
        if ($kind -cne 'StatefulSet' -or $pod.Revision -ceq $revision) { $pod }
    }
}
