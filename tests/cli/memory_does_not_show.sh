# Counts that do not fit into memory go to disk and come back: no budget and no number of threads changes a byte.
. "$EXPECT"
. "$TESTS/evidence.sh"

mixed_evidence dump 3000 12000 11
scan 3 reference dump --threads 1
expect_at_least "clusters of nobody" 500 "$(summary reference .clusters_unattributed)"
expect "runs left where nothing was spilled is one of a kind" 1 "$(ls reference/tally | grep -c '^holders-')"

for memory in 1M 3M unlimited; do
    for threads in 1 2 8; do
        rm -rf case
        if [ $memory = unlimited ]; then set --; else set -- --memory $memory; fi
        run_exit=0
        "$BREACHTALLY" scan dump --case case --quiet --threads $threads "$@" >said 2>&1 || run_exit=$?
        expect "exit with $memory and $threads threads" 3 $run_exit
        same_results "$memory and $threads threads" reference case
        [ $memory = unlimited ] || expect_at_least "runs of $memory with $threads threads" 2 "$(ls case/tally | grep -c '^holders-')"
    done
done

# Checkpoints show as little as spilling does, alone and with it, and so do tiny blocks.
for arguments in "--checkpoint-bytes 100k" "--checkpoint-bytes 300k --memory 1M --threads 3" "--memory 1M --block-bytes 997 --threads 2"; do
    rm -rf case
    run_exit=0
    # shellcheck disable=SC2086
    "$BREACHTALLY" scan dump --case case --quiet $arguments >said 2>&1 || run_exit=$?
    expect "exit with $arguments" 3 $run_exit
    same_results "$arguments" reference case
done

# What is said of memory that is too little.
program 2 scan dump --case small --memory 1000
[ ! -e small ] || fail "a refused run made a case"
