# shellcheck shell=bash
# What quickstart.sh and run-tests.sh share. To be sourced with `set -euo pipefail`; sets the working folder to the top
# of the source tree.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
logs=build/logs
mkdir -p "$logs"

say() { printf '\n== %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# quietly NAME COMMAND...: output goes to a log file; its end is shown if the command fails.
quietly() {
  local name=$1 log=$logs/$1.log start=$SECONDS
  shift
  printf '   %-18s %s ' "$name" "$log"
  "$@" >"$log" 2>&1 </dev/null || {
    echo
    tail -n 40 "$log" >&2
    die "$name failed ($*); the whole output is in $log"
  }
  printf '(%d s)\n' $((SECONDS - start))
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root or sudo for: $*"
  fi
}

# install_packages GROUP...: of scripts/packages-debian.txt, those that are not installed yet.
install_packages() {
  local group package absent=()
  command -v dpkg >/dev/null ||
    die "packages are installed for you on Debian and its kin only; see docs/install.md, then use cmake --preset release"
  for group in "$@"; do
    while read -r package; do
      dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed$' || absent+=("$package")
    done < <(awk -v group="$group" '$1 == group {print $2}' scripts/packages-debian.txt)
  done
  if [ ${#absent[@]} = 0 ]; then
    echo "   all packages are installed"
    return
  fi
  echo "   to install: ${absent[*]}"
  quietly apt-update as_root env DEBIAN_FRONTEND=noninteractive apt-get update
  quietly apt-install as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${absent[@]}"
}

# The Python stage in .venv, made anew when what it depends on has changed.
install_python() {
  local stamp
  stamp=.venv/installed-$(sha256sum postprocess/pyproject.toml | cut -c1-16)
  # what tests need includes what the quickstart needs, but not the other way round
  if [ -e "${stamp}[test]" ] || [ -e "${stamp}$1" ]; then
    echo "   .venv is up to date"
    return
  fi
  quietly venv /usr/bin/python3 -m venv --clear .venv
  quietly pip .venv/bin/python -m pip install --disable-pip-version-check --editable "postprocess$1"
  touch "${stamp}$1"
}

# build PRESET
build() {
  quietly "configure-$1" cmake --preset "$1"
  quietly "build-$1" cmake --build --preset "$1"
}

# The mpiexec of this machine as the array `mpiexec`: Open MPI refuses root, and more ranks than cores, unless told.
find_mpiexec() {
  mpiexec=(mpiexec)
  if mpiexec --version 2>&1 | grep -qE 'Open MPI|OpenRTE|PRRTE'; then
    mpiexec+=(--oversubscribe)
    if [ "$(id -u)" = 0 ]; then
      mpiexec+=(--allow-run-as-root)
    fi
  fi
}
