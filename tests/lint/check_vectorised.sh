#!/bin/sh
# check_vectorised.sh SOURCE_DIR REPORTS: the three steps of every cell model must have become vector code. A compiler that
# gives up on a loop says nothing by itself, and the model is then four to eight times slower. REPORTS is where gcc wrote
# what it vectorised, one file a model.
set -eu
source_dir=$1
reports=$2
failed=0
# copies of parameters, whose loops do not count
copies=$(grep -n 'for (int lane' "$source_dir/kernels/launch_cpu.h" | cut -d: -f1 | tr '\n' '|')
for model in "$source_dir"/src/kinetics/models/*.c; do
  name=$(basename "$model" .c)
  loops=$(grep 'optimized: *loop vectorized' "$reports/$name.txt" | grep -vcE "launch_cpu.h:(${copies%|}):" || true)
  if [ "$loops" -lt 3 ]; then
    echo "$name: $loops of the 3 loops over lanes became vector code"
    failed=1
  fi
done
exit $failed
