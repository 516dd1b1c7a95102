# Texts of NDJSON that come again and again: what is refused in them is counted each time, and what comes between them changes nothing.
. "$EXPECT"

# lines COUNT: each a text with an IMEI whose check digit is wrong, one that holds nothing, in escapes and without, and a version.
lines()
{
    awk -v count="$1" 'BEGIN {
        for (i = 0; i < count; i++) {
            printf "{\"customer_id\":\"C-%d\",\"msg\":\"unit 868123450011228 gone\",\"note\":\"caf\\u00e9 \\\"A\\\", 2nd\\nfloor\",", i
            printf "\"version\":\"1.%d.%02d\",\"say\":\"ratio 1.25 of 3.50\",\"imei\":\"868123450011227\"}\n", i % 7, i % 100
        }
    }'
}

for count in 1 2 3 40 4000; do
    mkdir "$count"
    lines "$count" >"$count/a.ndjson"
    scan 0 "case.$count" "$count"
    jq -c '[.records_raw, .findings, .identifiers.imei.confirmed, .identifiers.imei.rejected, (.rejected_by_reason | to_entries[] | select(.value > 0))]' "case.$count/summary.json"
done

# The same by other paths, and in blocks of one line.
for way in "--cpu portable" "--cpu avx2" "--block-bytes 1" "--threads 3 --block-bytes 300"; do
    case $way in *avx2) "$BREACHTALLY" scan --cpu avx2 1 --case probe >/dev/null 2>&1 || continue ;; esac
    # shellcheck disable=SC2086
    scan 0 "other" $way 4000
    cmp other/summary.json case.4000/summary.json || fail "$way"
    cmp other/impact.csv case.4000/impact.csv || fail "$way"
    rm -r other
done
