#!/bin/sh
# run_tidy.sh CLANG_TIDY BUILD_DIR FILE...: clang-tidy with the commands of a gcc build, without the options that clang does
# not know.
set -eu
tidy=$1
build=$2
shift 2
commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
sed -e 's/ -fopt-info[^ "]*//g' -e 's/ -fno-thread-jumps//g' -e 's/ --param=max-combine-insns=2//g' "$build/compile_commands.json" > "$commands/compile_commands.json"
"$tidy" -p "$commands" --quiet "$@"
