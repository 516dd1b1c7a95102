# inspect: the fields of the evidence by what scan takes them for, without any value; and a profile that changes nothing.
. "$EXPECT"
. "$TESTS/field_evidence.sh"

field_evidence dump
"$GENERATE" --out dump/made --customers 200 --rows 900 --seed 3 >said
mkdir dump/days
for day in 01 02 03; do echo "{\"customerId\":\"C-$day\",\"vin\":\"JTDKN3DU7A1224466\"}" >dump/days/e-2023-04-$day.json; done

program 0 inspect dump
cp stdout table
expect_line "the table" table "#4                            longitude         structure       48   100.0 %   999.9{6}"
expect_line "the customer" table "customer: customer_id"
expect_line "days are one family" table "dump/days/e-9-9-9.json"
program 0 inspect dump --json --threads 1
cp stdout one.json
for threads in 2 5; do
    program 0 inspect dump --json --threads $threads --read-bytes 7
    cmp -s stdout one.json 2>/dev/null || fail "inspect with $threads threads says something else"
done
expect "schema" "breachtally inspect 1" "$(jq -r .schema one.json)"
expect "objects of the days" 3 "$(jq '.families[] | select(.path == "dump/days/e-9-9-9.json") | .objects' one.json)"

# What it says is what scan does.
scan 0 case dump
decided='[.field, .role, .how, (.objects | tostring)] | join(" ")'
jq -r ".fields[] | $decided" case/summary.json | awk '{ n[$1 " " $2 " " $3] += $4 } END { for (f in n) print f, n[f] }' | sort >scanned
jq -r ".families[].fields[] | select(.role != \"none\" or .how == \"refused\") | $decided" one.json |
    awk '{ n[$1 " " $2 " " $3] += $4 } END { for (f in n) print f, n[f] }' | sort >inspected
cmp -s scanned inspected || { fail "inspect and scan decide otherwise"; diff scanned inspected >&2; }

# No value: nothing of what was planted stands anywhere.
find dump -type f -exec cat {} + >raw
find dump -name '*.gz' -exec gzip -dc {} + >>raw
{ grep -aoE '\b[A-HJ-NPR-Z0-9]{17}\b' raw | grep -aE '[A-Z]'; grep -aoE '\b[0-9]{15}\b|\b89[0-9]{17}\b' raw
  grep -aoE '\b[0-9]{1,3}\.[0-9]{5,}\b' raw; grep -aoE '\bC-?[0-9]{2,8}\b' raw; } | sort -u >canaries
expect_at_least "canaries" 10000 "$(wc -l <canaries)"
for file in table one.json; do
    grep -aowFf canaries "$file" >leaks && { fail "$file holds $(wc -l <leaks) values"; }
done

# The profile can be read, and a scan with it counts the same.
program 0 inspect dump --write-profile profile.json
expect "rights of the profile" 600 "$(stat -c %a profile.json)"
expect "a name in it" true "$(jq '.roles.imei | index("d.p") != null' profile.json)"
expect "customers in it" "Customer ID customer" "$(jq -r '.customer.fields | join(" ")' profile.json)"
scan 0 again dump --profile profile.json
cmp -s case/impact.csv again/impact.csv || fail "impact.csv with the profile is another one"
expect "fields by the profile" true "$(summary again '[.fields[] | select(.how == "profile")] | length > 5')"
program 2 inspect dump --write-profile profile.json
expect_line "an existing profile" stderr "nothing is overwritten"
program 4 inspect dump --write-profile no/such/folder/profile.json

# With a profile it says what that decides; from standard input; what cannot be read is said.
program 0 inspect dump --profile profile.json --json
expect "how a field of the profile came to its role" profile "$(jq -r '[.families[].fields[] | select(.field == "d.p")][0].how' stdout)"
"$BREACHTALLY" inspect - <dump/neutral.csv >stdout || fail "inspect of standard input"
expect_line "standard input" stdout "1 object"
printf 'PK\003\004 and so on' >archive.zip
program 3 inspect archive.zip
expect_line "an archive" stdout "1 could not be read"
program 2 inspect nowhere
