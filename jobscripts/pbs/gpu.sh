#!/usr/bin/env bash
# A twin, or a cohort, on GPUs under PBS:
#   CASE=inputs/biventricle.yaml qsub -V -l select=1:ncpus=4:mpiprocs=4:ngpus=4 jobscripts/pbs/gpu.sh
#   COHORT=inputs/cohorts/population.yaml qsub -V jobscripts/pbs/gpu.sh
#
# What qstat shows:
#PBS -N gpu
# Machines, cores, ranks and GPUs of each: one rank a GPU. They take turns with the GPUs that the job sees; more ranks a
# GPU only with NVIDIA's MPS.
#PBS -l select=1:ncpus=1:mpiprocs=1:ngpus=1
# WARN seconds (300) before the end a rank is told to stop; checkpoints are fetched from the GPU first.
#PBS -l walltime=01:00:00
#PBS -r y
#PBS -j oe
set -uo pipefail
cd "${PBS_O_WORKDIR:-.}" || exit # PBS begins in the home folder
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
