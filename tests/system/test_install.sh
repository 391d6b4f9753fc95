#!/bin/sh
# test_install.sh BUILD_DIR CC VERSION: install to a temporary prefix and use what stands there as an outside project.
set -eu
build=$1 cc=$2 version=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
  echo "test_install: $*" >&2
  exit 1
}

# The outside program must give this version, the digest of a file, and exit code 2 for a file that is not there.
try() {
  printf abc >"$work/abc"
  "$1" "$work/abc" >"$work/out" || fail "$1 failed"
  printf '%s\n%s\n' "$version" ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad >"$work/expected"
  diff "$work/expected" "$work/out" || fail "$1 printed something else"
  status=0
  "$1" "$work/absent" >"$work/out" || status=$?
  [ "$status" = 2 ] || fail "$1 left with $status for a file that is not there"
}

cmake --install "$build" --prefix "$prefix" >/dev/null
libdir=$(dirname "$(find "$prefix" -name libhealthcast.so)")

# Every public header stands on its own.
export PKG_CONFIG_PATH="$libdir/pkgconfig:${PKG_CONFIG_PATH:-}"
[ "$(pkg-config --modversion healthcast)" = "$version" ] || fail "pkg-config names another version"
for header in "$prefix"/include/healthcast/*.h; do
  echo "#include <healthcast/$(basename "$header")>" >"$work/header.c"
  # shellcheck disable=SC2046
  $cc -std=gnu11 -Wall -Werror -fsyntax-only $(pkg-config --cflags healthcast) "$work/header.c" ||
    fail "$(basename "$header") does not compile alone"
done

# shellcheck disable=SC2046
$cc -std=gnu11 "$here/outside/outside.c" -o "$work/by_pkgconfig" $(pkg-config --cflags --libs healthcast) \
  "-Wl,-rpath,$libdir"
try "$work/by_pkgconfig"

cmake -G Ninja -S "$here/outside" -B "$work/build" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" -DWANTED="$version" \
  >"$work/log" 2>&1 || { cat "$work/log"; fail "find_package(healthcast) failed"; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; fail "the outside project does not build"; }
try "$work/build/outside"

# The program finds its library where it was installed.
"$prefix/bin/healthcast" --version | grep -q "$version" || fail "the installed program does not give its version"
[ -e "$prefix/share/healthcast/inputs/niederer.yaml" ] || fail "the inputs are not installed"
