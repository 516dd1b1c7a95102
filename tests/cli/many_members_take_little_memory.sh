# Archives of many members: what each of them takes of memory is bounded, and where their entries go to the case, in whatever
# parts, killed or not, merged or reported again, nothing of it shows.
. "$EXPECT"
. "$TESTS/evidence.sh"

OMP_WAIT_POLICY=passive
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
export OMP_WAIT_POLICY ASAN_OPTIONS

# peak_of ARGUMENT...: the most memory, in KiB, that a scan took while it was looked at; its case is ./peak.
peak_of()
{
    rm -rf peak
    "$BREACHTALLY" scan "$@" --case peak --quiet --threads 1 >said 2>&1 &
    running=$!
    peak=0
    while seen=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' /proc/$running/status 2>nothing) && [ -n "$seen" ]; do
        peak=$seen
        sleep 0.02
    done
    wait $running || fail "scan $*: exit $?: $(cat said)"
}

# Entries that are kept in memory would be 300 bytes each and more.
MANY=299993
"$MAKE_MEMBERS" tar 3001 empty sorted >few.tar
"$MAKE_MEMBERS" tar $MANY empty sorted >many.tar
peak_of few.tar
few_peak=$peak
peak_of many.tar
expect "objects of many" $((MANY + 1)) "$(summary peak .objects.listed)"
if [ "$few_peak" -eq 0 ] || [ "$few_peak" -gt 100000 ]; then
    skip_part "memory of $MANY members (this program takes $few_peak KiB without them)"
elif [ $((peak - few_peak)) -gt 32768 ]; then
    fail "$MANY members take $((peak - few_peak)) KiB"
fi
rm -f many.tar

# Of two alike the second has its number behind it; all are in the order of paths.
dump=dump
mkdir $dump
"$MAKE_MEMBERS" tar 7001 rows shuffled >$dump/a.tar
"$MAKE_MEMBERS" zip 7001 rows shuffled >$dump/b.zip
"$MAKE_MEMBERS" zip 3001 rows sorted >$dump/c.zip
"$MAKE_MEMBERS" tar 3001 rows sorted nested >$dump/d.tar
"$MAKE_MEMBERS" tar 2001 empty sorted | gzip -1 >$dump/e.tar.gz
scan 0 whole $dump --threads 1
expect "objects" $((5 + 7001 + 7001 + 3001 + 3001 + 11 + 2001)) "$(summary whole .objects.listed)"
expect "records" $((7001 + 7001 + 3001 + 3001)) "$(summary whole .records_raw)"
expect "names that were there" 22 "$(grep -c '^dump/.*csv~[0-9]*,' whole/coverage.csv)"
expect "lines in order" sorted "$(tail -n +2 whole/coverage.csv | sed 's/,.*//' | sort -c 2>&1 && echo sorted)"
expect "a ledger in a small case" "" "$(ls whole/tally | grep ledger)"
expect_coverage whole dump/d.tar!m/inner.tar!folder/000/member-00000002.csv COMPLETE "" units 1 records 1 format "tar>tar>csv"

for arguments in "--threads 1 --ledger-bytes 1" "--threads 2 --ledger-bytes 1" "--threads 8 --ledger-bytes 30k --memory 1M" "--threads 3 --ledger-bytes 20k --checkpoint-bytes 20k"; do
    rm -rf case
    # shellcheck disable=SC2086
    "$BREACHTALLY" scan $dump --case case --quiet $arguments >said 2>&1 || fail "$arguments: exit $?: $(cat said)"
    same_results "$arguments" whole case
    [ -s case/tally/pieces.ledger ] || fail "$arguments: no ledger"
    expect "what is left over of $arguments" "" "$(find case -name '.*')"
done

# What is read again of it: reports, merges, the places of one customer.
"$BREACHTALLY" report case --quiet >said 2>&1 || fail "report: $(cat said)"
same_results "reported again" whole case
customer=$(sed -n '3s/,.*//p' whole/impact.csv)
program 0 show whole "$customer"
mv stdout shown
program 0 show case "$customer"
cmp -s shown stdout || fail "show says something else of what is in the ledger: $(diff shown stdout | head -n 3)"
for shard in 0 1 2; do
    "$BREACHTALLY" scan $dump --case shard$shard --shard $shard/3 --ledger-bytes 1 --quiet >said 2>&1 || fail "shard $shard: $(cat said)"
