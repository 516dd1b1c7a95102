# Records that name nobody are booked on whom their identifiers lead to: by the roster and its times, by links of the evidence,
# one hop after another. The world is made by hand, one customer a rule; whatever decides nothing must not show.
. "$EXPECT"

mkdir -p dump/app dump/cars dump/tele
# VINs and IMEIs: V1 ... are told apart by their last four digits; the roster and the evidence write them alike.
vin() { printf 'WVWZZZ1JZXW00%04d' "$1"; }
imei() { printf '%d' "$1" | awk '{ n = sprintf("8681234%07d", $1); s = 0
    for (i = 1; i <= 14; i++) { d = substr(n, i, 1) + 0; if (i % 2 == 0) { d *= 2; if (d > 9) d -= 9 }; s += d }
    print n (10 - s % 10) % 10 }'; }

{
    echo "customer_id,vin,ts"
    echo "NAMED,$(vin 1),2020-03-01T08:00:00Z"
    echo "STRANGER,$(vin 2),2020-03-01T08:00:00Z"      # the roster does not know this customer
    echo "LINKED,$(vin 3),2020-03-01T08:00:00Z"
    echo "OWNER1,$(vin 4),2020-03-01T08:00:00Z"        # one vehicle of two customers, one after the other
    echo "OWNER2,$(vin 4),2021-03-01T08:00:00Z"
    for i in 1 2 3 4 5 6 7 8 9; do echo "TESTER$i,$(vin 5),2020-03-01T08:00:00Z"; done # a test vehicle: shared
    echo "DRIVER,$(vin 6),2020-03-01T08:00:00Z"        # whom the roster knows for another vehicle; this one is OTHER's
    echo "ONLYNAME,,2020-03-01T08:00:00Z"
} >dump/app/accounts.csv
{
    echo "vin,imei"
    echo "$(vin 3),$(imei 30)"                         # ties an IMEI to LINKED, two hops from the telemetry
    echo "$(vin 90),$(imei 90)"                        # a cluster of nobody
} >dump/cars/devices.csv
{
    echo "vin,imei,lat,lon,ts"
    echo "$(vin 1),,35.1,139.1,2020-03-02T08:00:00Z"
    echo ",$(imei 30),35.2,139.2,2020-03-02T08:00:00Z"
    echo "$(vin 4),,35.3,139.3,2020-03-01T08:00:00Z"   # at OWNER1's time
    echo "$(vin 4),,35.3,139.3,"                       # at no time
    echo "$(vin 5),,35.4,139.4,2020-03-02T08:00:00Z"
    echo "$(vin 7),,35.5,139.5,2018-06-01T10:00:00Z"   # resold: SELLER's until 2019
    echo "$(vin 7),,35.5,139.5,2019-06-01T10:00:00Z"   # BUYER's
    echo "$(vin 7),,35.5,139.5,"                       # nobody can say
    echo ",$(imei 8),35.6,139.6,2019-06-01T10:00:00Z"  # the roster names one, without an interval
    echo "$(vin 7),$(imei 8),35.7,139.7,2019-06-02T10:00:00Z" # BUYER's vehicle, UNDATED's device
    echo ",$(imei 90),35.8,139.8,2020-01-01T00:00:00Z"
    echo ",$(imei 91),35.8,139.8,2020-01-02T00:00:00Z"
    echo "$(vin 9),,35.9,139.9,2020-01-02T00:00:00Z"   # a company's
} >dump/tele/telemetry.csv
mkdir -p dump/customers/PATHY
printf 'lat,lon,ts\n35.01234,139.01234,2020-02-02T00:00:00Z\n' >dump/customers/PATHY/trip.csv
echo '{"customer": {"paths": ["^customers/(?<customer>[^/]+)/"]}}' >paths.json

{
    echo "customer_id,vin,imei,valid_from,valid_to,country,subdivision,type"
    echo "NAMED,$(vin 1),,2019-01-01,,JP,,"
    echo "LINKED,,,,,JP,,"
    echo "OWNER1,,,,,US,US-CA,"
    echo "OWNER2,,,,,US,US-TX,"
    for i in 1 2 3 4 5 6 7 8 9; do echo "TESTER$i,,,,,JP,,"; done
    echo "DRIVER,$(vin 1000),,,,JP,,"
    echo "OTHER,$(vin 6),,2019-01-01,,DE,,"
    echo "SELLER,$(vin 7),,2017-01-01,2019-01-01,DE,,person"
    echo "BUYER,$(vin 7),,2019-01-01,,DE,,person"
    echo "UNDATED,,$(imei 8),,,FR,,"
    echo "COMPANY,$(vin 9),,2019-01-01,,JP,,organisation"
    echo "PATHY,,,,,JP,,"
} >roster.csv

