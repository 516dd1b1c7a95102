# One dump as tar, zip and 7z of many kinds, in compressed streams and in one another: packaging changes no count; neither do
# threads, blocks, reads, shards, kills.
. "$EXPECT"

"$GENERATE" --out dump --customers 90 --rows 500 --seed 9 --gzip none --files 3 >said
mkdir -p dump/customers/C00099001
printf 'imei,ts\n867420722196591,2020-01-01T00:00:00Z\n' >dump/customers/C00099001/devices.csv
printf '{"customer": {"paths": ["^customers/(?<customer>[^/]+)/"]}}\n' >profile.json
files=$(find dump -type f | wc -l)
scan 0 case_plain dump --profile profile.json
impact_without_places case_plain >impact_plain
records=$(summary case_plain .records_raw)
expect_impact case_plain C00099001 tier T1 imeis 1

mkdir packed
(
    cd dump || exit 1
    for format in v7 gnu pax; do tar -H $format -cf ../packed/$format.tar .; done
    tar -cf - . | gzip -n >../packed/a.tar.gz
    tar -cf - . | zstd -q >../packed/a.tar.zst
    find . -type f -exec gzip -nk {} +
    find . -name '*.gz' | tar -cf ../packed/each.tar -T -
    find . -name '*.gz' -delete
    zip -qr ../packed/deflate.zip .
    zip -qr0 ../packed/stored.zip .
    zip -qr - . >../packed/descriptors.zip
    zip -qr0fz - . >../packed/zip64.zip
    7z a -bd -tzip -mm=bzip2 ../packed/bzip2.zip . >../said
    7z a -bd -tzip -mm=deflate64 ../packed/deflate64.zip . >../said
    7z a -bd -tzip -mm=lzma ../packed/lzma.zip . >../said
    7z a -bd -tzip -mm=PPMd ../packed/ppmd.zip . >../said
    7z a -bd -tzip -mm=xz ../packed/xz.zip . >../said 2>&1 || rm -f ../packed/xz.zip
    7z a -bd ../packed/lzma.7z . >../said
    7z a -bd -mx=0 ../packed/copy.7z . >../said
    7z a -bd -ms=off -m0=bzip2 ../packed/bzip2.7z . >../said
) || fail "the archives could not be made"
tar -cf - packed/deflate.zip | gzip -nc >packed/zip_in_tar.gz
tar -cf - packed/descriptors.zip | gzip -nc >packed/descriptors_in_tar.gz
gzip -nc packed/lzma.7z >packed/lzma.7z.gz
zip -q0 packed/tar_in_zip.zip packed/pax.tar
zip -q packed/zips_in_zip.zip packed/tar_in_zip.zip
cat packed/deflate.zip >packed/no_name_that_helps

for archive in packed/*; do
    name=${archive##*/}
    scan 0 "case_$name" "$archive" --profile profile.json
    impact_without_places "case_$name" >impact
    cmp -s impact_plain impact || fail "impact.csv of $name differs from that of plain"
    expect "records of $name" "$records" "$(summary "case_$name" .records_raw)"
    expect_at_least "objects of $name" $((files + 1)) "$(summary "case_$name" .objects.listed)"
    expect "bytes of $name" "$(wc -c <"$archive")" "$(summary "case_$name" .bytes.listed)"
done
row=./customers/C00099001/devices.csv
expect_coverage case_pax.tar pax.tar COMPLETE "" format tar units 0
expect_coverage case_pax.tar "pax.tar!$row" COMPLETE "" format "tar>csv" units 1 size "$(wc -c <dump/customers/C00099001/devices.csv)" \
    sha256 "$(sha256sum <dump/customers/C00099001/devices.csv | cut -d ' ' -f 1)"
expect_coverage case_each.tar "each.tar!$row.gz" COMPLETE "" format "tar>gzip>csv" units 1
expect_coverage case_a.tar.gz "a.tar.gz!$row" COMPLETE "" format "gzip>tar>csv" units 1
expect_coverage case_zips_in_zip.zip "zips_in_zip.zip!packed/tar_in_zip.zip!packed/pax.tar!$row" COMPLETE "" format "zip>zip>tar>csv" units 1
expect_coverage case_lzma.7z "lzma.7z!customers/C00099001/devices.csv" COMPLETE "" format "7z>csv" units 1

