# --- Objects --------------------------------------------------------------------------------------------------------
# An object is named KIND/NAME. What the cluster has, and what it would have after an apply (by a server-side dry run), are
# lines of ObjectsTemplate; where they are equal nothing is sent.

$script:Hash = ''       # of the folder's files
$script:Problems = 0    # how many objects the API server refuses
$script:LiveLines = @()
$script:Differing = @() # objects that an apply would change or make
$script:Missing = @()   # those of them that the cluster does not have
$script:Undone = @()    # objects of which `kubectl rollout undo` has put something back
$script:Adopted = @{}   # objects that a client-side apply has made: the indices of its entries in managedFields
$script:Outdated = [Collections.Specialized.OrderedDictionary]::new() # Jobs (Job/NAME) that have to run again: the message
$script:Changes = @()   # what this run has changed
$script:Created = @()   # what of it was not there before, as RESOURCE/NAME
$script:Snapshots = @() # with --rollback-on-failure: what was there before, as JSON

function Add-Change {
    param([string]$Object)
    if ($script:Changes -cnotcontains $Object) { $script:Changes += $Object }
}

# Reads all files. Notes of each its path as kubectl takes it, which reads a list of comma-separated values, and its object; of all
# together the SHA-256 sum, whatever their line ends are. Ends the run when one cannot be read.
function Initialize-File {
    $latin = [Text.Encoding]::GetEncoding(28591) # in which each byte is a letter
    $text = [Text.StringBuilder]::new()
    $lacking = @(foreach ($row in $Files) {
            $path = [IO.Path]::Combine($script:Folder, $row.File)
            $row.Word = '"' + $path.Replace('"', '""') + '"'
            $row.Object = "$($row.Resource.Split('.')[0])/$($row.Name)"
            try { [void]$text.Append($latin.GetString([IO.File]::ReadAllBytes($path))) } catch { $row.File }
        })
    if ($lacking) { Exit-Failed 'files_missing' $script:Folder, ($lacking -join ' ') }
    $sum = [Security.Cryptography.SHA256]::Create().ComputeHash($latin.GetBytes($text.ToString().Replace("`r", '')))
    $script:Hash = [BitConverter]::ToString($sum).Replace('-', '').ToLowerInvariant()
}

# The --filename options of rows of files.
function Get-FileWord {
    param([hashtable[]]$Rows)
    foreach ($row in $Rows) { '--filename', $row.Word }
}

# The rows of files of a phase; of all phases of this run without one.
function Get-FileRow {
    param([string]$Phase = '')
    foreach ($row in $Files) {
        if ((-not $Phase -or $row.Phase -ceq $Phase) -and (Test-Included $row.Phase)) { $row }
    }
}

# Compares folder and cluster, all objects at once but a namespace that this run has just made, and tries the Secrets; ends the
# run, with all problems, before anything is written.
function Assert-Applicable {
    Test-SecretToWrite
    Compare-Folder
    if ($script:Problems) { Exit-AfterCall 'preflight_failed' $script:Problems }
}

# The rows of files that are compared with the cluster.
function Get-ComparedRow {
    foreach ($row in Get-FileRow) {
        if ($script:HasNamespace -or $row.Resource -cnotlike 'Namespace.*') { $row }
    }
}

function Compare-Folder {
    $rows = @(Get-ComparedRow)
    if (-not $rows) { return }
    $script:LiveLines = @(Get-LiveLine $rows)
    foreach ($line in $script:LiveLines -cmatch '^[^|]*\|[^|]') {
        $object, $indices = $line.Split('|')[0, 1]
        $script:Adopted[$object] = $indices
    }
    $answer = Invoke-DryRun @(Get-FileWord $rows)
    $planned = @(if ($answer.ExitCode) { Get-PlannedLine $rows } else { Get-ObjectLine $answer.Output })
    $script:Differing = @(Get-DifferingObject $planned)
    $script:Missing = @([Linq.Enumerable]::Except([string[]]$rows.Object, [string[]]@(Get-LineObject $script:LiveLines)))
}

# What the cluster has of the files. In a namespace that this run has made there is nothing.
function Get-LiveLine {
    param([hashtable[]]$Rows)
    $known = @($Rows | Where-Object { $script:HasNamespace -or -not $_.Namespaced })
    if ($known) { Get-ObjectLine (Read-Cluster 'objects' @(Get-LiveWord $known)) }
}

function Get-LiveWord {
    param([hashtable[]]$Rows)
    @('get') + @(Get-FileWord $Rows) + @('--ignore-not-found', '--output', "go-template=$ObjectsTemplate")
}

# Those lines of a text that describe an object.
function Get-ObjectLine {
    param([string]$Text)
    @($Text -split '\r?\n') -cmatch '^[A-Za-z]*/[^ |]*\|'
}

