# Lines of logs and exports, each a file of its own, with all that is to be found in them: tests/vectors/scan*.csv. Rows of
# kind "none" must give nothing. How many of each kind are counted; the canonical forms are held by check_vectors.
. "$EXPECT"

# found CASE: "kind=n ..." of what is confirmed or likely, "gps=n", and "vin_bad_check=n" of possible VINs.
found()
{
    jq -r '[(.identifiers | to_entries[] | select(.value.distinct > 0) | "\(.key)=\(.value.distinct)"),
            (select(.loc_fixes > 0) | "gps=\(.loc_fixes)"),
            (select(.identifiers.vin.possible > 0) | "vin_bad_check=\(.identifiers.vin.possible)")] | sort | join(" ")' "$1/summary.json"
}
expected() { printf '%s\n' "$1" | tr ';' '\n' | sed 's/=.*//' | grep . | sort | uniq -c | awk '{ printf "%s%s=%s", (NR > 1 ? " " : ""), $2, $1 }'; }

rows=0
for file in scan scan_edges; do csv_cells "$TESTS/vectors/$file.csv" | tail -n +2; done >rows
while IFS=$(printf '\037') read -r kind text valid normalised source; do
    rows=$((rows + 1))
    printf '%s\n' "$text" >line.txt
    rm -rf case
    "$BREACHTALLY" scan line.txt --case case --quiet --no-progress --threads 1 || fail "row $rows: exit $?"
    want=$(expected "$normalised")
    # A terminal ID under its name is likely (identifiers, 4.3); the row does not list it.
    case $text in *terminalId*) want="$want terminal_id=1" ;; esac
    expect "row $rows ($kind): $text" "$want" "$(found case)"
done <rows
expect_at_least "rows" 200 "$rows"
