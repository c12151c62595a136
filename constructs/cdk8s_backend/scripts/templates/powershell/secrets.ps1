# --- Secrets --------------------------------------------------------------------------------------------------------
# Values stay in variables of this script, in base64, and leave it through pipes to kubectl only: never in an argument of a
# program, in a file, in a message, or as the input of a cmdlet (which PowerShell may log). The environment that programs
# inherit has none of them.

$script:KeyStates = @()   # a row for each key: what the environment gives, what the cluster has, what is to be written
$script:Existing = @()    # names of the Secrets that the cluster has
$script:Annotated = @()   # those of which a client-side apply has left a copy in an annotation
$script:Bound = @()       # names of the Secrets whose values live in a claim that exists
$script:NewSecrets = @()  # Secrets that the phase makes, as Secret/NAME
$script:NewDocuments = @() # their documents, with the values
$script:SecretTimes = @{} # when each Secret's data changed last, by name; `now` when this run does that

function ConvertTo-Base64 {
    param([string]$Text)
    [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text))
}

# 40 letters and digits, each as likely as any other.
function Get-RandomText {
    $letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    $text = [Text.StringBuilder]::new()
    $bytes = [byte[]]::new(64)
    $generator = [Security.Cryptography.RandomNumberGenerator]::Create()
    while ($text.Length -lt 40) {
        $generator.GetBytes($bytes)
        foreach ($byte in $bytes) {
            if ($byte -lt 4 * $letters.Length -and $text.Length -lt 40) {
                [void]$text.Append($letters[$byte % $letters.Length])
            }
        }
    }
    $text.ToString()
}

# Takes the values that the environment gives, and keeps them from the programs that this script starts.
function Read-GivenValue {
    $script:HiddenVariables = @($SecretKeys | ForEach-Object { $_.Variable })
    $script:KeyStates = @(foreach ($key in $SecretKeys) {
            @{
                Secret = $key.Secret
                Key = $key.Key
                Variable = $key.Variable
                Default = $key.Default
                Given = ConvertTo-Base64 ([Environment]::GetEnvironmentVariable($key.Variable))
                Found = ''
                ToWrite = ''
            }
        })
}

# Reads the live Secrets and decides, before anything is written, what each key gets.
function Initialize-Secret {
    $script:Bound = @($SecretClaims | Where-Object { Get-Fact "Claim/$($_.Claim)" } | ForEach-Object { $_.Secret })
    if (-not $Secrets) { return }
    if ($script:HasNamespace) { Read-LiveSecret }
    $isSound = Test-Rotation
    foreach ($state in $script:KeyStates) {
        if (-not (Test-Key $state)) { $isSound = $false }
    }
    if (-not $isSound) { Exit-Failed 'secrets_stop' }
    foreach ($state in $script:KeyStates) {
        if (Test-Written $state.Secret) { Select-Value $state }
    }
}

# Whether a Secret's step belongs to this run; of others nothing is written.
function Test-Written {
    param([string]$Secret)
    foreach ($row in $Secrets) {
        if ($row.Name -ceq $Secret) { return Test-Included $row.Phase }
    }
    $false
}

function Get-SecretWord {
    'get'
    foreach ($secret in $Secrets) { "secret/$($secret.Name)" }
    '--ignore-not-found', '--output', "go-template=$SecretsTemplate"
}

function Read-LiveSecret {
    $answer = Invoke-PatientKubectl @(Get-SecretWord)
    if ($answer.ExitCode) {
        $answer.Output = '' # it may have printed Secrets before it failed, with their values
        Exit-AfterAnswer $answer 'read_failed' 'Secrets'
    }
    $name = ''
    foreach ($line in $answer.Output -split '\r?\n') {
        if ($line.StartsWith('Secret|', [StringComparison]::Ordinal)) {
            $null, $name, $times, $copy = $line.Split('|')
            $script:Existing += $name
            if ($copy) { $script:Annotated += $name }
            $script:SecretTimes[$name] = Get-Newest $times.Split(' ')
            continue
        }
        $key, $value = $line.Split([char[]]' ', 2)
        foreach ($state in $script:KeyStates) {
            if ($state.Secret -ceq $name -and $state.Key -ceq $key) { $state.Found = "$value" }
        }
    }
}