# The objects of such lines.
function Get-LineObject {
    param([string[]]$Lines)
    $Lines -creplace '\|.*', ''
}

# What an apply would make of files, as lines of ObjectsTemplate.
function Invoke-DryRun {
    param([string[]]$FileWords, [switch]$Force)
    Invoke-PatientKubectl @(Get-DryRunWord $FileWords -Force:$Force)
}

function Get-DryRunWord {
    param([string[]]$FileWords, [switch]$Force)
    $manner = @('--dry-run=server') + @(Get-ForceWord)
    if ($Force) { $manner += '--force-conflicts' }
    $ApplyWords + $manner + $FileWords + @('--output', "go-template=$ObjectsTemplate")
}

function Get-ForceWord {
    if (Test-Option 'force-conflicts') { '--force-conflicts' }
}

# What an apply would change. What a client-side apply has made is one of them, even if nothing but its owner is to change.
function Get-DifferingObject {
    param([string[]]$Planned)
    $lines = [Collections.Generic.HashSet[string]]::new([string[]]$script:LiveLines, [StringComparer]::Ordinal)
    $lines.SymmetricExceptWith($Planned)
    Get-Sorted (@(Get-LineObject @($lines)) + @($script:Adopted.Keys))
}

# Texts in the order of their letters' numbers, each once.
function Get-Sorted {
    param([string[]]$Texts)
    $sorted = [string[]]@($Texts | Select-Object -Unique)
    [Array]::Sort($sorted, [StringComparer]::Ordinal)
    $sorted
}

# Finds which objects the API server refuses, and says why; else gives the lines that a dry run of all would.
function Get-PlannedLine {
    param([hashtable[]]$Rows)
    foreach ($row in $Rows) {
        Update-Lock
        $object = $row.Object
        $words = @(Get-FileWord $row)
        $answer = Invoke-DryRun $words
        if ($answer.ExitCode -and (Test-TakeOver $object $answer)) {
            $isUndone = Test-Undo $answer.Errors
            $answer = Invoke-DryRun $words -Force
            if ($isUndone -and -not $answer.ExitCode) { $script:Undone += $object }
        }
        if (-not $answer.ExitCode) {
            Get-ObjectLine $answer.Output
        }
        elseif ($object -clike 'Job/*' -and $answer.Errors.Contains('field is immutable')) {
            if (-not $script:Outdated.Contains($object)) { $script:Outdated[$object] = 'job_changed' }
            "$object|"
        }
        else {
            if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
            $script:Problems++
            Write-Refusal $object $answer
        }
    }
}

# Whether only a client-side apply, whose fields become ours, or a rollout that was undone stands against an apply.
function Test-TakeOver {
    param([string]$Object, [hashtable]$Answer)
    $owners = @([regex]::Matches($Answer.Errors, 'conflicts? with ("[^"]*" [a-z]* \S*)') | ForEach-Object { $_.Groups[1].Value })
    $others = @($owners | Where-Object { -not (Test-Undo $_) })
    if ($others -and -not $script:Adopted.ContainsKey($Object)) { return $false }
    $owners -and -not ($others | Where-Object { $_ -cnotlike '"kubectl-client-side-apply" *' })
}

# Whether a conflict is with a rollout that was undone, which kubectl does by its bare name.
function Test-Undo {
    param([string]$Owner)
    $Owner.Contains('"kubectl" using apps/')
}

function Write-Refusal {
    param([string]$Object, [hashtable]$Answer)
    $immutable = 'immutable|updates to statefulset spec|may not change once set|can not be less than|' +
        'only dynamically provisioned pvc'
    if ($Answer.Errors -cmatch 'Apply failed with .* conflict') {
        Write-Complaint 'object_conflict' $Object
        $Answer.Errors = ($Answer.Errors -csplit 'Please review the fields', 2)[0]
        Write-Answer $Answer
    }
    elseif ($Answer.Errors -cmatch $immutable) {
        Write-Complaint 'object_immutable' $Object
        Write-Answer $Answer
        $kind, $name = $Object.Split('/')
        switch -CaseSensitive ($kind) {
            'StatefulSet' { Write-Complaint 'immutable_set' $script:Context, $Namespace, $name }
            'PersistentVolumeClaim' { Write-Complaint 'immutable_claim' $name }
            default { Write-Complaint 'immutable_other' $script:Context, $Namespace, $Object }
        }
    }
    else {
        Write-Complaint 'object_refused' $Object
        Write-Answer $Answer
    }
}

