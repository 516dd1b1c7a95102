# Exports of databases that say the type of each value in an object around it (DynamoDB, MongoDB, Avro) count as those that do not.
. "$EXPECT"

first=1M8GDM9AXKP042788 second=1VWBH7A30DC104945

mkdir dump
cat >dump/x <<END
{"customer_id":"A","vin":"$first","ts":1577836800,"lat":35.6812,"lon":139.7671,"track":[{"ts":1577923200,"lat":35.6912,"lon":139.7771},{"ts":1578009600,"lat":35.7012,"lon":139.7871}]}
{"customer_id":"B","vin":"$second","ts":1577836800,"start":{"lat":35.6812,"lon":139.7671},"end":{"lat":36.6812,"lon":138.7671}}
{"customer_id":"7","imei":490154203237518}
END
scan 0 plain dump
expect_impact plain A records 3 vins 1 loc_fixes 3 loc_days 3
expect_impact plain B records 1 vins 1 loc_fixes 2
wanted=$(impact_without_places plain)

# same WHAT: dump/x counts as the plain objects do, whatever the blocks.
same()
{
    for freedom in "--threads 1" "--threads 2 --block-bytes 1 --read-bytes 5" "--engine pcre2"; do
        scan 0 case dump $freedom
        expect "$1 with $freedom" "$wanted" "$(impact_without_places case)"
        expect "records of $1" "$(summary plain .records_raw)" "$(summary case .records_raw)"
    done
}

jq -c 'def typed: if type == "object" then {M: with_entries(.value |= typed)} elif type == "array" then {L: map(typed)}
                 elif type == "string" then {S: .} else {N: tostring} end;
       {Item: (typed | .M)}' dump/x >items && mv items dump/x
same "an export of DynamoDB"
jq '{Items: [inputs.Item], Count: 3}' -n dump/x >items && mv items dump/x
same "a listing of DynamoDB"

cat <<END >dump/x
{"customer_id":"A","vin":"$first","ts":{"\$date":{"\$numberLong":"1577836800000"}},"lat":{"\$numberDouble":"35.6812"},"lon":{"\$numberDouble":"139.7671"},"track":[{"ts":{"\$date":"2020-01-02T00:00:00Z"},"lat":{"\$numberDouble":"35.6912"},"lon":{"\$numberDouble":"139.7771"}},{"ts":{"\$date":1578009600000},"lat":35.7012,"lon":139.7871}]}
{"customer_id":"B","vin":"$second","ts":{"\$date":"2020-01-01T00:00:00Z"},"start":{"lat":35.6812,"lon":139.7671},"end":{"lat":{"\$numberDouble":"36.6812"},"lon":{"\$numberDouble":"138.7671"}}}
{"customer_id":{"\$numberLong":"7"},"imei":{"\$numberLong":"490154203237518"}}
END
same "an export of MongoDB"

cat <<END >dump/x
{"customer_id":{"string":"A"},"vin":{"string":"$first"},"ts":{"long":1577836800000},"lat":{"double":35.6812},"lon":{"double":139.7671},"track":{"array":[{"ts":{"long":1577923200000},"lat":{"float":35.6912},"lon":{"float":139.7771}},{"ts":{"int":1578009600},"lat":{"double":35.7012},"lon":{"double":139.7871}}]}}
{"customer_id":{"string":"B"},"vin":{"string":"$second"},"ts":{"long":1577836800000},"start":{"lat":{"double":35.6812},"lon":{"double":139.7671}},"end":{"lat":{"double":36.6812},"lon":{"double":138.7671}}}
{"customer_id":{"string":"7"},"imei":{"long":490154203237518}}
END
same "Avro as JSON"

# "long" beside "lat" is a longitude, also of a customer.
printf '{"customer":{"id":"A","lat":35.6812,"long":139.7671}}\n' >dump/x
scan 0 case dump
expect_impact case A loc_fixes 1
