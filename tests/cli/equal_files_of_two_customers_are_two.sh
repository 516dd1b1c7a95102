# What path rules name is no copy: the same bytes under two customers' folders say of each what they hold.
. "$EXPECT"

mkdir -p dump/customers/A dump/customers/B dump/other
printf 'ts,vin\n2020-01-01T00:00:00Z,1M8GDM9AXKP042788\n' >dump/customers/A/car.csv
cp dump/customers/A/car.csv dump/customers/B/car.csv
cp dump/customers/A/car.csv dump/customers/B/copy.csv
printf '{"customer": {"paths": ["^customers/(?<customer>[^/]+)/"]}}' >profile.json

scan 0 case dump --profile profile.json
expect_impact case A tier T1 link_basis path records 1 vins 1
expect_impact case B tier T1 link_basis path records 1 vins 1
expect_coverage case dump/customers/A/car.csv COMPLETE ""
expect_coverage case dump/customers/B/car.csv COMPLETE ""
expect_coverage case dump/customers/B/copy.csv DUPLICATE DUPLICATE_CONTENT
expect "records" 2 "$(summary case .records_raw)"
for i in 0 1; do program 0 scan dump --case "shard$i" --profile profile.json --shard "$i/2"; done
program 0 merge shard0 shard1 --case merged
for file in impact.csv summary.json coverage.csv; do cmp -s case/$file merged/$file || fail "$file differs when merged"; done