# Says what a run would do.
function Write-Preview {
    Write-SecretPreview
    foreach ($object in $script:Differing) {
        Write-Text $(if ($script:Missing -ccontains $object) { 'would_create' } else { 'would_change' }) $object
    }
    foreach ($job in $script:Outdated.Keys) { Write-Text $script:Outdated[$job] $job.Substring(4) }
    Write-Orphan
    Write-Text 'previewed' $script:Differing.Count
}

# Shows the differences of what exists, as the program diff writes them.
function Write-Difference {
    $rows = @(Get-FileRow | Where-Object {
            $isLive = $script:Missing -cnotcontains $_.Object -and -not $script:Outdated.Contains($_.Object)
            $isLive -and $script:Differing -ccontains $_.Object
        })
    if (-not $rows) { return }
    $words = 'diff', '--server-side', '--force-conflicts', '--field-manager', $FieldManager
    $answer = Invoke-PatientKubectl ($words + @(Get-FileWord $rows))
    if ($answer.ExitCode -gt 1) {
        Exit-AfterAnswer $answer 'diff_failed'
    }
    foreach ($line in (Get-AnswerText $answer) -split '\r?\n') { Write-Text 'output' $line }
}

# Sends the new Secrets of a phase, and what differs of its files.
function Send-PhaseFile {
    param([string]$Phase)
    if (-not $script:NewSecrets -and -not $script:Differing -and -not $script:Outdated.Count) { return }
    $rows = @(Get-FileRow $Phase | Where-Object {
            $script:Differing -ccontains $_.Object -or $script:Outdated.Contains($_.Object)
        })
    if (-not $rows -and -not $script:NewSecrets) { return }
    if ($rows -and (Test-Option 'rollback-on-failure')) { Save-Snapshot $rows }
    # Before they are sent: of a call that fails, a part may have been written.
    foreach ($object in $script:NewSecrets) { Add-Change $object }
    foreach ($row in $rows) {
        Add-Change $row.Object
        if (-not $script:Outdated.Contains($row.Object)) { Invoke-TakeOver $row }
        Send-Undone $row
    }
    $script:FactsAreNew = $false
    $words = $ApplyWords + @(Get-ForceWord)
    if ($script:NewSecrets) { $words += '--filename', '-' }
    $answer = Invoke-PatientKubectl ($words + @(Get-FileWord $rows)) -InputText ($script:NewDocuments -join "`n")
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'apply_failed' }
    foreach ($line in (Get-AnswerText $answer) -split '\r?\n') { Write-Text 'output' "  $line" }
}

# Makes the fields ours that an undone rollout has put back.
function Send-Undone {
    param([hashtable]$Row)
    $object = $Row.Object
    if ($script:Undone -cnotcontains $object) { return }
    Write-Text 'undone' $object
    $answer = Invoke-PatientKubectl ($ApplyWords + @('--force-conflicts') + @(Get-FileWord $Row))
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'apply_failed' }
}

# Makes the fields that a client-side apply has written ours, and removes its annotation. When a controller writes meanwhile,
# the entry may get another index.
function Invoke-TakeOver {
    param([hashtable]$Row)
    $object = $Row.Object
    if (-not $script:Adopted.ContainsKey($object)) { return }
    Update-Lock
    Write-Text 'taken_over' $object
    $indices = $script:Adopted[$object]
    $tries = 3
    while ($true) {
        $patch = Get-TakeOverPatch $object @($indices -split ' ')
        $answer = Invoke-PatientKubectl 'patch', $Row.Resource, $Row.Name, '--type', 'json', '--patch', $patch
        if (-not $answer.ExitCode) { break }
        $tries--
        if (-not $tries -or -not $answer.Errors.Contains('request is invalid')) {
            Exit-AfterAnswer $answer 'write_failed' $object
        }
        $indices = "$(Get-LiveLine $Row)".Split('|')[1]
    }
    Remove-AppliedCopy $Row.Resource $Row.Name $object
}

# A JSON patch of the managedFields of an object. Of several entries (one for each version of the API that was applied) the first
# becomes ours, as kubectl does it. They come from the last one on, since those behind a removed one move.
function Get-TakeOverPatch {
    param([string]$Object, [string[]]$Indices)
    $first = $Indices[0]
    [Array]::Reverse($Indices)
    $operations = foreach ($index in $Indices | Where-Object { $_ }) {
        $entry = "/metadata/managedFields/$index"
        '{"op":"test","path":"' + $entry + '/manager","value":"kubectl-client-side-apply"}'
        if ($index -cne $first -or (Test-Own $Object)) {
            '{"op":"remove","path":"' + $entry + '"}'
        }
        else {
            '{"op":"replace","path":"' + $entry + '/manager","value":"' + $FieldManager + '"}'
            '{"op":"replace","path":"' + $entry + '/operation","value":"Apply"}'
        }
    }
    "[$($operations -join ',')]"
}

