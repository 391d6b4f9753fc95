#!/usr/bin/env bash
#SBATCH --job-name=healthcast-gpu
#SBATCH --nodes=1
#SBATCH --ntasks=2
#SBATCH --cpus-per-task=4
#SBATCH --gpus=1
#SBATCH --time=01:00:00
#SBATCH --output=gpu-selftest-%j.log
#
# jobscripts/gpu-selftest.sh [--backend cuda|opencl] [--build FOLDER] [--report FILE] [--quick]: everything that can be
# tried of healthcast on a machine with a GPU, and one report of it to send back. Nothing is changed outside of the build
# folder and of results/gpu-selftest.
#
# As a batch job: change the lines #SBATCH above to your cluster's (partition, account; --gres=gpu:1 where --gpus is not
# known), load modules for a compiler, MPI, PETSc, HDF5, METIS and CUDA before or below, and `sbatch` this file from the
# top of the source tree. Two tasks, because ranks that share a GPU are tried too. Without Slurm: run it there.
#
# --build FOLDER  a build that is there (default build/release, which is made if it is missing)
# --quick         small meshes and short runs: for tests of this script
set -uo pipefail

cd "${SLURM_SUBMIT_DIR:-$(dirname "${BASH_SOURCE[0]}")/..}" || exit 1
# shellcheck source=scripts/common.sh
source scripts/common.sh
backend=cuda build=build/release quick=false report=
while [ $# -gt 0 ]; do
  case $1 in
  --backend) backend=${2:?} && shift ;;
  --build) build=${2:?} && shift ;;
  --report) report=${2:?} && shift ;;
  --quick) quick=true ;;
  *) die "knows --backend, --build, --report and --quick, not $1" ;;
  esac
  shift
done
work=results/gpu-selftest
report=${report:-$work/report.md}
python=$([ -x .venv/bin/python ] && echo .venv/bin/python || echo "${HC_PYTHON:-python3}")
mkdir -p "$work" "$(dirname "$report")"
: >"$report"
names=() verdicts=() took=()

put() { printf '%s\n' "$@" >>"$report"; }

# section TITLE
section() {
  say "$1"
  put "" "## $1" ""
}

# try NAME SECONDS COMMAND...: run it for at most so long; its output's end goes to the report, all of it to a file.
try() {
  local name=$1 limit=$2 log code start=$SECONDS verdict
  log=$work/${name//[^a-zA-Z0-9._-]/-}.log
  shift 2
  timeout --kill-after=30 "$limit" "$@" >"$log" 2>&1 </dev/null
  code=$?
  case $code in
  0) verdict=passed ;;
  77) verdict=skipped ;;
  124 | 137) verdict="FAILED (stopped after $limit s)" ;;
  *) verdict="FAILED (exit code $code)" ;;
  esac
  names+=("$name") verdicts+=("$verdict") took+=($((SECONDS - start)))
  printf '   %-44s %s (%d s)\n' "$name" "$verdict" $((SECONDS - start))
  put "**$name**: $verdict, $((SECONDS - start)) s: \`$*\`" '```'
  tail -n 40 "$log" | cut -c 1-400 >>"$report"
  put '```' ""
  return $code
}

# leave_out NAME WHY
leave_out() {
  names+=("$1") verdicts+=("skipped: $2") took+=(0)
  printf '   %-44s skipped: %s\n' "$1" "$2"
  put "**$1**: skipped: $2" ""
}

# show TITLE COMMAND...: what it says, if it is there.
show() {
  local title=$1
  shift
  put "**$title**" '```'
  if command -v "$1" >/dev/null; then
    timeout 60 "$@" 2>&1 </dev/null | head -n 60 | cut -c 1-300 >>"$report"
  else
    put "no $1 here"
  fi
  put '```' ""
}

# ---- The machine

