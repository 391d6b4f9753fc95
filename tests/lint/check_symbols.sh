#!/bin/sh
# check_symbols.sh LIBRARY: every symbol that the shared library exports begins with hc_, so that it can be linked beside
# anything else. What the linker itself adds does not count, nor do names that no C program can have (clang's OpenMP).
set -eu
symbols=$(nm -D --defined-only --extern-only "$1" | awk '{print $NF}' | grep -Ev '^(_init|_fini|_edata|_end|__bss_start|[.].*)$')
[ -n "$symbols" ] || { echo "$1 exports nothing"; exit 1; }
if strangers=$(echo "$symbols" | grep -v '^hc_'); then
  echo "exported without the prefix hc_:"
  echo "$strangers"
  exit 1
fi
