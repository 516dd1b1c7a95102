# What lacks its end is not all there: a responder has to know, whatever of it could be read.
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

# Tables: a quoted cell that is open at the end, and a last row that alone lacks columns and its line end.
vin=JTNE1ED5XFU509127
rows="customer_id,vin,city
C-1,$vin,x
"
mkdir tables plain
printf '%sC-2,"%s' "$rows" $vin >tables/in_a_quoted_cell.csv
printf '%sC-2,%s,"x\nsome more\n' "$rows" $vin >tables/in_a_cell_of_lines.csv
printf '%sC-2,%s' "$rows" $vin >tables/in_a_row.csv
printf '%sC-2,%s' "$rows" $vin | tr , '\t' | gzip -nc >tables/packed.tsv.gz
printf 'INSERT INTO t (customer_id,vin) VALUES (%s),\n(%s,%s' "'C-1','$vin'" "'C-2'" "'$vin" >tables/in_a_tuple.sql
printf 'COPY t (customer_id,vin) FROM stdin;\nC-1\t%s\n' $vin >tables/in_rows_of_copy.sql
printf -- '-- MySQL dump 10.13  Distrib 8.0.36\nINSERT INTO t (customer_id,vin) VALUES (%s);\n' "'C-1','$vin'" >tables/between_statements.sql
scan 0 case tables
for name in in_a_quoted_cell.csv in_a_cell_of_lines.csv in_a_row.csv packed.tsv.gz in_a_tuple.sql in_rows_of_copy.sql between_statements.sql; do
    # shellcheck disable=SC2086
    expect_coverage case tables/$name $cut
    case $(coverage case tables/$name detail) in *"$off"*) ;; *) fail "nothing is said of $name" ;; esac
done
printf '%sC-2,%s,y' "$rows" $vin >plain/no_line_end.csv
printf '%sC-2,%s\nC-3,%s' "$rows" $vin $vin >plain/other_short_rows.csv
printf '%sC-2,%s\n' "$rows" $vin >plain/short_with_line_end.csv
printf '%sTotal: 1 row' "$rows" >plain/footer.csv
printf '%sC-2,%s,"stray\nC-3,%s,z\n' "$rows" $vin $vin >plain/stray_quote.csv
printf 'INSERT INTO t (customer_id,vin) VALUES (%s)' "'C-1','$vin'" >plain/no_semicolon.sql
scan 0 case plain
for name in no_line_end.csv other_short_rows.csv short_with_line_end.csv footer.csv stray_quote.csv no_semicolon.sql; do
    expect_coverage case plain/$name COMPLETE ""
done
# What other rows are like is known from all blocks and threads, and a killed run's.
mkdir wide
awk -v vin=$vin 'BEGIN { print "customer_id,vin,city"; for (i = 0; i < 40000; i++) print "C-" i "," vin ",somewhere else"; printf "C-x," vin }' >wide/cut.csv
{ printf '%sC-0,%s\n' "$rows" $vin; tail -n +2 wide/cut.csv; } >wide/short_before.csv
scan 0 reference_case wide
# shellcheck disable=SC2086
expect_coverage reference_case wide/cut.csv $cut units 40001
expect_coverage reference_case wide/short_before.csv COMPLETE ""
for freedom in "--threads 3 --block-bytes 9000 --read-bytes 4096" "--threads 2 --block-bytes 67108864" "--threads 1 --block-bytes 1"; do
    # shellcheck disable=SC2086
    scan 0 case wide $freedom
    same_results "$freedom" reference_case case
done

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
