#!/usr/bin/env bash
# A cohort in one allocation of Slurm, or what is missing of it:
#   COHORT=inputs/cohorts/population.yaml sbatch --nodes=10 --ntasks-per-node=128 jobscripts/slurm/ensemble.sh
# If members hang or crash the ranks, the job begins again where it was, until all members are done or have failed.
#
# What squeue shows:
#SBATCH --job-name=ensemble
# Machines, and ranks on each: a multiple of `ranks` of the cohort's file, the ranks that a twin of tissue is given.
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=1
# Longest duration; what takes longer goes on in the next job. At least twice what the longest member takes.
#SBATCH --time=04:00:00
# Tell the ranks (not this script) 120 s before that: cells end at once, twins of tissue write their checkpoints.
#SBATCH --signal=TERM@120
# A job that loses its node, or makes way for another, comes back and goes on with what is missing.
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
set -uo pipefail
cohort=${COHORT:-inputs/cohorts/population.yaml}
output=${OUTPUT:-results/$(basename "$cohort" .yaml)}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
run_cohort "$cohort"
