# Every file of fixtures/small alone: exit status, lines of coverage.csv and impact.csv, identifiers.
. "$EXPECT"

for file in "$FIXTURES"/small/*; do
    name=${file##*/}
    case $name in
    truncated.gz | wrong_crc.gz) exit_status=3 ;;
    *) exit_status=0 ;;
    esac
    scan $exit_status case "$file"
    echo "== $name: exit $exit_status"
    tail -n +2 case/coverage.csv
    tail -n +2 case/impact.csv
    jq -r '"   " + ([.identifiers | to_entries[] | select(.value.distinct + .value.possible > 0)
            | "\(.key) \(.value.distinct)" + (if .value.possible > 0 then " (\(.value.possible) possible)" else "" end)]
            + ["fixes \(.loc_fixes)", "unattributed \(.records_unattributed)"] | join(", "))' case/summary.json
done

# All of them together: the same records, those of equal content once.
scan 3 together "$FIXTURES/small"
expect "records together" 164 "$(summary together .records_raw)"