# The last of some times of the API server, whose order is that of their letters.
function Get-Newest {
    param([string[]]$Times)
    $newest = ''
    foreach ($time in $Times) {
        if ([string]::CompareOrdinal($time, $newest) -gt 0) { $newest = $time }
    }
    $newest
}

# Whether the live value is the text of the template, which someone applied as it is.
function Test-Placeholder {
    param([hashtable]$State)
    $State.Found -ceq (ConvertTo-Base64 "`${$($State.Variable)}")
}

# Whether the cluster has a real value.
function Test-Value {
    param([hashtable]$State)
    $State.Found -and -not (Test-Placeholder $State)
}

# Whether the key gets another value in this run; a default, which is no secret, only when it is given.
function Test-Rotated {
    param([hashtable]$State)
    if ($State.Default -and -not $State.Given) { return $false }
    foreach ($other in $script:KeyStates) {
        if ($other.Variable -ceq $State.Variable -and (Test-OptionValue 'rotate' $other.Secret)) { return $true }
    }
    $false
}

# A Secret of a step that is left out cannot be rotated.
function Assert-RotatedStep {
    foreach ($secret in $Secrets) {
        if ((Test-Included $secret.Phase) -or -not (Test-RotatedKey $secret.Name)) { continue }
        Exit-Usage 'rotate_left_out' $secret.Name, $secret.Phase, (Get-PhaseOption $secret.Phase)
    }
}

# Whether a Secret is to be rotated, or a key of it along with that of another Secret.
function Test-RotatedKey {
    param([string]$Secret)
    if (Test-OptionValue 'rotate' $Secret) { return $true }
    [bool]($script:KeyStates | Where-Object { $_.Secret -ceq $Secret -and (Test-Rotated $_) })
}

# Whether no Secret is to be rotated whose value lives in data, which does not change with the Secret; complains if one is.
function Test-Rotation {
    $isSound = $true
    foreach ($secret in $Secrets) {
        if ((Test-OptionValue 'rotate' $secret.Name) -and $script:Bound -ccontains $secret.Name) {
            $claims = Get-ClaimText $secret.Name
            Write-Complaint 'secret_rotate_bound' $secret.Name, $claims, $script:Context, $Namespace
            $isSound = $false
        }
    }
    $isSound
}

# Whether the key can be kept or given a value; complains if not.
function Test-Key {
    param([hashtable]$State)
    if (Test-Value $State) {
        if (-not $State.Given -or $State.Given -ceq $State.Found -or (Test-Rotated $State)) { return $true }
        Write-Complaint 'secret_differs' $State.Secret, $State.Key, $State.Variable, $State.Secret
        return $false
    }
    if ($script:Bound -cnotcontains $State.Secret) { return $true }
    if ($State.Found) {
        Write-Complaint 'secret_placeholder' $State.Secret, $State.Key, "`${$($State.Variable)}"
        return $false
    }
    if ($State.Given) { return $true }
    Write-Complaint 'secret_lost' $State.Secret, $State.Key, (Get-ClaimText $State.Secret), $State.Variable
    $false
}

function Get-ClaimText {
    param([string]$Secret)
    @($SecretClaims | Where-Object { $_.Secret -ceq $Secret } | ForEach-Object { $_.Claim }) -join ' '
}

# What is to be written to the cluster for a key: the given value, that of another key with the same variable, the default,
# or a random one. Nothing for a key that keeps its value.
function Select-Value {
    param([hashtable]$State)
    $isRotated = Test-Rotated $State
    if ((Test-Value $State) -and -not $isRotated) { return }
    $value = $State.Given
    foreach ($other in $script:KeyStates) {
        if ($value) { break }
        if ([object]::ReferenceEquals($other, $State) -or $other.Variable -cne $State.Variable) { continue }
        $value = if ((Test-Value $other) -and -not $isRotated) { $other.Found } else { $other.ToWrite }
    }
    if (-not $value) { $value = ConvertTo-Base64 $State.Default }
    if (-not $value) { $value = ConvertTo-Base64 (Get-RandomText) }
    $State.ToWrite = $value
    $script:SecretTimes[$State.Secret] = 'now'
}

