# Lines made of nothing but beginnings: what they cost grows with their length, not with its square. A second is ample for
# each; what is quadratic takes minutes.
. "$EXPECT"

mkdir dump
repeat() { awk -v text="$1" -v count="$2" 'BEGIN { for (i = 0; i < count; i++) printf "%s", text; print "" }'; }
repeat 'geo:' 100000 >dump/geo.log
repeat 'waze://' 60000 >dump/waze.log
repeat 'https://maps.google.com/' 20000 >dump/maps.log
repeat 'POINT(' 60000 >dump/point.log
repeat '$GPGGA,' 60000 >dump/nmea.log
repeat '<trkpt lat="' 40000 >dump/gpx.log
repeat 'DCM123456789 ' 40000 >dump/own.log
repeat 'imei=' 300000 >dump/key.log
repeat 'meid:' 300000 >dump/colon.log
repeat 'tel:090-' 200000 >dump/tel.log
repeat 'vin="' 200000 >dump/quote.log
repeat '1234567890123456' 30000 >dump/digits.log
repeat '35.1,' 80000 >dump/decimals.log
printf '{"detectors": [{"name": "dcm_id", "pattern": "DCM[0-9]{9}", "unlabelled": "likely"}]}' >profile.json
for file in dump/*.log; do
    timeout 20 "$BREACHTALLY" scan "$file" --case "case.$(basename "$file")" --profile profile.json --hash none --threads 1 --no-progress --quiet >/dev/null 2>&1
    expect "$file" 0 $?
done
expect "own kind" 1 "$(summary case.own.log .identifiers.dcm_id.distinct)"

# Memory for one long text is not taken for that of the texts of the next block.
mkdir long
{ echo 'geo:35.681236,139.767125'; printf 'geo:35.681236,139.767125'; repeat ' x' 90000; } >long/a.log
repeat 'geo:35.681236,139.767125 ' 6000 | tr ' ' '\n' >long/b.log
program 0 scan long --case longcase --threads 1 --quiet
expect "positions" 6002 "$(summary longcase .loc_fixes)"
