# What would make counts wrong is refused, with its name, and the case stays as it is: the right --resume still works.
. "$EXPECT"
. "$TESTS/evidence.sh"

mixed_evidence dump 200 2000 31
printf '{"customer": {"fields": ["customer_id"]}}\n' >profile.json
cp profile.json other_profile.json
echo >>other_profile.json
scan 3 whole dump --profile profile.json

# A case that was begun and has counts of a part of the evidence. A signal at the first block, then a checkpoint.
begin()
{
    rm -rf begun
    "$BREACHTALLY" scan dump --case begun --profile profile.json --quiet --checkpoint-bytes 50k --read-bytes 1 --threads 1 2>said &
    running=$!
    until [ -e begun/tally/state.run ] || ! kill -0 $running 2>killing; do :; done
    kill -9 $running
    wait $running 2>waiting
    [ -e begun/tally/state.run ] && [ ! -e begun/impact.csv ] || fail "no case was begun: $(cat said)"
}
begin

everything_in() { (cd "$1" && find . -type f ! -name '.*' | sort | xargs sha256sum); }

# refused WHAT MESSAGE [ARGUMENT...]: --resume says so, and changes nothing. ./case is what it is tried on.
refused()
{
    refused_what=$1
    refused_message=$2
    shift 2
    everything_in case >before
    [ $# -gt 0 ] || set -- dump --profile profile.json
    program 2 scan --case case --resume --quiet "$@"
    expect "lines said of $refused_what" 1 "$(wc -l <stderr)"
    expect_line "$refused_what" stderr "$refused_message"
    everything_in case >after
    cmp -s before after || { fail "$refused_what: the case was changed"; diff before after >&2; }
}
new_case()
{
    rm -rf case
    cp -rp begun case
}
goes_on()
{
    program 3 scan dump --case case --resume --quiet --profile profile.json "$@"
    same_results "$*" whole case
}

# Evidence.
new_case
file=dump/odd/modems.log
cp -p $file kept
touch -d "2020-01-01" $file
refused "a file that was written to" "$file: written to"
cp -p kept $file
touch -r kept $file
echo more >dump/odd/new.log
refused "a new file" "dump/odd/new.log: new"
rm dump/odd/new.log
mv $file moved
refused "a file that is gone" "$file: gone"
mv moved $file
refused "a part of the evidence" "the evidence has changed" dump/odd --profile profile.json
refused "more evidence" "the evidence has changed" dump profile.json --profile profile.json
goes_on

# The profile.
new_case
refused "another profile" "the profile has changed" dump --profile other_profile.json
refused "no profile" "the profile has changed" dump
goes_on

# Options that decide what is counted.
new_case
for options in "--hash none" "--only imei" "--exclude *.zip" "--max-depth 3" "--max-ratio 77" "--max-bytes 9999" "--max-members 5"; do
    # shellcheck disable=SC2086
    (set -f; refused "$options" "the options have changed" dump --profile profile.json $options)
done
expect_line "what they were" stderr "--max-members=5"
goes_on
new_case
if "$BREACHTALLY" scan --help | grep -q -e --records-distinct; then
    refused "--records-distinct off" "changed" dump --profile profile.json --records-distinct off
fi
[ ! -d case.partial ] || fail "a shard's folder is there"

# Evidence that was moved, with the times of its files, is what it was.
new_case
mkdir elsewhere
mv dump elsewhere/dump
program 3 scan elsewhere/dump --case case --resume --quiet --profile profile.json
same_results "evidence that was moved" whole case
mv elsewhere/dump dump

# Options that may change.
new_case
goes_on --threads 3 --memory 1M --block-bytes 4096 --read-bytes 999 --engine pcre2

# The key.
new_case
mv case/case.key key
refused "no key" "case.key is missing"
tr 0123456789abcdef 123456789abcdef0 <key >case/case.key
refused "another key" "key"
echo "no key at all" >case/case.key
refused "no key at all" "case.key is no key"
: >case/case.key
refused "an empty key" "case.key is no key"
mv key case/case.key
goes_on

# The state: cut off, a byte of it changed, gone. Only its own bytes bring it back.
new_case
cp -p case/tally/state.run state
size=$(wc -c <state)
for cut in 0 1 100 $((size / 2)) $((size - 1)); do
    head -c $cut state >case/tally/state.run
    refused "a state of $cut bytes" "state.run is damaged"
done
at=0
while [ $at -lt "$size" ]; do
    byte=$(tail -c +$((at + 1)) state | head -c 1 | od -An -tu1 | tr -d ' ')
    { head -c $at state; printf "\\$(printf %o $((byte ^ 32)))"; tail -c +$((at + 2)) state; } >case/tally/state.run
    refused "a state with a wrong byte at $at" "breachtally: "
    at=$((at + 1 + size / 60))
done
cp -p state case/tally/state.run
goes_on

# A run of counts that is damaged or gone: said when it is needed, never counted without.
new_case
run=$(ls case/tally/holders-*.run | head -n 1)
mv "$run" run
run_exit=0
"$BREACHTALLY" scan dump --case case --resume --quiet --profile profile.json >said 2>&1 || run_exit=$?
[ $run_exit -eq 2 ] || [ $run_exit -eq 4 ] || fail "a run is gone: exit $run_exit"
expect_line "a run that is gone" said "${run##*/}"
[ ! -e case/impact.csv ] || fail "a run is gone, and there is a result"
mv run "$run"
goes_on

# Folders that are none of ours. Nothing in them is touched.
mkdir -p foreign/tally
echo theirs >foreign/tally/counts.txt
echo theirs >foreign/summary.json
cp -rp foreign case2
for tried in dump "dump --resume"; do
    # shellcheck disable=SC2086
    program 2 scan $tried --case case2 --quiet
    diff -r foreign case2 >&2 || fail "a foreign folder was changed by scan $tried"
done
rm case2/summary.json
program 2 scan dump --resume --case case2 --quiet
[ "$(cat case2/tally/counts.txt)" = theirs ] || fail "a foreign file in tally/ is gone"
new_case
echo theirs >case/theirs.txt
refused "a foreign file in a case" "not empty"
rm case/theirs.txt
goes_on

# One at a time: a second run into a case where one is at work is refused, and harms nothing.
rm -rf case
"$BREACHTALLY" scan dump --case case --profile profile.json --quiet --checkpoint-bytes 50k --read-bytes 1 --threads 1 2>said &
running=$!
until [ -e case/tally/state.run ] || ! kill -0 $running 2>killing; do :; done
second_exit=0
"$BREACHTALLY" scan dump --case case --resume --profile profile.json --quiet 2>said_second || second_exit=$?
if kill -0 $running 2>killing && [ ! -e case/impact.csv ]; then
    expect "exit of the second" 4 $second_exit
    expect_line "what the second says" said_second "another run is at work"
fi
first_exit=0
wait $running || first_exit=$?
expect "exit of the first" 3 $first_exit
same_results "the first of two" whole case

# A finished case is refused without --resume.
program 2 scan dump --case case --profile profile.json
expect_line "a case that is there" stderr "not empty"