machine() {
  section "Machine"
  show "System" uname -a
  show "Processor" lscpu
  show "GPUs" nvidia-smi
  show "GPUs, for the record" nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,ecc.mode.current,compute_mode,mig.mode.current --format=csv
  show "How they are connected" nvidia-smi topo -m
  show "nvcc" nvcc --version
  show "MPI" mpiexec --version
  show "Open MPI and CUDA" ompi_info --parsable --param mpi all
  show "OpenCL" clinfo -l
  show "Source" git log -1 --format=%H
  env | grep -E '^(CUDA_|HEALTHCAST_|OMPI_|UCX_|MPICH_|SLURM_(JOB_ID|NTASKS|GPUS))' | sort >>"$report"
}

build_all() {
  section "Build"
  if [ ! -e "$build/build.ninja" ]; then
    try configure 600 cmake --preset release -B "$build" || return 1
  fi
  mapfile -t programs < <(grep -rhoE 'hc_test\(\w+ .*BACKENDS[^)]*' tests --include=*.cmake | grep -w "$backend" |
    sed 's/hc_test(\(\w*\).*/\1/' | sort -u)
  try build 3600 cmake --build "$build" --target healthcast bench_device "${programs[@]}" || return 1
  healthcast=$PWD/$build/healthcast
  [ "${build:0:1}" != / ] || healthcast=$build/healthcast
  show "healthcast" "$healthcast" --version
  try devices 120 "$healthcast" devices
}

# ---- Is it right?

unit_tests() {
  local name program ranks
  section "Kernels and device module on $backend"
  for name in "${programs[@]}"; do
    program=$(find "$build/tests" -type f -name "$name" -perm -u+x | head -n 1)
    for ranks in 1 2; do
      try "$name, $ranks ranks" 900 "${mpiexec[@]}" -n $ranks env HC_TEST_BACKEND="$backend" \
        HC_SOURCE_DIR="$PWD" HC_BINARY_DIR="$build" "$program"
    done
  done
}

# twin NAME MILLIVOLTS CASE ARGUMENTS...: on the CPU (two ranks) and on the device, one rank and two, and compared.
twin() {
  local name=$1 limit=$2 case=$3 ranks
  shift 3
  try "$name, cpu" 7200 "${mpiexec[@]}" -n 2 "$healthcast" run "$case" "$@" --quiet --overwrite \
    --output "$work/$name-cpu" || return
  for ranks in 1 2; do
    try "$name, $backend, $ranks ranks" 3600 "${mpiexec[@]}" -n $ranks "$healthcast" run "$case" "$@" --quiet \
      --overwrite --backend "$backend" --output "$work/$name-$backend-$ranks" &&
      try "$name, $backend against cpu, $ranks ranks" 600 "$python" jobscripts/compare_runs.py "$work/$name-cpu" \
        "$work/$name-$backend-$ranks" --mv "$limit" --ms 1e-4
  done
  for precision in mixed float; do # how far they are off is a result, not a failure: docs/gpu.md has what to expect
    try "$name, $backend, $precision" 3600 "$healthcast" run "$case" "$@" --quiet --overwrite --backend "$backend" \
      --precision $precision --output "$work/$name-$precision" &&
      try "$name, $precision against cpu" 600 "$python" jobscripts/compare_runs.py "$work/$name-cpu" \
        "$work/$name-$precision" --mv 200 --ms 5
  done
}

twins() {
  local end=45 spacing=0.5 beat=450 every=10
  section "Runs on $backend against runs on the CPU"
  if $quick; then
    end=6 beat=4 every=2
  else
    spacing=0.2
  fi
  twin niederer 1e-6 inputs/niederer.yaml --set mesh.spacing=$spacing --set time.end=$end --set output.every=$every \
    --set output.precision=float64
  if [ -e meshes/biventricle.h5 ]; then
    # fibres by rule hang on the number of ranks as far as the tolerance of their solver goes
    twin biventricle 1e-4 inputs/biventricle.yaml --set time.end=$beat --set time.adaptive=false \
      --set output.every=$every --set output.precision=float64
  else
    leave_out biventricle "meshes/biventricle.h5 is not there: meshes/make_anatomy.sh makes it"
  fi
  try "cell, $backend" 900 "$healthcast" cell ttp06_epi --backend "$backend" --beats 2 --output "$work/cell"
}

