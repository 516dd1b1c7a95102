# Runs checks a few at a time, each once, and lets who started them take the results in order: sourced.
#
# Shape    pool_start FOLDER COMMAND NAME...; then, for each name in any order, pool_await NAME; pool_stop gives up the rest
# How      so many workers go through the names; who can make the folder NAME.taken has taken that one. COMMAND NAME runs in the worker's
#          shell and leaves in FOLDER what it has to tell, under names of its own; NAME.done comes after it
# Many     $TEST_JOBS; by default one a core, four at most
pool_start()
{
    pool_folder=$1 pool_command=$2
    shift 2
    pool_jobs=${TEST_JOBS:-$(nproc 2>/dev/null || echo 1)}
    [ -n "${TEST_JOBS:-}" ] || [ "$pool_jobs" -le 4 ] || pool_jobs=4
    pool_workers=
    while [ "$pool_jobs" -gt 0 ]; do
        pool_work "$@" &
        pool_workers="$pool_workers $!"
        pool_jobs=$((pool_jobs - 1))
    done
}

pool_work()
{
    trap - EXIT
    trap '' INT TERM
    for pool_name in "$@"; do
        [ ! -e "$pool_folder/stop" ] || exit 0
        mkdir "$pool_folder/$pool_name.taken" 2>/dev/null || continue
        "$pool_command" "$pool_name"
        : >"$pool_folder/$pool_name.done"
    done
    exit 0
}

# Whether a worker is still there. One that ended is, for the kernel, until somebody waits for it.
pool_lives()
{
    for pool_worker in $pool_workers; do
        pool_state=Z
        { read -r pool_id pool_name pool_state pool_rest <"/proc/$pool_worker/stat"; } 2>/dev/null
        [ "$pool_state" = Z ] || return 0
    done
    return 1
}

# Waits until the check is done. False: there is nobody left to do it.
pool_await()
{
    while [ ! -e "$pool_folder/$1.done" ]; do
        pool_lives || { [ -e "$pool_folder/$1.done" ]; return; }
        sleep 0.05
    done
}

# No check begins any more; those that run come to their end.
pool_stop()
{
    : >"$pool_folder/stop"
    wait
}
