# Detectors of a profile: under their fields, in text, in every format; with checksums; shards, merge, resume and show know them.
. "$EXPECT"

cat >profile.json <<'END'
{"detectors": [
  {"name": "dcm_id", "element": "DEV", "pattern": "DCM[0-9]{9}", "fields": ["unit"], "canonical": "upper",
   "must_match": ["DCM000000001"], "must_not_match": ["DCM1"]},
  {"name": "fleet_card", "element": "PLT", "pattern": "[0-9]{4}-[0-9]{4}-[0-9]{4}", "fields": ["card"], "canonical": "digits",
   "checksum": {"type": "luhn"}},
  {"name": "imei", "element": "NET", "pattern": "IM#[0-9]{6}", "fields": ["modem"]}],
 "junk": {"dcm_id": ["DCM000000000"]}}
END
mkdir -p dump/a dump/b
printf 'customer_id,unit,card,note\nC1,DCM000000017,0000-0000-0018,\nC2,DCM000000017,0000-0000-0019,x DCM000000023 y\nC3,dcm000000031,,DCM0000000310\n' >dump/a/t.csv
printf 'C7,,,\nC8,"DCM000000099",,"seen ""DCM000000098"" twice"\n' >>dump/a/t.csv
printf '2022-02-01T23:23:01Z customer=C4 unit=DCM000000041 modem=IM#123456\n2022-02-01T23:23:02Z customer=C5 said DCM000000051, card 0000-0000-0018\n2022-02-01T23:23:03Z customer=C6 unit: DCM000000000\n' >dump/b/g.log
printf '{"customerId":"C9","car":{"unit":"DCM000000091"},"note":"with DCM000000092"}\n{"customerId":"C10","free":"0000-0000-0018"}\n' >dump/b/e.ndjson

scan 0 case dump --profile profile.json
expect "header" "macs,advertising_ids,terminal_ids,other_ids,loc_fixes" "$(head -n 1 case/impact.csv | grep -o 'macs,.*loc_fixes')"
expect_impact case C1 tier T1 elements DEV+PLT other_ids 2 records 1 records_possible 0
expect_impact case C2 tier T1 elements DEV other_ids 1
expect_impact case C4 elements NET+DEV other_ids 1 imeis 1
expect_impact case C5 tier T1 elements PLT other_ids 1
expect_impact case C8 elements DEV other_ids 1
expect_impact case C9 elements DEV other_ids 1
expect_impact case C10 elements PLT other_ids 1
expect "nobody without anything" "" "$(csv_value case/impact.csv C7 tier)"
expect "junk" "" "$(csv_value case/impact.csv C6 tier)"
# Lower case is the same under its field; DCM0000000310 is longer.
expect_impact case C3 tier T1 other_ids 1 records 1
expect "dcm_id" "5 5 0 4" "$(summary case '.identifiers.dcm_id | "\(.distinct) \(.confirmed) \(.likely) \(.possible)"' | tr -d '"')"
expect "fleet_card" "1 1 0 1" "$(summary case '.identifiers.fleet_card | "\(.distinct) \(.confirmed) \(.likely) \(.possible)"' | tr -d '"')"
expect "imei" 1 "$(summary case '.identifiers.imei.distinct')"
expect "PLT" 3 "$(summary case '.persons_by_element.PLT')"
expect_line "the table on stdout" stdout dcm_id

# Whatever runs it is the same.
for how in "--threads 1" "--threads 8" "--memory 64M" "--engine pcre2"; do
    # shellcheck disable=SC2086 # two words
    scan 0 other dump --profile profile.json $how
    for file in impact.csv summary.json coverage.csv; do cmp -s case/$file other/$file || fail "$file differs with $how"; done
    rm -r other
done
for i in 0 1 2; do program 0 scan dump --case "shard$i" --profile profile.json --shard "$i/3"; done
program 0 merge shard2 shard0 shard1 --case merged
for file in impact.csv summary.json coverage.csv; do cmp -s case/$file merged/$file || fail "$file differs when merged"; done
program 0 show case C4
expect_line "show" stdout dcm_id
program 2 scan dump --case case --resume --profile /dev/null

