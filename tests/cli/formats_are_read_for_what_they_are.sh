# The same two people in every format that is read; nothing hangs on the name of a file.
. "$EXPECT"

# Two customers, each with VIN, IMEI, one fix and a time.
a_vin=JTNE1ED5XFU509127 a_imei=867420722196591
b_vin=1FADZKHP4DR064425 b_imei=356250090901175
a_cells="C-1,$a_vin,$a_imei,35.690112,139.700241,2021-05-03T01:02:03Z"
b_cells="C-2,$b_vin,$b_imei,-33.868820,151.209290,2021-05-04T01:02:03Z"
head_cells="customer_id,vin,imei,lat,lon,ts"

mkdir as
as() { cat >"as/$1"; }

printf '%s\n%s\n%s\n' "$head_cells" "$a_cells" "$b_cells" | as plain.csv
printf '%s\n%s\n%s\n' "$head_cells" "$a_cells" "$b_cells" | tr , ';' | as semicolon.csv
printf '%s\n%s\n%s\n' "$head_cells" "$a_cells" "$b_cells" | tr , '\t' | as tab.tsv
printf '%s\n%s\n%s\n' "$head_cells" "$a_cells" "$b_cells" | tr , '|' | as pipe.txt
printf '\357\273\277%s\r\n%s\r\n%s\r\n' "$head_cells" "$a_cells" "$b_cells" | as bom_crlf.csv
printf '%s\n%s\n%s' "$head_cells" "$a_cells" "$b_cells" | as no_last_line_end.csv
printf '%s\n%s\n%s\n' "$head_cells" "$a_cells" "$b_cells" | sed 's/[^,]*/"&"/g' | as quoted.csv
printf '%s,note\n%s,"two\nlines, and a ""word"""\n%s,"\n"\n' "$head_cells" "$a_cells" "$b_cells" | as line_breaks.csv
printf '%s\n%s\n\n%s\n\n\n' "$head_cells" "$a_cells" "$b_cells" | as empty_lines.csv
printf '%s\n%s\n%s\n' "CUSTOMER ID,Vin,IMEI,GPS_Lat,GPS.Lon,Event-Time" "$a_cells" "$b_cells" | as other_names.csv
printf '%s\n%s\n%s\n' "顧客ID,車台番号,IMEI,緯度,経度,日時" "$a_cells" "$b_cells" | as japanese.csv
printf '%s\n%s\n%s\n' "$head_cells" "$a_cells" "$b_cells" | as named.json
printf '%s\n%s\n%s\n' "$head_cells" "$a_cells" "$b_cells" | as no_name

rows() { printf '%s\n%s\n%s\n' "$head_cells" "$a_cells" "$b_cells"; }
rows | tr '\n' '\r' | as returns.csv
{ rows | tr '\n' '\r'; rows | tail -n 1 | sed 's/.*//'; } | as returns_and_a_line_end.csv
printf '%s\r\n%s\r%s\r' "$head_cells" "$a_cells" "$b_cells" | as mixed_ends.csv
{ echo 'sep=^'; rows | tr , '^'; } | as declared.csv
{ echo 'Fleet report'; echo 'made on,2023-01-01'; echo; rows; } | as titled.csv
{ for i in 1 2 3 4 5 6 7 8 9 0; do for k in 1 2 3 4; do echo "# remark $i$k, such as it is"; done; done; rows; } | as remarks.csv
{ echo 'INSERT INTO x VALUES,a,b,c,d,e'; rows; } | as statement_in_front.csv

