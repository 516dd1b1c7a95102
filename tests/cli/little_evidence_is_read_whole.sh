# What a responder tries first: files of a line or two, written by hand, and the profile that the documentation shows.
. "$EXPECT"

vin=1M8GDM9AXKP042788 other=1VWBH7A30DC104945 european=WVWZZZ1JZXW000001
distinct() { summary "$1" ".identifiers.$2.distinct"; }

# one NAME TEXT: a dump of one file
one()
{
    rm -rf dump case
    mkdir dump
    printf '%b' "$2" >"dump/$1"
    scan 0 case dump
}

# A line that is all there is, or the first of two, is no header.
for text in "Dear customer, your car with chassis number $european is ready, regards\n" \
            "user: A, chassis: $european\n" "date, chassis number $european is ready\n" "owner | chassis $european x\n"; do
    one letter.txt "$text"
    expect "VINs of $text" 1 "$(distinct case vin)"
    expect "units of $text" 1 "$(csv_value case/coverage.csv dump/letter.txt units)"
done
one letter.txt "Dear A, your chassis number is $european, bye\nDear B, your chassis number is $vin, bye\n"
expect "VINs of two letters" 2 "$(distinct case vin)"

# Few rows are a table, whatever line stands above or below.
for text in "customer_id,vin\nC1,$vin\n1 row\n" "# exported\ncustomer_id,vin\nC1,$vin\n" "exported\n\ncustomer_id,vin\nC1,$vin\n" \
            "customer_id,vin\nC1,$vin,\n" "customer_id,vin,\nC1,$vin\n" "customer_id\tvin\nC1\t$vin\n(1 row)\n" "customer_id,vin\nC1,$vin\nC2\n" \
            " customer_id | vin \n-------------+-----\n C1          | $vin\n(1 row)\n"; do
    one table.csv "$text"
    expect_impact case C1 tier T1 link_basis field records 1 vins 1
    expect "customers of $text" 1 "$(summary case .persons_best)"
done

# y belongs to x, whatever stands before it.
one axes.csv "customer_id,x,y,lat,lon\nC1,10,20,35.681236,139.767125\n"
expect_impact case C1 loc_fixes 1
one axes.ndjson '{"customer_id":"C1","lat":35.681236,"x":139.767125}\n{"customer_id":"C2","y":35.681236,"lon":139.767125}\n{"customer_id":"C3","y":35.681236,"x":139.767125}\n'
expect "who has fixes" 1 "$(summary case .persons_best)"
expect_impact case C3 loc_fixes 1

# Times as spreadsheets and Japanese forms write them.
one times.csv "customer_id,vin,ts\nC1,$vin,2020/1/2 3:04:05\nC2,$vin,2020/01/02 3:04\nC3,$vin,2020/1/2 3:04:05 PM\nC4,$vin,令和2年1月2日\nC5,$vin,2020年1月2日 3時4分5秒\nC6,$vin,2020-01-02T03+09:00\n"
expect_impact case C1 data_time_first 2020-01-02T03:04:05Z
expect_impact case C2 data_time_first 2020-01-02T03:04:00Z
expect_impact case C3 data_time_first 2020-01-02T15:04:05Z
expect_impact case C4 data_time_first 2020-01-02T00:00:00Z
expect_impact case C5 data_time_first 2020-01-02T03:04:05Z
expect_impact case C6 data_time_first 2020-01-01T18:00:00Z

# The profile that the documentation shows, each part of it.
cat >profile.json <<'JSON'
{ "customer": {"fields": ["policy.holder_no"], "paths": ["^customers/(?<customer>[^/]+)/"]},
  "roles": {"latitude": ["breite"], "vin": ["fahrgestellnummer"]},
  "sources": [{"name": "telemetry", "path": "telemetry/**", "exposed_from": "2013-11-06", "exposed_to": "2023-04-17"}],
  "detectors": [{"name": "terminal_id", "element": "DEV", "pattern": "DCM[0-9]{9}", "fields": ["unit"],
                 "checksum": {"type": "luhn" }, "canonical": "upper"}],
  "junk": {"vin": ["JTDBU4EE9A9000000"]}, "default_points": [[35.6581, 139.7414]] }
JSON
rm -rf dump case
mkdir -p dump/telemetry dump/customers/P1
printf 'vin\n%s\n' $other >dump/customers/P1/x.csv
{
    echo '{"policy":{"holder_no":"H1"},"fahrgestellnummer":"JTDBU4EE9A9000000","breite":35.6581,"lon":139.7414,"unit":"DCM123456782"}'
    echo '{"policy":{"holder_no":"H2"},"fahrgestellnummer":"'$vin'","breite":35.6582,"lon":139.7414,"unit":"dcm123456782"}'
    echo '{"policy":{"holder_no":"H3"},"unit":"DCM123456783"}'
} >dump/telemetry/t.ndjson
scan 0 case dump --profile profile.json
expect_impact case H1 tier T1 elements DEV terminal_ids 1 vins 0 loc_fixes 0 sources telemetry exposure_first 2013-11-06 exposure_last 2023-04-17
expect_impact case H2 tier T1 elements VIN+DEV+LOC terminal_ids 1 vins 1 loc_fixes 1
expect_impact case H3 tier T3 records 0 records_possible 1 terminal_ids 0
expect_impact case P1 tier T1 link_basis path vins 1 exposure_first ""
expect "terminal IDs" "1 1 1" "$(summary case '.identifiers.terminal_id | "\(.distinct) \(.confirmed) \(.possible)"' | tr -d '"')"

# What stands under the name of a time, a datum or half a position, and is none, is text like any other, in every format.
for name in geo datum crs date ts lat y; do
    for value in $european geo:35.51234,139.75123 'POINT(139.75123 35.51234)'; do
        rm -rf dump case
        mkdir dump
        printf 'account_id,%s\nN1,"%s"\n' $name "$value" >dump/a.csv
        printf '{"account_id":"N2","%s":"%s"}\n' $name "$value" >dump/b.ndjson
        printf '<r><row><account_id>N3</account_id><%s>%s</%s></row><row><account_id>N4</account_id></row></r>\n' $name "$value" $name >dump/c.xml
        printf "INSERT INTO t (account_id,%s) VALUES ('N5','%s');\n" $name "$value" >dump/d.sql
        scan 0 case dump
        expect "customers by $name: $value" "N1 N2 N3 N5" "$(cut -d , -f 1 case/impact.csv | tail -n +2 | tr '\n' ' ' | sed 's/ $//')"
    done
done
one geo.ndjson '{"customer_id":"N1","geo":[139.75123,35.51234]}\n{"customer_id":"N2","geo":"tokyo","lat":35.51234,"lon":139.75123}\n'
expect_impact case N1 loc_fixes 1
expect_impact case N2 loc_fixes 1
