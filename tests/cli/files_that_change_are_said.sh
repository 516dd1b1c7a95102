# Files that shrink, grow, vanish or are replaced while they are read: said, never a crash.
. "$EXPECT"

"$GENERATE" --out made --customers 50 --rows 30000 --seed 4 --only csv --bytes 1M --gzip none >said
big=$(find made -type f -size +100k | head -n 1)
[ -n "$big" ] || { fail "no big file to begin with"; exit 1; }

# Until the process has the file open; at most five seconds.
wait_for_reader()
{
    tries=0
    until ls -l "/proc/$1/fd" 2>/dev/null | grep -q "/dump/$2\$"; do
        tries=$((tries + 1))
        [ $tries -lt 250 ] || return
        sleep 0.02
    done
}
[ -d "/proc/$$/fd" ] || skip "no /proc to see what is being read"

# change WHAT COMMAND: scans slowly, a byte a read, and runs the command when dump/big.csv is being read.
change()
{
    rm -rf dump case
    mkdir -p dump/below/it
    cp "$big" dump/big.csv
    printf 'customer_id,imei\nC1,867420722196591\n' >dump/small.csv
    printf 'customer_id,imei\nC11,867420722196591\n' >dump/below/it/own.csv
    "$BREACHTALLY" scan dump --case case --quiet --threads 1 --read-bytes 1 $more >said 2>&1 &
    scanning=$!
    wait_for_reader "$scanning" big.csv
    sh -c "$2"
    changed_exit=0
    wait "$scanning" || changed_exit=$?
    case $changed_exit in
    0 | 3) case_holds case "$changed_exit" ;;
    *) fail "$1: exit $changed_exit: $(cat said)"; return 1 ;;
    esac
}

for more in "" "--hash none"; do
    change "a file that shrinks" 'truncate -s 1000 dump/big.csv' &&
        expect_coverage case dump/big.csv PARTIAL CHANGED_DURING_READ
    change "a file that grows" 'echo C2,more >>dump/big.csv' &&
        expect_coverage case dump/big.csv PARTIAL CHANGED_DURING_READ
    change "a file written into" 'printf XYZ | dd of=dump/big.csv bs=1 seek=5000 conv=notrunc 2>/dev/null' &&
        expect_coverage case dump/big.csv PARTIAL CHANGED_DURING_READ
    change "a file that is emptied" ': >dump/big.csv' &&
        expect_coverage case dump/big.csv PARTIAL CHANGED_DURING_READ
    # The larger one is read first; the other is another when its turn comes.
    change "a file that grows before its turn" 'echo C2, >>dump/small.csv' &&
        expect_coverage case dump/small.csv PARTIAL CHANGED_DURING_READ size 40 bytes_examined 40 units 2
    change "a file that vanishes" 'rm dump/small.csv' &&
        expect_coverage case dump/small.csv FAILED VANISHED
    change "a file that becomes a pipe" 'rm dump/small.csv; mkfifo dump/small.csv' && {
        case $(coverage case dump/small.csv status) in
        FAILED | SKIPPED) ;;
        *) fail "a file that becomes a pipe: $(grep small case/coverage.csv)" ;;
        esac
    }
    change "a file that becomes a link" 'rm dump/small.csv; ln -s ../said dump/small.csv' && {
        expect "records through a link" 0 "$(coverage case dump/small.csv records)"
        expect "bytes read through a link" 0 "$(coverage case dump/small.csv bytes_examined)"
    }
    rm -rf theirs
    mkdir -p theirs/it
    printf 'customer_id,imei\nC99,490154203237518\n' >theirs/it/own.csv
    change "a folder that becomes a link" 'mv dump/below ours; ln -s ../theirs dump/below' &&
        expect_coverage case dump/below/it/own.csv FAILED CHANGED_DURING_READ bytes_examined 0 records 0
    expect "customers behind a link" "" "$(impact case C99 tier)"
    rm -rf ours
done

# A file that somebody writes to all the time, cut down again and again: fifteen moments. Where it was cut when it was listed, its last
# row breaks off.
moment=0
while [ $moment -lt 15 ]; do
    rm -rf dump case
    mkdir dump
    cp "$big" dump/live.csv
    (
        while :; do
            echo C3,more >>dump/live.csv
            truncate -s 50000 dump/live.csv
        done
    ) &
    writing=$!
    "$BREACHTALLY" scan dump --case case --quiet --read-bytes 512 >said 2>&1
    live_exit=$?
    kill "$writing" 2>/dev/null
    wait "$writing" 2>/dev/null
    case $live_exit in
    0)
        if [ "$(coverage case dump/live.csv size)" = 50000 ] && [ "$(coverage case dump/live.csv status)" = PARTIAL ]; then
            expect_coverage case dump/live.csv PARTIAL RESIDUE_SCANNED_RAW
        else
            expect_coverage case dump/live.csv COMPLETE ""
        fi
        ;;
    3) expect_coverage case dump/live.csv PARTIAL CHANGED_DURING_READ ;;
    *) fail "a file under a writer: exit $live_exit: $(cat said)" ;;
    esac
    case_holds case "$live_exit"
    moment=$((moment + 1))
done