# All of them beside each other: whatever threads, blocks, reads.
mkdir some
cp packed/each.tar packed/a.tar.gz packed/zips_in_zip.zip packed/lzma.7z packed/descriptors.zip some/
scan 0 case_some some --profile profile.json
digest=$(results_digest case_some)
for freedom in "--threads 1" "--threads 3 --block-bytes 300" "--threads 8 --read-bytes 333" "--read-bytes 1 --threads 2"; do
    # shellcheck disable=SC2086
    scan 0 case_other some --profile profile.json $freedom
    expect "results with $freedom" "$digest" "$(results_digest case_other)"
done

# Shards, merged.
for shard in 0 1 2; do program 0 scan some --profile profile.json --case "shard_$shard" --shard $shard/3 --quiet; done
program 0 merge shard_2 shard_0 shard_1 --case case_merged --quiet
expect "results of shards" "$digest" "$(results_digest case_merged)"

# Killed again and again, and taken up.
rm -rf case
pause=15
attempts=0
while :; do
    "$BREACHTALLY" scan some --profile profile.json --case case --resume --quiet --checkpoint-bytes 3000 --threads $((attempts % 3 + 1)) >said 2>&1 &
    running=$!
    sleep "0.$(printf %03d $pause)"
    kill -9 $running 2>killing
    attempt_exit=0
    wait $running 2>waiting || attempt_exit=$?
    attempts=$((attempts + 1))
    [ $attempt_exit -eq 137 ] || break
    pause=$((pause + pause / 5 + 1))
    [ $pause -lt 700 ] || pause=700
    [ $attempts -lt 100 ] || { fail "does not get done"; break; }
done
expect "exit after $attempts attempts" 0 $attempt_exit
expect "results after $attempts attempts" "$digest" "$(results_digest case)"

# A pax header's size and name, long names of GNU, sparse files as they are stored.
long=$(printf '%0200d' 7)/$(printf '%0180d' 8).csv
mkdir -p "names/${long%/*}"
cp dump/customers/C00099001/devices.csv "names/$long"
truncate -s 300000 names/sparse.txt
printf 'customer=C00099002 imei=868123450011227\n' >>names/sparse.txt
for format in gnu pax; do
    tar -S -H $format -cf $format.tar -C names .
    scan 0 case_names $format.tar
    expect_coverage case_names "$format.tar!./$long" COMPLETE "" units 1
    expect "customer in a sparse file of $format" 1 "$(impact case_names C00099002 records)"
done

# The first place is the first by path, whatever the order in an archive; so it is with counts spilled, resumed, merged, shown.
mkdir order && (
    cd order || exit 1
    for name in zz mm aa; do printf 'customer_id,imei\nC1,868123450011227\nC1,86742072219%s1\n' "659" >$name.csv; done
    tar -cf ../order.tar zz.csv mm.csv aa.csv
    zip -q ../order.zip zz.csv mm.csv aa.csv
)
for archive in order.tar order.zip; do
    for freedom in "" "--checkpoint-bytes 20 --threads 1"; do
        # shellcheck disable=SC2086
        scan 0 case_order $archive $freedom
        expect_impact case_order C1 records 6 evidence_ref "$archive!aa.csv#1"
        program 0 show case_order C1
        expect_line "where it was first read" stdout "$archive!aa.csv"
    done
done

# A source of the profile is one in an archive too: its window, its name.
printf '{"sources": [{"name": "devices", "path": "customers/**", "exposed_from": "2019-01-01", "exposed_to": "2020-01-01"}], "customer": {"paths": ["^customers/(?<customer>[^/]+)/"]}}\n' >sourced.json
scan 0 case_sourced packed/a.tar.gz --profile sourced.json
expect_impact case_sourced C00099001 sources devices exposure_first 2019-01-01

# What inspect sees in an archive is what it sees beside it.
program 0 inspect packed/a.tar.gz --profile profile.json
expect_line "a table in an archive" stdout "gzip>tar>csv"
expect_line "its field" stdout "imei"
