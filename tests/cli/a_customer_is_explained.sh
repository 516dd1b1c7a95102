# Why a customer is counted: tier and reason, figures as in impact.csv, each identifier masked and where it was first read.
. "$EXPECT"

mkdir -p dump/web dump/tele
cat >dump/web/a.csv <<'END'
customer_id,vin,imei,note
C1,1M8GDM9AXKP042788,357613004448485,x
C1,1M8GDM9AXKP042788,353419116010211,x
C1,,353419116020228,again
C1,,353419116030235,and again
"He said ""hi"", ok",5GZCZ43D13S812715,,
=1+1,1VWBH7A30DC104945,,
'=2+2,1VWBH7A30DC104945,,
顧客 1,1FTCR10UXTPA78180,,
a\b,1FTCR10UXTPA78180,,
C-named,,,nothing
C-maybe,,357613004448405,
END
printf 'bad\351,1FTCR10UXTPA78180,,\nb\033[2Jell,1FTCR10UXTPA78180,,\n' >>dump/web/a.csv
cat >dump/tele/b.ndjson <<'END'
{"userId":"C1","trips":[{"mac":"00:1b:21:3a:4c:5d","iccid":"89014103211118510720","lat":35.68123,"lon":139.76712,"ts":"2020-01-02T03:04:05Z"}]}
{"userId":"C1","mac":"02:1b:21:3a:4c:5d","frame_no":"ZVW30-1234567","vin":"1FTCR10UXTPA78180","lat":35.78123,"lon":139.76712,"ts":"2020-01-02T05:04:05Z"}
{"userId":"C-fleet","vin":"1FTCR10UXTPA78180"}
END
# Where C1 is named by a path alone, and one of the web's numbers is met again later.
mkdir -p dump/customers/C1
echo 'up imei=353419116010211 frame_no=ZVW30-7654321' >dump/customers/C1/x.log
echo '{"customer":{"paths":["^customers/(?<customer>[^/]+)/"]}}' >profile.json

# Not held against the identities: a cell that begins with a ' of its own hides the order.
program 0 scan dump --case case --profile profile.json --quiet

