# --- Removal --------------------------------------------------------------------------------------------------------

# Deletes what is there of some objects (RESOURCE/NAME), and waits until it is gone.
function Remove-Resource {
    param([string]$Cascade, [string[]]$Names)
    $answer = Invoke-PatientKubectl (@('delete') + $Names + @('--ignore-not-found', "--cascade=$Cascade", '--wait=false'))
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'delete_failed' ($Names -join ' ') }
    Wait-UntilGone $Names
}

function Wait-UntilGone {
    param([string[]]$Names)
    $began = Get-Elapsed
    $saidAt = $began
    while ($true) {
        $left = Read-Cluster ($Names -join ' ') (@('get') + $Names + @('--ignore-not-found', '--output', 'name'))
        if (-not $left) { return }
        Update-Lock
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        if ((Get-Elapsed) - $saidAt -ge 10) {
            $saidAt = Get-Elapsed
            Write-Text 'leaving' (@(Get-Line $left) -join ' '), ($saidAt - $began)
        }
        Start-Sleep -Seconds 1
    }
}
