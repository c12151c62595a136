<#
.SYNOPSIS
    Removes what this folder deploys from a Kubernetes cluster.

.DESCRIPTION
    Deletes the objects phase by phase, the last phase first. Data (PersistentVolumeClaims), Secrets and the namespace
    stay unless -DeleteData and -DeleteNamespace ask for them.
    Needs Windows PowerShell 5.1 or PowerShell 7, and kubectl 1.27 or later. -Help lists the options.
    Options are given in PowerShell's spelling (-Context NAME, -Context:NAME) or in GNU spelling
    (--context NAME, --context=NAME).
    Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted.

.EXAMPLE
    .\undeploy.ps1 -Context production

.EXAMPLE
    .\undeploy.ps1 --delete-data --delete-namespace
#>
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# No parameter is declared, so that both spellings of the options, and what is no option, come here as written.
$Arguments = [string[]]$args

# plan

# part: messages

# part: options

# part: folder

# part: programs

# part: kubectl

# part: lock

# part: place

# part: inventory

# part: removal

# --- Removal of the system ------------------------------------------------------------------------------------------

function Write-Help {
    Write-Line (Get-Text 'help_usage' (Split-Path -Leaf $PSCommandPath))
    Write-Line (Get-Text 'help_summary' (Get-Title), $Namespace, $Environment)
    Write-Line ''
    Write-OptionHelp
    Write-Line ''
    Write-Line (Get-Text 'help_exit_codes')
}

# Someone must have said where and what: by options, or now on the terminal. Data goes only with the namespace's name.
function Assert-Confirmation {
    if ((Test-Option 'delete-namespace') -and -not (Test-Option 'delete-data')) { Exit-Usage 'namespace_needs_data' }
    if (Test-Option 'confirm') {
        if ((Get-OptionValue 'confirm') -cne $Namespace) { Exit-Usage 'name_wrong' }
    }
    elseif ((Test-Option 'delete-data') -and [Console]::IsInputRedirected) { Exit-Usage 'delete_needs_name' $Namespace }
    if (-not (Test-Target) -and [Console]::IsInputRedirected) { Exit-Usage 'context_or_yes' }
}

# Whether options say where to, or that it need not be said.
function Test-Target {
    (Test-Option 'context') -or (Test-Option 'yes')
}

function Confirm-Removal {
    if ((Test-Option 'delete-data') -and -not (Test-Option 'confirm')) { Confirm-Deletion }
    elseif (-not (Test-Target)) { Confirm-OnTerminal 'confirm' }
}

function Confirm-Deletion {
    Write-Line (Get-Text 'confirm_delete_data' $script:Context, $Namespace)
    if (Test-Option 'delete-namespace') { Write-Line (Get-Text 'confirm_delete_namespace' $Namespace) }
    $name = Read-Answer (Get-Text 'confirm_type_name' $Namespace) -Complaint 'delete_needs_name'
    if ($name -cne $Namespace) { Exit-Usage 'name_wrong' }
}

# Shows what is in the namespace, belongs to nothing else in it, and is not of the plan or does not bear our label.
function Write-Foreign {
    $answer = Read-Cluster 'api-resources' 'api-resources', '--verbs=list', '--namespaced', '--output', 'name'
    $pattern = '^(events|endpoints)($|\.)|^endpointslices\.|\.metrics\.k8s\.io$'
    $kinds = @(Get-Line $answer | Where-Object { $_ -cnotmatch $pattern }) -join ','
    $planned = @($Objects | ForEach-Object { Get-ObjectName $_.Resource $_.Name })
    $planned += @($Claims | ForEach-Object { "PersistentVolumeClaim/$($_.Name)" })
    $known = 'ConfigMap/kube-root-ca.crt', 'ServiceAccount/default', "Lease/$LeaseName", "ConfigMap/$InventoryName"
    $answer = Read-Cluster 'objects' 'get', $kinds, '--ignore-not-found', '--output', "go-template=$ForeignTemplate"
    $found = @(foreach ($line in Get-Line $answer) {
            $object, $labels = $line.Split('|')
            if ($known -ccontains $object) { continue }
            if ($planned -cnotcontains $object -or -not (Test-Own $object $labels)) { $object }
        })
    if ($found) { Write-Text 'foreign' $Namespace, ($found -join ' ') }
}

# KIND/NAME of an object of the plan.
function Get-ObjectName {
    param([string]$Resource, [string]$Name)
    "$($Resource.Split('.')[0])/$Name"
}

function Remove-System {
    $removed = @($Phases | Where-Object { Get-RemovedObject $_.Name })
    for ($number = 1; $number -le $removed.Count; $number++) {
        $phase = $removed[$removed.Count - $number]
        Write-Text 'phase_started' $number, $removed.Count, (Select-Language $phase.TitleKo $phase.TitleEn)
        Remove-Phase $phase.Name
    }
}

# The objects of a phase that are deleted without an option of their own.
function Get-RemovedObject {
    param([string]$Phase)
    $Objects | Where-Object { $_.Phase -ceq $Phase -and -not (Test-Kept $_.Resource) }
}

# The workloads of a phase go first, in the foreground: they are gone when their pods are.
function Remove-Phase {
    param([string]$Phase)
    $names = @(Get-RemovedObject $Phase | ForEach-Object { "$($_.Resource)/$($_.Name)" } | Where-Object { Test-Known $_ })
    $workloads = '^(Deployment|StatefulSet|Job|CronJob)\.'
    Remove-Own 'foreground' @($names | Where-Object { $_ -cmatch $workloads })
    Remove-Own 'background' @($names | Where-Object { $_ -cnotmatch $workloads })
}