object() { printf '{"customer_id":"%s","vehicle":{"vin":"%s","imei":%s},"ts":"%s","position":{"lat":%s,"lon":%s}}' "$@"; }
a_object=$(object C-1 $a_vin $a_imei 2021-05-03T01:02:03Z 35.690112 139.700241)
b_object=$(object C-2 $b_vin "\"$b_imei\"" 2021-05-04T01:02:03Z -33.868820 151.209290)
printf '%s\n%s\n' "$a_object" "$b_object" | as lines.ndjson
printf '%s\r\n\r\n%s' "$a_object" "$b_object" | as lines_crlf.ndjson
printf '%s%s' "$a_object" "$b_object" | as concatenated.json
printf '[%s,%s]' "$a_object" "$b_object" | as array.json
printf '[%s,%s]' "$a_object" "$b_object" | jq . | as pretty_array.json
printf '%s %s' "$a_object" "$b_object" | jq . | as pretty.json
printf '{"page":1,"result":{"items":[%s,%s]}}' "$a_object" "$b_object" | as wrapped.json
printf '{"page":1,"result":{"items":[%s,%s]}}' "$a_object" "$b_object" | jq --tab . | as pretty_wrapped.json
printf '\357\273\277%s\n%s\n' "$a_object" "$b_object" | as bom.ndjson
printf '{"id":1}\n%s\n{"id":2,"list":[]}\n%s\nnull\n7\n' "$a_object" "$b_object" | as between_others.ndjson

element() { printf '<unit><customer_id>%s</customer_id><vehicle vin="%s"/><imei>%s</imei><ts>%s</ts><position lat="%s" lon="%s"/></unit>' "$@"; }
a_element=$(element C-1 $a_vin $a_imei 2021-05-03T01:02:03Z 35.690112 139.700241)
b_element=$(element C-2 $b_vin $b_imei 2021-05-04T01:02:03Z -33.868820 151.209290)
printf '<?xml version="1.0"?>\n<units>%s%s</units>' "$a_element" "$b_element" | as elements.xml
printf '<units>%s%s</units>' "$a_element" "$b_element" | sed 's/></>\n  </g' | as pretty.xml
printf '%s\n%s\n' "$a_element" "$b_element" | as lines.xml
printf '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE u [<!ENTITY c "C">]>\n<u><t>M\374nchen</t>%s%s</u>' "$a_element" "$b_element" | sed 's/>C-/>\&c;-/g' | as entities.xml
row() { printf '<row><field name="customer_id">%s</field><field name="vin">%s</field><field name="imei">%s</field><field name="ts">%s</field><field name="lat">%s</field>' "$1" "$2" "$3" "$4" "$5"; printf '<field name="lon">%s</field><field name="note" xsi:nil="true" /></row>\n' "$6"; }
{ printf '<?xml version="1.0"?>\n<mysqldump xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<database name="fleet">\n<table_data name="cars">\n'
  row C-1 $a_vin $a_imei 2021-05-03T01:02:03Z 35.690112 139.700241
  row C-2 $b_vin $b_imei 2021-05-04T01:02:03Z -33.868820 151.209290
  printf '</table_data>\n</database>\n</mysqldump>\n'; } | as mysqldump.xml
dict() { printf '<dict>'; printf '<key>%s</key><string>%s</string>' customer_id "$1" vin "$2" imei "$3" ts "$4"; printf '<key>%s</key><real>%s</real>' lat "$5" lon "$6"; echo '</dict>'; }
{ printf '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0"><array>\n'
  dict C-1 $a_vin $a_imei 2021-05-03T01:02:03Z 35.690112 139.700241
  dict C-2 $b_vin $b_imei 2021-05-04T01:02:03Z -33.868820 151.209290
  echo '</array></plist>'; } | as list.plist.xml
listing() { printf 'Customer ID                     : %s\nVIN                             : %s\nIMEI                            : %s\nTime                            : %s\nGPS Latitude                    : %s\nGPS Longitude                   : %s\n' "$@"; }
{ listing C-1 $a_vin $a_imei 2021-05-03T01:02:03Z "35 deg 41' 24.40\" N" "139 deg 42' 0.87\" E"
  echo
  listing C-2 $b_vin $b_imei 2021-05-04T01:02:03Z "33 deg 52' 7.75\" S" "151 deg 12' 33.44\" E"; } | as tags.listing

