#!/usr/bin/env bash
# A cohort in shards, one a task of a PBS array, which need not run at the same time:
#   COHORT=inputs/cohorts/population.yaml jobscripts/submit.sh pbs array 4
# submits this script and, for when all of its tasks have ended, gather.sh. Shards again (PBS knows no array of one):
#   COHORT=... SHARDS=4 qsub -V -J 2-3 jobscripts/pbs/array.sh
#
# What qstat shows:
#PBS -N array
# The shards; %2 at its end would run two at a time. Their number is SHARDS, whichever of them are submitted.
#PBS -J 1-4
# Machines of a shard, their cores, and ranks on each.
#PBS -l select=1:ncpus=2:mpiprocs=2
# Longest duration of a shard; WARN seconds (300) before its end a rank is told to stop.
#PBS -l walltime=02:00:00
# A shard that loses its node comes back, alone. (PBS wants arrays to be rerunnable.)
#PBS -r y
#PBS -j oe
set -uo pipefail
cd "${PBS_O_WORKDIR:-.}" || exit # PBS begins in the home folder
cohort=${COHORT:-inputs/cohorts/population.yaml}
output=${OUTPUT:-results/$(basename "$cohort" .yaml)}
shards=${SHARDS:-4}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
run_cohort "$cohort" --shard "${PBS_ARRAY_INDEX:-1}/$shards"
