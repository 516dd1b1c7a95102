# Shards of one scan, merged in random trees: the bytes of the unsharded scan, whatever the number of shards, threads and the memory.
# Some shards are killed on the way and go on, and in every merge one is given twice.
. "$EXPECT"

"$GENERATE" --out dump --customers 150 --rows 600 --seed 8 >said || exit 1
cp -r "$FIXTURES/small" dump/small
cp dump/billing/billing.csv dump/small/another_name.csv
wanted_exit=3
scan 3 whole dump
reference=$(results_digest whole)
expect_coverage whole dump/small/another_name.csv DUPLICATE DUPLICATE_CONTENT

seed=1
trees=0
killed=0

# shuffled WORD...: one a line, in an order that $seed decides.
shuffled()
{
    seed=$((seed + 1))
    printf '%s\n' "$@" | awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort -n | cut -f 2-
}

# count_shard I N ARGUMENT...: one shard; with $kill set, killed at its first checkpoint.
count_shard()
{
    shard=$1/$2
    shard_case=cases/shard-$1
    shift 2
    if [ -n "$kill" ]; then
        "$BREACHTALLY" scan dump --case "$shard_case" --shard "$shard" --quiet --checkpoint-bytes 1 --block-bytes 500 "$@" >said 2>&1 &
        scanning=$!
        until [ -e "$shard_case.partial/tally/state.run" ] || ! kill -0 $scanning 2>/dev/null; do sleep 0.01; done
        kill -9 $scanning 2>/dev/null
        wait $scanning 2>/dev/null
        [ -d "$shard_case" ] && return
        killed=$((killed + 1))
    fi
    "$BREACHTALLY" scan dump --case "$shard_case" --shard "$shard" --quiet --resume "$@" >said 2>&1 && status=0 || status=$?
    case $status in 0 | 3) ;; *) fail "shard $shard $*: exit $status: $(cat said)" ;; esac
}

# merge_some CASE CASE...: inner merges, of shards alone that are not all; the first one is given twice.
merge_some()
{
    inner=$1
    shift
    "$BREACHTALLY" merge "$@" "$1" --case "$inner" --allow-missing --quiet $merging >said 2>&1 && status=0 || status=$?
    case $status in 0 | 3) ;; *) fail "inner merge: exit $status: $(cat said)" ;; esac
}

# merge_tree WHAT: all of cases/shard-*, in a tree that $seed decides, with two to nine branches at each fork.
merge_tree()
{
    set -- "$1" cases/shard-*
    what=$1 leaf=$2 inner_count=0
    shift
    while [ $# -gt 9 ]; do
        set -- $(shuffled "$@")
        take=$((2 + seed * 7 % 8)) some=
        while [ $take -gt 0 ]; do
            some="$some $1" take=$((take - 1))
            shift
        done
        inner_count=$((inner_count + 1))
        merge_some cases/inner-$inner_count $some
        set -- "$@" cases/inner-$inner_count
    done
    if [ $# -gt 3 ]; then
        set -- $(shuffled "$@")
        merge_some cases/inner-0 "$1" "$2" "$3"
        shift 3
        set -- cases/inner-0 "$@"
    fi
    set -- $(shuffled "$@" "$leaf")
    rm -rf merged
    program $wanted_exit merge "$@" --case merged --quiet $merging
    case_holds merged $wanted_exit
    expect "results of $what" "$reference" "$(results_digest merged)"
    trees=$((trees + 1))
    rm -rf cases/inner-*
}

for shards in 1 2 7 64; do
    for threads in 1 2 8; do
        for memory in "" "--memory 1M"; do
            # The 64 are counted once, each with threads and memory of its own, and merged in all six ways.
            if [ $shards -lt 64 ] || [ "$threads$memory" = 1 ]; then
                rm -rf cases
                mkdir cases
                shard=0
                while [ $shard -lt $shards ]; do
                    index=$shard how="--threads $threads $memory" kill=
                    [ $shards -lt 64 ] || case $((index % 6)) in
                    0) how="--threads 1" ;;
                    1) how="--threads 2" ;;
                    2) how="--threads 8" ;;
                    3) how="--threads 1 --memory 1M" ;;
                    4) how="--threads 2 --memory 1M" ;;
                    5) how="--threads 8 --memory 1M" ;;
                    esac
                    [ $((index % 7)) -ne 0 ] || kill=yes
                    count_shard $index $shards $how
                    shard=$((index + 1))
                done
            fi
            merging="--threads $threads $memory"
            merge_tree "$shards shards, merged with $merging"
        done
    done
done
expect_at_least "trees" 24 $trees
expect_at_least "shards that were killed" 10 $killed