# person CASE CUSTOMER: what decides, in one line.
person() { echo "$(impact "$1" "$2" tier) $(impact "$1" "$2" link_basis) $(impact "$1" "$2" records)+$(impact "$1" "$2" records_possible) $(impact "$1" "$2" country)"; }

scan 0 plain dump --profile paths.json
expect "NAMED without a roster" "T1 field+link 2+0 " "$(person plain NAMED)"
expect "LINKED, by two hops" "T1 field+link 3+0 " "$(person plain LINKED)"
expect "OWNER1, at its time; and one record at none" "T1 field+link 2+1 " "$(person plain OWNER1)"
expect "OWNER2" "T1 field 1+1 " "$(person plain OWNER2)"
expect "PATHY" "T1 path 1+0 " "$(person plain PATHY)"
expect "a shared vehicle links nobody" "T1 field 1+0 " "$(person plain TESTER1)"
expect "shared ones are listed without their values" '[{"customers":9,"kind":"vin"}]' "$(summary plain '.shared_identifiers_largest | tojson')"
expect "whom only the name is known of, and where" "1 1" "$(summary plain '"\(.customers_named_only) \([.by_source[] | select(.source == "app").customers_named_only] | add)"')"
expect "nobody's are VINs 7, 9 and 90 and IMEIs 8, 90, 91" "3 3" "$(summary plain '"\(.identifiers_unattributed.vin) \(.identifiers_unattributed.imei)"')"
expect "which travel together in four clusters" 4 "$(summary plain .clusters_unattributed)"
expect "how they begin" "86812340,3 WVW,3" "$(summary plain '[.unattributed.prefixes[] | "\(.prefix),\(.identifiers)"] | sort_by(.[0:1] != "8") | join(" ")')"
expect "two customers that one vehicle ties together" "2 vin" "$(summary plain '"\(.largest_component) \(.largest_components[0].basis)"')"

scan 0 case dump --profile paths.json --roster roster.csv
expect "NAMED" "T1 field+roster 2+0 JP" "$(person case NAMED)"
expect "STRANGER" "T2 field 1+0 " "$(person case STRANGER)"
expect "LINKED" "T1 field+link 3+0 JP" "$(person case LINKED)"
expect "SELLER" "T1 roster 1+1 DE" "$(person case SELLER)"
expect "BUYER, by the stronger identifier too" "T1 roster 2+1 DE" "$(person case BUYER)"
expect "UNDATED, and what was the vehicle's" "T2 roster 1+1 FR" "$(person case UNDATED)"
expect "OTHER, whose vehicle records of DRIVER have" "T3 roster 0+1 DE" "$(person case OTHER)"
expect "DRIVER" "T1 field 1+0 JP" "$(person case DRIVER)"
expect "COMPANY is listed" "T1 roster 1+0 JP" "$(person case COMPANY)"
expect "and is no person" "1 1 1" "$(summary case '"\(.organisations) \(.organisations_by_tier.T1) \(.organisations_vehicles)"')"
expect "conflicts: BUYER's vehicle with UNDATED's device, DRIVER's with OTHER's vehicle" 2 "$(summary case .conflict_records)"
expect "ambiguous: the records at no time" 2 "$(summary case .records_ambiguous)"
expect "of which every one has a sure candidate" 0 "$(summary case .ambiguous_groups)"
expect "clusters" 2 "$(summary case .clusters_unattributed)"
expect "California" "1 1 1" "$(summary case '.by_jurisdiction[] | select(.subdivision == "US-CA") | "\(.lower) \(.best) \(.upper)"')"
expect "who has no country" "0 1 1" "$(summary case '.by_jurisdiction[0] | "\(.lower) \(.best) \(.upper)"')"

# Nothing of how it was done shows.
whole=$(results_digest case)
scan 0 again dump --profile paths.json --roster roster.csv --threads 1
expect "one thread" "$whole" "$(results_digest again)"
scan 0 again dump --profile paths.json --roster roster.csv --memory 1M --threads 3 --block-bytes 64 --checkpoint-bytes 100
expect "little memory, small blocks, many checkpoints" "$whole" "$(results_digest again)"
for i in 0 1 2; do rm -rf "shard$i"; program 0 scan dump --profile paths.json --roster roster.csv --shard "$i/3" --case "shard$i" --no-progress; done
program 2 merge shard0 shard1 shard2 --case merged
expect_line "a merge without the roster" stderr "--roster"
program 0 merge shard2 shard0 shard1 --case merged --roster roster.csv
expect "shards" "$whole" "$(results_digest merged)"

