#!/usr/bin/env bash
# A twin, or a cohort, on GPUs under Slurm:
#   CASE=inputs/biventricle.yaml sbatch --gpus-per-node=4 --ntasks-per-node=4 jobscripts/slurm/gpu.sh
#   COHORT=inputs/cohorts/population.yaml sbatch jobscripts/slurm/gpu.sh
# First try the machine: sbatch jobscripts/gpu-selftest.sh
#
# What squeue shows:
#SBATCH --job-name=gpu
#SBATCH --nodes=1
# GPUs of a machine (--gres=gpu:1 where --gpus-per-node is not known), and ranks: one a GPU. They take turns with the
# GPUs that the job sees; more ranks a GPU only with NVIDIA's MPS.
#SBATCH --gpus-per-node=1
#SBATCH --ntasks-per-node=1
# Cores a rank: what stays on the CPU (set-up, observers that need it, output) uses --threads of them.
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
# Checkpoints are fetched from the GPU first.
#SBATCH --signal=TERM@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
set -uo pipefail
case=${CASE:-inputs/niederer.yaml}
cohort=${COHORT:-}
output=${OUTPUT:-results/$(basename "${cohort:-$case}" .yaml)}
backend=${BACKEND:-cuda}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
if [ -n "$cohort" ]; then
  run_cohort "$cohort" --backend "$backend"
else
  run_twin "$case" --backend "$backend"
fi
