#!/bin/sh
# check_vectorised.sh SOURCE_DIR GCC OPTIONS...: both steps of every cell model must become vector code. A compiler that
# gives up on a loop says nothing by itself, and the model is then four to eight times slower.
set -eu
source_dir=$1
compiler=$2
shift 2
failed=0
# copies of parameters, whose loops do not count
copies=$(grep -n 'for (int lane' "$source_dir/kernels/launch_cpu.h" | cut -d: -f1 | tr '\n' '|')
for model in "$source_dir"/src/kinetics/models/*.c; do
  report=$("$compiler" -D_GNU_SOURCE -std=gnu11 -I"$source_dir/kernels" "$@" -fopt-info-vec-optimized -c "$model" \
    -o /dev/null 2>&1)
  loops=$(echo "$report" | grep 'optimized: loop vectorized' | grep -vcE "launch_cpu.h:(${copies%|}):" || true)
  if [ "$loops" -lt 2 ]; then
    echo "$(basename "$model"): $loops of the 2 loops over lanes became vector code"
    failed=1
  fi
done
exit $failed
