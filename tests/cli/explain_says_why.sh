# breachtally explain: the golden output; one block a value, from arguments or from stdin.
. "$EXPECT"

set -- 1M8GDM9AXKP042788 JTNE1ED5XFU509127 1FADZKHP4DR064425 1FADZKHP5DR064425 867420722196591 867420722196592 \
    49015420323751 8944107149430953677 10:66:50:01:8f:ed ff:ff:ff:ff:ff:ff JJ2-3471666 89086030202200000022000023022943 35.690112,139.700241 hello ''
program 0 explain "$@"
cat stdout
cp stdout by_arguments
printf '%s\n' "$@" | "$BREACHTALLY" explain >by_lines
cmp -s by_arguments by_lines || fail "explain differs between arguments and stdin"

echo "-- --label imei"
program 0 explain --label imei 867420722196591 867420722196592 3.54178E+14 3.54178036859789E+14 A10000009296F2F
cat stdout
echo "-- --label imsi"
program 0 explain --label imsi 440101234567890 439011234567890
cat stdout
echo "-- --label phone"
program 0 explain --label phone "+81 90-1234-5678" 090-1234-5678
cat stdout
echo "-- --label vin"
program 0 explain --label VIN WVWDXWEMMKC268670 JJ2-3471666
cat stdout
echo "-- --json"
program 0 explain --json 867420722196591 "$(printf 'a"\033b')"
cat stdout
jq -e 'has("value_no") and (.verdicts | type == "array")' stdout >parsed || fail "--json does not give one object a line"
program 0 explain "$(printf 'a\033[31mb')"
expect_line "a hostile value" stdout 'a\x1b[31mb'
program 0 explain 98109909002143658739
expect_line "steps of swapped digits" stdout "      check digit  holds  3  (expected: 3)"
program 0 explain --label imei hello
expect_line "the form under a label" stdout "  imei           no: FORM"
program 0 explain --label nonsense x

# Every verdict has its steps; what was found, what was expected, how it ended.
program 0 explain --json 1FADZKHP5DR064425
jq -e '[.verdicts[] | select(.kind != "location") | .steps | length > 0] | all' stdout >parsed || fail "a verdict of a kind without steps"
expect "the check digit's step" '{"step":"check digit","found":"5","expected":"4","result":"fails"}' \
    "$(jq -c '.verdicts[] | select(.kind == "vin") | .steps[] | select(.step == "check digit")' stdout)"

# Positions in every notation, and under the name of a code.
program 0 explain "35 deg 41' 22.20\" N, 139 deg 41' 30.30\" E"
expect_line "degrees, minutes, seconds" stdout "  location       likely     35.689500,139.691750"
expect_line "by what they were found" stdout "      notation     holds  dms"
program 0 explain --label mgrs YXE2395126349
expect_line "a code under its name" stdout "  location       likely     86.499998,-45.249945"
program 0 explain --label geohash xn76
expect_line "a code that is too coarse" stdout "  location       no: COARSE"
program 0 explain --label overview_polyline '_p~iF~ps|U_ulLnnqC_mqNvxq`@'
expect "the points of a line" 3 "$(grep -c '  location ' stdout)"
program 0 explain 'lat_ms=128452450 lon_ms=503161650' 'geo:0,0'
expect_line "whole numbers of a scale" stdout "  location       confirmed  35.681236,139.767125"
expect_line "a sentinel" stdout "  location       no: SENTINEL"

# The profile's own kinds and labels.
cat >profile.json <<'P'
{"roles": {"vin": ["rahmen"]}, "detectors": [{"name": "dcm_id", "element": "DEV", "pattern": "DCM[0-9]{9}", "fields": ["unit"]},
 {"name": "card", "element": "DEV", "pattern": "77[0-9]{5}", "fields": ["card"], "checksum": {"type": "luhn"}}]}
P
program 0 explain --profile profile.json "unit DCM123456782 here"
expect "a kind of the profile in text" "  dcm_id         possible   DCM123456782" "$(grep dcm_id stdout)"
program 0 explain --profile=profile.json --label unit DCM123456782
expect "under its field" "  dcm_id         confirmed  DCM123456782" "$(sed 1d stdout)"
program 0 explain --profile profile.json --label card 7700003
expect "a failing checksum under its field" "  card           possible   7700003  (CHECK_DIGIT)" "$(sed 1d stdout)"
program 0 explain --profile profile.json --label rahmen WVWDXWEMMKC268670
expect "a label of the profile" "  vin            confirmed  WVWDXWEMMKC268670" "$(sed -n 2p stdout)"
program 2 explain --profile absent.json 1
expect_line "a profile that is not there" stderr "absent.json"
