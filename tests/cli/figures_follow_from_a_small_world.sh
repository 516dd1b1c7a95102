# Figures of people, each counted by hand in a world that has one case of everything: duplicates, organisations, customers of whom
# only the name is known, shared identifiers, candidates without a sure one, and what belongs to nobody.
. "$EXPECT"

vin() { printf 'WVWZZZ1JZXW00%04d' "$1"; }
imei() { printf '%d' "$1" | awk '{ n = sprintf("8681234%07d", $1); s = 0
    for (i = 1; i <= 14; i++) { d = substr(n, i, 1) + 0; if (i % 2 == 0) { d *= 2; if (d > 9) d -= 9 }; s += d }
    print n (10 - s % 10) % 10 }'; }

mkdir -p dump/crm dump/tele
{
    echo "customer_id,vin,email,phone,ts"
    echo "D1,$(vin 1),one@firma.jp,+81312345678,2020-01-01T00:00:00Z"   # D1 and D2: one address and one number, one person less
    echo "D2,$(vin 2),ONE@firma.jp,+81-3-1234-5678,2020-01-01T00:00:00Z"
    echo "D3,$(vin 3),two@firma.jp,,2020-01-01T00:00:00Z"               # D3 and D4 by address, D4 and D5 by number: two less
    echo "D4,$(vin 4),two@firma.jp,+81612345678,2020-01-01T00:00:00Z"
    echo "D5,$(vin 5),,+81612345678,2020-01-01T00:00:00Z"
    echo "GHOST,,two@firma.jp,,2020-01-01T00:00:00Z"                    # an address makes nobody affected
    echo "GHOST2,,,,"
    for i in $(seq 9); do echo "MANY$i,$(vin 100),desk@firma.jp,,2020-01-01T00:00:00Z"; done # shared: nine have it
    for i in $(seq 8); do echo "EIGHT$i,$(vin 101),,,2020-01-01T00:00:00Z"; done             # eight: all are possible
    echo "ORG,$(vin 6),,,2020-01-01T00:00:00Z"
    echo "ORG,$(vin 7),,,2020-01-01T00:00:00Z"
    echo "ORGGHOST,,,,2020-01-01T00:00:00Z"
} >dump/crm/accounts.csv
{
    echo "vin,imei,lat,lon,ts"
    echo "$(vin 100),,35.11111,139.11111,2020-02-01T00:00:00Z" # nobody's: shared
    echo "$(vin 101),,35.11111,139.11111,"                     # eight candidates
    echo "$(vin 50),,35.11111,139.11111,2020-02-01T00:00:00Z"  # the roster has two at once, of whom nothing else is known
    echo "$(vin 51),,35.11111,139.11111,2020-02-01T00:00:00Z"  # ... one of whom is sure by vehicle 52
    echo "$(vin 52),,35.11111,139.11111,2020-02-01T00:00:00Z"
    echo "$(vin 60),$(imei 60),35.11111,139.11111,2020-02-01T00:00:00Z" # nobody's: three clusters
    echo ",$(imei 60),35.11111,139.11111,2020-02-02T00:00:00Z"
    echo "$(vin 61),$(imei 60),35.11111,139.11111,2020-02-03T00:00:00Z"
    echo "$(vin 62),,35.11111,139.11111,2020-02-04T00:00:00Z"
    echo ",$(imei 63),35.11111,139.11111,2020-02-05T00:00:00Z"
    echo "$(vin 100),$(imei 64),35.11111,139.11111,2020-02-05T00:00:00Z" # touches what is somebody's: no cluster
    echo ",,35.11111,139.11111,2020-02-06T00:00:00Z"           # of no identifier at all
} >dump/tele/trips.csv
{
    echo "customer_id,vin,valid_from,valid_to,type"
    echo "LEFT,$(vin 50),2020-01-01,2021-01-01,"
    echo "RIGHT,$(vin 50),2020-01-01,2021-01-01,"
    echo "LEFT2,$(vin 51),2020-01-01,2021-01-01,"
    echo "SURE,$(vin 51),2020-01-01,2021-01-01,"
    echo "SURE,$(vin 52),2020-01-01,2021-01-01,"
    echo "FLEET,$(vin 62),2020-01-01,2021-01-01,organisation"
    echo "ORG,$(vin 6),,,organisation"
    echo "ORGGHOST,,,,organisation"
    for i in 1 2 3 4 5; do echo "D$i,,,,person"; done
    for i in $(seq 9); do echo "MANY$i,,,,"; echo "EIGHT$i,,,,"; done
} >roster.csv

figures() { summary "$1" '[.persons_lower, .persons_best, .persons_upper, .persons_upper_total, .records_raw, .records_unattributed,
    .records_ambiguous, .records_orphan_location, .ambiguous_groups, .clusters_unattributed, .customers_named_only] | join(" ")'; }

scan 0 plain dump
#                            lower, best, upper: 5 D, 9 MANY, 8 EIGHT, ORG; clusters of VIN 50, 51, 52, of IMEI 60 with VINs 60 and 61,
#                            of VIN 62, of IMEI 63; named only GHOST, GHOST2, ORGGHOST
expect "without a roster" "23 23 23 29 36 10 1 1 0 6 3" "$(figures plain)"
expect "shared" '1 [{"customers":9,"kind":"vin"},{"customers":9,"kind":"email"}]' "$(summary plain '"\(.shared_identifiers - 1) \(.shared_identifiers_largest | tojson)"')"
expect "duplicates" "2 3" "$(summary plain '"\(.possible_duplicate_groups) \(.possible_duplicate_customers)"')"
expect "whom vehicle 101 ties together" "8 vin" "$(summary plain '"\(.largest_component) \(.largest_components[0].basis)"')"
expect_impact plain EIGHT3 tier T1 records 1 records_possible 1
expect_impact plain MANY3 tier T1 records 1 records_possible 0
expect "nobody's VINs and IMEIs" "6 3" "$(summary plain '"\(.identifiers_unattributed.vin) \(.identifiers_unattributed.imei)"')"

