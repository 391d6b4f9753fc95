#!/usr/bin/env bash
# Jobs that follow each other, submitted from the login node; what they run is in the environment (CASE, COHORT, ...).
#
#   submit.sh slurm|pbs array SHARDS [options of sbatch or qsub]         shards of a cohort, then gather
#   submit.sh slurm|pbs chain twin|ensemble|gpu LINKS [options]          jobs each of which goes on where the last ended
#
# Links of a chain begin whatever became of the one before (afterany), end at once if summary.json says that all is
# finished, and do not try again what ended with a wrong input, wrong numbers or three crashes in a row.
# DRY_RUN=1 says what would be submitted. Prints the numbers of the jobs.
set -euo pipefail
usage() {
  sed -n '4,5s/^# *//p' "$0" >&2
  exit 2
}
[ $# -ge 3 ] || usage
here=${HC_JOBSCRIPTS:-jobscripts}
[ -e "$here/lib.sh" ] || {
  echo "submit.sh: there is no $here/lib.sh: submit from the top of the source tree, or set HC_JOBSCRIPTS" >&2
  exit 2
}
scheduler=$1 kind=$2
shift 2

# submit SCRIPT JOB ARGUMENTS...: submit a script, after JOB if that is not empty; prints its number.
submit() {
  local command script=$here/$scheduler/$1.sh job=$2
  shift 2
  if [ "$scheduler" = slurm ]; then
    command=(sbatch --parsable ${job:+"--dependency=afterany:$job"} "$@" "$script")
  else
    command=(qsub -V ${job:+-W "depend=afterany:$job"} "$@" "$script")
  fi
  if [ -n "${DRY_RUN:-}" ]; then
    echo "== would submit: ${command[*]}" >&2
    echo "JOB"
  else
    "${command[@]}" | cut -d ';' -f 1
  fi
}

[ "$scheduler" = slurm ] || [ "$scheduler" = pbs ] || usage
case $kind in
array)
  export SHARDS=$1
  shift
  [[ $SHARDS =~ ^[1-9][0-9]*$ ]] || usage
  range=("--array=1-$SHARDS")
  [ "$scheduler" = slurm ] || range=(-J "1-$SHARDS")
  job=$(submit array "" "${range[@]}" "$@")
  echo "$job"
  submit gather "$job"
  ;;
chain)
  script=$1 links=${2:-}
  shift 2 || usage
  [[ $links =~ ^[1-9][0-9]*$ && $script =~ ^(twin|ensemble|gpu)$ ]] || usage
  mkdir -p results
  CHAIN=$(mktemp -u "$PWD/results/chain-XXXXXX")
  export CHAIN
  job=
  for ((link = 1; link <= links; link++)); do
    job=$(submit "$script" "$job" "$@")
    echo "$job"
  done
  ;;
*) usage ;;
esac
