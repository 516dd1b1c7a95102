# `-` is one stream on stdin, packed or not; together with files; once.
. "$EXPECT"

"$GENERATE" --out dump --customers 200 --rows 2000 --seed 6 --gzip none >said
table=$(find dump/telemetry -name 'part-000.csv' | sort | head -n 1)
scan 0 case_file "$table"
scan 0 case_stdin - <"$table"
impact_without_places case_file >of_file
impact_without_places case_stdin >of_stdin
cmp -s of_file of_stdin || fail "impact.csv differs between a file and stdin"
expect "units" "$(csv_columns case_file/coverage.csv units)" "$(csv_columns case_stdin/coverage.csv units)"
expect "digest" "$(sha256sum <"$table" | cut -d ' ' -f 1)" "$(csv_columns case_stdin/coverage.csv sha256)"
expect "size" "$(wc -c <"$table")" "$(csv_columns case_stdin/coverage.csv size)"
# A name of `-` is text that a spreadsheet would take for a formula.
expect "name" "'-" "$(csv_columns case_stdin/coverage.csv path)"

# From a pipe that gives little at a time.
{ head -c 1000 "$table"; sleep 0.2; tail -c +1001 "$table" | head -c 1; sleep 0.1; tail -c +1002 "$table"; } >slow_source &
wait
rm -rf case_pipe
{ head -c 1000 "$table"; sleep 0.2; tail -c +1001 "$table" | head -c 1; sleep 0.1; tail -c +1002 "$table"; } |
    "$BREACHTALLY" scan - --case case_pipe --quiet || fail "stdin from a slow pipe: exit $?"
expect "results from a slow pipe" "$(results_digest case_stdin)" "$(results_digest case_pipe)"

gzip -c "$table" >table.gz
scan 0 case_gzip - <table.gz
impact_without_places case_gzip >of_gzip
cmp -s of_file of_gzip || fail "impact.csv differs between a file and gzip on stdin"
head -c 3000 table.gz >cut.gz
scan 3 case_cut - <cut.gz
expect "cut on stdin" "PARTIAL TRUNCATED" "$(csv_columns case_cut/coverage.csv status reason)"

scan 0 case_empty - </dev/null
expect "empty stdin" "COMPLETE 0" "$(csv_columns case_empty/coverage.csv status size)"
expect "header line all the same" 1 "$(wc -l <case_empty/impact.csv)"

scan 0 case_both - dump/billing <"$table"
expect "objects" 2 "$(summary case_both .objects.listed)"
program 2 scan - - --case case_twice <"$table"

# Closed standard input is no evidence, and no crash.
closed_exit=0
"$BREACHTALLY" scan - --case case_closed --quiet <&- >said 2>&1 || closed_exit=$?
case $closed_exit in 0) fail "closed stdin is exit 0" ;; 2 | 3 | 4) ;; *) fail "closed stdin: exit $closed_exit" ;; esac
