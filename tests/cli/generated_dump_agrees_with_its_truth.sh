# Every customer and every column of a generated dump, however it is packed and by either engine.
. "$EXPECT"

compare()
{
    truth=$1
    case_folder=$2
    "$TRUTH_COMPARE" "$truth" "$case_folder" >compared || { fail "$case_folder differs from the truth"; cat compared >&2; }
    expect "differences of $case_folder" 0 "$(tail -n 1 compared | sed 's/.* compared, \([0-9]*\) differ$/\1/')"
    expect_at_least "values compared in $case_folder" 50000 "$(tail -n 1 compared | cut -d ' ' -f 1)"
}

for packing in some all none; do
    "$GENERATE" --out "dump_$packing" --customers 3000 --rows 15000 --seed 7 --gzip "$packing" >generated ||
        fail "generate: $(cat generated)"
    scan 0 "case_$packing" "dump_$packing"
    compare "dump_$packing.truth" "case_$packing"
    expect "objects complete" "$(find "dump_$packing" -type f | wc -l)" "$(summary "case_$packing" .objects.complete)"
done
expect "customers" 3000 "$(summary case_some .persons_best)"

scan 0 case_pcre2 dump_some --engine pcre2
compare dump_some.truth case_pcre2
expect "results by the patterns alone" "$(results_digest case_some)" "$(results_digest case_pcre2)"

scan 0 case_unhashed dump_some --hash none
compare dump_some.truth case_unhashed
expect "impact.csv without hashing" "$(sha256sum <case_some/impact.csv)" "$(sha256sum <case_unhashed/impact.csv)"

# Another seed and other proportions: few customers with much each.
"$GENERATE" --out dump_few --customers 40 --rows 9000 --seed 12 --files 3 >generated
scan 0 case_few dump_few
"$TRUTH_COMPARE" dump_few.truth case_few >compared || { fail "few customers differ from the truth"; cat compared >&2; }
expect "estimates stand only above 64" 0 \
    "$(csv_columns case_few/impact.csv loc_points loc_cells loc_days | tr ' ' '\n' | sed -n 's/^~//p' | awk '$1 <= 45' | wc -l)"