line() { printf '%s gw INFO customer=%s vin=%s imei=%s loc=%s,%s\n' "$@"; }
{ line 2021-05-03T01:02:03Z C-1 $a_vin $a_imei 35.690112 139.700241
  line 2021-05-04T01:02:03Z C-2 $b_vin $b_imei -33.868820 151.209290; } | as key_value.log
{ line 2021-05-03T01:02:03Z C-1 $a_vin $a_imei 35.690112 139.700241
  printf 'started\n\n-- a line of something else --\n'
  line 2021-05-04T01:02:03Z C-2 $b_vin $b_imei -33.868820 151.209290; } | sed 's/$/\r/' | as crlf.log

tuple() { printf "'%s','%s','%s',%s,%s,'%s'" $(echo "$1" | tr , ' '); }
sql_columns="customer_id, vin, imei, lat, lon, ts"
printf "INSERT INTO t (%s) VALUES (%s),(%s);" "$sql_columns" "$(tuple $a_cells)" "$(tuple $b_cells)" | as one_line.sql
printf "CREATE TABLE t (%s);\n-- tuples\ninsert into t values\n (%s)\n,(%s)\n;\n" "$(echo $sql_columns | sed 's/,/ text,/g')" "$(tuple $a_cells)" "$(tuple $b_cells)" | as inserts.sql
printf 'COPY t (%s) FROM stdin;\n%s\n%s\n\\.\n' "$sql_columns" "$a_cells" "$b_cells" | sed '2,3s/,/\t/g' | as copy.sql
printf 'COPY t (%s) FROM stdin WITH (FORMAT csv, HEADER);\n%s\n%s\n%s\n\\.\n' "$sql_columns" "$head_cells" "$a_cells" "$b_cells" | as copy_csv.sql

