# --- Folder ---------------------------------------------------------------------------------------------------------

folder=''

# The folder of this script, also when it was called through a symbolic link.
find_folder() {
  local path=${BASH_SOURCE[0]} target
  while [[ -L ${path} ]]; do
    target=$(readlink "${path}")
    [[ ${target} == /* ]] || target=$(dirname "${path}")/${target}
    path=${target}
  done
  folder=$(CDPATH='' cd -P "$(dirname "${path}")" && pwd)
}
