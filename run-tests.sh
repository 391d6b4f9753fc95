#!/usr/bin/env bash
# ./run-tests.sh [--full]: on a bare Debian 12 (root or sudo) install what the tests need, build with gcc, with clang and
# with sanitizers, and run all tests and style checks; --full adds the long ones. Closes with the sum over all of them,
# "N passed, N failed", and exit code 0 only if none failed.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "$0")/scripts/common.sh"
preset=ci
case "${1:-}" in
"") ;;
--full) preset=full ;;
*) die "knows --full only, not $1" ;;
esac
cores=$(nproc)

# run_tests BUILD_PRESET TEST_PRESET: tests are shown as they run; the counts go to build/logs.
failed_presets=()
run_tests() {
  ctest --preset "$2" -j "$cores" --output-junit "$PWD/$logs/tests-$1.xml" || failed_presets+=("$1")
}

# count ATTRIBUTE: its sum over the test runs, from ctest's own reports.
count() {
  awk -F '"' -v key="$1=" 'FNR < 10 && index($1, key) {n += $2} END {print n + 0}' "$logs"/tests-*.xml
}

say "Packages"
install_packages run test

say "Python stage"
install_python "[test]"

say "Build with gcc, clang, and sanitizers"
build ci
build clang
build debug

say "Tests with sanitizers"
rm -f "$logs"/tests-*.xml
run_tests debug debug
say "Tests with clang"
run_tests clang clang
say "Tests with gcc, and style"
run_tests ci "$preset"

failed=$(count failures)
left_out=$(($(count disabled) + $(count skipped)))
passed=$(($(count tests) - failed - left_out))
[ "$left_out" = 0 ] || echo "$left_out tests were left out (disabled or skipped)"
[ ${#failed_presets[@]} = 0 ] || echo "failures in: ${failed_presets[*]}"
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ ${#failed_presets[@]} = 0 ] && [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
