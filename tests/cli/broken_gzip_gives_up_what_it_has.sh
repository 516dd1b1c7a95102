# Gzip cut at every byte, with wrong checksums, with something behind it, in something else.
. "$EXPECT"

{
    echo "customer_id,imei,mac"
    awk 'NR > 1' "$FIXTURES/small/time_styles.csv" | cut -d , -f 1 | sed 's/$/,,/'
    gzip -dc "$FIXTURES/small/two_members.gz" | tail -n +2
} >table.csv
gzip -9nc table.csv >whole.gz
size=$(wc -c <whole.gz)
rows=$(($(wc -l <table.csv) - 1))
mkdir whole
cp whole.gz whole/
scan 0 case_whole whole
expect_coverage case_whole whole/whole.gz COMPLETE "" units "$rows"
records=$(coverage case_whole whole/whole.gz records)

# Cut at every byte: what is left of the header, of the data, of the trailer.
mkdir cuts
cut=1
while [ "$cut" -lt "$size" ]; do
    head -c "$cut" whole.gz >"cuts/$(printf %04d "$cut").gz"
    cut=$((cut + 1))
done
scan 3 case_cuts cuts --hash none
expect "objects" $((size - 1)) "$(summary case_cuts .objects.listed)"
expect "persons" "$(summary case_whole .persons_best)" "$(summary case_cuts .persons_best)"

# Two bytes, the magic number, are the least that tell a gzip.
csv_columns case_cuts/coverage.csv path status reason | awk '$1 !~ /0001\.gz$/ && ($2 != "PARTIAL" || $3 != "TRUNCATED")' >odd
[ ! -s odd ] || { fail "cuts that are not PARTIAL TRUNCATED: $(wc -l <odd)"; head -n 5 odd >&2; }

# Of a cut that gives nothing, nothing was examined: here the header (10 bytes), the first data.
for cut in 2 3 4 9 10 11; do
    expect_coverage case_cuts "cuts/$(printf %04d $cut).gz" PARTIAL TRUNCATED \
        size $cut bytes_examined 0 bytes_unexamined $cut units 0 format 'gzip>empty'
done
expect_coverage case_cuts "cuts/$(printf %04d $((size - 1))).gz" PARTIAL TRUNCATED bytes_unexamined 0
printf 'n' >name.txt
gzip -c name.txt | head -c 17 >named.gz # its name is in it
scan 3 case_named named.gz
expect_coverage case_named named.gz PARTIAL TRUNCATED size 17 bytes_examined 0 bytes_unexamined 17
expect "bytes unexamined" 17 "$(summary case_named .bytes.unexamined.TRUNCATED)"

# Later cuts never have less in them; only the header row is a unit, read as text, until it and enough of a row behind it are there.
csv_columns case_cuts/coverage.csv units records path |
    awk '$1 < units && units > 2 { print $3 ": " $1 " units after " units } $2 < records { print $3 ": " $2 " records after " records }
         { units = $1; records = $2 }' >falling
[ ! -s falling ] || { fail "later cuts with less in them: $(wc -l <falling)"; head -n 5 falling >&2; }
expect "units of the last cut" "$rows" "$(coverage case_cuts "cuts/$(printf %04d $((size - 1))).gz" units)"

# What gzip itself can get out of a cut is a floor: every whole row in it is a unit.
for cut in $((size / 4)) $((size / 2)) $((size - 9)) $((size - 1)); do
    file=$(printf %04d "$cut").gz
    given=$(gzip -dc "cuts/$file" 2>/dev/null | tail -n +2 | wc -l)
    expect_at_least "units of $file" "$given" "$(coverage case_cuts "cuts/$file" units)"
done

# Every byte of the trailer flipped: all records, and said.
mkdir trailers
for back in 1 2 3 4 5 6 7 8; do
    at=$((size - back))
    byte=$(tail -c +$((at + 1)) whole.gz | head -c 1 | od -An -tu1 | tr -d ' ')
    { head -c "$at" whole.gz; printf "\\$(printf %o $((byte ^ 255)))"; tail -c +$((at + 2)) whole.gz; } >"trailers/$back.gz"
done
scan 3 case_trailers trailers
for back in 1 2 3 4 5 6 7 8; do
    expect_coverage case_trailers "trailers/$back.gz" PARTIAL BAD_CHECKSUM units "$rows" records "$records" \
        bytes_examined "$size" bytes_unexamined 0
done

