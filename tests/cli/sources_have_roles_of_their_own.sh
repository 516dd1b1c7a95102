# What a name of a field means can be said of one source alone: names that have a role there, and names that have none.
. "$EXPECT"

# Staff and customers have the same field names; one source has its own for everything.
mkdir -p dump/dealers dump/app dump/old dump/more
v() { sed -n "${1}p" <<'END'
1M8GDM9AXKP042788
1VWBH7A30DC104945
WVWZZZ1JZXW000001
JTDKN3DU7A1224466
5GZCZ43D13S812715
1G4AH59H45G118341
END
}
printf 'user_id,vin,holder\nS1,%s,C1\nS1,%s,C2\n' "$(v 1)" "$(v 2)" >dump/dealers/a.csv
printf '{"user_id":"S2","cars":[{"holder":"C3","vin":"%s"}]}\n' "$(v 3)" >dump/dealers/b.ndjson
printf "INSERT INTO t (user_id, holder, vin) VALUES ('S2','C4','%s');\n" "$(v 4)" >dump/dealers/c.sql
printf '<rows><row><user_id>S3</user_id><holder>C5</holder><vin>%s</vin></row><row><user_id>S3</user_id></row></rows>' "$(v 5)" >dump/dealers/d.xml
printf 'user_id=S4 holder=C6 vin=%s\n' "$(v 6)" >dump/dealers/e.log
printf 'user_id,vin,holder\nC1,%s,x\n' "$(v 1)" >dump/app/a.csv
printf '{"user_id":"C2","cars":[{"holder":"y","vin":"%s"}]}\n' "$(v 2)" >dump/app/b.ndjson
printf 'user_id=C6 holder=z vin=%s\n' "$(v 6)" >dump/app/e.log
printf 'a,b,c,wann\nC7,35.681236,139.767125,2020-01-02T03:04:05Z\n' >dump/old/a.csv
printf 'a,b,c,wann\nC8,35.681236,139.767125,2020-01-02T03:04:05Z\n' >dump/more/a.csv

# Without a profile staff are customers.
scan 0 plain dump
expect "staff, taken for customers" "C1 C2 C6 S1 S2 S3 S4" "$(csv_columns plain/impact.csv customer_id | tr '\n' ' ' | sed 's/ $//')"

cat >profile.json <<'END'
{"sources": [{"name": "dealers", "path": "dealers/**", "roles": {"customer": ["holder"], "none": ["user_id"]}},
             {"name": "old", "path": "old/**", "roles": {"customer": ["a"], "latitude": ["b"], "longitude": ["c"], "time": ["wann"]}},
             {"name": "app", "path": "app/**"}, {"name": "more", "path": "more/**"}]}
END
scan 0 case dump --profile profile.json
expect "customers" "C1 1,C2 1,C3 1,C4 1,C5 1,C6 1,C7 0," "$(csv_columns case/impact.csv customer_id vins | tr '\n' ,)"
expect "all are named by the units" 1 "$(csv_columns case/impact.csv tier link_basis | sed 's/parent+field\|field+parent\|parent/field/' | sort -u | grep -c .)"
expect_impact case C7 loc_fixes 1 data_time_first 2020-01-02T03:04:05Z sources old
expect "the same names say nothing elsewhere" 1 "$(summary case .records_orphan_location)"
expect "nobody is named only" 0 "$(summary case .customers_named_only)"
expect "fields that named customers" "holder" "$(summary case '.by_source[] | select(.source == "dealers") | [.customer_fields[].field] | unique | join(" ")')"
expect "fields that named customers in app" "userid" "$(summary case '.by_source[] | select(.source == "app") | [.customer_fields[].field] | unique | join(" ")')"

# Whatever the threads, blocks and shards; with both engines; by inspect, too.
whole=$(results_digest case)
for freedom in "--threads 1" "--threads 3 --block-bytes 1 --read-bytes 3" "--engine pcre2" "--memory 1M --checkpoint-bytes 1"; do
    scan 0 again dump --profile profile.json $freedom
    expect "the same with $freedom" "$whole" "$(results_digest again)"
done
rm -rf s0 s1 s2 merged
for shard in 2 0 1; do program 0 scan dump --case s$shard --shard $shard/3 --range-bytes 20 --quiet --profile profile.json; done
program 0 merge s1 s2 s0 --case merged --quiet
expect "the same in shards" "$whole" "$(results_digest merged)"
program 0 inspect dump --profile profile.json --json
expect "inspect" "holder customer,user_id none" "$(jq -r '[.families[] | select(.path | endswith("c.sql")) | .fields[] | select(.field != "vin") | "\(.field) \(.role)"] | sort | join(",")' stdout)"

# Two files of the same bytes, which say two things, are no copies of one another.
cp dump/dealers/a.csv dump/more/a.csv
scan 0 case dump --profile profile.json
expect "duplicates" 0 "$(summary case .objects.duplicate)"
expect_impact case S1 records 2 sources more
expect_impact case C1 records 2 sources app+dealers

# Everywhere; and of one source what was taken from all.
cat >profile.json <<'END'
{"roles": {"none": ["user_id"], "vin": ["chassis"]},
 "sources": [{"name": "app", "path": "app/**", "roles": {"customer": ["user_id"]}}, {"name": "dealers", "path": "dealers/**"}, {"name": "more", "path": "more/**"}]}
END
scan 0 case dump --profile profile.json
expect "customers by app alone" "C1 C2 C6" "$(csv_columns case/impact.csv customer_id | tr '\n' ' ' | sed 's/ $//')"
expect_impact case C1 sources app+dealers+more

# A kind's labels, too: what looks like a telephone's number is a terminal's there.
rm -rf dump
mkdir -p dump/a dump/b
printf 'customer_id,kennung\nC1,AB-12345678\n' >dump/a/x.csv
printf 'customer_id,kennung\nC2,AB-12345678\n' >dump/b/x.csv
echo '{"sources": [{"name": "a", "path": "a/**", "roles": {"terminal_id": ["kennung"]}}, {"name": "b", "path": "b/**"}]}' >profile.json
scan 0 case dump --profile profile.json
expect "terminals" "C1 1," "$(csv_columns case/impact.csv customer_id terminal_ids | tr '\n' ,)"

# What is wrong is said with its place.
echo '{"sources": [{"name": "a", "path": "a/**", "roles": {"customers": ["x"]}}]}' >profile.json
program 2 scan dump --case never --profile profile.json
expect_line "a role that there is not" stderr "sources[0].roles.customers"
echo '{"sources": [{"name": "a", "path": "a/**", "roles": {"none": "x"}}]}' >profile.json
program 2 scan dump --case never --profile profile.json
expect_line "no list" stderr "sources[0].roles.none"
[ ! -e never ] || fail "a case was made"
