# --- Run ------------------------------------------------------------------------------------------------------------

# Has the console take UTF-8, and gives the encoding that it had; none where there is no console.
function Enable-Utf8Output {
    $before = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = New-Object Text.UTF8Encoding $false
        $before
    }
    catch [IO.IOException] { $null }
}

function Invoke-Script {
    [CmdletBinding()]
    param([string[]]$Arguments)
    $script:Pipeline = $PSCmdlet
    try {
        $words = @(ConvertTo-GnuSpelling $Arguments)
        Initialize-Language $words
        Read-Option $words
        Initialize-Folder
        Invoke-Main
        Exit-Script $ExitDone
    }
    catch {
        Write-ErrorLine ($_ | Out-String)
        Exit-Script $ExitFailed
    }
    finally {
        if ($null -eq $script:ExitCode) {
            $script:Pipeline = $null
            Write-Complaint 'interrupted'
        }
        & $script:AtExit
    }
}

# An interruption (Ctrl-C) runs `finally` and nothing else.
$encoding = Enable-Utf8Output
try {
    Invoke-Script $Arguments
}
finally {
    if ($encoding) { [Console]::OutputEncoding = $encoding }
    if ($null -eq $script:ExitCode) { exit $ExitInterrupted }
}
