# Full disks, limits and signals: their exit status, and no file that looks whole and is not.
. "$EXPECT"

"$GENERATE" --out dump --customers 3000 --rows 15000 --seed 7 >said
scan 0 whole dump

# nothing_half CASE: every file for people is whole, or absent; nothing temporary lies about.
nothing_half()
{
    [ -d "$1" ] || return 0
    for file in impact.csv summary.json coverage.csv; do
        [ ! -e "$1/$file" ] || cmp -s "$1/$file" "whole/$file" || fail "$1/$file is neither whole nor absent"
    done
    expect "other files in $1" "" "$(ls -A "$1" | grep -vxE 'impact.csv|summary.json|coverage.csv|case.json|report.html|log.ndjson|tally|case.key')"
}

# A limit on the size of a file stands in for a full disk, without any rights.
for blocks in 0 1 8 64 512; do
    limit_exit=0
    (ulimit -f "$blocks" && exec "$BREACHTALLY" scan dump --case "limit_$blocks" --quiet) >said 2>said_wrong || limit_exit=$?
    expect "exit under ulimit -f $blocks" 4 "$limit_exit"
    [ "$blocks" -eq 0 ] || expect "lines said" 1 "$(wc -l <said_wrong)"
    nothing_half "limit_$blocks"
    [ ! -e "limit_$blocks/impact.csv" ] || fail "impact.csv fits $blocks blocks?"
done

# A full disk.
cat >on_full_disk.sh <<'END'
mount -t tmpfs -o size="$1" none "$2" || exit 99
"$BREACHTALLY" scan dump --case "$2/case" --quiet 2>said_wrong
status=$?
[ ! -d "$2/case" ] || cp -r "$2/case" "$3"
exit $status
END
mkdir disk
for size in 4k 16k 64k 256k 480k; do
    full_exit=0
    unshare -m sh on_full_disk.sh $size disk "full_$size" 2>said || full_exit=$?
    [ "$full_exit" -ne 1 ] && [ "$full_exit" -ne 99 ] && [ "$full_exit" -ne 127 ] || { skip_part "a full disk"; break; }
    expect "exit on a disk of $size" 4 "$full_exit"
    expect_line "a disk of $size" said_wrong "No space left"
    nothing_half "full_$size"
done

# A name that something else took meanwhile: the file cannot get it, and no other is half there.
for name in coverage.csv impact.csv summary.json case.json; do
    rm -rf taken
    "$BREACHTALLY" scan dump --case taken --threads 1 --read-bytes 1 --quiet 2>said_wrong &
    scanning=$!
    tries=0
    until [ -d taken ] || [ $tries -ge 250 ]; do
        tries=$((tries + 1))
        sleep 0.02
    done
    mkdir "taken/$name"
    taken_exit=0
    wait $scanning || taken_exit=$?
    expect "exit where $name is a folder" 4 "$taken_exit"
    expect "what is said of $name" "breachtally: $name: cannot get its name: Is a directory" "$(cat said_wrong)"
    rmdir "taken/$name"
    nothing_half taken
    [ ! -e "taken/$name" ] || fail "$name is there"
done

# Nowhere to print to.
if [ -c /dev/full ]; then
    for how in "" --json; do
        rm -rf case
        printed_exit=0
        "$BREACHTALLY" scan dump --case case $how >/dev/full 2>said || printed_exit=$?
        expect "exit with a full stdout $how" 4 "$printed_exit"
        nothing_half case
    done
    for how in detectors "explain 1" --version --help; do
        printed_exit=0
        "$BREACHTALLY" $how >/dev/full 2>said || printed_exit=$?
        expect "exit of $how with a full stdout" 4 "$printed_exit"
    done
fi

# Signals: soon, with their own status, no results, and a case.json that says so.
for signal in INT:130 TERM:143; do
    for wait_s in 0.05 0.3 0.7; do
        rm -rf case
        started=$(date +%s%N)
        signal_exit=0
        timeout --preserve-status -s "${signal%:*}" $wait_s \
            "$BREACHTALLY" scan dump --case case --threads 2 --read-bytes 1 >said 2>&1 || signal_exit=$?
        took_ms=$((($(date +%s%N) - started) / 1000000))
        expect "exit at SIG${signal%:*} after $wait_s s" "${signal#*:}" "$signal_exit"
        expect_at_least "milliseconds left of 4,000" 0 $((4000 - took_ms))
        nothing_half case
        [ ! -e case/impact.csv ] || fail "an interrupted run wrote impact.csv"
        [ ! -e case/case.json ] || expect "status in case.json" interrupted "$(jq -r .status case/case.json)"
    done
done

# A signal while it waits for standard input.
rm -rf case
signal_exit=0
{ head -n 3 "$FIXTURES/small/time_styles.csv"; sleep 3; } |
    timeout --preserve-status -s INT 0.3 "$BREACHTALLY" scan - --case case >said 2>&1 || signal_exit=$?
expect "exit at SIGINT while stdin is silent" 130 "$signal_exit"

# Few descriptors are enough.
for descriptors in 128 24; do
    rm -rf case
    few_exit=0
    (ulimit -n $descriptors && exec "$BREACHTALLY" scan dump --case case --threads 8 --quiet) >said 2>&1 || few_exit=$?
    expect "exit with $descriptors descriptors" 0 "$few_exit"
    expect "results with $descriptors descriptors" "$(results_digest whole)" "$(results_digest case)"
done
