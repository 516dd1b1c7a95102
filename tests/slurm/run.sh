#!/bin/sh
# docs/cluster/slurm.sh on a Slurm of its own: one node, this machine, reached by loopback alone.
#
# Usage    tests/slurm/run.sh BUILD_DIR        Debian's slurm-wlm and munge are needed
# Tests    eight tasks, of which one is killed, one put back and one out of time in the middle, and the merge that waits for them, make the
#          bytes of one unsharded scan; so they do after a shard was lost and its task run again as merge asks for it
# Ends     after $TEST_SECONDS (240); every process that it started ends with it, and its folder goes
# Prints   a line a check, what the daemons said where one failed, and at the end "N passed, N failed"
LC_ALL=C
TZ=UTC
OMP_WAIT_POLICY=passive # as in tests/run.sh
export LC_ALL TZ OMP_WAIT_POLICY
unset CDPATH
[ -n "${UNDER_A_LIMIT:-}" ] || UNDER_A_LIMIT=1 exec timeout --foreground -k 20 "${TEST_SECONDS:-240}" "$0" "$@"

build=$(cd "${1:?usage: tests/slurm/run.sh BUILD_DIR}" && pwd) || exit 2
project=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
PATH=$build:$PATH:/usr/sbin:/sbin
cannot()
{
    echo "tests/slurm: $*" >&2
    exit 1
}
for needed in munged slurmctld slurmd sbatch jq breachtally generate; do
    command -v "$needed" >/dev/null || cannot "$needed is missing (Debian: slurm-wlm munge jq; make)"
done
# Nobody's configuration but ours.
for variable in $(env | sed -n 's/^\(SLURM_[A-Z_]*\|SBATCH_[A-Z_]*\)=.*/\1/p'); do unset "$variable"; done

work=$(mktemp -d) || exit 2
# What belongs to this Slurm, daemons, jobs and their keepers, has its configuration in the environment.
kill_all()
{
    for process in /proc/[0-9]*; do
        grep -qszxF "SLURM_CONF=$work/slurm.conf" "$process/environ" && kill "$1" "${process#/proc/}" 2>/dev/null
    done
}
end_all()
{
    trap - EXIT INT TERM
    kill_all -TERM
    sleep 0.5
    kill_all -KILL
    rm -rf "$work" || { sleep 1; rm -rf "$work"; }
}
# Should this script be killed outright, another process sees it and clears up.
{
    trap '' INT TERM HUP
    while [ -d "$work" ] && kill -0 $$; do sleep 1; done
    [ ! -d "$work" ] || end_all
} </dev/null >/dev/null 2>&1 &
trap end_all EXIT
trap 'exit 130' INT
trap 'echo "tests/slurm: out of time" >&2; exit 143' TERM

# ---------------------------------------------------------------- checks

passed=0 failed=0
ok()
{
    passed=$((passed + 1))
    echo "ok       $1"
}
failure()
{
    failed=$((failed + 1))
    echo "FAILED   $1"
}
# check WHAT EXPECTED GOT
check()
{
    if [ "$2" = "$3" ]; then ok "$1"; else failure "$1: expected \"$2\", got \"$3\""; fi
}
# wait_for SECONDS COMMAND...: until it succeeds; false if it does not.
wait_for()
{
    deadline=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}
same_results()
{
    for file in impact.csv summary.json coverage.csv; do
        cmp "$work/whole/$file" "$work/$2/$file" >"$work/said" 2>&1 && differs= || differs=$(cat "$work/said")
        check "$1: $file is that of one scan" "" "$differs"
    done
}

# ---------------------------------------------------------------- a Slurm

# A daemon in the background. Sets $last_daemon.
daemon()
{
    daemon_log=$work/$1.out
    "$@" >"$daemon_log" 2>&1 </dev/null &
    last_daemon=$!
}
# A port between 20000 and 29999 that nobody listens on. $1: where to begin.
free_port()
{
    port=$((20000 + $1 % 10000))
    while grep -qsi ":$(printf %04X $port) 0*:0000 0A" /proc/net/tcp /proc/net/tcp6; do port=$((port + 1)); done
    echo $port
}
write_configuration()
{
    controller_port=$(free_port $(($$ * 7 + $1 * 100)))
    node_port=$(free_port $((controller_port + 1)))
    mkdir -p "$work/state" "$work/spool"
    cat >"$work/slurm.conf" <<END
ClusterName=trial
SlurmctldHost=$(uname -n | cut -d . -f 1)(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
CredType=cred/munge
# A task that is put back waits until its credential has expired: not two minutes, here.
AuthInfo=socket=$work/munge.sock,cred_expire=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
# As many processors and as much memory as slurm.sh asks for, whatever is here.
SlurmdParameters=config_overrides
NodeName=trial NodeAddr=127.0.0.1 CPUs=12 RealMemory=32768 State=UNKNOWN
PartitionName=all Nodes=trial Default=YES MaxTime=INFINITE State=UP
KillWait=1
ReturnToService=2
END
}
controller_answers() { kill -0 "$last_daemon" 2>/dev/null && timeout 5 scontrol ping 2>/dev/null | grep -q 'is UP'; }
controller_is_done() { controller_answers || ! kill -0 "$last_daemon" 2>/dev/null; }
node_is_idle() { [ "$(timeout 5 sinfo -h -o %t 2>/dev/null)" = idle ]; }
munge_answers() { munge -S "$work/munge.sock" -n >/dev/null 2>&1; }
show_logs()
{
    for log in "$work"/*.out "$work"/*.log "$work"/*-shards/*.log; do
        [ -s "$log" ] && echo "         | ${log##*/}:" && tail -n 8 "$log" | sed 's/^/         | /'
    done
}
not_started()
{
    show_logs
    cannot "Slurm cannot be started: $1"
}
start_slurm()
{
    SLURM_CONF=$work/slurm.conf
    export SLURM_CONF
    (umask 077 && head -c 1024 /dev/urandom >"$work/munge.key")
    # --force: a folder for temporary files need not be as safe as munge wants it.
    daemon munged --foreground --force --num-threads=2 --key-file="$work/munge.key" --socket="$work/munge.sock" --pid-file="$work/munged.pid" \
        --seed-file="$work/munge.seed" --log-file="$work/munged.log"
    wait_for 20 munge_answers || not_started "munged does not answer"
    for try in 1 2 3 4 5; do # others may take a port between our look and our use
        write_configuration $try
        daemon slurmctld -D
        wait_for 30 controller_is_done
        controller_answers && break
        kill "$last_daemon" 2>/dev/null
    done
    controller_answers || not_started "slurmctld does not answer"
    daemon slurmd -D -N trial
    wait_for 30 node_is_idle || not_started "slurmd does not register"
}