function Get-StateToWrite {
    param([string]$Secret)
    foreach ($state in $script:KeyStates) {
        if ($state.Secret -ceq $Secret -and $state.ToWrite) { $state }
    }
}

# Says which Secrets a run would write.
function Write-SecretPreview {
    foreach ($secret in $Secrets) {
        if (Test-Included $secret.Phase) { Write-SecretPlan $secret.Name }
    }
}

# Says which keys of a Secret a run writes; nothing where it writes none.
function Write-SecretPlan {
    param([string]$Secret)
    $keys = @(Get-StateToWrite $Secret | ForEach-Object { $_.Key }) -join ' '
    if ($script:Existing -cnotcontains $Secret) { Write-Text 'secret_create' $Secret, $keys }
    elseif ($keys) { Write-Text 'secret_write' $Secret, $keys }
}

# Tries what is to be written to Secrets, each by itself; says which the API server refuses, and counts them as problems.
function Test-SecretToWrite {
    foreach ($secret in $Secrets) {
        if (-not (Test-Included $secret.Phase)) { continue }
        $states = @(Get-StateToWrite $secret.Name)
        if ($script:Existing -cnotcontains $secret.Name) {
            Update-Lock
            $words = $ApplyWords + @('--dry-run=server', '--filename', '-')
            $answer = Invoke-PatientKubectl $words -InputText (Get-SecretDocument $secret.Object $states)
        }
        elseif ($states) {
            Update-Lock
            $answer = Invoke-KeyChange $secret.Name $states -DryRun
        }
        else {
            continue
        }
        if (-not $answer.ExitCode) { continue }
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        $script:Problems++
        Write-Complaint 'object_refused' "Secret/$($secret.Name)"
        Write-Answer $answer
    }
}

# Writes keys to Secrets of a phase that exist; those that do not are for Send-PhaseFile, which sends them before the files.
function Send-PhaseSecret {
    param([string]$Phase)
    $script:NewSecrets = @()
    $script:NewDocuments = @()
    foreach ($secret in $Secrets) {
        if ($secret.Phase -cne $Phase) { continue }
        Write-SecretPlan $secret.Name
        $states = @(Get-StateToWrite $secret.Name)
        if ($script:Existing -cnotcontains $secret.Name) {
            $script:NewSecrets += "Secret/$($secret.Name)"
            $script:NewDocuments += Get-SecretDocument $secret.Object $states
        }
        elseif ($states) {
            $answer = Invoke-KeyChange $secret.Name $states
            if ($answer.ExitCode) { Exit-AfterAnswer $answer 'write_failed' "Secret/$($secret.Name)" }
            Add-Change "Secret/$($secret.Name)"
        }
        if ($script:Annotated -ccontains $secret.Name) { Remove-SecretCopy $secret.Name }
    }
}

# Writes keys of a live Secret. kubectl takes a merge patch from an argument or a file only, and Windows has no file that
# stands for standard input. So the keys are applied, under a field manager of their own, since apply takes away what
# its manager owns and does not send again. A key that someone else wrote in the meantime is a conflict, and ends the
# run; a value that is there already is to be replaced.
function Invoke-KeyChange {
    param([string]$Name, [hashtable[]]$States, [switch]$DryRun)
    $document = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"' + $Name + '"}}'
    $words = $ServerSideApply + @('--field-manager', "$FieldManager-$([Guid]::NewGuid())")
    if ($States | Where-Object { $_.Found }) { $words += '--force-conflicts' }
    if ($DryRun) { $words += '--dry-run=server' }
    Invoke-PatientKubectl ($words + @('--filename', '-')) -InputText (Get-SecretDocument $document $States)
}

# A Secret's document with the values that are to be written.
function Get-SecretDocument {
    param([string]$Document, [hashtable[]]$States)
    $entries = @(foreach ($state in $States) { '"' + $state.Key + '":"' + $state.ToWrite + '"' })
    $Document -replace '\}\z', (',"data":{' + ($entries -join ',') + '}}')
}

# Removes the annotation in which a client-side apply keeps a copy of all values.
function Remove-SecretCopy {
    param([string]$Name)
    Write-Text 'copy_removed' $Name
    Remove-AppliedCopy 'secret' $Name "Secret/$Name"
}
