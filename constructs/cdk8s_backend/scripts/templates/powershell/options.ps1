# --- Options --------------------------------------------------------------------------------------------------------

$script:GivenOptions = @{} # lists of values, by name

# Reads the words of the command line, in GNU spelling, by the table of options.
function Read-Option {
    param([string[]]$Words)
    foreach ($word in $Words) {
        $name, $value = $word -split '=', 2
        if ($name -cnotlike '--*') { Exit-Usage 'argument_unknown' $word }
        $option = Get-Option $name.Substring(2)
        if (-not $option) { Exit-Usage 'option_unknown' $word }
        if ($option.Value) { Assert-Value $option $value }
        elseif ($null -ne $value) { Exit-Usage 'option_takes_no_value' $name }
        if ($option.Name -ceq 'help') {
            Write-Help
            Exit-Script $ExitDone
        }
        $script:GivenOptions[$option.Name] += @("$value")
    }
}

function Get-Option {
    param([string]$Name)
    foreach ($option in $Options) {
        if ($option.Name -ceq $Name) { return $option }
    }
}

# Ends the run when the option cannot have the value.
function Assert-Value {
    param([hashtable]$Option, [string]$Value)
    $name = "--$($Option.Name)"
    if (-not $Value) { Exit-Usage 'option_needs_value' $name }
    if ($Option.Value -ceq 'number' -and $Value -cnotmatch '\A0*[1-9][0-9]{0,8}\z') {
        Exit-Usage 'number_wrong' $name, $Value
    }
    if ($Option.Value -ceq 'choice' -and $Option.Choices -split ' ' -cnotcontains $Value) {
        Exit-Usage 'choice_wrong' $name, $Value, $Option.Choices
    }
}

function Test-Option {
    param([string]$Name)
    $script:GivenOptions.ContainsKey($Name)
}

# Whether the option was given with that value, perhaps among others.
function Test-OptionValue {
    param([string]$Name, [string]$Value)
    $script:GivenOptions[$Name] -ccontains $Value
}

# The last value that was given, or the default.
function Get-OptionValue {
    param([string]$Name, [string]$Default = '')
    if (Test-Option $Name) { $script:GivenOptions[$Name][-1] } else { $Default }
}

# One GNU word for each option: `-Context x`, `-Context:x` and `--context x` become `--context=x`. PowerShell
# has already made two words of `-Context:x` and of `-Yes:$true`.
function ConvertTo-GnuSpelling {
    param([string[]]$Words)
    for ($index = 0; $index -lt $Words.Count; $index++) {
        $option = $null
        $hasValue = $false
        if ($Words[$index] -match '^-([a-z]+)(:?)$') {
            $option = Find-Option $Matches[1]
            $hasValue = $Matches[2] -ne ''
        }
        elseif ($Words[$index] -cmatch '^--([a-z-]+)$') {
            $option = Get-Option $Matches[1]
        }
        if (-not $option) {
            $Words[$index]
        }
        elseif (($option.Value -or $hasValue) -and $index + 1 -lt $Words.Count) {
            $index++
            if ($option.Value) { "--$($option.Name)=$($Words[$index])" }
            elseif ($Words[$index] -eq 'True') { "--$($option.Name)" }
            elseif ($Words[$index] -ne 'False') { "--$($option.Name)=$($Words[$index])" }
        }
        else {
            "--$($option.Name)"
        }
    }
}

# The option that a name in PowerShell's spelling means: in full, or its first letters if no other begins with them.
function Find-Option {
    param([string]$Name)
    if ($Name -eq 'WhatIf') { return Get-Option 'dry-run' }
    $found = @($Options | Where-Object { $_.Name.Replace('-', '') -eq $Name })
    if ($found.Count -eq 0) {
        $found = @($Options | Where-Object { $_.Name.Replace('-', '') -like "$Name*" })
    }
    if ($found.Count -eq 1) { $found[0] }
}

# Prints the options of the table.
function Write-OptionHelp {
    Write-Line (Get-Text 'help_options')
    foreach ($option in $Options) {
        $argument = Select-Language $option.ArgumentKo $option.ArgumentEn
        Write-Line ("  --$($option.Name) $argument".TrimEnd())
        Write-Line "      $(Select-Language $option.HelpKo $option.HelpEn)"
    }
}