# ---------------------------------------------------------------- the test

slurm_script=$project/docs/cluster/slurm.sh
# Small steps and the slow engine, so that there is a middle to be killed in.
slow="--engine pcre2 --block-bytes 10k --checkpoint-bytes 20k --read-bytes 64"

# The process of a task is the one with its case among its arguments. Sets $pid.
find_task()
{
    pid=$(echo "$work/case.8-shards/$1" | grep -lszxF --file=- /proc/[0-9]*/cmdline | sed -n 's,^/proc/\([0-9]*\)/.*,\1,p' | head -n 1)
    [ -n "$pid" ]
}
# Waits until the task has something to go on with; false if it has not, or is over.
has_checkpoint()
{
    wait_for 60 test -e "$work/case.8-shards/$1.partial/tally/state.run" -o -e "$work/case.8-shards/$1" && [ ! -e "$work/case.8-shards/$1" ]
}
queue_is_empty() { [ -z "$(timeout 5 squeue -h 2>&1)" ]; }
restarts() { scontrol show job "${job}_$1" | sed -n 's/.* Restarts=\([0-9]*\).*/\1/p'; }
# submit ARGUMENT...: sets $job.
submit()
{
    (cd "$work" && "$slurm_script" "$work/dump" "$work/case" 8 "$@") >"$work/submit.out" 2>&1 && status=0 || status=$?
    job=$(sed -n 's/^The tasks are job \([0-9]*\),.*/\1/p' "$work/submit.out")
    check "slurm.sh submits $*" 0 "$status"
}

echo "a dump, one scan, and a Slurm"
generate --out "$work/dump" --customers 2000 --rows 16000 --seed 4 >"$work/generate.out" || cannot "generate"
breachtally scan "$work/dump" --case "$work/whole" --quiet || cannot "scan"
start_slurm

# shellcheck disable=SC2086
submit $slow
# As Slurm does two minutes before a task's time is over. scancel goes on until the task is gone, which may be long after.
has_checkpoint 1 && told=yes && { timeout 20 scancel --batch --signal=USR1 "${job}_1" & } || told=no
check "task 1 has a checkpoint, and is told that its time is nearly over" yes $told
wait_for 60 find_task 3 && has_checkpoint 3 && kill -9 "$pid" && killed=yes || killed=no
check "task 3 is killed after its first checkpoint" yes $killed
key=$(cat "$work/case.8-shards/3.partial/case.key")
has_checkpoint 6 && scontrol requeue "${job}_6" && back=yes || back=no
check "task 6 is put back after its first checkpoint" yes $back
wait_for 120 queue_is_empty || failure "there are still jobs: $(squeue -h | tr '\n' ';')"
for task in 0 1 2 3 4 5 6 7; do
    case $task in 1 | 3 | 6) turns=1 ;; *) turns=0 ;; esac
    check "task $task is whole, started again $turns times" "$turns shard finished" \
        "$(restarts $task) $(jq -r .status "$work/case.8-shards/$task/case.json" 2>&1)"
done
check "task 3 goes on with the case that it began" "${key:-}" "$(cat "$work/case.8-shards/3/case.key")"
why() { sed -n "s/.*task $1: \(.*\); it goes on in turn 2\$/\1/p" "$work/case.8-shards/$1.log"; }
check "why task 1 was started again" "its time is nearly over" "$(why 1)"
check "why task 3 was started again" "it was killed" "$(why 3)"
check "no halves lie about" "" "$(find "$work/case.8-shards" -name '*.partial')"
same_results "eight tasks, three of them disturbed" case

echo "a shard that got lost"
rm -rf "$work/case" "$work/case.8-shards/5"
breachtally merge "$work"/case.8-shards/*[0-9] --case "$work/case" >"$work/merge.out" 2>&1 && status=0 || status=$?
check "merge refuses" 5 "$status"
[ ! -e "$work/case" ] && ok "and makes no case" || failure "but makes a case"
array=$(grep -o -e '--array=[0-9,-]*' "$work/merge.out")
check "and says what to run again" "--array=5" "$array"
# shellcheck disable=SC2086
submit "${array:---array=5}" $slow
wait_for 60 queue_is_empty || failure "there are still jobs: $(squeue -h | tr '\n' ';')"
same_results "after task 5 was run again" case

[ "$failed" -eq 0 ] || show_logs
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
