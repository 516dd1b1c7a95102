# A merge, and a report over the results of a case, that die at their K-th call that changes the disk, or for which that call fails:
# done again they give what they would have given, and until then nothing there mixes two results.
. "$EXPECT"
. "$TESTS/evidence.sh"

dying_begins

"$GENERATE" --out dump --customers 200 --rows 1500 --seed 17 >said
unattributed 200 5 >dump/modems.log
for shard in 0 1 2; do program 0 scan dump --case part$shard --shard $shard/3 --quiet --threads 1 --checkpoint-bytes 60k; done
program 0 merge part0 part1 part2 --case merged --quiet
expect "what is left over of a merge" "" "$(find merged -name '.*')"

tried=0
whole_with_mark=0
dying 0 count merge part0 part1 part2 --case case --quiet --threads 1
calls=$(cat call)
expect_at_least "calls of a merge" 30 "$calls"
for how in before half EIO ENOSPC; do
    at=1
    [ $how = before ] || at=2
    while [ $at -le "$calls" ]; do
        rm -rf case
        dying $at $how merge part0 part1 part2 --case case --quiet --threads 1
        what="merge, $how at call $at of $calls"
        at=$((at + 2))
        [ -f call ] || continue
        what="$what ($(cat call))"
        tried=$((tried + 1))
        case $how:$died in before:137 | half:137 | E*:4 | E*:2) ;; E*:0) case $(cat call) in unlinkat | fsync) ;; *) fail "$what: exit $died" ;; esac ;; *) fail "$what: exit $died" ;; esac
        # What has its case.json and no mark is done; with the mark the case is whole, and nobody knows of it yet.
        [ ! -e case/case.json ] || [ ! -e case/.merge.partial ] || whole_with_mark=$((whole_with_mark + 1))
        [ -e case/case.json ] && [ ! -e case/.merge.partial ] ||
            { "$BREACHTALLY" merge part0 part1 part2 --case case --quiet >said 2>&1 || fail "$what: again: $(cat said)"; }
        same_results "$what" merged case
        leftovers=$(find case -name '.*')
        [ -z "$leftovers" ] || [ "$how:$(cat call)" = EIO:unlinkat ] || fail "$what: left over: $leftovers"
    done
done

expect_at_least "merges that died with their case whole" 2 $whole_with_mark

# Whole, and its mark is still there: the same merge says what it would have said, in whatever order its shards are named, and
# another one keeps off.
rm -rf case half
dying "$calls" before merge part0 part1 part2 --case case --quiet --threads 1
expect "exit status at the last call" 137 $died
for other in "part0 part2 --allow-missing" "part0 part1 part2 --aware 2023-05-12T00:00:00Z" "merged"; do
    # shellcheck disable=SC2086
    program 2 merge $other --case case --quiet
    expect_line "another merge: $other" stderr "is not empty"
    same_results "another merge: $other" merged case
done
cp -r case half
program 0 merge part2 part0 part1 part0 --case case --json
cmp -s stdout case/summary.json || fail "--json of what was whole already is not summary.json"
same_results "whole already" merged case
expect "the mark of what was whole already" "" "$(find case -name '.*')"
program 2 merge part0 part1 part2 --case case --quiet
expect_line "a case that is done" stderr "is not empty"
# Killed once more while it says so.
dying 0 count merge part0 part1 part2 --case half --quiet --threads 1
again_calls=$(cat call)
rm -rf half
at=0
while [ $((at + 3)) -le "$again_calls" ]; do
    at=$((at + 3))
    rm -rf case
    dying "$calls" before merge part0 part1 part2 --case case --quiet --threads 1
    dying $at before merge part0 part1 part2 --case case --quiet --threads 1
    tried=$((tried + 1))
    [ -e case/case.json ] && [ ! -e case/.merge.partial ] || program 0 merge part0 part1 part2 --case case --quiet
    same_results "whole already, and killed at call $at of $again_calls" merged case
done
rm -rf partly
dying 0 count merge part0 part2 --allow-missing --case partly --quiet --threads 1
calls=$(cat call)
rm -rf partly
dying "$calls" before merge part0 part2 --allow-missing --case partly --quiet --threads 1
program 3 merge part0 part2 --allow-missing --case partly
expect_at_least "lines of the table" 5 "$(wc -l <stdout)"

# What is not a merge's stays, whatever else is there.
for foreign in notes.txt tally/notes.txt; do
    rm -rf case
    dying 20 before merge part0 part1 part2 --case case --quiet --threads 1
    echo mine >"case/$foreign"
    program 2 merge part0 part1 part2 --case case --quiet
    expect_line "$foreign in the folder" stderr "is not empty"
    expect "$foreign" mine "$(cat "case/$foreign")"
done
rm -rf case
dying 30 before scan dump --case case --quiet --threads 1 --checkpoint-bytes 60k
program 2 merge part0 part1 part2 --case case --quiet
program 0 scan dump --case case --quiet --resume
same_results "a scan that was taken for a merge's folder" merged case

# Another roster, so that all results change but the ledger.
{ echo customer_id,country; awk -F, 'NR % 3 == 0 { print $1 ",JP" }' dump/vehicles/vehicles.csv; } >roster.csv
cp -r merged told
program 0 report told --quiet --roster roster.csv
! cmp -s merged/impact.csv told/impact.csv || fail "the roster changes nothing"
rm -rf case
cp -r merged case
dying 0 count report case --quiet --threads 1 --roster roster.csv
calls=$(cat call)
for how in before EIO ENOSPC; do
    at=0
    while [ $((at + 1)) -le "$calls" ]; do
        at=$((at + 1))
        rm -rf case
        cp -r merged case
        dying $at $how report case --quiet --threads 1 --roster roster.csv
        [ -f call ] || continue
        what="report, $how at call $at of $calls ($(cat call))"
        tried=$((tried + 1))
        if [ -e case/summary.json ]; then
            of=merged
            cmp -s merged/summary.json case/summary.json || of=told
            same_results "$what" $of case
        fi
        "$BREACHTALLY" report case --quiet --roster roster.csv >said 2>&1 || fail "$what: again: $(cat said)"
        same_results "$what, again" told case
    done
done
echo "$tried deaths and failures"
