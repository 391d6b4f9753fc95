#!/bin/sh
# over_tracked.sh PATTERN... -- COMMAND...: run the command on the files that git tracks and that match; fail if none do.
set -eu
patterns=
while [ "$1" != -- ]; do
  patterns="$patterns $1"
  shift
done
shift
set -f
# shellcheck disable=SC2086
files=$(git ls-files -- $patterns)
[ -n "$files" ] || { echo "git tracks nothing that matches$patterns"; exit 1; }
# shellcheck disable=SC2086
exec "$@" $files
