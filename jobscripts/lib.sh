# shellcheck shell=bash
# What the job scripts share. To be sourced in the folder that the job was submitted from, with `set -uo pipefail`.
#
# What users set, in the script or in the environment of sbatch and qsub:
#   HEALTHCAST  the program (default: healthcast, found in PATH)
#   OPTIONS     more arguments of healthcast, e.g. "--set time.end=500"
#   LAUNCH      what starts the ranks (default: srun under Slurm, else mpiexec -n RANKS)
#   DRY_RUN     not empty: check the input, say what would be run and how large it is, and run nothing
#   MEASURE     patients that a dry run of a cohort computes on one rank, to say how long the job will take
#   REQUEUE     not empty: a job that was told to stop puts itself back into the queue (Slurm)
#   STALLS      sessions of a campaign in a row that may end with nothing gained (default 5)
#   WALLTIME    seconds that the job has, where PBS does not say (default: the script's own header)
#   WARN        seconds before the end of a PBS job at which healthcast is told to stop (default 300)
# and what scripts set before: `output`, the folder of results; `shards`, if there are any.
output=${output:?}
healthcast=${HEALTHCAST:-healthcast}
read -ra options <<<"${OPTIONS:-}"

say() { printf '== %s\n' "$*"; }

# header NAME: the value of a directive of the job script: --NAME= of Slurm, NAME= in `-l` of PBS.
header() {
  sed -nE "s/^#(SBATCH --|PBS -l ([^ ]*:)?)$1=([^ ]*).*/\3/p" "$0" | sed 's/:[a-z].*//' | head -n 1
}

# seconds TIME: of hh:mm:ss, or of minutes.
seconds() {
  awk -F : '{print NF == 3 ? $1 * 3600 + $2 * 60 + $3 : NF == 2 ? $1 * 60 + $2 : $1 * 60}' <<<"$1"
}

# measure_job: how large the job is, in `nodes` and `ranks`: as the scheduler says, else as the header asks.
measure_job() {
  if [ -n "${SLURM_JOB_ID:-}" ]; then
    nodes=$SLURM_JOB_NUM_NODES ranks=$SLURM_NTASKS
  elif [ -n "${PBS_NODEFILE:-}" ]; then
    nodes=$(sort -u "$PBS_NODEFILE" | wc -l) ranks=$(wc -l <"$PBS_NODEFILE")
  elif grep -q '^#SBATCH' "$0"; then
    nodes=$(header nodes) ranks=$((nodes * $(header ntasks-per-node)))
  else
    nodes=$(header select) ranks=$((nodes * $(header mpiprocs)))
  fi
}

# a_rank PID: the process of a rank among the descendants of a launcher.
a_rank() {
  local child
  for child in $(pgrep -P "$1"); do
    if [ "$(cat "/proc/$child/comm")" = "$(basename "$healthcast")" ]; then
      echo "$child"
      return 0
    fi
    a_rank "$child" && return 0
  done
  return 1
}

# stop_ranks LAUNCHER: have one of its ranks told to stop; the others follow.
stop_ranks() {
  local rank
  rank=$(a_rank "$1") && kill -TERM "$rank"
}

# warned COMMAND...: run it as PBS needs it, which warns the script (qdel) or nobody (the end of the time): a rank is
# told to stop. A launcher that is told so itself may kill ranks that write checkpoints.
warned() {
  local launcher timer code
  "$@" &
  launcher=$!
  sleep $(("${WALLTIME:-$(seconds "$(header walltime)")}" - ${WARN:-300} - SECONDS)) && kill -TERM $$ &
  timer=$!
  trap 'stop_ranks "$launcher"' TERM
  while wait "$launcher"; code=$?; kill -0 "$launcher" 2>/dev/null; do :; done # a trap interrupts wait
  trap - TERM
  pkill -P "$timer"
  kill "$timer" 2>/dev/null
  return "$code"
}

# launch ARGUMENTS...: healthcast on all ranks of the job.
launch() {
  local command
  if [ -n "${LAUNCH:-}" ]; then
    read -ra command <<<"$LAUNCH"
  elif [ -n "${SLURM_JOB_ID:-}" ] || grep -q '^#SBATCH' "$0"; then
    command=(srun --kill-on-bad-exit=1)
  else
    command=(mpiexec -n "$ranks")
  fi
  command+=("$healthcast" "$@" ${options[@]+"${options[@]}"})
  if [ -n "${DRY_RUN:-}" ]; then
    say "would run: ${command[*]}"
  elif [ -n "${PBS_JOBID:-}" ]; then
    warned "${command[@]}"
  else
    "${command[@]}"
  fi
}

# finish CODE: end the job, and say what its code means.
finish() {
  [ -z "${DRY_RUN:-}" ] || exit "$1"
  if [ -n "${CHAIN:-}" ]; then
    echo "${SLURM_JOB_ID:-${PBS_JOBID:-}} $1" >>"$CHAIN"
  fi
  case $1 in
  0) say "done: $output" ;;
  2) say "exit code 2: the input is wrong, nothing was run; see the line above" ;;
  3) say "exit code 3: the numbers went wrong; another job would meet the same, so change the case" ;;
  4) say "exit code 4: the machine failed (disk, memory, libraries); see the line above, then submit again" ;;
  5) say "exit code 5: told to stop; submit the same again to go on" ;;
  *) say "exit code $1: a crash or a kill; submit the same again to go on from what was saved" ;;
  esac
  if [ "$1" = 5 ] && [ -n "${REQUEUE:-}" ] && [ -n "${SLURM_JOB_ID:-}" ]; then
    say "back into the queue"
    scontrol requeue "$SLURM_JOB_ID"
  fi
  exit "$1"
}