done
for memory in "--ledger-bytes 1" "--ledger-bytes 1G"; do
    rm -rf merged
    # shellcheck disable=SC2086
    "$BREACHTALLY" merge shard2 shard0 shard1 --case merged --quiet $memory >said 2>&1 || fail "merge: $(cat said)"
    same_results "merged with $memory" whole merged
done
rm -rf again
"$BREACHTALLY" merge merged --case again --quiet >said 2>&1 || fail "merge of what was merged: $(cat said)"
same_results "merged again" whole again

# A ledger that was changed is refused by all who read it.
cp -R case changed
size=$(wc -c <changed/tally/pieces.ledger)
printf 'x' | dd of=changed/tally/pieces.ledger bs=1 seek=$((size / 2)) conv=notrunc 2>nothing
program 2 report changed
expect_line "report of a changed ledger" stderr "pieces.ledger: is not what was written there"
program 2 scan $dump --case changed --resume --quiet
expect_line "resume with a changed ledger" stderr "tally/pieces.ledger is damaged"
rm changed/tally/pieces.ledger
program 2 show changed "$customer"
expect_line "show without a ledger" stderr "pieces.ledger: cannot be opened"

# Killed anywhere in the midst of them, and later each time, so that any machine gets done.
seed=7
kills=0
round=0
while [ $kills -lt 6 ] && [ $round -lt 10 ]; do
    rm -rf case
    round=$((round + 1))
    attempt=0
    while :; do
        seed=$(((seed * 1103515245 + 12345) % 2147483648))
        "$BREACHTALLY" scan $dump --case case --resume --quiet --threads $((1 + seed / 65536 % 3)) --ledger-bytes $((1 + seed / 1024 % 40000)) \
            --checkpoint-bytes 50k >said 2>&1 &
        running=$!
        pause=$((30 + seed / 65536 % 60 + 5 * attempt * attempt))
        sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
        kill -9 $running 2>nothing
        exit_code=0
        wait $running 2>nothing || exit_code=$?
        attempt=$((attempt + 1))
        [ $exit_code -eq 137 ] && [ $attempt -lt 60 ] || break
        kills=$((kills + 1))
    done
    expect "exit after kills" 0 $exit_code
    same_results "round $round of kills" whole case
    expect "what is left over after kills" "" "$(find case -name '.*')"
done
expect_at_least "kills" 6 $kills

# Every write that fails, or is the last one.
mkdir small
"$MAKE_MEMBERS" tar 401 rows shuffled >small/a.tar
scan 0 small_whole small
LD_PRELOAD=$DIE_AT_LIBRARY DIE_AT=0 DIE_HOW=count DIE_SAY=call "$BREACHTALLY" scan small --case counted --quiet --threads 1 --ledger-bytes 1 \
    --checkpoint-bytes 8000 >said 2>&1 || skip_part "failing writes ($(head -n 1 said))"
if [ -s call ]; then
    calls=$(cat call)
    for how in half EIO ENOSPC; do
        at=1
        while [ $at -le "$calls" ]; do
            rm -rf case
            LD_PRELOAD=$DIE_AT_LIBRARY DIE_AT=$at DIE_HOW=$how DIE_SAY=call "$BREACHTALLY" scan small --case case --quiet --threads 1 --ledger-bytes 1 \
                --checkpoint-bytes 8000 >said 2>&1 && died=0 || died=$?
            case $how-$died in
            half-137 | EIO-4 | ENOSPC-4 | EIO-2 | ENOSPC-2 | *-0) ;;
            *) fail "$how at call $at ($(cat call)): exit $died: $(cat said)" ;;
            esac
            "$BREACHTALLY" scan small --case case --resume --quiet --threads 2 >said 2>&1 || fail "--resume after $how at call $at ($(cat call)): $(cat said)"
            same_results "$how at call $at ($(cat call))" small_whole case
            at=$((at + 7))
        done
    done
fi
