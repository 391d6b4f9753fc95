#!/usr/bin/env bash
# One twin under Slurm, from its last checkpoint if there is one:
#   CASE=inputs/niederer.yaml sbatch --nodes=4 --ntasks-per-node=128 jobscripts/slurm/twin.sh
#
# What squeue shows:
#SBATCH --job-name=twin
# Machines, and ranks on each: one a core, not one a hardware thread. 2,000 nodes of the mesh a rank or more.
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=2
# Cores of a rank: more than 1 only with OPTIONS="--threads N".
#SBATCH --cpus-per-task=1
# Longest duration (hours:minutes:seconds); what takes longer goes on in the next job.
#SBATCH --time=01:00:00
# Tell the ranks (not this script) 300 s before that: they write a checkpoint and end with exit code 5. More for large
# meshes on slow disks; Slurm may be up to 60 s early.
#SBATCH --signal=TERM@300
# A job that loses its node, or makes way for another, comes back and goes on from its checkpoint.
#SBATCH --requeue
# Its output then goes on in the same file.
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
set -uo pipefail
case=${CASE:-inputs/niederer.yaml}
output=${OUTPUT:-results/$(basename "$case" .yaml)}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
run_twin "$case"
