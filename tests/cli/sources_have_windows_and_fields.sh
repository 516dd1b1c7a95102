# What the profile and the evidence say of each source: when it lay open, which field named its customers.
. "$EXPECT"

mkdir -p dump/telemetry dump/app dump/old
printf 'customer_id,vin\nC1,1M8GDM9AXKP042788\nC2,JTDKN3DU7A1224466\n' >dump/telemetry/a.csv
printf '{"user_id":"C1","imei":"867420722196591"}\n{"user_id":"C3","imei":"490154203237518"}\n' >dump/app/b.ndjson
printf 'e_mail,user_id,imei\nc@example.org,C2,867420722196591\n' >dump/old/c.csv
printf 'customer_id,vin\nC4,1M8GDM9AXKP042788\n' >dump/loose.csv

scan 0 plain dump
expect "windows that nobody gave" "" "$(csv_columns plain/impact.csv exposure_first exposure_last | tr -d ' \n')"
expect "dates of sources" 0 "$(summary plain '[.by_source[] | keys[] | select(startswith("exposed"))] | length')"

cat >profile.json <<'END'
{"sources": [{"name": "telemetry", "path": "telemetry/**", "exposed_from": "2013-11-06", "exposed_to": "2023-04-17"},
             {"name": "app", "path": "app/**", "exposed_from": "2015-02-09", "exposed_to": "2023-05-12"},
             {"name": "old", "path": "old/**", "exposed_to": "2012-01-02"},
             {"name": "never there", "path": "nowhere/**", "exposed_from": "1999-12-31"}]}
END
scan 0 case dump --profile profile.json
expect "header" "sources,exposure_first,exposure_last,country,subdivision,severity,evidence_ref" "$(head -n 1 case/impact.csv | grep -o 'sources,.*')"
expect_impact case C1 sources app+telemetry exposure_first 2013-11-06 exposure_last 2023-05-12
expect_impact case C2 sources old+telemetry exposure_first 2013-11-06 exposure_last 2023-04-17
expect_impact case C3 sources app exposure_first 2015-02-09 exposure_last 2023-05-12
expect_impact case C4 sources dump exposure_first "" exposure_last ""
# The days of a customer are those of the union of its windows.
program 0 show case C1
expect_line "two windows that overlap" stdout "Lay open     2013-11-06 to 2023-05-12, 3475 days known"
program 0 show case C1 --json
expect "days" "3475 2013-11-06 2023-05-12" "$(jq -r '"\(.exposure_days) \(.exposure_first) \(.exposure_last)"' stdout)"
program 0 show case C4
grep -q "Lay open" stdout && fail "show says when the source of C4 lay open, which nobody knows"
source_of() { summary case ".by_source[] | select(.source == \"$1\") | $2 | tostring"; }
expect "telemetry from" 2013-11-06 "$(source_of telemetry .exposed_from)"
expect "telemetry to" 2023-04-17 "$(source_of telemetry .exposed_to)"
expect "old from" false "$(source_of old 'has("exposed_from")')"
expect "old to" 2012-01-02 "$(source_of old .exposed_to)"
expect "dump" "false false" "$(source_of dump 'has("exposed_from")') $(source_of dump 'has("exposed_to")')"
expect "a source without a file" "1999-12-31 0" "$(source_of 'never there' .exposed_from) $(source_of 'never there' .persons)"

# Which field named the customers, in all and where.
fields() { jq -r "$1 | map(\"\\(.field) \\(.units)\") | join(\", \")" case/summary.json; }
expect "fields in all" "customerid 3, userid 3" "$(fields .customer_fields)"
expect "fields of telemetry" "customerid 2" "$(fields '.by_source[] | select(.source == "telemetry") | .customer_fields')"
expect "fields of app" "userid 2" "$(fields '.by_source[] | select(.source == "app") | .customer_fields')"
expect "fields of old" "userid 1" "$(fields '.by_source[] | select(.source == "old") | .customer_fields')"
expect "fields of a source without a file" "" "$(fields '.by_source[] | select(.source == "never there") | .customer_fields')"

# Threads and blocks do not show.
for threads in 1 3; do
    scan 0 again dump --profile profile.json --threads "$threads" --block-bytes 16
    expect "results with $threads threads" "$(results_digest case)" "$(results_digest again)"
done

# A window that ends before it begins, a day that is none.
for window in '"exposed_from": "2023-04-18", "exposed_to": "2023-04-17"' '"exposed_from": "2023-02-30"' '"exposed_to": "17.04.2023"'; do
    echo "{\"sources\": [{\"name\": \"a\", \"path\": \"**\", $window}]}" >wrong.json
    program 2 scan dump --case none --profile wrong.json
    expect_line "$window" stderr "sources[0]"
    [ ! -e none ] || fail "a case was made"
done
