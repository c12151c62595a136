# --- Messages -------------------------------------------------------------------------------------------------------

$ExitDone = 0
$ExitFailed = 1
$ExitUsage = 2
$ExitInterrupted = 130

$script:Language = 'ko'
$script:Json = $false
$script:ExitCode = $null # once an end that is meant has come
$script:AtExit = { }     # what the script does at each of its ends, interruptions too
$script:Pipeline = $null # of Invoke-Script, which all output goes to, also that of functions that return a value
$script:Moving = ''      # the line that is on the terminal and will be replaced

$MessageRows = @{}
foreach ($row in $Messages) { $MessageRows[$row.Key] = $row }

# A text of the catalog in the chosen language, with its arguments in place; the key itself where there is none.
function Get-Text {
    param([string]$Key, [string[]]$Values = @())
    $row = $MessageRows[$Key]
    if ($row) { ((Select-Language $row.Ko $row.En) -f $Values).TrimEnd("`n") } else { $Key }
}

# Prints a text, or with --json the event of that name.
function Write-Text {
    param([string]$Key, [string[]]$Values = @())
    if ($script:Json) { Write-Event 'info' $Key $Values } else { Write-Line (Get-Text $Key $Values) }
}

# The same for what went wrong, without --json on standard error.
function Write-Complaint {
    param([string]$Key, [string[]]$Values = @())
    if ($script:Json) { Write-Event 'error' $Key $Values } else { Write-ErrorLine (Get-Text $Key $Values) }
}

# Prints one line of JSON: time, name, level, text, and the arguments by their names.
function Write-Event {
    param([string]$Level, [string]$Key, [string[]]$Values = @())
    $time = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    $members = @("`"time`":`"$time`"", "`"event`":`"$Key`"", "`"level`":`"$Level`"")
    $members += '"text":' + (ConvertTo-JsonText (Get-Text $Key $Values))
    $index = 0
    foreach ($name in $MessageRows[$Key].Arguments -split ' ' | Where-Object { $_ }) {
        $members += "`"$name`":$(ConvertTo-JsonValue $Values[$index])"
        $index++
    }
    Write-Line ('{' + ($members -join ',') + '}')
}

# A number where the text is one, else a text.
function ConvertTo-JsonValue {
    param([string]$Text)
    if ($Text -cmatch '\A(0|[1-9][0-9]{0,8})\z') { $Text } else { ConvertTo-JsonText $Text }
}

function ConvertTo-JsonText {
    param([string]$Text)
    $escaped = $Text.Replace('\', '\\').Replace('"', '\"').Replace("`n", '\n').Replace("`t", '\t')
    '"' + ($escaped -replace '[\x01-\x1f]', ' ') + '"'
}

# Prints a line, in place of the moving one.
function Write-Line {
    param([string]$Line)
    Clear-Moving
    if ($script:Pipeline) { $script:Pipeline.WriteObject($Line) } else { [Console]::Out.WriteLine($Line) }
}

function Write-ErrorLine {
    param([string]$Line)
    Clear-Moving
    [Console]::Error.WriteLine($Line)
}

# Prints a text as a line that the next one replaces; only on a terminal that can. Its first argument is cut where the line would
# be wider than the terminal, which then could not replace it.
function Write-Moving {
    param([string]$Key, [string[]]$Values)
    $width = if ([Console]::WindowWidth -gt 1) { [Console]::WindowWidth } else { 80 }
    $first, $others = $Values
    $frame = Get-ColumnCount (Get-Text $Key (@('') + $others))
    $script:Moving = Get-Text $Key (@(Get-FittedText $first ($width - 1 - $frame)) + $others)
    [Console]::Out.Write("`r$script:Moving$([char]27)[K")
}

# How many columns of a terminal a text takes, at most: two for each letter that UTF-8 writes in three bytes or more, as it does
# Korean ones.
function Get-ColumnCount {
    param([string]$Text)
    $letters = $Text -creplace '[\uDC00-\uDFFF]', ''
    $letters.Length + ($letters -creplace '[^\u0800-\uFFFF]', '').Length
}

# As much of a text as has room, by the measure of Get-ColumnCount.
function Get-FittedText {
    param([string]$Text, [int]$Columns)
    $end = 0
    for ($at = 0; $at -lt $Text.Length; $at++) {
        if ([char]::IsLowSurrogate($Text[$at])) { continue }
        if ($Columns -ge 2) { $end = $at }
        $Columns -= if ([int]$Text[$at] -ge 0x800) { 2 } else { 1 }
        if ($Columns -lt 0) { return $Text.Substring(0, $end) + '…' }
    }
    $Text
}

function Clear-Moving {
    if ($script:Moving) { [Console]::Out.Write("`r$([char]27)[K") }
    $script:Moving = ''
}

function Test-Moving {
    $isTerminal = $Host.UI.SupportsVirtualTerminal -and -not [Console]::IsOutputRedirected
    $isTerminal -and -not $script:Json -and -not $env:NO_COLOR -and $env:TERM -cne 'dumb'
}

# Every end that is meant comes here; what ends the script otherwise is an interruption.
function Exit-Script {
    param([int]$Code)
    $script:ExitCode = $Code
    exit $Code
}

# Says that there was an interruption, after which the pipeline takes nothing.
function Write-Interruption {
    $script:Pipeline = $null
    Write-Complaint 'interrupted'
}

function Exit-Failed {
    param([string]$Key, [string[]]$Values = @())
    Write-Complaint $Key $Values
    Exit-Script $ExitFailed
}

function Exit-Usage {
    param([string]$Key, [string[]]$Values = @())
    Write-Complaint $Key $Values
    Write-Complaint 'see_help'
    Exit-Script $ExitUsage
}

function Select-Language {
    param([string]$Korean, [string]$English)
    if ($script:Language -eq 'ko') { $Korean } else { $English }
}

function Get-Title {
    Select-Language $TitleKo $TitleEn
}

# By --lang, else by the variables of the locale, else by the language that Windows displays.
function Initialize-Language {
    param([string[]]$Words)
    $locales = $env:LC_ALL, $env:LC_MESSAGES, $env:LANG, [Globalization.CultureInfo]::CurrentUICulture.Name
    $locale = $locales | Where-Object { $_ } | Select-Object -First 1
    $script:Language = if ("$locale" -cmatch '^(ko.*|C|C\..*|POSIX|)$') { 'ko' } else { 'en' }
    foreach ($word in $Words) {
        if ($word -cmatch '^--lang=(ko|en)$') { $script:Language = $Matches[1] }
        if ($word -ceq '--json') { $script:Json = $true }
    }
}
