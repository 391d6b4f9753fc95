#!/bin/sh
# run_cppcheck.sh CPPCHECK FILE...: from the top of the source tree, with the headers of all modules.
set -eu
cppcheck=$1
shift
files=$*
set --
for module in src/*/; do
  set -- "$@" -I "$module"
done
# Kernels are looked at as C only: as OpenCL and CUDA, whose compilers it does not know, it would take minutes.
# Left out: `s[i] && i < n` is as good as its mirror image, and an outer test of a code does not see that the code is
# reset before the inner one.
# shellcheck disable=SC2086
exec "$cppcheck" --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
  --suppress=missingInclude --suppress=arrayIndexThenCheck --suppress=identicalInnerCondition \
  -U__OPENCL_VERSION__ -U__CUDACC__ -U__CUDACC_RTC__ --include=tests/lint/petsc_for_cppcheck.h "$@" -I kernels $files
