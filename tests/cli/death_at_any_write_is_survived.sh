# A run that dies at its K-th call that changes the disk, for every K, and one for which that call fails: both go on
# later to the same bytes. tests/die_at.c says which calls those are.
. "$EXPECT"
. "$TESTS/evidence.sh"

dying_begins

unattributed 300 5 >modems.log
mkdir dump
for name in residue_behind.gz pretty.json time_styles.csv two_members.gz truncated.gz; do cp "$FIXTURES/small/$name" dump/; done
cp modems.log dump/
gzip -nc modems.log >dump/again.gz
scan 3 whole dump
[ "$(wc -c <whole/coverage.csv)" -gt 1000 ] || fail "nothing to lose"

# goes_on WHAT: to the end, every fourth time with other threads than before.
goes_on()
{
    goes_on_exit=0
    "$BREACHTALLY" scan dump --case case --resume --quiet --threads $((tried % 4 == 0 ? 2 : 1)) >said 2>&1 || goes_on_exit=$?
    [ $goes_on_exit -eq 3 ] || fail "$1: --resume: exit $goes_on_exit: $(cat said)"
    same_results "$1" whole case
    leftovers=$(find case -name '.*')
    [ -z "$leftovers" ] || fail "$1: left over: $leftovers"
    grep -q '"status": *"finished"' case/case.json || fail "$1: case.json does not say finished"
}

# nothing_half: what has the name of a result is one.
nothing_half()
{
    for half_file in impact.csv summary.json coverage.csv; do
        [ ! -e case/$half_file ] || cmp -s case/$half_file whole/$half_file || fail "$1: case/$half_file is neither whole nor absent"
    done
}

# sweep HOW EXIT STEP ARGUMENT...: dies, or fails, at each STEPth call of a scan.
sweep()
{
    sweep_how=$1
    sweep_exit=$2
    step=$3
    shift 3
    rm -rf case
    dying 0 count scan dump --case case --quiet --checkpoint-bytes 20k "$@"
    calls=$(cat call)
    at=$((1 - step))
    while [ $((at + step)) -le "$calls" ]; do
        at=$((at + step))
        rm -rf case
        dying $at "$sweep_how" scan dump --case case --quiet --checkpoint-bytes 20k "$@"
        [ -f call ] || continue # with more threads there may be fewer calls than the first time
        what="$sweep_how at call $at of $calls ($(cat call))"
        tried=$((tried + 1))
        case $sweep_exit:$died:$(cat call) in
        137:137:*) ;;
        4:4:* | 4:2:mkdir) [ "$(wc -l <said_wrong)" -eq 1 ] || fail "$what: says $(cat said_wrong)" ;;
        4:3:unlinkat) ;; # what could not be removed is removed another time
        143:143:*) ;;
        *) fail "$what: exit $died: $(cat said_wrong)" ;;
        esac
        [ "$died" -eq 3 ] || nothing_half "$what"
        goes_on "$what"
    done
}

tried=0
sweep before 137 1 --threads 1
expect_at_least "calls of a run" 40 "$calls"
sweep half 137 1 --threads 1
sweep EIO 4 2 --threads 1
sweep ENOSPC 4 3 --threads 1
sweep TERM 143 1 --threads 1
sweep before 137 4 --threads 3 --memory 1M

# Dies when it goes on, too: at calls of the second run, and of the third.
rm -rf begun
at=$((calls / 2))
dying $at before scan dump --case begun --quiet --checkpoint-bytes 20k --threads 1
rm -rf case
cp -r begun case
dying 0 count scan dump --case case --quiet --checkpoint-bytes 20k --resume --threads 1
calls=$(cat call)
at=0
while [ $((at + 2)) -le "$calls" ]; do
    at=$((at + 2))
    rm -rf case
    cp -r begun case
    for again in 1 2; do dying $at half scan dump --case case --quiet --checkpoint-bytes 20k --resume --threads 1; done
    goes_on "twice at call $at of $calls of a run that went on"
    tried=$((tried + 2))
done

# A shard has its name when it is whole, not before.
rm -rf case case.partial
dying 0 count scan dump --case case --quiet --checkpoint-bytes 20k --shard 1/2 --threads 1
calls=$(cat call)
at=-1
while [ $((at + 2)) -le "$calls" ]; do
    at=$((at + 2))
    rm -rf case case.partial
    dying $at before scan dump --case case --quiet --checkpoint-bytes 20k --shard 1/2 --threads 1
    tried=$((tried + 1))
    [ ! -e case ] || fail "a shard that died at call $at of $calls has its name"
    shard_exit=0
    "$BREACHTALLY" scan dump --case case --quiet --resume --shard 1/2 --threads 1 >said 2>&1 || shard_exit=$?
    [ $shard_exit -eq 0 ] || [ $shard_exit -eq 3 ] || fail "shard, after call $at of $calls: exit $shard_exit: $(cat said)"
    [ -d case ] && [ ! -e case.partial ] || fail "shard, after call $at of $calls: has not got its name"
done
echo "$tried deaths and failures"
