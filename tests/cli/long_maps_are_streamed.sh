# Maps in a document of over 16 MiB, and one that is so long itself, give what their members give one a line.
. "$EXPECT"
. "$TESTS/evidence.sh"

"$GENERATE" --out dump --customers 300 --bytes 5M --seed 23 --only ndjson --gzip none >said || fail "generate: $(cat said)"
find dump -name '*.ndjson' -exec cat {} + | sort | sed -E 's/:([0-9]{16,})/:"\1"/g' >lines

# A customer with more positions than fit in one unit, one of them a line or a member.
track()
{
    awk -v lines="$1" 'BEGIN {
        for (i = 1; i <= 230000; i++) {
            where = sprintf("\"lat\":35.%06d,\"lon\":139.%06d,\"time\":\"2021-05-%02dT01:02:%02dZ\"", i * 7919 % 1000000, i * 104729 % 1000000, i % 28 + 1, i % 60)
            if (lines) print "{\"customer_id\":\"C-9\",\"vin\":\"JTDKN3DU7A1224466\"," where "}"
            else printf "%s\"-N%d\":{%s}", (i > 1 ? "," : ""), i, where
        }
    }'
}
admins='{"a1":{"customer_id":"A-1","vin":"1FADZKHP4DR064425"},"a2":{"customer_id":"A-2","phones":[{"imei":"868123450011227"},{"imei":"868123450011235"}]}}'
mkdir ndjson map
{ cat lines; track 1
  printf '%s\n' '{"customer_id":"A-1","vin":"1FADZKHP4DR064425"}' '{"customer_id":"A-2","imei":"868123450011227"}' '{"customer_id":"A-2","imei":"868123450011235"}'
  printf '%s\n' '{"customer_id":"B-1","vin":"WVWZZZAUZXP654321"}' '{"customer_id":"B-2","vin":"JTNE1ED5XFU509127"}'; } >ndjson/x
{ printf '{"at":"x","admins":%s,"regions":{' "$admins"
  awk 'NR % 2000 == 1 { printf "%s\"r%d\":{\"users\":{", (NR > 1 ? "}}," : ""), NR } { printf "%s\"k%d\":{\"n\":%d,\"of\":%s}", (NR % 2000 == 1 ? "" : ",\n"), NR, NR, $0 }
       END { printf "}}}" }' lines
  printf ',"long":{"C-9":{"customer_id":"C-9","vin":"JTDKN3DU7A1224466","track":{'; track 0
  printf '}}},"last":{"b1":{"customer_id":"B-1","vin":"WVWZZZAUZXP654321"},"b2":{"customer_id":"B-2","vin":"JTNE1ED5XFU509127"}},"count":7}'; } >map/x
expect_at_least "bytes" $((16 << 20)) "$(wc -c <map/x)"

people() { impact_without_places "$1" | sed -E 's/,(field|parent|field\+parent),/,basis,/'; }
scan 0 case_ndjson ndjson
people case_ndjson >reference
scan 0 case_map map
people case_map >got
cmp -s reference got || { fail "persons of the maps differ"; diff reference got | head -n 6 >&2; }
for figure in .records_raw .records_distinct .loc_fixes .vehicles_distinct .clusters_unattributed .records_orphan_location; do
    expect "$figure of maps" "$(summary case_ndjson $figure)" "$(summary case_map $figure)"
done
expect_coverage case_map map/x COMPLETE "" format json detail ""

for freedom in "--threads 3 --block-bytes 9000 --read-bytes 4096" "--threads 2 --block-bytes 67108864"; do
    # shellcheck disable=SC2086
    scan 0 case map $freedom
    same_results "$freedom" case_map case
done
for hash in sha256 none; do
    scan 0 reference_case map --hash $hash
    killed_scan 100 170 980 map --hash $hash
    same_results "killed, with --hash $hash" reference_case case
done

# Maps of few customers, each with more of its own than any context holds: nobody takes what is another's.
few()
{
    awk -v shape="$1" 'BEGIN {
        split("JTNE1ED5XFU509127 1FADZKHP4DR064425 JTDKN3DU7A1224466 WVWZZZAUZXP654321", vins, " ")
        blob = sprintf("%1000s", ""); gsub(" ", "x", blob)
        printf "%s{", shape == "within" ? "{\"at\":\"x\",\"customers\":" : ""
        for (c = 1; c <= 4; c++) {
            printf "%s\"C-%d\":{\"customer_id\":\"C-%d\",\"vin\":\"%s\",\"note\":\"", (c > 1 ? "," : ""), c, c, vins[c]
            for (i = 0; i < 700; i++) printf "%s", blob
            printf "\",\"route\":{\"type\":\"LineString\",\"coordinates\":["
            for (i = 0; i < 180000; i++) printf "%s[139.%06d,35.%06d]", (i > 0 ? "," : ""), i * 104729 % 1000000, i * 7919 % 1000000
            printf "]}}"
        }
        printf "}%s", shape == "within" ? "}" : ""
    }'
}
mkdir few
few outermost >few/outermost.json
few within >few/within.json
expect_at_least "bytes" $((16 << 20)) "$(wc -c <few/within.json)"
scan 0 reference_case few
for name in outermost within; do
    expect_coverage reference_case few/$name.json COMPLETE "" units 4 records 4 detail ""
done
for customer in C-1 C-2 C-3 C-4; do expect_impact reference_case $customer tier T1 vins 1 records 2 loc_fixes 360000; done
for freedom in "--threads 3 --block-bytes 9000 --read-bytes 4096" "--threads 2 --block-bytes 67108864"; do
    # shellcheck disable=SC2086
    scan 0 case few $freedom
    same_results "$freedom, of few customers" reference_case case
done

# What nests without end takes the time and the memory of its bytes.
mkdir deep
awk 'BEGIN { for (i = 0; i < 340000; i++) printf "{\"vin\":\"JTNE1ED5XFU509127\",\"customer_id\":\"C-1\",\"in\":" }' >deep/cut_off.json
expect_at_least "bytes of what is deep" $((16 << 20)) "$(wc -c <deep/cut_off.json)"
deep_exit=0
(ulimit -v 900000 && ulimit -t 20 && exec "$BREACHTALLY" scan deep --case deep_case --threads 1 --quiet) >said 2>&1 || deep_exit=$?
expect "exit status of what is deep" 3 $deep_exit
