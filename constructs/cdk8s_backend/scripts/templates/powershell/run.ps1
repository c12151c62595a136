# --- Run ------------------------------------------------------------------------------------------------------------

# Has the console take UTF-8, and gives the encodings that it had; none where there is no console.
function Enable-Utf8Console {
    $before = @{ Output = [Console]::OutputEncoding; Input = [Console]::InputEncoding }
    $utf8 = [Text.UTF8Encoding]::new($false)
    try {
        Set-ConsoleEncoding @{ Output = $utf8; Input = $utf8 }
        $before
    }
    catch [IO.IOException] { $null }
}

function Set-ConsoleEncoding {
    param([hashtable]$Encodings)
    [Console]::OutputEncoding = $Encodings.Output
    # Windows PowerShell begins what programs read with the mark of this one, if it has one.
    if ($PSVersionTable.PSEdition -cne 'Core') { [Console]::InputEncoding = $Encodings.Input }
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
            Write-Interruption
        }
        & $script:AtExit
    }
}

# An interruption (Ctrl-C) runs `finally` and nothing else.
$encodings = Enable-Utf8Console
try {
    Invoke-Script $Arguments
}
finally {
    if ($encodings) { Set-ConsoleEncoding $encodings }
    if ($null -eq $script:ExitCode) { exit $ExitInterrupted }
}