# --only and --not speak of them too; case.json names what was looked for.
own_kinds() { jq -r '[.kinds[] | select(. == "dcm_id" or . == "fleet_card" or . == "vin" or . == "location")] | join(" ")' "$1/case.json"; }
distinct() { summary "$1" "[.identifiers.dcm_id, .identifiers.fleet_card, .identifiers.imei | .distinct // 0 | tostring] | join(\" \")" | tr -d '"'; }
expect "kinds" "vin dcm_id fleet_card location" "$(own_kinds case)"
chosen()
{
    scan 0 "$1" dump --profile profile.json "$2" "$3"
    expect "kinds with $2 $3" "$4" "$(own_kinds "$1")"
    expect "distinct with $2 $3" "$5" "$(distinct "$1")"
}
expect "distinct" "5 1 1" "$(distinct case)"
chosen only_vin --only vin vin "0 0 0"
chosen only_own --only fleet_card fleet_card "0 1 0"
chosen only_two --only vin,dcm_id "vin dcm_id" "5 0 0"
chosen not_dcm --not dcm_id "vin fleet_card location" "0 1 1"
chosen not_imei --not imei "vin dcm_id fleet_card location" "5 1 0"
expect "PLT alone" "3 0" "$(summary only_own '"\(.persons_by_element.PLT) \(.persons_by_element.DEV)"' | tr -d '"')"
program 2 scan dump --case bad --profile profile.json --only fleet_cart
expect_line "nearest" stderr 'no kind is called "fleet_cart"; did you mean "fleet_card"?'
program 2 scan dump --case bad --only dcm_id
expect_line "without the profile" stderr 'no kind is called "dcm_id"'
program 2 scan dump --case bad --profile profile.json --only dcm_id --not dcm_id
expect_line "nothing left" stderr "no kind to look for"
program 2 scan dump --case not_dcm --resume --profile profile.json
expect_line "resume" stderr "the options have changed"
program 0 scan dump --case not_dcm --resume --profile profile.json --not dcm_id
for i in 0 1; do program 0 scan dump --case "part$i" --profile profile.json --shard "$i/2" --only vin,dcm_id; done
program 0 merge part1 part0 --case parts
expect "kinds of shards" "vin dcm_id" "$(own_kinds parts)"
expect "results of shards" "$(results_digest only_two)" "$(results_digest parts)"
expect "kinds of all shards" "vin dcm_id fleet_card location" "$(own_kinds merged)"
program 0 scan dump --case half0 --profile profile.json --shard 0/2
program 0 scan dump --case half1 --profile profile.json --shard 1/2 --not dcm_id
program 2 merge half0 half1 --case halves
expect_line "merge" stderr "other options"

# What a profile says wrong is said with its place.
printf '{"detectors": [{"name": "a", "pattern": "x+"}, {"name": "b", "pattern": "(x"}]}' >bad.json
program 2 scan dump --case bad --profile bad.json
expect_line "place" stderr "detectors[1]: no pattern at offset"
expect "no case" no "$([ -e bad ] && echo yes || echo no)"

# A kind without any shape of the built-in ones, in JSON of nothing but ASCII: blocks of any size find it; a built-in name needs no element.
printf '{"detectors": [{"name": "slip", "pattern": "[a-z]{3}-[a-z]{4}", "unlabelled": "likely"}, {"name": "vin", "pattern": "V#[0-9]{5}", "fields": ["van"]}]}' >plain.json
mkdir plain
printf '{"customer_id":"P1","note":"seen abc-defg today","tags":["x","abc-defk"]}\n{"customer_id":"P2","note":"abc-defh","van":"V#12345"}\n' >plain/a.ndjson
for blocks in "" "--block-bytes 1" "--cpu portable"; do
    rm -rf plaincase
    # shellcheck disable=SC2086 # two words
    program 0 scan plain --case plaincase --profile plain.json --quiet $blocks
    expect "slips $blocks" "3 1 2" "$(summary plaincase '"\(.identifiers.slip.distinct) \(.identifiers.vin.distinct) \(.records_raw)"')"
done
