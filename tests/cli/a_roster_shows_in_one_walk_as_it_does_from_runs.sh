# With a roster, most customers are told at once while their counts go to disk, with what is booked on them. That is what the runs say
# when they are read again, whatever the memory, threads and blocks.
. "$EXPECT"

vin() { printf 'WVWZZZ1JZXW00%04d' "$1"; }

mkdir dump
{
    echo "customer_id,vin,ts"
    for i in $(seq 100 299); do echo "C$i,$(vin "$i"),2020-03-01T08:00:00Z"; done
    echo ",$(vin 100),2020-03-02T08:00:00Z"    # C100's by the roster
    echo ",$(vin 400),2018-03-02T08:00:00Z"    # B400's, whom no record names, at that time
    echo "C150,$(vin 151),2020-03-02T08:00:00Z" # C151's vehicle
    echo "C299,$(vin 500),2020-03-02T08:00:00Z" # Z500's, whom no record names
    echo "STRANGER,$(vin 600),2020-03-02T08:00:00Z"
} >dump/trips.csv
{
    echo "customer_id,vin,valid_from,valid_to,country,type"
    echo "B400,$(vin 400),2017-01-01,2019-01-01,DE,person"
    echo "C400,$(vin 400),2019-01-01,,FR,person"
    for i in $(seq 100 299); do echo "C$i,$(vin "$i"),2019-01-01,,JP,"; done
    echo "Z500,$(vin 500),2019-01-01,,US,organisation"
} >roster.csv

# person CASE CUSTOMER: "tier records+possible vins country"
person() { csv_cells "$1/impact.csv" | awk -F '\037' -v who="$2" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    $at["customer_id"] == who { print $at["tier"], $at["records"] "+" $at["records_possible"], $at["vins"], $at["country"] }'; }

scan 0 case dump --roster roster.csv --threads 2
expect "as it names itself" "T1 1+0 1 JP" "$(person case C101)"
expect "with a record that names nobody" "T1 2+0 1 JP" "$(person case C100)"
expect "only by the roster, before all others" "T1 1+0 1 DE" "$(person case B400)"
expect "whose vehicle another's record has" "T1 1+1 1 JP" "$(person case C151)"
expect "with another's vehicle" "T1 2+0 2 JP" "$(person case C150)"
expect "only possible, behind all others" "T3 0+1 1 US" "$(person case Z500)"
expect "unknown to the roster" "T2 1+0 1 " "$(person case STRANGER)"
expect "not at that time" "" "$(person case C400)"
expect "in the order of their names" "$(sed 1d case/impact.csv | cut -d , -f 1 | LC_ALL=C sort)" "$(sed 1d case/impact.csv | cut -d , -f 1)"
expect "figures" "201 202 202 2 1" "$(summary case '"\(.persons_lower) \(.persons_best) \(.persons_upper) \(.conflict_records) \(.organisations_by_tier.T3)"')"
whole=$(results_digest case)
program 0 report case --roster roster.csv
expect "from the runs" "$whole" "$(results_digest case)"
for options in "--threads 1" "--threads 3 --block-bytes 64" "--memory 1M" "--checkpoint-bytes 999"; do
    scan 0 again dump --roster roster.csv $options
    expect "with $options" "$whole" "$(results_digest again)"
done
