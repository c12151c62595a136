# --- Inventory ------------------------------------------------------------------------------------------------------

# Says in the cluster what is deployed, if it does not say so already.
function Write-Inventory {
    param([string[]]$Names, [string]$Release, [string]$Hash)
    $said = @($script:DeployedObjects) + $script:DeployedVersion + $script:DeployedHash -join "`n"
    if ((@($Names) + $Release + $Hash -join "`n") -ceq $said) { return }
    $texts = '"objects":' + (ConvertTo-JsonText ($Names -join "`n")) + ',"version":' + (ConvertTo-JsonText $Release)
    $document = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"' + $InventoryName + '"},"data":{' + $texts +
        ',"hash":"' + $Hash + '"}}'
    $answer = Invoke-PatientKubectl ($ApplyWords + @('--force-conflicts', '--filename', '-')) -InputText $document
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'write_failed' "ConfigMap/$InventoryName" }
    $script:DeployedObjects = @($Names)
    $script:DeployedVersion = $Release
    $script:DeployedHash = $Hash
}

# What was deployed and is no longer in the plan, phases with an option included.
function Get-Orphan {
    $known = @(foreach ($object in $Objects) { "$($object.Resource)/$($object.Name)" })
    $script:DeployedObjects | Where-Object { $known -cnotcontains $_ }
}

# Whether an object (RESOURCE/NAME) is deleted only when it is asked for by name: data, Secrets, the namespace.
function Test-Kept {
    param([string]$Object)
    $Object -cmatch '^(Namespace|PersistentVolumeClaim|Secret)\.'
}
