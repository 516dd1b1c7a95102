# What positions would show of a customer: levels by the days of a zone, to which precision, and how severe that is. No place leaves
# the case. With counts in memory, spilled, in shards and reported again the same.
. "$EXPECT"

# fixes CUSTOMER FIRST_DAY DAYS HOUR LAT LON: one a day, from 2021-01-04, a Monday, on.
fixes()
{
    awk -v id="$1" -v first="$2" -v days="$3" -v hour="$4" -v lat="$5" -v lon="$6" 'BEGIN {
        for (i = first; i < first + days; i++)
            printf "%s,%s,%s,%s\n", id, strftime("%Y-%m-%dT%H:%M:%SZ", 1609718400 + i * 86400 + int(hour * 3600), 1), lat, lon }'
}

mkdir -p dump/a dump/b
{
    echo customer_id,time,lat,lon
    fixes few 0 3 19 35.68123 139.76712
    fixes trace 0 2 19 35.68123 139.76712
    fixes trace 2 2 19 35.98123 139.36712
    fixes home 0 5 22 35.68123 139.76712
    fixes home 0 2 12 35.98123 139.36712
    fixes worker 0 5 7 35.68123 139.76712
    fixes worker 0 5 8.5 35.98123 139.36712
    fixes worker 0 5 17.5 35.98123 139.36712
    fixes worker 0 5 20 35.68123 139.76712
    fixes coarse 0 5 22 35.68 139.76
    fixes night 0 5 1 35.68123 139.76712
    fixes night 0 5 16 35.98123 139.36712
    fixes timeless 0 1 1 35.68123 139.76712 | sed 's/,[^,]*Z/,/'
} >dump/a/telemetry.csv
{
    echo customer_id,vin
    echo number,1M8GDM9AXKP042788
} >dump/b/orders.csv
# Of more points than are kept: three hours a day at home, twenty of shops, for two years.
{
    echo customer_id,time,lat,lon
    for day in $(seq 0 7 700); do
        for hour in 9 12 15; do fixes driver "$day" 1 "$hour" "35.$((day % 90 + 10))123" 139.36712; done
        fixes driver "$day" 1 21 35.68123 139.76712
    done
} >dump/a/driver.csv

level() { csv_columns "$1/impact.csv" customer_id loc_level loc_precise severity | awk -v id="$2" '$1 == id { print $2, $3, $4 }'; }
levels_of()
{
    for customer in few trace home worker coarse night timeless number driver; do echo "$customer $(level "$1" $customer)"; done
}

scan 0 case dump
cat >expected <<'END_OF_LEVELS'
few L1 1 1.00
trace L2 1 1.50
home L3 1 2.75
worker L4 1 2.75
coarse L3 0 2.00
night L3 1 2.75
timeless L1 1 1.00
number L0 0 1.00
driver L3 1 2.75
END_OF_LEVELS
levels_of case >levels
cmp -s expected levels || fail "levels: $(diff expected levels)"
expect "levels of all" '{"L0":1,"L1":2,"L2":1,"L3":4,"L4":1}' "$(jq -c .loc_level_counts case/summary.json)"
expect "to address level" '{"L3":3,"L4":1}' "$(jq -c .loc_precise_counts case/summary.json)"
expect "told from some days" 1 "$(jq .loc_level_sampled case/summary.json)"
expect "score of the incident" '{"cb":0.5,"dpc":3,"ei":0.75,"level":"medium","score":2.75}' "$(jq -c .severity.incident case/summary.json)"
expect "scores" '[1,3][1.5,1][2,1][2.75,4]' "$(jq -c '.severity.persons_by_score[] | [.score, .persons]' case/summary.json | tr -d '\n')"
expect "score of a combination" 1 "$(jq '.persons_by_combination[] | select(.elements == "VIN").severity_highest.score' case/summary.json)"
expect_line "what a scan prints" stdout "of 5 positions would show the square kilometre where nights are spent, of 4 to address level"

program 0 show case worker
expect_line "show" stdout "20 fixes, 20 points, 2 cells, 5 days; L4: home and work shown, to address level"
expect_line "show" stdout "2.75 (context 3 x ease of identification 0.75 + circumstances 0.50)"
program 0 show case home --json
expect "show --json" "L3 true 2.75" "$(jq -r '"\(.loc_level) \(.loc_precise) \(.severity)"' stdout)"

# Where nights lie depends on the zone: in Tokyo, one in the morning of UTC is ten.
echo '{"timezone": "+09:00"}' >tokyo.json
scan 0 tokyo dump --profile tokyo.json
expect "a night in Tokyo" "L4 1 2.75" "$(level tokyo night)"

for how in "--threads 1" "--threads 3 --block-bytes 100" "--memory 1M --block-bytes 2K --checkpoint-bytes 4K"; do
    # shellcheck disable=SC2086 # several words
    scan 0 other dump $how
    expect "results with $how" "$(results_digest case)" "$(results_digest other)"
    rm -r other
done
for i in 0 1 2; do program 0 scan dump --case "shard$i" --shard "$i/3"; done
program 0 merge shard1 shard2 shard0 --case merged
expect "merged" "$(results_digest case)" "$(results_digest merged)"
program 0 report merged
expect "reported" "$(results_digest case)" "$(results_digest merged)"