# Removes the annotation in which a client-side apply keeps a copy of an object.
function Remove-AppliedCopy {
    param([string]$Resource, [string]$Name, [string]$Object)
    $annotation = 'kubectl.kubernetes.io/last-applied-configuration-'
    $answer = Invoke-PatientKubectl 'annotate', $Resource, $Name, '--field-manager', $FieldManager, $annotation
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'write_failed' $Object }
}

# Whether a server-side apply of ours has made the object.
function Test-Own {
    param([string]$Object)
    [bool]($script:LiveLines | Where-Object {
            $name, $null, $rest = $_.Split([char[]]'|', 3)
            $name -ceq $Object -and $rest.StartsWith('own', [StringComparison]::Ordinal)
        })
}

# --- What was deployed ----------------------------------------------------------------------------------------------

# The objects of the inventory and those of this run, each once.
function Get-AllObject {
    $included = @(foreach ($object in $Objects) {
            if (Test-Included $object.Phase) { "$($object.Resource)/$($object.Name)" }
        })
    Get-Sorted ($script:DeployedObjects + $included)
}

function Write-Orphan {
    $orphans = @(Get-Orphan)
    if ($orphans) { Write-Text 'orphans' ($orphans -join ' ') }
}

# Whether nothing but a removal deletes an object (RESOURCE/NAME): what is kept, and an ExternalSecret, with which its Secret would go.
function Test-Spared {
    param([string]$Object)
    (Test-Kept $Object) -or $Object -clike 'ExternalSecret.*'
}

# Deletes the orphans that bear our label, data, Secrets and the namespace excepted; gives those that are dealt with.
function Remove-Orphan {
    $label = 'go-template={{with .metadata.labels}}{{or (index . `app.kubernetes.io/part-of`) ``}}{{end}}'
    foreach ($orphan in @(Get-Orphan)) {
        if (Test-Spared $orphan) {
            Write-Text 'orphan_kept' $orphan
            continue
        }
        $answer = Invoke-PatientKubectl 'get', $orphan, '--ignore-not-found', '--output', $label
        if ($answer.ExitCode -and -not $answer.Errors.Contains("server doesn't have a resource type")) {
            Exit-AfterAnswer $answer 'read_failed' $orphan
        }
        if ($PartOf -and $answer.Output -ceq $PartOf) { Remove-OwnOrphan $orphan }
        else { Write-Text 'orphan_foreign' $orphan }
        $orphan
    }
}

function Remove-OwnOrphan {
    param([string]$Orphan)
    Write-Text 'pruning' $Orphan
    Remove-Resource 'background' $Orphan
    Add-Change $Orphan
}

# --- Rollback -------------------------------------------------------------------------------------------------------

# Keeps what is there of the objects before they are changed, and notes what is not there.
function Save-Snapshot {
    param([hashtable[]]$Rows)
    $live = @()
    foreach ($row in $Rows) {
        $object = $row.Object
        if ($script:Missing -ccontains $object) { $script:Created += "$($row.Resource)/$($row.Name)" }
        elseif ($object -cnotlike 'Job/*' -and -not (Test-Kept $row.Resource)) { $live += $row }
    }
    if (-not $live) { return }
    $json = Read-Cluster 'objects' (@('get') + @(Get-FileWord $live) + @('--show-managed-fields', '--output', 'json'))
    $script:Snapshots += $json -replace '(?m)^ *"resourceVersion": "[0-9]*",\r?\n', ''
}

# Puts back what this run has changed, removes what it has made, but for data, Secrets, what makes them, and the namespace, and waits.
function Restore-System {
    Write-Text 'rolling_back'
    $script:Deadline = (Get-Elapsed) + $script:Timeout
    $script:FactsAreNew = $false
    $script:Freed = @()
    Update-Lock
    # The first replacement makes this script the owner of what it changes, the second one gives the owners back.
    foreach ($snapshot in $script:Snapshots + $script:Snapshots) {
        $answer = Invoke-PatientKubectl 'replace', '--filename', '-' -InputText $snapshot
        if ($answer.ExitCode) {
            Write-Answer $answer
            Write-Complaint 'rollback_failed'
            return
        }
    }
    foreach ($object in $script:Created) {
        if (Test-Spared $object) { continue }
        $answer = Invoke-PatientKubectl 'delete', $object, '--ignore-not-found', '--wait=false'
        if ($answer.ExitCode) { Write-Answer $answer }
    }
    Wait-Workload @($Workloads | Where-Object {
            $name = "$($_.Kind)/$($_.Name)"
            $isOld = $script:Changes -ccontains $name -and $script:Missing -cnotcontains $name
            $isOld -and $_.Kind -cne 'Job'
        })
    Write-Text 'rolled_back'
}