# Another roster, without the evidence.
mv dump gone
program 0 report plain --roster roster.csv
expect "report with a roster" "$whole" "$(results_digest plain)"
case_holds plain 0
grep -v '^BUYER' roster.csv >other.csv
program 0 report plain --roster other.csv
expect "SELLER, and nobody after" "T1 roster 2+2 DE" "$(person plain SELLER)"
program 2 report plain
expect_line "report without the roster" stderr "--roster"
program 2 report shard0 --roster roster.csv
expect_line "report of a shard" stderr "merge"
program 0 report plain --roster roster.csv
expect "and back" "$whole" "$(results_digest plain)"

# show says why.
program 0 show case UNDATED
expect_line "why T2" stdout "T2: the roster names the customer for the identifier; no time decides"
program 0 show case OTHER
expect_line "why T3" stdout "T3: the records may be this customer's, and may be others'"
program 0 show case STRANGER
expect_line "why T2" stdout "the roster does not know this customer"
# Each link, and where it was read: with the customer's name, and in records that are his by it.
program 0 show case LINKED
expect_line "by the VIN in accounts" stdout "dump/app/accounts.csv#3  (with the customer's name dump/app/accounts.csv#3)"
expect_line "the IMEI is his by the VIN alone" stdout "dump/cars/devices.csv#1  (no record with it names the customer)"
program 0 show case LINKED --json
expect "places" "imei dump/cars/devices.csv#1 null dump/cars/devices.csv#1, vin dump/app/accounts.csv#3 dump/app/accounts.csv#3 dump/cars/devices.csv#1" \
    "$(jq -r '[.identifiers | sort_by(.kind)[] | "\(.kind) \(.first) \(.first_named) \(.first_tied)"] | join(", ")' stdout)"
