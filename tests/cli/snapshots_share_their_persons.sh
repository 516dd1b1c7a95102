# Folders that are snapshots of one another: what did not change is read once, and its persons are of each snapshot.
. "$EXPECT"
. "$TESTS/evidence.sh"

# write MONTH FILE FROM TO: customers of these numbers, half of them in each of two rows.
write()
{
    awk -v from="$3" -v to="$4" 'BEGIN {
        print "customer_id,mac,lat,lon,ts"
        for (i = from; i <= to; i++)
            printf "S%04d,3c:5a:b4:%02x:%02x:%02x,35.%04d,139.%04d,2021-0%d-02T03:04:05Z\n", i, i / 256, i % 256, i % 7, i, i, i % 9 + 1
    }' >"$1/$2"
}

mkdir -p snap/jan/deep snap/feb/deep snap/mar
write snap/jan a.csv 1 100
write snap/jan b.csv 50 150
write snap/jan/deep big.csv 1000 4000
write snap/jan gone.csv 300 320
cp snap/jan/a.csv snap/feb/renamed.csv
cp snap/jan/a.csv snap/feb/twice.csv
write snap/feb b.csv 50 160
cp snap/jan/deep/big.csv snap/feb/deep/big.csv
cp snap/jan/a.csv snap/mar/a.csv
cp snap/feb/b.csv snap/mar/b.csv
write snap/mar new.csv 500 510
# With gzip and bytes behind it, which become an object of their own.
{ gzip -nc snap/jan/gone.csv; echo "customer_id=S0999 imei=356250090901175"; } >snap/jan/odd.gz
cp snap/jan/odd.gz snap/mar/odd.gz

cat >windows.json <<'END'
{"sources": [{"name": "jan", "path": "jan/**", "exposed_from": "2021-01-05", "exposed_to": "2021-01-31"},
             {"name": "feb", "path": "feb/**", "exposed_from": "2021-02-01", "exposed_to": "2021-02-20"},
             {"name": "mar", "path": "mar/**", "exposed_to": "2021-03-09"}]}
END
scan 0 whole snap --profile windows.json
expect "duplicates" 6 "$(summary whole .objects.duplicate)"

# By hand. 1-100 stand in all three; 101-150 in January's b and in that of the others; 151-160 in the latter alone.
person() { echo "$(impact whole "$1" sources) $(impact whole "$1" exposure_first) $(impact whole "$1" exposure_last) $(impact whole "$1" records)"; }
expect "S0001" "feb+jan+mar 2021-01-05 2021-03-09 1" "$(person S0001)"
expect "S0060" "feb+jan+mar 2021-01-05 2021-03-09 3" "$(person S0060)"
expect "S0155" "feb+mar 2021-02-01 2021-03-09 1" "$(person S0155)"
expect "S0310" "jan+mar 2021-01-05 2021-03-09 2" "$(person S0310)"
expect "S0505" "mar  2021-03-09 1" "$(person S0505)"
expect "S0999, behind the gzip" "jan+mar 2021-01-05 2021-03-09 1" "$(person S0999)"
expect "S2000" "feb+jan 2021-01-05 2021-02-20 1" "$(person S2000)"
of_sources() { summary "$1" '[.by_source[] | "\(.source) \(.persons) \(.persons_only_here)"] | join(", ")'; }
overlaps() { summary "$1" '[.sources_overlap[] | "\(.sources | join("&")) \(.persons)"] | sort | join(", ")'; }
expect "persons" "feb 3161 0, jan 3173 0, mar 193 11" "$(of_sources whole)"
expect "overlap" "feb&jan 3151, feb&mar 160, jan&mar 172" "$(overlaps whole)"
expect "records are those that were read" "0" "$(summary whole '.records_raw - ([.by_source[].records] | add)')"

# Each copy read: by --hash none, and with a blank line or a byte behind the last member that makes it another file.
scan 0 unfolded snap --profile windows.json --hash none
cp -r snap other
for copy in feb/renamed.csv feb/twice.csv feb/deep/big.csv mar/a.csv mar/b.csv; do
    case $copy in feb/twice.csv) echo >>other/$copy ;; esac
    echo >>other/$copy
done
echo >>other/mar/a.csv
echo >>other/mar/a.csv
echo >>other/mar/odd.gz
mv snap kept
mv other snap
scan 0 unequal snap --profile windows.json
mv snap other
mv kept snap
for case in unfolded unequal; do
    expect "duplicates in $case" 0 "$(summary $case .objects.duplicate)"
    expect "persons in $case" "$(of_sources $case)" "$(of_sources whole)"
    expect "overlap in $case" "$(overlaps $case)" "$(overlaps whole)"
    csv_columns $case/impact.csv customer_id elements macs loc_points sources exposure_first exposure_last >expected
    csv_columns whole/impact.csv customer_id elements macs loc_points sources exposure_first exposure_last >found
    cmp -s expected found || fail "customers of $case differ: $(diff expected found | head -n 3)"
done

# Folders that are named one by one are sources of their own.
scan 0 named snap/jan snap/feb snap/mar
expect "persons of named folders" "$(of_sources whole)" "$(of_sources named)"

# Threads, blocks and a budget do not show.
for options in "--threads 1" "--threads 3 --block-bytes 100" "--threads 2 --memory 1M --block-bytes 2000"; do
    # shellcheck disable=SC2086
    scan 0 again snap --profile windows.json $options
    same_results "$options" whole again
done

# Killed and taken up again.
kills=0
for after in 1 2 3; do
    rm -rf again
    "$BREACHTALLY" scan snap --case again --profile windows.json --quiet --checkpoint-bytes 3000 --block-bytes 500 --read-bytes 100 --threads $after 2>said &
    running=$!
    until [ -e again/tally/state.run ] || ! kill -0 $running 2>killing; do :; done
    kill -9 $running 2>killing && kills=$((kills + 1))
    wait $running 2>waiting
    program 0 scan snap --case again --profile windows.json --quiet --resume --threads 2
    same_results "resumed with $after threads" whole again
done
expect_at_least "kills" 1 $kills

# Shards keep equal files together.
for count in 2 5; do
    rm -rf shards again
    mkdir shards
    for i in $(seq 0 $((count - 1))); do
        program 0 scan snap --case shards/$i --profile windows.json --quiet --shard $i/$count
    done
    program 0 merge shards/* --case again --quiet
    same_results "$count shards" whole again
done
program 0 show again S2000 --json
expect "sources that show names" "feb jan" "$(jq -r '[.sources[] | if type == "object" then (.name // .source) else . end] | join(" ")' stdout)"

# More sources than a word has bits.
mkdir many
for i in $(seq 100 170); do
    mkdir many/$i
    cp snap/jan/a.csv many/$i/
done
write many/170 own.csv 100 101
scan 0 lots many
expect "sources of S0001" "$(seq -s + 100 170)" "$(impact lots S0001 sources)"
expect "sources of S0101" 170 "$(impact lots S0101 sources)"
expect "persons of the last" "101 1" "$(summary lots '.by_source[] | select(.source == "170") | "\(.persons) \(.persons_only_here)"')"
expect "persons of the others" "70" "$(summary lots '[.by_source[] | select(.persons == 100 and .persons_only_here == 0)] | length')"
