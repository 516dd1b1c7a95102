# The time that --aware gives is the case's own: report, merge and --resume keep it, and another one replaces it.
. "$EXPECT"
. "$TESTS/evidence.sh"

mkdir dump
printf 'customer_id,imei\nC-1,490154203237518\n' >dump/a.csv
printf 'customer_id,imei\nC-2,356938035643809\n' >dump/b.csv
printf 'customer_id,country\nC-1,JP\nC-2,JP\n' >roster.csv
monday=2026-11-23T09:00:00Z
tuesday=2026-11-24T09:00:00Z

# clocks CASE: when it became known, and when Japan's first report is due.
clocks() { summary "$1" '"\(.aware_time) \(.regimes[] | select(.id == "JP-APPI").due_preliminary)"'; }

program 0 scan dump --case case --aware $monday --quiet
expect "of the scan" "$monday 2026-11-28T09:00:00Z" "$(clocks case)"
cp case/summary.json before.json
program 0 report case --quiet
cmp before.json case/summary.json || fail "report changes summary.json"
program 0 report case --roster roster.csv --quiet
expect "with a roster" "$monday 2026-11-28T09:00:00Z" "$(clocks case)"
program 0 report case --roster roster.csv --aware $tuesday --quiet
expect "another time" "$tuesday 2026-11-29T09:00:00Z" "$(clocks case)"
program 0 report case --roster roster.csv --quiet
expect "the other time stays" "$tuesday 2026-11-29T09:00:00Z" "$(clocks case)"

program 0 scan dump --case plain --quiet
expect "nobody said when" "null null" "$(clocks plain)"
program 0 report plain --quiet
expect "nobody says when" "null null" "$(clocks plain)"

# --resume goes on with what was said, killed or done.
program 0 scan dump --case case2 --aware $monday --quiet
program 0 scan dump --case case2 --resume --quiet
expect "taken up when done" "$monday 2026-11-28T09:00:00Z" "$(clocks case2)"
program 0 scan dump --case case2 --resume --aware $tuesday --quiet
expect "taken up with another time" "$tuesday 2026-11-29T09:00:00Z" "$(clocks case2)"

# Shards say it, or some of them do; two times are a question.
program 0 scan dump --case part0 --shard 0/2 --aware $monday --quiet
program 0 scan dump --case part1 --shard 1/2 --quiet
program 0 scan dump --case part1b --shard 1/2 --aware $tuesday --quiet
program 0 merge part1 part0 --case merged --quiet
expect "merged" "$monday 2026-11-28T09:00:00Z" "$(clocks merged)"
program 0 merge merged --case again --quiet
expect "merged again" "$monday 2026-11-28T09:00:00Z" "$(clocks again)"
program 2 merge part0 part1b --case unsure
expect_line "two times" stderr "say with --aware which time is true"
[ ! -e unsure/impact.csv ] || fail "a refused merge has results"
program 0 merge part0 part1b --case sure --aware $tuesday --quiet
expect "which is true" "$tuesday 2026-11-29T09:00:00Z" "$(clocks sure)"
