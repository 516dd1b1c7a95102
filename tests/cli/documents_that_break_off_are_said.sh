# JSON whose end is missing is not all there: a responder has to know, whatever of it could be read.
. "$EXPECT"
. "$TESTS/evidence.sh"

# element N: a record of customer C-N.
element()
{
    printf '{"customer_id":"C-%s","vin":"JTNE1ED5XFU509127","note":"a [b] \\"{"}' "$1"
}
cut="PARTIAL RESIDUE_SCANNED_RAW"
off="a document that breaks off"
mkdir odd
{ printf '['; element 1; printf ',\n'; element 2; printf ',{"a":1,"b'; } >odd/in_a_name.json
{ printf '['; element 1; printf ','; element 2; printf ', \n '; } >odd/behind_a_comma.json
{ printf '[['; element 1; printf '],\n['; element 2; printf ']\n\n'; } >odd/one_of_two_brackets.json
{ printf '{"list":[\n'; element 1; printf ',\n'; element 2; printf '\n'; } >odd/without_brackets.json
{ printf '{"customer_id":"C-1","vin":"JTNE1ED5XFU509127","trips":[{"start":"2021-05-01T01:02:03Z"},{"start":"2021'; } >odd/in_an_inner_string.json
{ element 1; printf '\n'; element 2; printf '\n'; element 3 | head -c 50; } >odd/lines.ndjson
{ printf '['; element 1; printf ','; element 2; } | gzip -nc >odd/packed.json.gz
scan 0 case odd
# shellcheck disable=SC2086
{
    expect_coverage case odd/in_a_name.json $cut units 4 records 2 detail "$off; 1 unit read as text"
    expect_coverage case odd/behind_a_comma.json $cut units 2 records 2 detail "$off"
    expect_coverage case odd/one_of_two_brackets.json $cut units 2 records 2 detail "$off"
    expect_coverage case odd/without_brackets.json $cut units 2 records 2 detail "$off; 1 unit read as text"
    expect_coverage case odd/in_an_inner_string.json $cut records 2 detail "$off; 1 unit read as text"
    expect_coverage case odd/lines.ndjson $cut units 3 records 3 detail "$off; 1 unit read as text"
    expect_coverage case odd/packed.json.gz $cut units 2 records 2 detail "$off"
}
expect "partial objects" 7 "$(summary case .objects.partial)"

# What is whole, or broken elsewhere than at its end, lacks no end.
mkdir whole
{ printf '['; element 1; printf ','; element 2; printf ']'; } >whole/list.json
{ printf '[]\n'; element 1; printf '\n'; element 2; } >whole/values.json
{ printf '[\n'; element 1; printf ',\n{"customer_id":"C-2","vin":"JTNE1ED5XFU509127","x":"y"z"},\n'; element 3; printf '\n]\n'; } >whole/broken_amid.json
{ element 1; printf '\n'; element 2 | head -c 50; printf '\n'; element 3; printf '\n'; } >whole/broken_line.ndjson
{ element 1; printf '\n'; element 2 | head -c 50; printf '\n'; } >whole/broken_last_line.ndjson
scan 0 case whole
for name in list.json values.json broken_amid.json broken_line.ndjson broken_last_line.ndjson; do
    expect_coverage case whole/$name COMPLETE ""
done
expect "what is said of a document that is broken amid" "1 unit read as text" "$(coverage case whole/broken_amid.json detail)"

# Of any length: lists, and values of over 16 MiB that are read in parts. Where it is cut does not show in blocks, threads or reads.
mkdir long
for shape in list within map; do
    awk -v shape=$shape 'BEGIN {
        printf "%s", shape == "list" ? "[" : shape == "within" ? "{\"at\":\"x\",\"events\":[" : "{\"at\":\"x\",\"customers\":{"
        for (i = 0; i < 140000; i++)
            printf "%s%s{\"customer_id\":\"C-%d\",\"imei\":\"356250090901175\",\"n\":[%d,[1]],\"text\":\"it is some text of no meaning that fills the line [\"}",
                (i > 0 ? ",\n" : ""), (shape == "map" ? "\"k" i "\":" : ""), i % 3, i
    }' >long/$shape.json
    expect_at_least "bytes of $shape" $((16 << 20)) "$(wc -c <long/$shape.json)"
    head -c $(($(wc -c <long/$shape.json) - 30)) long/$shape.json >long/${shape}_in_an_element.json
done
scan 0 reference_case long
for shape in list within map; do
    # shellcheck disable=SC2086
    {
        expect_coverage reference_case long/$shape.json $cut records 140000
        expect_coverage reference_case long/${shape}_in_an_element.json $cut records 140000
    }
    case $(coverage reference_case long/$shape.json detail) in "$off"*) ;; *) fail "nothing is said of $shape" ;; esac
done
for freedom in "--threads 3 --block-bytes 9000 --read-bytes 4096" "--threads 2 --block-bytes 67108864"; do
    # shellcheck disable=SC2086
    scan 0 case long $freedom
    same_results "$freedom" reference_case case
done
for hash in sha256 none; do
    scan 0 reference_case long --hash $hash
    killed_scan 200 240 950 long --hash $hash
    same_results "killed, with --hash $hash" reference_case case
done
