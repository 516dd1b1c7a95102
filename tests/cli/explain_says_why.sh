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
program 0 explain --label nonsense x
