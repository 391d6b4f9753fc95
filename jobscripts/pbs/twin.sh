#!/usr/bin/env bash
# One twin under PBS, from its last checkpoint if there is one:
#   CASE=inputs/niederer.yaml qsub -V -l select=4:ncpus=128:mpiprocs=128 jobscripts/pbs/twin.sh
# Written for PBS Professional and OpenPBS; Torque asks for nodes=1:ppn=2 in place of select.
#
# What qstat shows:
#PBS -N twin
# Machines, their cores, and ranks on each: one a core. 2,000 nodes of the mesh a rank or more.
#PBS -l select=1:ncpus=2:mpiprocs=2
# Longest duration (hours:minutes:seconds). WARN seconds (300) before its end a rank is told to stop: PBS itself warns
# too late. With another -l walltime=... on the command line of qsub, set WALLTIME to its seconds.
#PBS -l walltime=01:00:00
# A job that loses its node comes back and goes on from its checkpoint.
#PBS -r y
# Output and errors in one file, in the folder that the job was submitted from.
#PBS -j oe
set -uo pipefail
cd "${PBS_O_WORKDIR:-.}" || exit # PBS begins in the home folder
case=${CASE:-inputs/niederer.yaml}
output=${OUTPUT:-results/$(basename "$case" .yaml)}
# shellcheck source=jobscripts/lib.sh
source "${HC_JOBSCRIPTS:-jobscripts}/lib.sh" || exit
run_twin "$case"
