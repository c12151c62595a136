# --- Folder ---------------------------------------------------------------------------------------------------------

$script:Folder = ''

# Finds the folder of this script, also when it was called through a symbolic link.
function Initialize-Folder {
    $file = Get-Item -LiteralPath $PSCommandPath -Force
    while ($file.LinkType -eq 'SymbolicLink') {
        $target = @($file.Target)[0]
        if (-not [IO.Path]::IsPathRooted($target)) { $target = Join-Path $file.DirectoryName $target }
        $file = Get-Item -LiteralPath $target -Force
    }
    $script:Folder = $file.DirectoryName
}
