#!/usr/bin/env bash
# A cohort in one allocation of PBS, or what is missing of it:
#   COHORT=inputs/cohorts/population.yaml qsub -V -l select=10:ncpus=128:mpiprocs=128 jobscripts/pbs/ensemble.sh
# If members hang or crash the ranks, the job begins again where it was, until all members are done or have failed.
#
# What qstat shows:
#PBS -N ensemble
# Machines, their cores, and ranks on each: a multiple of `ranks` of the cohort's file.
#PBS -l select=1:ncpus=2:mpiprocs=2
# Longest duration; what takes longer goes on in the next job. WARN seconds (300) before its end a rank is told to stop.
#PBS -l walltime=04:00:00
# A job that loses its node comes back and goes on with what is missing.
#PBS -r y
#PBS -j oe
set -uo pipefail
cd "${PBS_O_WORKDIR:-.}" || exit # PBS begins in the home folder
cohort=${COHORT:-inputs/cohorts/population.yaml}
output=${OUTPUT:-results/$(basename "$cohort" .yaml)}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
run_cohort "$cohort"