# ---- How fast is it?

timing() {
  local precision cell spacing=0.0875 seconds=3
  section "Node-steps a second, beside docs/gpu.md's prediction"
  if $quick; then
    spacing=1 seconds=0.1
  fi
  for cell in hexahedron tetrahedron; do
    for precision in double mixed float; do
      try "time of $cell, $precision" 1800 "${mpiexec[@]}" -n 1 "$build/tests/bench/bench_device" \
        inputs/niederer.yaml --backend "$backend" --precision $precision --set mesh.cell=$cell \
        --set mesh.spacing=$spacing --seconds $seconds --json "$work/bench-$cell-$precision.json"
    done
  done
  if command -v nvcc >/dev/null && command -v cuobjdump >/dev/null && ! $quick; then
    try "prediction from the machine code" 900 "$python" tests/bench/machine_code.py --models ttp06
  else
    leave_out "prediction from the machine code" "no nvcc and cuobjdump, or --quick"
  fi
}

# ---- Tools

sanitizers() {
  local check program
  section "compute-sanitizer"
  if ! command -v compute-sanitizer >/dev/null || [ "$backend" != cuda ]; then
    leave_out compute-sanitizer "no compute-sanitizer (CUDA toolkit), or no cuda"
    return
  fi
  program=$(find "$build/tests" -type f -name test_tissue_device -perm -u+x | head -n 1)
  for check in memcheck racecheck initcheck synccheck; do
    try "$check, kernels" 1800 env HC_TEST_BACKEND=cuda HC_SOURCE_DIR="$PWD" compute-sanitizer --tool $check --error-exitcode 1 "$program"
    try "$check, run" 1800 compute-sanitizer --tool $check --error-exitcode 1 "$healthcast" run inputs/niederer.yaml \
      --backend cuda --set mesh.spacing=0.5 --set time.end=2 --quiet --overwrite --output "$work/$check"
  done
}

direct_mpi() {
  local choice
  rm -rf "$work/mpi-no" "$work/mpi-yes"
  section "Halos from GPU to GPU"
  for choice in no yes; do
    try "HEALTHCAST_GPU_MPI=$choice" 900 "${mpiexec[@]}" -n 2 env HEALTHCAST_GPU_MPI=$choice "$healthcast" run \
      inputs/niederer.yaml --backend "$backend" --set mesh.spacing=0.5 --set time.end=4 --quiet --overwrite \
      --output "$work/mpi-$choice"
  done
  # An MPI library that does not take a device's addresses crashes on `yes`: an answer, not a failure.
  if [[ ${verdicts[-1]} == FAILED* ]]; then
    verdicts[-1]="skipped: this MPI does not take device addresses, and is not given any unless it says so"
    put "(${verdicts[-1]})" ""
  fi
  if [ -e "$work/mpi-yes/summary.json" ]; then
    try "with and without" 600 "$python" jobscripts/compare_runs.py "$work/mpi-no" "$work/mpi-yes" --mv 0 --ms 0
  fi
}

close() {
  local i failed=0 passed=0
  put "" "## Summary" "" "| what | verdict | s |" "|---|---|---|"
  for i in "${!names[@]}"; do
    put "| ${names[$i]} | ${verdicts[$i]} | ${took[$i]} |"
    case ${verdicts[$i]} in
    passed) passed=$((passed + 1)) ;;
    FAILED*) failed=$((failed + 1)) ;;
    esac
  done
  put "" "$passed passed, $failed failed"
  printf '\n%d passed, %d failed; the report to send back: %s\n' $passed $failed "$report"
  [ $failed = 0 ]
}

put "# healthcast GPU self-test, $(date -u +%Y-%m-%dT%H:%M:%SZ), back end $backend"
find_mpiexec
machine
if build_all; then
  unit_tests
  twins
  timing
  direct_mpi
  sanitizers
fi
close
