#!/usr/bin/env bash
# A cohort in shards, one a task of a Slurm array, which need not run at the same time:
#   COHORT=inputs/cohorts/population.yaml jobscripts/submit.sh slurm array 4 --time=02:00:00
# submits this script and, for when all of its tasks have ended, gather.sh. One shard again:
#   COHORT=... SHARDS=4 sbatch --array=3 jobscripts/slurm/array.sh
#
# What squeue shows:
#SBATCH --job-name=array
# The shards; %2 at its end would run two at a time. Their number is SHARDS, whichever of them are submitted.
#SBATCH --array=1-4
# Machines of a shard, and ranks on each.
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=1
# Longest duration of a shard; short ones fit into gaps that large jobs leave.
#SBATCH --time=02:00:00
# Tell the ranks (not this script) 120 s before that, so that nothing is lost.
#SBATCH --signal=TERM@120
# A shard that loses its node comes back, alone.
#SBATCH --requeue
#SBATCH --open-mode=append
# A file a shard: %A is the array's number, %a the shard's.
#SBATCH --output=%x-%A_%a.log
set -uo pipefail
cohort=${COHORT:-inputs/cohorts/population.yaml}
output=${OUTPUT:-results/$(basename "$cohort" .yaml)}
shards=${SHARDS:-4}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
run_cohort "$cohort" --shard "${SLURM_ARRAY_TASK_ID:-1}/$shards"