# Whether the cluster has the kind of an object (RESOURCE/NAME). One unknown kind would fail the deletion of all others.
function Test-Known {
    param([string]$Object)
    $resource = $Object.Split('/')[0]
    if (-not ($CustomResources | Where-Object { $_.Resource -ceq $resource })) { return $true }
    $answer = Invoke-PatientKubectl 'get', $Object, '--ignore-not-found', '--output', 'name'
    if (-not $answer.ExitCode) { return $true }
    if ($answer.Errors -clike "*server doesn't have a resource type*") { return $false }
    Exit-AfterAnswer $answer 'read_failed' $Object
}

# The labels that say that an object of the plan (KIND/NAME) is ours: that of the system, but of a claim without a file those
# that its StatefulSet gives it.
function Get-OwnLabel {
    param([string]$Object)
    $made = $Claims | Where-Object { $_.Labels -and $Object -ceq "PersistentVolumeClaim/$($_.Name)" }
    if ($made) { $made.Labels } else { "app.kubernetes.io/part-of=$PartOf" }
}

# Whether an object of the plan (KIND/NAME) is ours, by its labels as LabelsTemplate prints them.
function Test-Own {
    param([string]$Object, [string]$Labels)
    if (-not $PartOf) { return $true }
    -not ((Get-OwnLabel $Object) -split ' ' | Where-Object { -not $Labels.Contains(",$_,") })
}

# Removes those objects (RESOURCE/NAME) that bear our label, and says which do not.
function Remove-Own {
    param([string]$Cascade, [string[]]$Names)
    if (-not $Names) { return }
    $wanted = $Names
    if ($PartOf) {
        $words = @('get') + $Names + @('--ignore-not-found', '--output', "go-template=$LabelsTemplate")
        $live = @(Get-Line (Read-Cluster ($Names -join ' ') $words))
        $wanted = @(Select-Own $Names $live)
    }
    if (-not $wanted) { return }
    Remove-Resource $Cascade $wanted
    foreach ($name in $wanted) { Write-Text 'removed' $name }
}

function Select-Own {
    param([string[]]$Names, [string[]]$Live)
    foreach ($name in $Names) {
        $resource, $plain = $name.Split('/')
        $object = Get-ObjectName $resource $plain
        $line = $Live | Where-Object { $_.StartsWith("$object|", [StringComparison]::Ordinal) }
        if (-not $line) { continue }
        if (Test-Own $object $line.Split('|')[1]) { $name } else { Write-Text 'not_ours' $name, (Get-OwnLabel $object) }
    }
}

# A Secret whose value lives in the data goes after the data.
function Remove-Data {
    Write-Text 'delete_data'
    Remove-Own 'background' @($Claims | ForEach-Object { "PersistentVolumeClaim.v1./$($_.Name)" })
    Remove-Own 'background' @(Get-Secret)
}

# The Secrets of the plan, as RESOURCE/NAME.
function Get-Secret {
    $Objects | Where-Object { $_.Resource -clike 'Secret.*' } | ForEach-Object { "$($_.Resource)/$($_.Name)" }
}

# The Lease goes with the namespace.
function Remove-Namespace {
    Write-Text 'delete_namespace' $Namespace
    $script:Holder = ''
    Remove-Resource 'background' "namespace/$Namespace"
}

# Prints what this run left in the cluster, and keeps in the inventory what is in no plan any more.
function Complete-Inventory {
    $left = @(Get-Orphan)
    if ($left) {
        Write-Text 'orphans_left' ($left -join ' ')
        Write-Inventory $left '' ''
    }
    else {
        $answer = Invoke-PatientKubectl 'delete', 'configmap', $InventoryName, '--ignore-not-found'
        if ($answer.ExitCode) { Write-Answer $answer }
    }
    $names = @("namespace/$Namespace") + @($Claims | ForEach-Object { "persistentvolumeclaim/$($_.Name)" })
    $names += @(Get-Secret | ForEach-Object { "secret/$($_.Split('/')[1])" })
    $kept = @(Get-Line (Read-Cluster 'objects' (@('get') + $names + @('--ignore-not-found', '--output', 'name'))))
    if ($kept) { Write-Text 'kept' ($kept -join ' ') }
}

# The Lease of a system that is gone is of no use to anyone.
function Remove-Lock {
    $answer = Invoke-PatientKubectl 'delete', 'lease', $LeaseName, '--ignore-not-found'
    if ($answer.ExitCode) { Write-Answer $answer }
    $script:Holder = ''
}

function Exit-TimedOut {
    Write-Complaint 'timed_out' $script:Timeout
    Exit-Script $ExitTimedOut
}

function Invoke-Removal {
    Lock-Namespace
    Remove-System
    if (Test-Option 'delete-data') { Remove-Data }
    if (Test-Option 'delete-namespace') {
        Remove-Namespace
    }
    else {
        Complete-Inventory
        Remove-Lock
    }
}

function Invoke-Main {
    Assert-Confirmation
    Start-Kubectl
    Assert-Kubectl
    Initialize-Context
    Start-Clock
    $script:AtExit = { Unlock-Namespace }
    if (Test-Option 'delete-namespace') {
        Read-Place
        if ($script:HasNamespace) { Write-Foreign }
    }
    Confirm-Removal
    Start-Clock
    Write-Text 'started' (Get-Title)
    Write-Text 'target' $script:Context, $Namespace, $Environment
    Read-Place
    Assert-Environment
    if ($script:HasNamespace) { Invoke-Removal } else { Write-Text 'namespace_absent' $Namespace }
    Write-Text 'finished' (Get-Title)
}

# part: run