scan 0 case dump --roster roster.csv
#                            T1: 5 D, 9 MANY, 8 EIGHT, SURE; T3: LEFT, RIGHT, LEFT2; clusters: IMEI 60 and IMEI 63
expect "with a roster" "23 23 26 28 36 6 3 1 1 2 3" "$(figures case)"
expect "organisations: ORG by name, FLEET by the roster, with three vehicles" "2 2 0 3" \
    "$(summary case '"\(.organisations) \(.organisations_by_tier.T1) \(.organisations_by_tier.T3) \(.organisations_vehicles)"')"
expect_impact case FLEET tier T1 link_basis roster records 1
expect_impact case LEFT tier T3 link_basis roster records 0 records_possible 1
expect_impact case SURE tier T1 link_basis roster records 1 records_possible 1
expect "duplicates" "2 3" "$(summary case '"\(.possible_duplicate_groups) \(.possible_duplicate_customers)"')"

# What the law of a place makes of them: the three from the first person on, wherever he lives; a state's by whom its statute counts.
regime() { summary "$1" ".regimes[] | select(.id == \"$2\") | \"\(.status) \(.lower) \(.best) \(.upper)\""; }
expect "Japan, everybody" "NOT_MET 23 23 28" "$(regime case JP-APPI)"
expect "Japan, whatever may do harm" "MET 23 23 28" "$(regime case JP-APPI-KIND1-2)"
expect "New York: no residence is known, and no statutory combination exposed" "NOT_MET 0 0 0" "$(regime case US-NY)"
expect "all who are exposed" "NOT_MET+UNKNOWN_COULD_FLIP" "$(summary case '.regimes[] | select(.id == "US-NY").all_exposed.status')"
sed 's/,person$/,person,US,US-NY/; s/,organisation$/,organisation,US,US-NY/; s/,type$/,type,country,subdivision/; /US-NY\|subdivision/!s/$/,,/' roster.csv >living.csv
program 0 report plain --roster living.csv
expect "five of New York" "MET 5 5 5" "$(summary plain '.regimes[] | select(.id == "US-NY").all_exposed | "\(.status) \(.lower) \(.best) \(.upper)"')"
expect "still none of a statutory combination" "NOT_MET 0 0 0" "$(regime plain US-NY)"
cp -r plain told
program 0 report told --roster living.csv --aware 2026-11-20T09:00:00+09:00
expect "the clocks" "2026-11-20T00:00:00Z 2026-11-25T00:00:00Z 2026-12-20T00:00:00Z null 2026-11-23T00:00:00Z" \
    "$(summary told '"\(.aware_time) \(.regimes[] | select(.id == "JP-APPI") | "\(.due_preliminary) \(.due_final) \(.due_individuals)") \(.regimes[] | select(.id == "KR-PIPA").due_individuals)"')"
expect "no clocks" "null null" "$(summary case '"\(.aware_time) \([.regimes[] | .due_preliminary, .due_final, .due_individuals] | add)"')"
listed=$TESTS/../../shared/data/regimes.json
if [ -f "$listed" ]; then
    expect "the regimes" "$(jq -c '[.[] | [.id, (.threshold_comparator | if . == "any" then "ge" else . end), .subject_threshold, .as_of, .confidence, .verify, .in_force]
        + (.deadline_hours | [.preliminary, .final, .individuals])]' "$listed")" \
        "$(summary told '[.regimes[] | [.id, .comparator, .threshold, .as_of, .confidence, .verify, .in_force]
            + [.due_preliminary, .due_final, .due_individuals | if . == null then . else (fromdate - 1795132800) / 3600 end]] | tojson')"
else
    skip_part "the table of regimes is not held against its source: no $listed"
fi

# How persons can be reached, and how old they were: of those of T1 and T2, organisations apart.
{
    echo "customer_id,type,contact_post,contact_email,contact_phone,birth_date"
    echo "D1,person,1,1,0,2020-05-05" # six years old
    echo "D2,person,0,1,,2010-01-01"  # sixteen
    echo "D3,person,0,0,0,1950-01-01"
    echo "D4,person,0,,,1990-01-01"   # of two ways nothing is said
    echo "ORG,organisation,1,1,1,1950-01-01"
    echo "ELSEWHERE,person,1,1,1,"    # no person of the dump
} >reach.csv
program 0 report told --roster reach.csv --aware 2026-11-20
expect "reached" '{"any":2,"email":2,"none":1,"phone":0,"post":1,"unknown":19}' "$(summary told '.persons_contactable | tojson')"
expect "ages" "22 2 1 1 18" "$(summary told '"\(.persons_best) \(.persons_minor) \(.persons_under_12) \(.persons_elderly) \(.persons_age_unknown)"')"
expect "enrolled" 5 "$(summary told .persons_population)"
program 0 report plain --roster reach.csv
expect "nobody says when it became known" "0 0 0 22" "$(summary plain '"\(.persons_minor) \(.persons_under_12) \(.persons_elderly) \(.persons_age_unknown)"')"
scan 0 again dump
expect "no roster" "null null null null" "$(summary again '"\(.persons_contactable) \(.persons_minor) \(.persons_population) \(.persons_age_unknown)"')"

# From runs on disk alone the same follows.
whole=$(results_digest case)
program 0 report plain --roster roster.csv
expect "report" "$whole" "$(results_digest plain)"
scan 0 again dump --roster roster.csv --memory 1M --checkpoint-bytes 64 --threads 3
expect "little memory" "$whole" "$(results_digest again)"
