# --json, --quiet, --no-progress, colour and progress: what stands on stdout and stderr.
. "$EXPECT"

"$GENERATE" --out dump --customers 300 --rows 2500 --seed 8 >said
scan 0 case_json dump --json
cmp -s stdout case_json/summary.json || fail "--json differs from summary.json"
expect "stderr of --json" "" "$(cat stderr)"
scan 0 case_quiet dump --quiet
expect "--quiet prints" "" "$(cat stdout stderr)"
scan 0 case_short dump -q
expect "-q prints" "" "$(cat stdout stderr)"
scan 0 case dump
expect "progress where there is no terminal" "" "$(cat stderr)"
expect_line "the table" stdout "Customers    300 affected (at least 300, at most 300"
for kind in vin frame_number imei iccid mac; do
    distinct=$(summary case ".identifiers.$kind.distinct" | sed -e ':a' -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/;ta')
    grep -qE "^ +$kind +$distinct +" stdout || fail "the table does not say $kind $distinct"
done
expect "results of all these" 1 "$(for c in case case_json case_quiet case_short; do results_digest $c; done | sort -u | wc -l)"

# Unread evidence is said even under --quiet by the exit status, and under --json stays off stdout.
rm -rf case_q
program 3 scan "$FIXTURES/small" --case case_q --quiet
rm -rf case_q
program 3 scan "$FIXTURES/small" --case case_q --json
jq -e . stdout >parsed || fail "--json is no JSON"

# case.json says how it was made.
expect "case.json: command line" "scan" "$(jq -r '.command_line[1]' case/case.json)"
expect "case.json: status" "finished 0" "$(jq -r '"\(.status) \(.exit_code)"' case/case.json)"
expect "case.json: exit code of unread evidence" 3 "$(jq -r .exit_code case_q/case.json)"
for key in schema tool started ended detectors_sha256 profile_sha256 limits roots sandbox libraries cpu_path threads; do
    expect "case.json has $key" true "$(jq "has(\"$key\")" case/case.json)"
done
printf '{}' >profile.json
scan 0 case_profile dump --profile profile.json
expect "digest of the profile" "$(sha256sum <profile.json | cut -d ' ' -f 1)" "$(jq -r .profile_sha256 case_profile/case.json)"
expect "the same in summary.json" "$(jq -r .profile_sha256 case_profile/case.json)" "$(summary case_profile .profile_sha256)"

scan 0 case dump
# On a terminal: a progress line that goes away again; none under --no-progress; no colour under NO_COLOR.
if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
    slow="--threads 1 --read-bytes 1"
    script -qec "'$BREACHTALLY' scan dump --case case_tty $slow" seen >said 2>&1
    results_digest case_tty >tty_digest
    expect "results on a terminal" "$(results_digest case)" "$(cat tty_digest)"
    NO_COLOR=1 script -qec "'$BREACHTALLY' scan dump --case case_plain $slow --no-progress" /dev/null >plain 2>&1
    tr -d '\r\n' <plain | grep -aq '[[:cntrl:]]' && fail "neither colour nor progress, and yet control bytes on a terminal"
    NO_COLOR=1 script -qec "'$BREACHTALLY' scan dump --case case_nocolor $slow" /dev/null >nocolor 2>&1
    grep -aqE "$(printf '\033')\[[0-9;]*m" nocolor && fail "NO_COLOR, and yet colour"
    expect "the table is the same on a terminal" "$(grep -v ^Written stdout)" "$(tr -d '\r' <plain | grep -v ^Written)"
else
    skip_part "a terminal (no script)"
fi

# However the world writes numbers.
for locale in de_DE.UTF-8 ja_JP.UTF-8 tr_TR.UTF-8 C; do
    rm -rf case_locale
    LC_ALL=$locale TZ=Asia/Tokyo "$BREACHTALLY" scan dump --case case_locale --quiet
    expect "results under $locale" "$(results_digest case)" "$(results_digest case_locale)"
done
