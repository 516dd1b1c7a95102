# One JSON or XML document, as long as it may be and however it is laid out, gives what its units give one a line.
. "$EXPECT"
. "$TESTS/evidence.sh"

"$GENERATE" --out dump --customers 300 --rows 12000 --seed 31 --only ndjson --gzip none >said || fail "generate: $(cat said)"
# jq reads numbers as doubles.
find dump -name '*.ndjson' -exec cat {} + | sort | sed -E 's/:([0-9]{16,})/:"\1"/g' >lines
expect_at_least "events" 2500 "$(wc -l <lines)"
mkdir ndjson one_line pretty within wrapped xml xml_pretty
cp lines ndjson/events
awk 'BEGIN { printf "[" } { printf "%s%s", (NR > 1 ? "," : ""), $0 } END { printf "]" }' lines >one_line/events
jq . lines | awk 'BEGIN { print "[" } { if ($0 == "{" && NR > 1) print ","; print "  " $0 } END { print "]" }' >pretty/events
awk 'BEGIN { printf "{\"exported\": {\"by\": \"x\"}, \"pages\": [{\"page\": 1, \"events\": [" } { printf "%s\n%s", (NR > 1 ? "," : ""), $0 } END { print "]}], \"count\": 7}" }' lines >within/events
awk '{ printf "{\"envelope\":%s}%s", $0, NR % 3 ? "" : " \n\n" }' lines >wrapped/events
to_xml='def text: tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;");
    def element(name): if type == "object" then "<\(name)>" + (to_entries | map(.key as $key | .value | element($key)) | join("")) + "</\(name)>"
                       elif type == "array" then map(element(name)) | join("") elif . == null then "" else "<\(name)>\(text)</\(name)>" end;'
{ printf '<?xml version="1.0" encoding="UTF-8"?>\n<events xmlns="urn:x">\n<exported by="x"/>'; jq -r "$to_xml element(\"event\")" lines; printf '</events>'; } >xml/events
sed 's/></>\n  </g' xml/events >xml_pretty/events
scan 0 case_ndjson ndjson
impact_without_places case_ndjson | sed -E 's/,(field|parent|field\+parent),/,basis,/' >reference
for shape in one_line pretty within wrapped xml xml_pretty; do
    scan 0 case $shape
    impact_without_places case | sed -E 's/,(field|parent|field\+parent),/,basis,/' >got
    cmp -s reference got || { fail "persons of $shape differ"; diff reference got | head -n 6 >&2; }
    for figure in .records_raw .records_distinct .loc_fixes .findings .vehicles_distinct .clusters_unattributed .records_orphan_location; do
        expect "$figure of $shape" "$(summary case_ndjson $figure)" "$(summary case $figure)"
    done
    expect "units of $shape" "$(coverage case_ndjson ndjson/events units)" "$(coverage case $shape/events units)"
done

# Over 16 MiB, where a document is no unit any more: customers with vehicles with their tracks, the last of them too long itself.
nested()
{
    awk -v xml="$1" -v pretty="$2" 'BEGIN {
        gap = pretty ? "\n    " : ""
        srand(7)
        for (c = 1; c <= 3; c++) {
            customers = customers sprintf(xml ? "%s<customer customer_id=\"C-%d\"><name>x</name>" : "%s{\"customer_id\": \"C-%d\", \"name\": \"x\", \"vehicles\": [", gap, c)
            printf "%s", c == 1 ? (xml ? "<?xml version=\"1.0\"?>\n<export at=\"x\"><kind>y</kind>" : "{\"at\": \"x\", \"customers\": [") : xml ? "" : ", "
            printf "%s", customers
            customers = ""
            for (v = 1; v <= 2; v++) {
                printf xml ? "%s<vehicle vin=\"%s\">" : "%s{\"vin\": \"%s\", \"track\": [", (v > 1 && !xml ? ", " gap : gap), v == 1 ? "JTNE1ED5XFU509127" : "1FADZKHP4DR064425"
                points = c == 3 && v == 2 ? 250000 : 50 * v
                for (i = 1; i <= points; i++)
                    printf xml ? "%s<p lat=\"35.%06d\" lon=\"139.%06d\"><time>2021-05-%02dT01:02:%02dZ</time></p>" : \
                        "%s{\"lat\": 35.%06d, \"lon\": 139.%06d, \"time\": \"2021-05-%02dT01:02:%02dZ\"}", (i > 1 && !xml ? "," gap : gap), rand() * 1000000, rand() * 1000000, i % 28 + 1, i % 60
                printf "%s", xml ? "</vehicle>" : "]}"
            }
            printf "%s", xml ? "</customer>" : "]}"
        }
        print xml ? "</export>" : "]}"
    }'
}
mkdir long
nested 0 0 >long/one_line.json
nested 0 1 >long/pretty.json
nested 1 0 >long/one_line.xml
nested 1 1 >long/pretty.xml
for name in one_line.json pretty.json one_line.xml pretty.xml; do
    expect_at_least "bytes of $name" $((16 << 20)) "$(wc -c <long/$name)"
    scan 0 case long/$name --block-bytes 100000
    expect_coverage case "$name" COMPLETE "" units 250350 records 250350
    for customer in C-1 C-2 C-3; do
        [ $customer = C-3 ] && fixes=250050 || fixes=150
        expect_impact case $customer tier T1 link_basis parent vins 2 loc_fixes $fixes records $fixes loc_days 28
    done
    expect "persons of $name" 3 "$(summary case .persons_upper)"
done

# Blocks, threads and reads do not show in parts, nor does an end at any moment.
rm long/one_line.json long/pretty.xml
scan 0 reference_case long
for freedom in "--threads 3 --block-bytes 9000 --read-bytes 4096" "--threads 2 --block-bytes 67108864"; do
    # shellcheck disable=SC2086
    scan 0 case long $freedom
    same_results "$freedom" reference_case case
done
for hash in sha256 none; do
    scan 0 reference_case long --hash $hash
    killed_scan 100 220 980 long --hash $hash
    same_results "killed, with --hash $hash" reference_case case
done

# What stands behind the elements of a long document is not inherited by them, which is said; what it is counts.
mkdir late
{ printf '{"list": ['; head -c 17000000 /dev/zero | tr '\0' ' '; printf '{"imei": "356250090901175"}], "customer_id": "C-9", "vin": "JTNE1ED5XFU509127"}'; } >late/late.json
scan 3 case late
expect_coverage case late/late.json PARTIAL OVERSIZED_RECORD units 2 records 2
expect "vehicles" 1 "$(summary case .vehicles_distinct)"
expect_impact case C-9 records 1 vins 1 imeis 0

# Broken amid a long document: what comes before and behind is read, and nothing is left out.
mkdir broken
{ head -c $((14 << 20)) long/pretty.json; printf ' oops, imei=356250090901175 " '; tail -c $((3 << 20)) long/pretty.json; } >broken/x.json
{ head -c $((14 << 20)) long/one_line.xml; printf ' oops <, imei=356250090901175 " '; tail -c $((3 << 20)) long/one_line.xml; } >broken/x.xml
for name in x.json x.xml; do
    scan 0 case broken/$name
    expect "IMEI of $name" 1 "$(summary case '.identifiers.imei.distinct // 0')"
    expect_at_least "fixes of $name" 120000 "$(summary case .loc_fixes)"
    expect_at_least "fixes behind the break in $name" 20000 $(($(summary case .loc_fixes) - $(impact case C-3 loc_fixes)))
done
scan 0 reference_case broken
scan 0 case broken --block-bytes 4000 --threads 3 --read-bytes 5000
same_results "broken, in other blocks" reference_case case