# next_link: in a chain (chain.sh), end the job if there is nothing left to do, or if going on is no use.
next_link() {
  local last
  [ -n "${CHAIN:-}" ] || return 0
  if grep -qs '"status": "finished"' "$output/summary.json"; then
    say "finished before: $output"
    exit 0
  fi
  last=$(tail -n 1 "$CHAIN" 2>/dev/null | cut -d ' ' -f 2)
  case $last in 2 | 3 | 4)
    say "the chain ended with exit code $last"
    exit "$last"
    ;;
  esac
  if [ "$(tail -n 3 "$CHAIN" 2>/dev/null | cut -d ' ' -f 2 | grep -cvE '^[0-6]$')" = 3 ]; then
    say "the chain ended with three crashes in a row"
    exit "$last"
  fi
}

# run_twin CASE ARGUMENTS...: one twin, from its checkpoint if there is one.
run_twin() {
  measure_job
  next_link
  [ -z "${DRY_RUN:-}" ] || size_twin "$1"
  launch run "$1" --output "$output" --restart "${@:2}"
  finish $?
}

# run_cohort COHORT ARGUMENTS...: a campaign, or a shard of it, to its end: sessions that die are followed by others,
# unless several in a row gain nothing. The campaign itself gives up on members that crash again and again.
run_cohort() {
  local code before now stalls=0
  measure_job
  next_link
  [ -z "${DRY_RUN:-}" ] || size_cohort "$1"
  while
    before=$(progress)
    launch cohort run "$1" --output "$output" "${@:2}"
    code=$?
    [ -z "${DRY_RUN:-}" ] && [[ ! $code =~ ^[0-5]$ ]]
  do
    now=$(progress)
    stalls=$([ "$now" = "$before" ] && echo $((stalls + 1)) || echo 0)
    say "the session ended with exit code $code; $now"
    if [ "$stalls" -ge "${STALLS:-5}" ]; then
      say "$stalls sessions in a row gained nothing"
      break
    fi
  done
  finish "$code"
}

# run_gather: one table over all shards; a failure if members are missing.
run_gather() {
  local status
  if [ -n "${DRY_RUN:-}" ]; then
    say "would run: $healthcast cohort gather $output"
    exit 0
  fi
  "$healthcast" cohort gather "$output" || finish $?
  status=$("$healthcast" cohort status "$output") || finish $?
  echo "$status"
  if grep -q missing <<<"$status"; then
    say "members are missing: submit their shards again"
    exit 1
  fi
  finish 0
}

# progress: the members of the campaign by status, in a line; nothing if there is none yet.
progress() { "$healthcast" cohort status "$output" 2>/dev/null | head -n 1; }

# ---- Sizes, in dry runs ----

# size_twin CASE: what the input costs, and nodes of the mesh a rank.
size_twin() {
  local said a_rank
  said=$("$healthcast" check "$1" ${options[@]+"${options[@]}"}) || exit
  echo "$said"
  say "$nodes nodes, $ranks ranks, $(header time)$(header walltime) (h:m:s)"
  a_rank=$(awk -v ranks="$ranks" '$1 == "nodes" {print int($2 / ranks); exit}' <<<"$said")
  if [ "$a_rank" -lt 1000 ]; then
    say "$a_rank nodes of the mesh a rank: more ranks than gain anything (1,000 to 2,000 nodes a rank); take fewer"
  else
    say "$a_rank nodes of the mesh a rank"
  fi
}

# size_cohort COHORT: members a group; hours, if MEASURE says how many patients to try.
size_cohort() {
  local said members group groups scratch each
  said=$("$healthcast" cohort check "$1") || exit
  echo "$said"
  say "$nodes nodes, $ranks ranks${shards:+ a shard}, $(header time)$(header walltime) (h:m:s)"
  members=$(($(sed -nE '1s/.*: ([0-9]+) members/\1/p' <<<"$said") / ${shards:-1}))
  group=$(sed -nE 's/^ranks: *([0-9]+).*/\1/p' "$1")
  groups=$((ranks / ${group:-1}))
  if [ $((ranks % ${group:-1})) != 0 ]; then
    say "$ranks ranks are no multiple of the $group of a group"
    exit 2
  fi
  say "$members members${shards:+ a shard} on $groups groups of ${group:-1} ranks: $((members / groups)) a group"
  [ $((members / groups)) -ge 10 ] || say "fewer than ten a group: many will wait for the last; take fewer ranks"
  [ -n "${MEASURE:-}" ] || return 0
  scratch=$(mktemp -d)
  "$healthcast" cohort run "$1" --patients "$MEASURE" --set ranks=1 --output "$scratch/try" --quiet >/dev/null || exit
  each=$(awk -F '[:,]' '/"members"/ {n = $2} /"members_s"/ {s = $2} END {print s / n}' "$scratch/try/summary.json")
  rm -r "$scratch"
  awk -v s="$each" -v n="$members" -v r="$ranks" 'BEGIN {
    printf "== %.3g s a member on one rank, measured: %.3g hours on %d ranks, %.3g core hours\n", s, s * n / r / 3600, r,
      s * n / 3600}'
}
