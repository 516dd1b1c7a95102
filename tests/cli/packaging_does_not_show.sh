# The same table plain, gzipped, in gzip members cut anywhere, and gzipped under a plain name.
. "$EXPECT"

"$GENERATE" --out dump --customers 400 --rows 3000 --seed 9 --gzip none >said
table=$(find dump/telemetry -name 'part-000.csv' | sort | head -n 1)
bytes=$(wc -c <"$table")

mkdir plain packed members unnamed nested
cp "$table" plain/table.csv
gzip -c "$table" >packed/table.csv.gz
cp packed/table.csv.gz unnamed/table.csv
gzip -c packed/table.csv.gz >nested/table.csv.gz.gz

# Members that begin in the middle of a row, a number, a line end; one of a single byte, one of none.
start=0
for end in 1 2 79 80 1000 1000 4099 $((bytes / 2)) $((bytes - 1)) "$bytes"; do
    tail -c +$((start + 1)) "$table" | head -c $((end - start)) | gzip -c >>members/table.csv.gz
    start=$end
done
expect "members hold the table" "$(sha256sum <"$table")" "$(gzip -dc members/table.csv.gz | sha256sum)"

for packing in plain packed members unnamed nested; do
    scan 0 "case_$packing" "$packing"
    impact_without_places "case_$packing" >"impact_$packing"
    cmp -s impact_plain "impact_$packing" || fail "impact.csv of $packing differs from that of plain"
done
expect_at_least "customers" 100 "$(summary case_plain .persons_best)"
rows=$(($(wc -l <"$table") - 1))
expect_coverage case_plain plain/table.csv COMPLETE "" format csv units "$rows"
expect_coverage case_packed packed/table.csv.gz COMPLETE "" format "gzip>csv" units "$rows"
expect_coverage case_members members/table.csv.gz COMPLETE "" format "gzip>csv" units "$rows"
expect_coverage case_unnamed unnamed/table.csv COMPLETE "" format "gzip>csv" units "$rows"
expect_coverage case_nested nested/table.csv.gz.gz COMPLETE "" format "gzip>gzip>csv" units "$rows"

# All digests are those of the stored bytes.
for packing in plain/table.csv packed/table.csv.gz members/table.csv.gz; do
    expect "digest of $packing" "$(sha256sum <"$packing" | cut -d ' ' -f 1)" "$(coverage "case_${packing%%/*}" "$packing" sha256)"
done

# Packed and plain beside each other are two files with the same people, not a duplicate.
mkdir both
cp plain/table.csv packed/table.csv.gz both/
scan 0 case_both both
expect "duplicates" 0 "$(summary case_both .objects.duplicate)"
expect "records of both" $((2 * $(summary case_plain .records_raw))) "$(summary case_both .records_raw)"
expect "persons of both" "$(summary case_plain .persons_best)" "$(summary case_both .persons_best)"
expect "VINs of both" "$(summary case_plain .identifiers.vin.distinct)" "$(summary case_both .identifiers.vin.distinct)"
