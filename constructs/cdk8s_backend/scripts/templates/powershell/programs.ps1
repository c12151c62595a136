# --- Programs -------------------------------------------------------------------------------------------------------
# PowerShell's own way to run a program has no time limit, and its quoting, encodings and treatment of errors differ
# between Windows PowerShell 5.1 and PowerShell 7.

$script:HiddenVariables = @() # variables of the environment that no program gets
$script:AddedVariables = @{} # and those that each gets beside

# On Windows each output that is being read keeps a thread of the pool, which by itself gets new ones slowly.
[void][Threading.ThreadPool]::SetMinThreads(32, 32)

# The path of a program; nothing where PATH has none.
function Find-Program {
    param([string]$Name)
    $found = Get-Command $Name -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($found) { $found.Path }
}

# Starts a program whose output and errors are read from the process that is returned.
function Start-Program {
    param([string]$Path, [string[]]$Words, [switch]$WithInput)
    $start = [Diagnostics.ProcessStartInfo]::new($Path, (ConvertTo-CommandLine $Words))
    $start.WorkingDirectory = (Get-Location -PSProvider FileSystem).ProviderPath
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $WithInput
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [Text.Encoding]::UTF8
    $start.StandardErrorEncoding = [Text.Encoding]::UTF8
    foreach ($variable in $script:HiddenVariables) { $start.EnvironmentVariables.Remove($variable) }
    foreach ($variable in $script:AddedVariables.Keys) { $start.EnvironmentVariables[$variable] = $script:AddedVariables[$variable] }
    [Diagnostics.Process]::Start($start)
}

# Runs a program and gives its exit code, output and errors.
function Invoke-Program {
    param([string]$Path, [string[]]$Words, [string]$InputText = '', [int]$Seconds = 60)
    Complete-Call (Start-Call $Path $Words -WithInput:($InputText -ne '')) -InputText $InputText -Seconds $Seconds
}

# Starts a program, of which Complete-Call gives what Invoke-Program does.
function Start-Call {
    param([string]$Path, [string[]]$Words, [switch]$WithInput)
    $process = Start-Program $Path $Words -WithInput:$WithInput
    @{ Process = $process; Output = $process.StandardOutput.ReadToEndAsync(); Errors = $process.StandardError.ReadToEndAsync() }
}

function Complete-Call {
    param([hashtable]$Call, [string]$InputText = '', [int]$Seconds = 60)
    $process, $output, $errors = $Call.Process, $Call.Output, $Call.Errors
    try {
        if ($InputText) { Send-Text $process.StandardInput $InputText }
        $clock = [Diagnostics.Stopwatch]::StartNew()
        # Short waits, because an interruption takes effect only between them.
        while (-not $process.WaitForExit(100) -and $clock.Elapsed.TotalSeconds -lt $Seconds) { }
    }
    finally {
        Stop-Program $process
    }
    $process.WaitForExit()
    # A program that this one started may still hold the output open: that is not awaited, and is a failure.
    if ([Threading.Tasks.Task]::WaitAll(@($output, $errors), 2000)) {
        @{ ExitCode = $process.ExitCode; Output = $output.Result.TrimEnd(); Errors = $errors.Result.TrimEnd() }
    }
    else {
        @{ ExitCode = $ExitFailed; Output = ''; Errors = '' }
    }
}

# Ends a program and those that it started.
function Stop-Program {
    param([Diagnostics.Process]$Process)
    if ($Process.HasExited) { return }
    if ($PSVersionTable.PSEdition -ceq 'Core') { $Process.Kill($true) }
    else { (Start-Program 'taskkill' '/t', '/f', '/pid', $Process.Id).WaitForExit() }
}

# Writes all that a program is to read, in UTF-8. What ends before it has read that says why by its exit code.
function Send-Text {
    param([IO.StreamWriter]$Writer, [string]$Text)
    $bytes = [Text.Encoding]::UTF8.GetBytes($Text)
    try {
        $Writer.BaseStream.Write($bytes, 0, $bytes.Length)
        $Writer.Close()
    }
    catch [IO.IOException] { Write-Verbose $_.Exception.Message }
}

# Quotes arguments as programs on Windows read them, which .NET undoes on other systems.
function ConvertTo-CommandLine {
    param([string[]]$Words)
    $Words -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1' -replace '(?s)\A.*\z', '"$0"' -join ' '
}

# The lines of a text that are not empty.
function Get-Line {
    param([string]$Text)
    $Text -split '\r?\n' -cne ''
}

function Get-LastLine {
    param([string]$Text)
    Get-Line $Text | Where-Object { $_.Trim() } | Select-Object -Last 1
}