# What no output may hold, as it stands and bare.
cat dump/web/* dump/tele/* dump/customers/C1/* | grep -aoE '[A-HJ-NPR-Z0-9]{17}|[0-9]{15,20}|ZVW30-[0-9]+|([0-9a-f]{2}:){5}[0-9a-f]{2}|[0-9]+\.[0-9]{4,}' | sort -u >raw
{ cat raw; tr -d ':-' <raw; grep -E '^[0-9]{15}$|:|-' raw | sed 's/.*\(......\)$/\1/'; } | sort -u >sought
expect_at_least "raw values" 14 "$(wc -l <raw)"

# shown EXIT ARGUMENT...
shown()
{
    program "$1" show "$2" "$3" ${4+"$4"}
    if grep -qFf sought stdout stderr; then fail "show of $3 holds a raw value"; fi
    if [ "$1" != 0 ]; then
        expect "stdout of show $3" "" "$(cat stdout)"
        expect "lines on stderr of show $3" 1 "$(wc -l <stderr)"
    fi
}
for customer in C1 C-maybe C-named 'He said "hi", ok' '=1+1' '顧客 1'; do
    shown 0 case "$customer"
    cat stdout
    echo
done
shown 0 case C1 --json
cat stdout
expect "keys in order" "$(jq -S . stdout)" "$(jq . stdout)"
grep -qFf sought dump/web/a.csv || fail "the search for raw values finds nothing in the evidence"

# Each customer of impact.csv is found by its cell, whether that was read by a program or copied as it stands; and
# says what its line says.
tail -n +2 case/impact.csv | while IFS= read -r line; do
    case $line in
    \"*) raw_cell=$(printf '%s' "$line" | sed 's/^\("\([^"]\|""\)*"\).*/\1/') ;;
    *) raw_cell=${line%%,*} ;;
    esac
    shown 0 case "$raw_cell"
    mv stdout by_raw_cell
    cell=$(printf '%s' "$raw_cell" | sed 's/^"\(.*\)"$/\1/;s/""/"/g')
    shown 0 case "$cell"
    cmp -s stdout by_raw_cell || fail "$cell and $raw_cell are two"
    shown 0 case "$cell" --json
    expect "figures of $cell" "$(csv_cells case/impact.csv | CELL=$cell awk -F '\037' '
        NR == 1 { for (i = 1; i <= NF; i++) place[$i] = i; next }
        $1 == ENVIRON["CELL"] { print $place["tier"], $place["link_basis"], $place["elements"], $place["records"], $place["records_possible"],
            $place["vins"], $place["frame_numbers"], $place["imeis"], $place["iccids"], $place["macs"], $place["loc_fixes"], $place["loc_points"],
            $place["loc_cells"], $place["loc_days"], $place["data_time_first"], $place["data_time_last"], $place["sources"], $place["evidence_ref"] }')" \
        "$(jq -r 'def n(k): [.identifiers[] | select(.kind == k and .grade != "possible")] | length;
            [.tier, .link_basis, (.elements | join("+")), .records, .records_possible, n("vin"), n("frame_number"), n("imei"), n("iccid"), n("mac"),
             .loc_fixes, .loc_points.count, .loc_cells.count, .loc_days.count, .data_time_first, .data_time_last, (.sources | join("+")), .evidence_ref]
            | map(. // "" | tostring) | join(" ")' stdout)"
    echo x >>found
done
expect "customers of impact.csv that were asked for" "$(($(wc -l <case/impact.csv) - 1))" "$(wc -l <found)"

# Bytes as they are written come before what a cell means: the customer '=2+2 has a ' of its own.
shown 0 case "'=2+2"
expect_line "a ' of one's own" stdout "Customer     '=2+2"
shown 2 case "''=2+2"
shown 0 case "$(printf 'bad\351')"
expect_line "bytes that are no UTF-8" stdout 'Customer     bad\xe9'
shown 0 case 'b\x1b[2Jell'
expect_line "a name that is no text" stdout 'Customer     b\x1b[2Jell'
shown 0 case 'a\\b'
expect_line "a backslash as it is shown" stdout 'Customer     a\\b'

# Nobody; and no other customer is told.
for nobody in C C11 c1 C-none '' '"' "'" '\' '=1' 1M8GDM9AXKP042788 353419116010211; do
    program 2 show case "$nobody"
    expect "what is said of nobody" "breachtally: case: this customer is not in the case" "$(cat stderr)"
    expect "stdout of nobody" "" "$(cat stdout)"
done

# Spilled, with other threads: the same text.
for memory in 1M 2M; do
    rm -rf spilled
    "$BREACHTALLY" scan dump --profile profile.json --case spilled --quiet --memory $memory --threads 3 --checkpoint-bytes 300
    for how in "" --json; do
        for customer in C1 C-maybe C-named '=1+1'; do
            shown 0 case "$customer" $how
            mv stdout expected
            shown 0 spilled "$customer" $how
            cmp -s expected stdout || fail "show $customer with $memory is another"
        done
    done
done

# Shards, and what they make together.
for shard in 0 1 2; do
    "$BREACHTALLY" scan dump --profile profile.json --case shard$shard --quiet --shard $shard/3
done
"$BREACHTALLY" merge shard0 shard1 shard2 --case merged --quiet
for how in "" --json; do
    for customer in C1 C-maybe C-named '=1+1'; do
        shown 0 case "$customer" $how
        mv stdout expected
        shown 0 merged "$customer" $how
        cmp -s expected stdout || fail "show $customer of merged shards is another"
    done
done
shown 2 shard0 nobody
expect "nobody in a shard" "breachtally: shard0: this customer is not in the case; it has 1 of 3 shards: merge them first" "$(cat stderr)"
for shard in 0 1 2; do
    "$BREACHTALLY" show shard$shard C1 >stdout 2>stderr && in_shard=yes || continue
    expect_line "a shard" stdout '2 of 3 shards are not in this case: what is shown is what the others read'
done
expect "C1 is in some shard" yes "${in_shard:-no}"

# An unfinished case tells what it knows, and that it is not all.
"$GENERATE" --out long --customers 4000 --rows 120000 --seed 6 >said
"$BREACHTALLY" scan long --case begun --quiet --checkpoint-bytes 200k --threads 1 >said 2>&1 &
running=$!
while [ ! -e begun/tally/state.run ] && kill -0 $running 2>gone; do sleep 0.01; done
kill -9 $running 2>gone
if wait $running 2>gone; then
    skip_part "an unfinished case (it was too quick)"
else
    program 2 show begun nobody
    expect "nobody in an unfinished case" \
        "breachtally: begun: this customer is not in the case; it is not finished (scan --resume goes on)" "$(cat stderr)"
fi

# No case, a broken one, too few words.
refused()
{
    says=$1
    shift
    program 2 "$@"
    expect_line "breachtally $*" stderr "$says"
    expect "lines on stderr of breachtally $*" 1 "$(wc -l <stderr)"
}
refused 'show needs a case and a customer: breachtally show CASE CUSTOMER' show
refused 'show needs a case and a customer' show case
refused 'show needs a case and a customer' show case C1 C2
refused '--memory is no option of this command' show case C1 --memory=1M
refused 'dump: is no case (there is no case.key)' show dump C1
refused 'nowhere: is no case' show nowhere C1
cp -r case keyless && rm keyless/case.key
refused 'keyless: is no case (there is no case.key)' show keyless C1
cp -r case stateless && rm stateless/tally/state.run
refused 'stateless: is no case that could be read (nothing was counted)' show stateless C1
cp -r case runless && rm runless/tally/holders-*
refused 'runless: holders-' show runless C1
cp -r case foreign && cp shard0/case.key foreign/
refused 'foreign: state.run' show foreign C1
cp -r case broken
for run in broken/tally/*.run; do
    size=$(wc -c <"$run")
    printf 'x' | dd of="$run" bs=1 seek=$((size / 2)) conv=notrunc 2>said
done
refused 'broken: ' show broken C1

if [ -w /dev/full ]; then
    "$BREACHTALLY" show case C1 >/dev/full 2>stderr && status=0 || status=$?
    expect "exit of a full disk" 4 "$status"
fi
