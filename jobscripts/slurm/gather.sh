#!/usr/bin/env bash
# cohort.h5 over the files of all shards, and how many members are done; submitted by jobscripts/submit.sh, or
#   OUTPUT=results/population sbatch --dependency=afterany:ARRAY jobscripts/slurm/gather.sh
# Ends with exit code 1 if members are missing.
#
#SBATCH --job-name=gather
# One process: files of groups are pointed to, not copied.
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --time=00:10:00
#SBATCH --output=%x-%j.log
set -uo pipefail
cohort=${COHORT:-inputs/cohorts/population.yaml}
output=${OUTPUT:-results/$(basename "$cohort" .yaml)}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
run_gather
