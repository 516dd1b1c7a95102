#!/bin/bash
# Reads a dump with an array job of Slurm, and merges what its tasks counted.
#
# Usage    slurm.sh EVIDENCE CASE SHARDS [--array=TASKS] [SCAN OPTION...]
#          --array=3,7-9 runs these tasks again, as merge asks for them, and then merges
# Needs    breachtally in PATH on all nodes; EVIDENCE and the folder of CASE under one path on all of them
# Leaves   CASE.SHARDS-shards/: what each task counted, and its log; CASE.merge.log; CASE itself when it is whole
#
# What one task gets. Account, partition and the like: here, or as SBATCH_ACCOUNT, SBATCH_PARTITION.
#SBATCH --job-name=breachtally
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
set -u
turns_max=10

say()
{
    echo "slurm.sh: $*" >&2
}

# Three quarters of what Slurm gives are for counting; the rest is for reading, and for the system's buffers.
limits=(--threads "${SLURM_CPUS_PER_TASK:-0}")
[ "${SLURM_MEM_PER_NODE:-0}" -eq 0 ] || limits+=(--memory "$((SLURM_MEM_PER_NODE * 3 / 4))M")

# A task that was killed (no memory, most of all), or whose time is nearly over, goes on in another turn.
next_turn()
{
    local turn=$((${SLURM_RESTART_COUNT:-0} + 1))
    if [ "$turn" -lt "$turns_max" ]; then
        say "task $SLURM_ARRAY_TASK_ID: $1; it goes on in turn $((turn + 1))"
        scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
    fi
}

# A task that runs again finds its shard whole and ends, or half made and goes on.
task()
{
    local evidence=$1 shards=$2 count=$3 out_of_time=
    shift 3
    local case=$shards/$SLURM_ARRAY_TASK_ID status=0
    [ ! -d "$case" ] || exit 0
    breachtally scan "$evidence" --case "$case" --shard auto --shards "$count" --resume --no-progress "${limits[@]}" "$@" &
    trap 'out_of_time=1; kill -TERM $!' USR1
    wait $! || status=$?
    if [ -n "$out_of_time" ]; then
        status=0
        wait $! || status=$?
    fi
    say "task $SLURM_ARRAY_TASK_ID: exit $status"
    case $status in
    0 | 3) exit 0 ;; # 3: something could not be examined. The merged case says what
    137) next_turn "it was killed" ;;
    143) [ -z "$out_of_time" ] || next_turn "its time is nearly over" ;;
    esac
    exit "$status"
}

# Shards that are not whole are named SHARD.partial, and are no part of this.
merge()
{
    trap '' USR1
    exec breachtally merge "$2"/*[0-9] --case "$1" "${limits[@]}"
}

submit()
{
    local evidence=$1 case=$2 count=$3 tasks=--array=0-$(($3 - 1)) job
    local shards=$case.$count-shards
    shift 3
    case ${1:-} in
    --array=*)
        tasks=$1
        shift
        ;;
    esac
    if [ -e "$case" ] && [ ! -e "$case/.merge.partial" ]; then # what a merge that died left is no case
        say "$case is there already"
        exit 2
    fi
    mkdir -p "$shards" || exit
    job=$(sbatch --parsable "$tasks" --output="$shards/%a.log" "$0" --task "$evidence" "$shards" "$count" "$@") || exit
    job=${job%%;*}
    # afterany, not afterok: merge itself refuses what is not whole, and says which tasks are missing.
    sbatch --job-name=breachtally-merge --dependency="afterany:$job" --requeue --output="$case.merge.log" "$0" --merge "$case" "$shards" || exit
    echo "The tasks are job $job, $tasks"
}

umask 077
case ${1:-} in
--task | --merge)
    role=${1#--}
    shift
    "$role" "$@"
    ;;
*)
    if [ $# -lt 3 ] || ! [ "$3" -gt 0 ] 2>/dev/null; then
        sed -n 's/^# \(Usage .*\)/\1/p' "$0" >&2
        exit 2
    fi
    submit "$@"
    ;;
esac
