# Killed at any moment, as often as may be, and taken up again with other threads and another budget: the same bytes.
. "$EXPECT"
. "$TESTS/evidence.sh"

KILLS_WANTED=66
kills=0
rounds=0

# random FROM TO: another number between them each time it is asked for.
seed=1
random()
{
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    picked=$(($1 + seed / 65536 % ($2 - $1 + 1)))
}

# The freedoms of one attempt.
freedoms()
{
    random 1 4
    attempt_options="--threads $picked"
    random 1 3
    case $picked in
    1) attempt_options="$attempt_options --memory 1M" ;;
    2) attempt_options="$attempt_options --memory 3M --read-bytes 4096" ;;
    esac
    random 1 3
    [ $picked -ne 1 ] || attempt_options="$attempt_options --block-bytes 5000"
}

# killed_again_and_again WHAT REFERENCE EXIT MS STEP_BYTES EVIDENCE: a case that is killed until it gets done. Each attempt has
# more time than the one before, so that one of them gets there on any machine.
killed_again_and_again()
{
    rm -rf case
    attempt=0
    longest_ms=$4
    set_kills=0
    while :; do
        freedoms
        # The first one makes the case; killed before that, the next one does.
        # shellcheck disable=SC2086
        "$BREACHTALLY" scan "$6" --case case --resume --quiet --checkpoint-bytes "$5" $attempt_options >said 2>&1 &
        running=$!
        random 1 "$longest_ms"
        sleep "$((picked / 1000)).$(printf %03d $((picked % 1000)))"
        kill -9 $running 2>killing
        attempt_exit=0
        wait $running 2>waiting || attempt_exit=$?
        attempt=$((attempt + 1))
        [ $attempt_exit -eq 137 ] || break
        set_kills=$((set_kills + 1))
        longest_ms=$((longest_ms + longest_ms / 12 + 1))
        [ $attempt -lt 200 ] || { fail "$1: does not get done"; break; }
    done
    kills=$((kills + set_kills))
    expect "exit of $1 after $set_kills kills" "$3" $attempt_exit
    [ "$attempt_exit" = "$3" ] || cat said >&2
    same_results "$1 after $set_kills kills" "$2" case
    expect "what is left over of $1" "" "$(find case -name '.*')"
}

# One table, which one checkpoint after another must get through.
"$GENERATE" --out table --customers 2500 --rows 60000 --seed 21 --only csv --gzip none >said
scan 0 table_whole table
# One stream: to go on in it means to unpack it from its beginning.
mkdir stream
cat table/*/*/*/*/* >rows 2>/dev/null || find table -type f -exec cat {} + >rows
gzip -1nc rows >stream/rows.csv.gz
rm rows
scan 0 stream_whole stream
# Many files.
"$GENERATE" --out many --customers 1500 --rows 12000 --seed 22 --only ndjson --files 600 >said
scan 0 many_whole many
# A unit that is read in pieces, a stream with gaps, and all else that is odd.
mixed_evidence mixed 400 3000 23
long_unit 34 >mixed/odd/long.json
scan 3 mixed_whole mixed
expect "reason of the long unit" OVERSIZED_RECORD "$(coverage mixed_whole mixed/odd/long.json reason)"
expect "reason of the deep unit" LIMIT_DEPTH "$(coverage mixed_whole mixed/odd/deep.json reason)"
# What is known of a file as a whole must come through: here the unit that decides its status stands at its beginning.
mkdir deep
cp mixed/odd/deep.json deep/
scan 3 deep_whole deep

while [ $kills -lt $KILLS_WANTED ] && [ $rounds -lt 12 ]; do
    killed_again_and_again "one table" table_whole 0 60 700k table
    killed_again_and_again "one stream" stream_whole 0 60 900k stream
    killed_again_and_again "many files" many_whole 0 60 200k many
    killed_again_and_again "odd files" mixed_whole 3 100 4M mixed
    killed_again_and_again "a deep unit" deep_whole 3 80 20k deep
    rounds=$((rounds + 1))
done
expect_at_least "kills" $KILLS_WANTED $kills

# Killed while the results are written, as near as a shell can hit it.
for name in .coverage.csv.partial .impact.csv.partial coverage.csv impact.csv summary.json; do
    rm -rf case
    "$BREACHTALLY" scan many --case case --quiet --threads 2 >said 2>&1 &
    running=$!
    until [ -e case/$name ] || ! kill -0 $running 2>killing; do :; done
    kill -9 $running 2>killing
    wait $running 2>waiting
    "$BREACHTALLY" scan many --case case --quiet --resume >said 2>&1 || fail "--resume after $name was seen: $(cat said)"
    same_results "killed when $name was seen" many_whole case
    expect "what is left over" "" "$(find case -name '.*')"
done

# What is done can be done again.
"$BREACHTALLY" scan many --case case --quiet --resume >said 2>&1 || fail "--resume of what is done: $(cat said)"
same_results "taken up when done" many_whole case
echo "$kills kills in $rounds rounds"