for file in as/*; do
    name=${file#as/}
    scan 0 case "$file"
    expect "persons of $name" 2 "$(summary case .persons_best)"
    expect "VINs of $name" 2 "$(summary case .identifiers.vin.distinct)"
    expect "IMEIs of $name" 2 "$(summary case .identifiers.imei.distinct)"
    expect "fixes of $name" 2 "$(summary case .loc_fixes)"
    expect "records of $name" 2 "$(summary case .records_raw)"
    expect_impact case C-1 tier T1 elements VIN+NET+LOC+TIM vins 1 imeis 1 loc_fixes 1 \
        data_time_first 2021-05-03T01:02:03Z data_time_last 2021-05-03T01:02:03Z
    expect_impact case C-2 tier T1 elements VIN+NET+LOC+TIM vins 1 imeis 1 loc_fixes 1 data_time_first 2021-05-04T01:02:03Z
    case $name in
    *.csv | *.tsv | pipe.txt | named.json | no_name) wanted_format=csv ;;
    *.log) wanted_format=text ;;
    *.ndjson) wanted_format=ndjson ;;
    entities.xml) wanted_format=$(coverage case "$name" format); case $wanted_format in xml | *1252\>xml) ;; *) fail "format of $name: $wanted_format" ;; esac ;;
    *.xml) wanted_format=xml ;;
    *.listing) wanted_format=listing ;;
    *.sql) wanted_format=sql ;;
    *) wanted_format=$(coverage case "$name" format); case $wanted_format in json | ndjson) ;; *) fail "format of $name: $wanted_format" ;; esac ;;
    esac
    expect "format of $name" "$wanted_format" "$(coverage case "$name" format)"
done

# Without a header there is no customer field: the identifiers count, nobody is named.
mkdir headless
printf '%s\n%s\n' "$a_cells" "$b_cells" >headless/rows.csv
scan 0 case headless
expect "persons without a header" 0 "$(summary case .persons_upper)"
expect "VINs without a header" 2 "$(summary case .identifiers.vin.distinct)"
expect "records of nobody" 2 "$(summary case .records_unattributed)"
expect_coverage case headless/rows.csv COMPLETE "" format csv units 2

# What stands outside an array is inherited by what is in it, in whatever order.
mkdir nested
printf '{"customerId":"C-3","device":{"imei":"%s"},"trips":[{"ts":"2021-01-01T00:00:00Z","lat":35.1234,"lon":139.1234},{"ts":"2021-01-02T00:00:00Z","lat":35.2234,"lon":139.2234}]}\n' $a_imei >nested/before.ndjson
printf '{"trips":[{"ts":"2021-01-01T00:00:00Z","lat":35.1234,"lon":139.1234},{"ts":"2021-01-02T00:00:00Z","lat":35.2234,"lon":139.2234}],"device":{"imei":"%s"},"customerId":"C-4"}\n' $b_imei >nested/behind.ndjson
printf '{"customers":[{"customerId":"C-5","cars":[{"vin":"%s"},{"vin":"%s"}]},{"customerId":"C-6","cars":[]}]}\n' $a_vin $b_vin >nested/two_levels.ndjson
scan 0 case nested
for customer in C-3 C-4; do
    expect_impact case $customer tier T1 link_basis parent records 2 imeis 1 loc_fixes 2 loc_days 2 data_time_last 2021-01-02T00:00:00Z
done
expect_impact case C-5 tier T1 link_basis parent records 2 vins 2
expect "C-6 has nothing" "" "$(impact case C-6 tier)"
expect "named only" 1 "$(summary case .customers_named_only)"

# Text cells that a spreadsheet would run get a quote in front; numbers, even negative ones, do not.
mkdir dangerous
{
    echo "customer_id,imei,lat,lon"
    printf "=cmd|'/c calc'!A1,%s,,\n" $a_imei
    printf '+1,%s,-33.868820,-70.669300\n-2,%s,,\n@x,%s,,\n' $a_imei $a_imei $a_imei
    printf '"\tTab",%s,,\n"a,b ""c""",%s,,\n7,%s,,\n' $a_imei $a_imei $b_imei
} >dangerous/=file.csv
scan 0 case dangerous
for customer in "'=cmd|'/c calc'!A1" "'+1" "'-2" "'@x" 'a,b "c"' 7; do
    expect_impact case "$customer" tier T1 imeis 1
done
expect "cells that begin a formula" 0 "$(tail -n +2 case/impact.csv | csv_cells | tr '\037' '\n' | grep -c '^[=+@-]')"
printf 'customer_id,lat,lon\n=neg,-33.868820,-70.669300\n' | "$BREACHTALLY" scan - --case case_negative --quiet
expect "no fix is lost to a quote" 1 "$(csv_value case_negative/impact.csv "'=neg" loc_fixes)"
scan 0 case dangerous/=file.csv
expect "a file name that begins a formula" "'=file.csv" "$(csv_columns case/coverage.csv path)"

# A profile names the fields that are not known by default.
mkdir own
printf 'halter,fahrgestell,breite,laenge\nH-1,%s,35.690112,139.700241\n' $a_vin >own/a.csv
cat >profile.json <<'END'
{"customer": {"fields": ["halter"], "paths": ["^people/(?<customer>[^/]+)/"]},
 "roles": {"vin": ["fahrgestell"], "latitude": ["breite"], "longitude": ["laenge"]},
 "sources": [{"name": "cars", "path": "*.csv"}, {"name": "people", "path": "people/**"}]}
END
mkdir -p own/people/P-7
printf 'imei=%s\n' $b_imei >own/people/P-7/phone.txt
scan 0 case own --profile profile.json
expect_impact case H-1 tier T1 link_basis field vins 1 loc_fixes 1 sources cars
expect_impact case P-7 tier T1 link_basis path imeis 1 sources people
scan 0 case own
expect "persons without the profile" 0 "$(summary case .persons_upper)"
expect "VINs without the profile" 1 "$(summary case .identifiers.vin.distinct)"

# --only and --not choose kinds.
scan 0 case as/plain.csv --only vin
expect "IMEIs under --only vin" 0 "$(summary case '.identifiers.imei.distinct // 0')"
expect_impact case C-1 vins 1 loc_fixes 0 elements VIN
scan 0 case as/plain.csv --not vin,location
expect_impact case C-1 vins 0 imeis 1 loc_fixes 0 elements NET
