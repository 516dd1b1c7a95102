# breachtally detectors: the golden table.
. "$EXPECT"
program 0 detectors
cat stdout
expect "lines beyond 100 columns" "" "$(awk 'length > 100' stdout)"
program 0 detectors --json
expect "false accepts of eid" '"1 in 97"' "$(jq -c 'select(.kind == "eid") | .false_accepts' stdout)"
expect "kinds without an element" '["msisdn","email"]' "$(jq -sc 'map(select(.element == null) | .kind)' stdout)"
expect "a pattern" true "$(jq -c 'select(.kind == "meid") | .pattern == "(?<![0-9A-Za-z])[A-Fa-f][0-9A-Fa-f]{14}(?![0-9A-Za-z])"' stdout)"
