# --- Namespace ------------------------------------------------------------------------------------------------------

$InventoryName = 'cdk8s-backend-inventory'

$script:HasNamespace = $false # it was there when the run began; else nothing can be in it
$script:LiveEnvironment = '' # the namespace's label `environment`
$script:DeployedVersion = ''
$script:DeployedHash = ''
$script:DeployedObjects = @() # RESOURCE/NAME

$PlaceQuery = 'get', "namespace/$Namespace", "lease/$LeaseName", "configmap/$InventoryName", '--ignore-not-found',
    '--request-timeout', '8s', '--output', "go-template=$PlaceTemplate"
$PlaceSeconds = 10

# Reads what is there: the namespace, the lock, the inventory. It is the first call of the API.
function Read-Place {
    $answer = Invoke-Kubectl $PlaceQuery -Seconds $PlaceSeconds
    if ($answer.ExitCode) { Exit-ApiAway $answer }
    $script:HasNamespace = $false
    $script:Lease = $null
    $script:DeployedObjects = @()
    foreach ($line in Get-Line $answer.Output) {
        $columns = $line.Split('|')
        switch -CaseSensitive ($columns[0]) {
            'Namespace' {
                if ($columns[2]) { Exit-Failed 'namespace_leaving' $Namespace }
                $script:HasNamespace = $true
                $script:LiveEnvironment = $columns[1]
            }
            'Lease' {
                $script:Lease = @{ Version = $columns[1]; Holder = $columns[2]; Since = $columns[3]; Renewed = $columns[4] }
            }
            'Inventory' {
                $script:DeployedVersion = $columns[1]
                $script:DeployedHash = $columns[2]
            }
            default { $script:DeployedObjects += $line }
        }
    }
}

# Says why the first call failed.
function Exit-ApiAway {
    param([hashtable]$Answer)
    if ($Answer.Errors -cmatch '\(Forbidden\)|Unauthorized|must be logged in') {
        Write-Answer $Answer
        Exit-Failed 'read_failed' "Namespace/$Namespace"
    }
    if ($Answer.Errors -cmatch 'context was not found|context "[^"]*" does not exist') {
        $contexts = Get-Line (Invoke-Program $script:Kubectl 'config', 'get-contexts', '--output', 'name').Output
        Exit-Failed 'context_absent' $script:Context, (@($contexts | ForEach-Object { "$_ " }) -join '')
    }
    Exit-Failed 'api_away' $script:Context, (Get-LastLine $Answer.Errors)
}

# A namespace that bears another environment's name is not to be deployed to by mistake.
function Assert-Environment {
    $given = Get-OptionValue 'environment'
    if ($given -and $given -cne $Environment) { Exit-Usage 'environment_wrong' $given, $Environment }
    if ($script:LiveEnvironment -and $script:LiveEnvironment -cne $Environment -and -not $given) {
        Exit-Failed 'environment_differs' $Namespace, $script:LiveEnvironment, $Environment, $Environment
    }
}