program 0 show case BUYER
expect_line "of the roster alone" stdout "dump/tele/telemetry.csv#7  (no record with it names the customer)"
program 0 show case DRIVER
grep -q "customer's name" stdout && fail "show says a link of DRIVER, whose records all name him"
if grep -aqE 'WVWZZZ1JZXW|8681234000' case/*.* plain/*.*; then fail "an identifier stands in the results"; fi

# A vehicle of many customers, one after the other: the time says whose it was, however many there are. More than eight at once
# lead nowhere, which is said. Intervals begin and end at midnight of the profile's zone.
mkdir -p fleet/tele
{
    echo "vin,imei,lat,lon,ts"
    echo "$(vin 1),$(imei 99),35.1,139.1,2003-05-01T00:00:00Z"
    echo "$(vin 1),,35.1,139.1,"
    echo "$(vin 2),,35.1,139.1,2003-05-01T00:00:00Z"
    echo "$(vin 3),,35.1,139.1,1999-05-05T00:00:00Z"
    echo "$(vin 4),,35.1,139.1,2018-12-31T14:59:59Z"
    echo "$(vin 4),,35.1,139.1,2018-12-31T15:00:00Z"
} >fleet/tele/trips.csv
{
    echo "customer_id,vin,valid_from,valid_to"
    for i in 1 2 3 4 5 6 7 8 9; do
        echo "RENTER$i,$(vin 1),200$i-01-01,200$i-12-31"
        echo "AT_ONCE$i,$(vin 2),2000-01-01,2010-01-01"
    done
    for i in $(seq 100); do echo "MONTHLY,$(vin 3),$((1990 + i / 10))-0$((i % 10 / 2 + 1))-$((i % 2 * 10 + 1)),$((1990 + i / 10))-0$((i % 10 / 2 + 1))-$((i % 2 * 10 + 9))"; done |
        sed 's/-\([19]\),/-0\1,/g; s/-\([19]\)$/-0\1/'
    echo "BEFORE,$(vin 4),2010-01-01,2019-01-01"
    echo "AFTER,$(vin 4),2019-01-01,"
} >fleet.csv
echo '{"timezone": "+09:00"}' >tokyo.json
scan 0 rented fleet --roster fleet.csv --profile tokyo.json
expect "the renter of that year, by the roster alone" "T1 roster 1+0 " "$(person rented RENTER3)"
expect "whoever renewed a hundred times" "T1 roster 1+0 " "$(person rented MONTHLY)"
expect "until midnight in Tokyo" "T1 roster 1+0 " "$(person rented BEFORE)"
expect "and from then on" "T1 roster 1+0 " "$(person rented AFTER)"
expect "nobody else" "4 4 2" "$(summary rented '"\(.persons_lower) \(.persons_upper) \(.records_unattributed)"')"
expect "too many at once, and at no time" 2 "$(summary rented .roster_shared_identifiers)"
whole=$(results_digest rented)
scan 0 again fleet --roster fleet.csv --profile tokyo.json --memory 1M --threads 3 --block-bytes 64
expect "little memory" "$whole" "$(results_digest again)"

# Sold within a day: records of that day are whose their time says. Who asks a case with a roster that its scan did not know is told
# of how many the time was not kept.
mkdir -p sold/tele sold/app
{
    echo "customer_id,vin,ts"
    echo "AFTERWARDS,$(vin 3),2016-01-01T00:00:00Z" # whose account goes on when the vehicle is NEXT's
    echo "BOTH,$(vin 5),2012-01-01T00:00:00Z"       # records of which some are from when it was his own
    echo "BOTH,$(vin 5),2016-01-01T00:00:00Z"
} >sold/app/accounts.csv
{
    echo "vin,lat,lon,ts"
    echo "$(vin 1),35.1,139.1,2019-05-01T00:00:00Z"
    echo "$(vin 1),35.1,139.1,2019-05-01T03:29:59Z"
    echo "$(vin 1),35.1,139.1,2019-05-01T03:30:00Z" # 12:30 in Tokyo: sold
    echo "$(vin 1),35.1,139.1,2019-05-01T10:00:00Z"
    echo "$(vin 1),35.1,139.1,2019-05-01T12:00:00Z" # scrapped
    echo "$(vin 2),35.1,139.1,2019-05-01T00:00:00Z" # renewed, by the same customer
    echo "$(vin 2),35.1,139.1,2019-05-01T10:00:00Z"
} >sold/tele/trips.csv
{
    echo "customer_id,vin,valid_from,valid_to"
    echo "FIRST,$(vin 1),2010-01-01,2019-05-01 12:30:00"
    echo "SECOND,$(vin 1),2019-05-01 12:30:00,2019-05-01T12:00:00Z"
    echo "SAME,$(vin 2),2010-01-01,2019-05-01 12:30:00"
    echo "SAME,$(vin 2),2019-05-01 12:30:00,"
    echo "AFTERWARDS,$(vin 3),2010-01-01,2015-01-01"
    echo "NEXT,$(vin 3),2015-01-01,"
    echo "BOTH,$(vin 5),2010-01-01,2015-01-01"
    echo "NEXTTOO,$(vin 5),2015-01-01,"
} >sold.csv
scan 0 moment sold --roster sold.csv --profile tokyo.json
expect "before half past twelve" "T1 roster 2+1 " "$(person moment FIRST)"
expect "until noon of Greenwich; what comes then may be of either" "T1 roster 2+1 " "$(person moment SECOND)"
expect "renewed" "T1 roster 2+0 " "$(person moment SAME)"
expect "named, when it was another's" "T1 field 1+0 " "$(person moment AFTERWARDS)"
expect "who is possible" "T3 roster 0+1 " "$(person moment NEXT)"
expect "of records at both times nobody else is" "T1 field 2+0 1 " "$(person moment BOTH)$(summary moment .conflict_records) $(impact moment NEXTTOO tier)"
expect "nothing left open" "0 1" "$(summary moment '"\(.roster_undecided_records) \(.records_ambiguous)"')"
whole=$(results_digest moment)
scan 0 again sold --roster sold.csv --profile tokyo.json --memory 1M --threads 3 --block-bytes 64
expect "little memory" "$whole" "$(results_digest again)"
program 0 report moment --roster sold.csv
expect "report" "$whole" "$(results_digest moment)"
scan 0 later sold --profile tokyo.json
program 0 report later --roster sold.csv
expect "of a scan without it, the day's are possible of both" "T3 roster 0+5 " "$(person later SECOND)"
expect "or his without a time that decides" "T2 roster 2+0 " "$(person later SAME)"
expect "which is said" 7 "$(summary later .roster_undecided_records)"
expect_line "which is said" stdout "7 are of days within which the roster names another customer"

# What the organisation has on its list is no mistake, whatever a check makes of it: under a label, in a line, named or not.
mkdir -p listed/app listed/tele
{ echo "customer_id,vin,ts"; echo "NAMED,1M8GDM9A2KP042788,2020-03-01T08:00:00Z"; echo "NOBODYS,1M8GDM9A3KP042788,2020-03-01T08:00:00Z"; } >listed/app/users.csv
{ echo "vin,lat,lon,ts"; echo "1M8GDM9A1KP042788,35.11111,139.11111,2020-03-02T08:00:00Z"; echo "1M8GDM9A4KP042788,,,2020-03-02T08:00:00Z"; } >listed/tele/trips.csv
{ echo "2020-03-03T00:00:00Z upload of 1M8GDM9A1KP042788 done"; echo "2020-03-03T00:00:00Z upload of 1M8GDM9A5KP042788 done"; } >listed/tele/upload.log
{ echo "customer_id,vin,valid_from,valid_to"; echo "OWNER,1M8GDM9A1KP042788,2019-01-01,"; echo "NAMED,1M8GDM9A2KP042788,2019-01-01,"; echo "NOBODYS,,,"; } >listed.csv
scan 0 doubted listed
expect "possible without it, or refused" "0 0 4 2 2" "$(summary doubted '"\(.persons_best) \(.identifiers.vin.distinct) \(.identifiers.vin.possible) \(.identifiers.vin.rejected) \(.persons_upper)"')"
scan 0 trusted listed --roster listed.csv
expect "OWNER's, in a column and in a line" "T1 roster 2+0 " "$(person trusted OWNER)"
expect "NAMED's" "T1 field 1+0 " "$(person trusted NAMED)"
expect "what is not listed stays possible" "T3 field 0+1 " "$(person trusted NOBODYS)"
expect "or refused" "2 2 1 1" "$(summary trusted '"\(.identifiers.vin.distinct) \(.identifiers.vin.possible) \(.identifiers.vin.rejected) \(.rejected_by_reason.CHECK_DIGIT)"')"
whole=$(results_digest trusted)
scan 0 again listed --roster listed.csv --engine pcre2 --memory 1M --threads 3 --block-bytes 64
expect "by patterns" "$whole" "$(results_digest again)"
expect "none doubted" 0 "$(summary trusted .roster_possible_identifiers)"
program 0 report doubted --roster listed.csv
expect "whoever asks a case of another scan is told" "2 2" "$(summary doubted '"\(.persons_upper) \(.roster_possible_identifiers)"')"
expect_line "is told" stdout "2 identifiers that the roster lists are only possible here"

# What records of many customers name is shared, unless the roster says whose it is: then its records are the holder's, and so may
# be those that name somebody else.
mkdir -p pool/app pool/tele
{ echo "customer_id,vin,ts"; for i in $(seq 12); do echo "USER$i,$(vin 1),2020-03-01T08:00:00Z"; done; } >pool/app/users.csv
{ echo "vin,lat,lon,ts"; echo "$(vin 1),35.1,139.1,2020-03-02T08:00:00Z"; echo "$(vin 1),35.1,139.1,"; } >pool/tele/trips.csv
{ echo "customer_id,vin,valid_from,valid_to"; echo "HOLDER,$(vin 1),2020-01-01,2021-01-01"; for i in $(seq 12); do echo "USER$i,,,"; done; } >pool.csv
scan 0 pooled pool
expect "shared without a roster" "1 2 12" "$(summary pooled '"\(.shared_identifiers) \(.records_unattributed) \(.persons_upper)"')"
scan 0 pooled pool --roster pool.csv
expect "the holder's by the roster" "T1 roster 2+12 " "$(person pooled HOLDER)"
expect "whoever the records name" "T1 field 1+0 " "$(person pooled USER7)"
expect "shared by what records say, and nothing left" "1 0 13 12" "$(summary pooled '"\(.shared_identifiers) \(.records_unattributed) \(.persons_upper) \(.conflict_records)"')"
whole=$(results_digest pooled)
scan 0 again pool --roster pool.csv --memory 1M --threads 3 --block-bytes 64
expect "little memory" "$whole" "$(results_digest again)"

# Of a record with very many identifiers only the first lead to customers; that there are such records is said.
mkdir many
for i in $(seq 40); do printf 'imei=%s ' "$(imei $((100 + i)))"; done >many/line.log
{ echo "customer_id,imei"; for i in $(seq 40); do echo "M$i,$(imei $((100 + i)))"; done; } >many.csv
scan 0 crowd many --roster many.csv
expect "one record, and 32 whose it may be" "1 1 32" "$(summary crowd '"\(.records_identifiers_cut) \(.records_ambiguous) \(.persons_upper)"')"
expect "none elsewhere" 0 "$(summary case .records_identifiers_cut)"