# A byte flipped anywhere in the data: never a crash, never said to be whole.
mkdir flips
at=10
while [ "$at" -lt $((size - 8)) ]; do
    byte=$(tail -c +$((at + 1)) whole.gz | head -c 1 | od -An -tu1 | tr -d ' ')
    { head -c "$at" whole.gz; printf "\\$(printf %o $((byte ^ 16)))"; tail -c +$((at + 2)) whole.gz; } >"flips/$(printf %04d $at).gz"
    at=$((at + 5))
done
scan 3 case_flips flips --hash none
expect "flipped files called complete" 0 "$(csv_columns case_flips/coverage.csv status path | grep -v '!~' | grep -c '^COMPLETE')"

# Something behind the stream becomes an object of its own, counted, with its bytes accounted in the file.
mkdir behind
{ cat whole.gz; printf 'customer=C00099001 imei=867420722196591\n'; } >behind/text.gz
{ cat whole.gz; head -c 4096 /dev/zero; } >behind/zeros.gz
{ cat whole.gz; printf 'garbage'; cat whole.gz; } >behind/amid.gz
scan 0 case_behind behind/text.gz
expect_coverage case_behind text.gz PARTIAL RESIDUE_SCANNED_RAW units "$rows" bytes_examined $((size + 40)) bytes_unexamined 0
expect_coverage case_behind "text.gz!~$size" COMPLETE "" size 40 units 1 records 1
expect "objects listed" 2 "$(summary case_behind .objects.listed)"
expect "bytes listed" $((size + 40)) "$(summary case_behind .bytes.listed)"
expect_impact case_behind C00099001 tier T1 imeis 1 records 1 evidence_ref "text.gz!~$size#1"
scan 0 case_zeros behind/zeros.gz
expect "units before zeros" "$rows" "$(coverage case_zeros zeros.gz units)"
expect "bytes examined" $((size + 4096)) "$(coverage case_zeros zeros.gz bytes_examined)"

# A stream behind garbage behind a stream: the second is not lost, whether joined to the first or apart.
program_exit=0
"$BREACHTALLY" scan behind/amid.gz --case case_amid --quiet 2>said || program_exit=$?
case $program_exit in 0 | 3) case_holds case_amid "$program_exit" ;; *) fail "garbage amid streams: exit $program_exit" ;; esac
expect "records on both sides of garbage" $((2 * records)) "$(summary case_amid .records_raw)"

# Damage in the first of two members; the second is found again.
mkdir two
gzip -9nc table.csv | head -c $((size / 2)) >two/first.gz
{ cat two/first.gz; gzip -9nc table.csv; } >two/both.gz
scan 3 case_two two/both.gz
expect "status" PARTIAL "$(coverage case_two both.gz status)"
expect_at_least "units of a damaged and a whole member" "$rows" "$(csv_columns case_two/coverage.csv units | awk '{ n += $1 } END { print n }')"

# Layers, and their limit.
cp table.csv layer
for depth in 1 2 3 4 5 6 7 8 9; do
    gzip -nc layer >layer.new
    mv layer.new layer
    mkdir -p layers
    cp layer "layers/$depth.gz"
done
scan 3 case_layers layers
expect_coverage case_layers layers/8.gz COMPLETE "" units "$rows"
expect_coverage case_layers layers/9.gz PARTIAL LIMIT_DEPTH
scan 3 case_shallow layers --max-depth 2
expect_coverage case_shallow layers/2.gz COMPLETE "" units "$rows"
expect_coverage case_shallow layers/3.gz PARTIAL LIMIT_DEPTH
expect_line "which flag would help" case_shallow/coverage.csv "--max-depth"

# A bomb ends by its limit, soon: 300 MiB of zeros.
head -c 314572800 /dev/zero | gzip -9nc >bomb.gz
scan 3 case_bomb bomb.gz --max-ratio 100
expect_coverage case_bomb bomb.gz PARTIAL LIMIT_RATIO
expect_line "which flag would help" case_bomb/coverage.csv "--max-ratio"
scan 3 case_bytes whole.gz --max-bytes 500
expect_coverage case_bytes whole.gz PARTIAL LIMIT_BYTES
expect_line "which flag would help" case_bytes/coverage.csv "--max-bytes"
gzip -nc table.csv >many.gz
cat many.gz many.gz many.gz >three.gz
scan 3 case_members three.gz --max-members 2
expect_coverage case_members three.gz PARTIAL LIMIT_MEMBERS
expect_line "which flag would help" case_members/coverage.csv "--max-members"
