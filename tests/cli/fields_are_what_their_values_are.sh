# Columns and key paths are what their values say, decided before anything is counted: the same bytes however it is read.
. "$EXPECT"
. "$TESTS/field_evidence.sh"

field_evidence dump
scan 0 case dump

# field NAME FORMAT: "role how" of it, or of each way that objects have decided.
field()
{
    summary case "[.fields[] | select(.field == \"$1\" and .format == \"$2\") | \"\(.role) \(.how)\"] | join(\", \")"
}
expect "a column of VINs" "vin structure" "$(field col2 csv)"
expect "a column of IMEIs" "imei structure" "$(field col3 csv)"
expect "a column of ICCIDs" "iccid structure" "$(field col4 csv)"
expect "a column of latitudes" "latitude structure" "$(field col5 csv)"
expect "a column of longitudes" "longitude structure" "$(field col6 csv)"
expect "a column of times" "time structure" "$(field col7 csv)"
expect "a column of anything" "" "$(field col1 csv)"
expect "columns without a header" "vin structure; imei structure; longitude structure; latitude structure; time structure" \
    "$(for column in 2 3 4 5 6; do field "#$column" csv; done | paste -sd ';' | sed 's/;/; /g')"
expect "IMEIs that are VINs, and orders" "none refused, vin structure" "$(field imei csv)"
expect "VINs that are IMEIs" "imei structure" "$(field vin csv)"
expect "orders under iccid" "none refused" "$(field iccid ndjson)"
expect "half a column" "" "$(field thing csv)"
expect "a key path" "imei structure" "$(field d.p ndjson)"
expect "an axis of a key path" "latitude structure" "$(field d.u ndjson)"
expect "a key of text" "imei structure" "$(field dev text)"
expect "customers" "customer name" "$(field customerId ndjson)"
expect "values looked at" "48 48 1" "$(summary case '.fields[] | select(.field == "col3") | "\(.values) \(.valid) \(.share_valid)"')"
expect "objects" 4 "$(summary case '.fields[] | select(.field == "customer_id") | .objects')"
expect "keys that are values" 0 "$(summary case '[.fields[] | select(.field | test("[0-9]{4}"))] | length')"
expect "keys that are VINs" "40 1" "$(summary case '.fields[] | select(.field == "owners.*.imei") | "\(.values) \(.objects)"')"

# What that makes of the counts: none of the orders is an IMEI, and IMEIs in a refused column are found as in any text.
expect "IMEIs" "$((1500 + 1500 + 300 + 50 + 150 + 300 + 20 + 1500 + 40))" "$(summary case .identifiers.imei.distinct)"
expect "VINs that are values, and keys" "$((1500 + 1500 + 300 + 40))" "$(summary case .identifiers.vin.distinct)"
expect "ICCIDs" 1500 "$(summary case .identifiers.iccid.confirmed)"
expect "positions" 4500 "$(summary case .loc_fixes)"
expect "period" "2023-04-17T00:00:00Z" "$(summary case .data_time_first)"

reference=$(results_digest case)
same()
{
    expect "$1" "$reference" "$(results_digest case)"
}
for freedom in "--threads 3 --block-bytes 61" "--threads 1 --block-bytes 4096 --read-bytes 7" "--threads 2 --block-bytes 100000"; do
    scan 0 case dump $freedom
    same "$freedom"
done

# Shards, merged in another order; one of them killed on the way.
mkdir shards
for shard in 2 0 1; do
    "$BREACHTALLY" scan dump --shard $shard/3 --case shards/$shard --quiet || fail "shard $shard"
done
rm -rf case
"$BREACHTALLY" merge shards/1 shards/2 shards/0 --case case --quiet || fail "merge"
same "shards"

interrupted=0
for moment in 12 25 40; do
    rm -rf case
    LD_PRELOAD=$DIE_AT_LIBRARY DIE_AT=$moment DIE_HOW=before "$BREACHTALLY" scan dump --case case --quiet --block-bytes 4096 --checkpoint-bytes 20000 --threads 2 >said 2>&1 && continue
    interrupted=$((interrupted + 1))
    program 0 scan dump --case case --resume --no-progress --block-bytes 997
    same "killed at call $moment"
done
expect_at_least "runs that were killed" 2 "$interrupted"

# Packed, the sample is the same: all but the chain of formats and sizes.
cp -r dump packed
gzip packed/*
scan 0 other packed
expect "customers of the packed dump" "$(impact_without_places case | sha256sum)" "$(impact_without_places other | sha256sum)"
expect "fields of the packed dump" "$(summary case '[.fields[] | del(.source)]' | sha256sum)" "$(summary other '[.fields[] | del(.source)]' | sha256sum)"

# A profile is not overruled.
echo '{"roles": {"imei": ["imei"]}}' >profile.json
scan 0 case dump --profile profile.json
expect "a field of the profile" "imei profile" "$(field imei csv)"
