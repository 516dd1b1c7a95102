# SIGINT and SIGTERM: the counts so far are on disk within 2 s, and the run goes on later to the same bytes.
. "$EXPECT"
. "$TESTS/evidence.sh"

SECONDS_MAX=5 # on a machine that is busy with other things
slowest_ms=0
signals=0

mixed_evidence dump 1500 12000 41
scan 3 whole dump

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# interrupt SIGNAL STATUS AFTER_S ARGUMENT...: false where the run was done before.
interrupt()
{
    signal=$1
    signal_status=$2
    after_s=$3
    shift 3
    "$BREACHTALLY" scan "$@" --case case --quiet >said 2>said_wrong &
    running=$!
    # Until it catches signals, this shell has SIGINT ignored for it.
    until [ -d case ] || ! kill -0 $running 2>killing; do :; done
    sleep "$after_s"
    begun_ms=$(now_ms)
    kill -"$signal" $running 2>killing
    interrupted_exit=0
    wait $running 2>waiting || interrupted_exit=$?
    took_ms=$(($(now_ms) - begun_ms))
    [ -s killing ] && return 1
    expect "exit at SIG$signal after $after_s s of $*" "$signal_status" $interrupted_exit
    [ $interrupted_exit -eq "$signal_status" ] || { cat said_wrong >&2; return 1; }
    [ $took_ms -le $((SECONDS_MAX * 1000)) ] || fail "SIG$signal after $after_s s of $*: took $took_ms ms"
    [ $took_ms -le $slowest_ms ] || slowest_ms=$took_ms
    signals=$((signals + 1))
    expect "what is said at SIG$signal" 1 "$(grep -c 'with --resume goes on' said_wrong)"
    expect "status in case.json" interrupted "$(jq -r .status case/case.json)"
    case $after_s in 0.0*) ;; *) [ -e case/tally/state.run ] || fail "no checkpoint after SIG$signal at $after_s s" ;; esac
    for file in impact.csv summary.json coverage.csv; do
        [ ! -e case/$file ] || fail "SIG$signal after $after_s s: there is a $file"
    done
    [ -z "$(find case -name '.*')" ] || fail "left over: $(find case -name '.*')"
}

# At several moments, and again and again in one case.
for kind in INT:130 TERM:143; do
    for after_s in 0.02 0.1 0.3 0.6; do
        rm -rf case
        interrupt ${kind%:*} ${kind#*:} $after_s dump --threads 2 --read-bytes 1 || continue
        interrupt ${kind%:*} ${kind#*:} 0.4 dump --resume --threads 3 --read-bytes 1 --memory 1M
        resumed_exit=0
        "$BREACHTALLY" scan dump --case case --quiet --resume --threads 1 >said 2>&1 || resumed_exit=$?
        expect "exit of --resume" 3 $resumed_exit
        same_results "after SIG${kind%:*} at $after_s s" whole case
    done
done

# While big files of one size are held against one another, before anything is counted: that is begun anew.
mkdir big
for name in a b; do truncate -s 3G big/$name.log; done
rm -rf case
interrupt INT 130 0.04 big --threads 1 || fail "3 GiB were read within 40 ms"
cp -r dump/odd big/odd
rm big/a.log big/b.log
cp big/odd/modems.log big/again.log
scan 3 big_whole big
resumed_exit=0
"$BREACHTALLY" scan big --case case --quiet --resume >said 2>&1 || resumed_exit=$?
expect "exit of --resume of what was not begun" 3 $resumed_exit
same_results "interrupted before anything was counted" big_whole case

# While a resumed run passes over what was counted of a large file; a byte a read makes large what is small.
mkdir large
head -c 12000000 /dev/urandom | base64 >text
gzip -1 -nc text >large/a.gz
scan 0 large_whole large
rm -rf case
"$BREACHTALLY" scan large --case case --quiet --checkpoint-bytes 12M --threads 1 2>said &
running=$!
until [ -e case/tally/state.run ] || ! kill -0 $running 2>killing; do :; done
kill -9 $running 2>killing
wait $running 2>waiting
for kind in INT:130 TERM:143; do
    interrupt ${kind%:*} ${kind#*:} 1 large --resume --threads 2 --read-bytes 1 || fail "12 MB were read byte by byte within 1 s"
done
program 0 scan large --case case --quiet --resume
same_results "interrupted while it passed over a large gzip" large_whole case
mv text large/b.txt
rm large/a.gz
scan 0 large_whole large
rm -rf case
"$BREACHTALLY" scan large --case case --quiet --checkpoint-bytes 12M --threads 1 2>said &
running=$!
until [ -e case/tally/state.run ] || ! kill -0 $running 2>killing; do :; done
kill -9 $running 2>killing
wait $running 2>waiting
interrupt TERM 143 1 large --resume --threads 2 --read-bytes 1 || fail "16 MB were read byte by byte within 1 s"
program 0 scan large --case case --quiet --resume
same_results "interrupted while it passed over a large file" large_whole case

# While standard input gives nothing: nobody writes, or somebody did and stopped amid a line.
mkfifo fifo
for kind in INT:130 TERM:143; do
    for written in 0 100 3000000; do
        for beside in "" dump/odd; do
            rm -rf case
            # shellcheck disable=SC2086
            "$BREACHTALLY" scan - $beside --case case --quiet --threads 2 <fifo >said 2>said_wrong &
            running=$!
            exec 9>fifo
            unattributed 40000 7 | head -c $written >&9
            until [ -d case/tally ] || ! kill -0 $running 2>killing; do :; done
            sleep 0.2
            begun_ms=$(now_ms)
            kill -"${kind%:*}" $running
            interrupted_exit=0
            wait $running 2>waiting || interrupted_exit=$?
            took_ms=$(($(now_ms) - begun_ms))
            exec 9>&-
            expect "exit at SIG${kind%:*} after $written bytes $beside" "${kind#*:}" $interrupted_exit
            [ $took_ms -le $((SECONDS_MAX * 1000)) ] || fail "SIG${kind%:*} while standard input waits: took $took_ms ms"
            [ $took_ms -le $slowest_ms ] || slowest_ms=$took_ms
            signals=$((signals + 1))
            expect "what is said of standard input" 1 "$(grep -c 'scan it anew' said_wrong)"
            expect "status in case.json" interrupted "$(jq -r .status case/case.json)"
            [ ! -e case/impact.csv ] || fail "there are results of half of standard input"
        done
    done
done

expect_at_least "signals" 20 $signals
echo "slowest of $signals: $slowest_ms ms"
