#!/usr/bin/env bash
# cohort.h5 over the files of all shards, and how many members are done; submitted by jobscripts/submit.sh, or
#   OUTPUT=results/population qsub -V -W depend=afterany:ARRAY[] jobscripts/pbs/gather.sh
# Ends with exit code 1 if members are missing.
#
#PBS -N gather
# One process: files of groups are pointed to, not copied.
#PBS -l select=1:ncpus=1:mpiprocs=1
#PBS -l walltime=00:10:00
#PBS -j oe
set -uo pipefail
cd "${PBS_O_WORKDIR:-.}" || exit # PBS begins in the home folder
cohort=${COHORT:-inputs/cohorts/population.yaml}
output=${OUTPUT:-results/$(basename "$cohort" .yaml)}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
run_gather
