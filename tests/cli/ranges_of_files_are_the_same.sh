# Files that shards share by ranges: the bytes of the unsharded scan, whatever the format and where the cuts fall.
. "$EXPECT"
. "$TESTS/evidence.sh"

# hard FORM ROWS SEED: a file whose units do not begin where a line does, or not only there.
hard()
{
    unattributed $(($2 * 2)) "$3" | awk -F '[ =]' -v form="$1" -v rows="$2" 'NR % 2 {
        n++
        customer = sprintf("C%05d", n * 7 % 211)
        if (form == "document" || form == "array") {
            if (n == 1) print form == "array" ? "[" : "{\"rows\": ["
            printf "%s{\"customer_id\": \"%s\",\n \"imei\": \"%s\",\n \"lat\": %s, \"lon\": %s}\n", (n > 1 ? "," : ""), customer, $4, $6, $8
            if (n == rows) print form == "array" ? "]" : "]}"
            next
        }
        if (form == "ndjson") {
            printf "{\"customer_id\": \"%s\", \"imei\": \"%s\", \"lat\": %s, \"lon\": %s%s\n", customer, $4, $6, $8, (n % 13 ? "}" : "")
            if (n % 9 == 0) print ""
            next
        }
        if (form == "log") {
            printf "%s", $0 (n % 3 ? "\r\n" : n % 5 ? "\n" : "\n\n\n")
            next
        }
        note = "plain"
        if (n % 2 == 0) note = "\"two\nlines, \"\"" n "\"\"\""
        if (n % 5 == 0) note = "5\" pipe"
        if (n % 7 == 0) note = "\",\n\"\"\n" customer ",1,\"\"\n\""
        if (n % 11 == 0) note = "\"odd\"one"
        if (n % 17 == 0) note = "\"open"
        row = customer "," (n % 3 ? $4 : "\"" $4 "\"") "," $6 "," $8 "," note
        end = form == "crlf" ? "\r\n" : "\n"
        if (n == 1) printf "%s", (form == "crlf" ? "\357\273\277" : "") "customer_id,imei,lat,lon,note" end
        if (form == "joined" && n % 100 == 0) printf "%s", "customer_id,imei,lat,lon,note" end
        if (n % 23 == 0) row = customer "," $4
        printf "%s", row (n == rows && form != "rows" ? "" : end) (n % 19 == 0 ? end end : "")
    }'
}

mkdir hard
for form in rows crlf joined document array ndjson log; do hard $form 400 3$form | sed 's/^$//' >hard/$form; done
gzip -nc hard/rows >hard/rows.gz
tr '\n' '\r' <hard/rows >hard/rows_cr
tr -d '\r' <hard/log | tr '\n' '\r' >hard/log_cr
tr '\n' '\r' <hard/ndjson >hard/ndjson_cr
hard rows 300 44 >hard/twin_one
cp hard/twin_one hard/twin_two
{ hard rows 200 6; head -c 300000 /dev/zero | tr '\0' '.'; echo; hard rows 200 7; } >hard/wide
cp "$FIXTURES"/small/numeric_iccid.ndjson hard/

# share WHAT EVIDENCE N RANGE ARGUMENT...: all shards, counted and merged in two steps, one of them twice; shards go on a second
# time. A RANGE of 0 is what the program takes itself.
share()
{
    what=$1 evidence=$2 shards=$3 range=$4
    shift 4
    [ "$range" = 0 ] || set -- "$@" --range-bytes "$range"
    rm -rf cases merged inner
    mkdir cases
    shard=0
    while [ $shard -lt "$shards" ]; do
        "$BREACHTALLY" scan "$evidence" --case cases/$shard --shard $shard/"$shards" --quiet "$@" >said 2>&1 && status=0 || status=$?
        case $status in 0 | 3) ;; *) fail "shard $shard/$shards of $what: exit $status: $(cat said)" ;; esac
        shard=$((shard + 1))
    done
    set -- cases/*
    if [ $# -gt 2 ]; then
        first=$1 second=$2
        shift 2
        "$BREACHTALLY" merge "$second" "$first" "$second" --case inner --allow-missing --quiet >said 2>&1 && status=0 || status=$?
        expect "exit of the inner merge of $what" 3 $status
        set -- "$@" inner "$1"
    fi
    "$BREACHTALLY" merge "$@" --case merged --quiet >said 2>&1 && status=0 || status=$?
    expect "exit of the merge of $what" "$wanted_exit" $status
    [ $status = "$wanted_exit" ] || cat said >&2
    same_results "$what in $shards shards, ranges of $range" whole_$evidence merged
}

scan 0 whole_hard hard
wanted_exit=0
for threads in 1 2 8; do
    share "hard files" hard 1 700 --threads $threads
    share "hard files" hard 4 4000 --threads $threads --block-bytes 700
done
share "hard files" hard 7 0 --threads 2
share "hard files" hard 64 2500 --threads 2
rm -rf part
program 3 merge cases/*[02468] --case part --allow-missing --quiet
for form in rows crlf ndjson log rows_cr log_cr ndjson_cr; do
    case $(coverage part hard/$form detail) in "shards that have parts of it are missing"*) ;; *) fail "$form is not cut" ;; esac
done
share "hard files" hard 3 333 --memory 1M --read-bytes 100
case_holds merged 0

# Where a customer was first read is said of the file, with the number that the unit has in it.
customer=$(csv_columns whole_hard/impact.csv customer_id | head -n 1)
program 0 show whole_hard "$customer"
cp stdout shown
program 0 show merged "$customer"
expect "show" "$(cat shown)" "$(cat stdout)"

# A cut at every byte of a file.
mkdir every
printf '\357\273\277customer_id,imei,note\r\n' >every/table
unattributed 8 9 | awk -F '[ =]' '{ printf "C%d,%s,\"%s\"\r\n", NR % 3, $4, (NR % 2 ? "a\r\n\"\"b" : "") }' >>every/table
wanted_exit=0
scan 0 whole_every every
size=$(wc -c <every/table)
for range in 150 151 152 153 154 155; do share "a cut" every 2 $range --threads 1; done
share "cuts at every byte" every 3 1 --threads 2

# Without digests, and a customer that the path names.
scan 0 whole_hard hard --hash none
share "files without digests" hard 5 2000 --hash none --max-depth 5 --max-members 77
# The merged case says how its parts were made.
expect "hash and limits in case.json" "none 5 1000 77" "$(jq -r '"\(.hash) \(.limits.depth_max) \(.limits.ratio_max) \(.limits.members_max)"' merged/case.json)"

# Kills on the way: each shard is killed at its first checkpoint, and goes on within a range.
scan 0 whole_hard hard
rm -rf cases merged
mkdir cases
killed=0
for shard in 0 1 2 3 4; do
    for digest in sha256 none; do
        "$BREACHTALLY" scan hard --case cases/$digest-$shard --shard $shard/5 --quiet --range-bytes 9000 --hash $digest --threads 1 \
            --checkpoint-bytes 1 --block-bytes 300 >said 2>&1 &
        scanning=$!
        until [ -e cases/$digest-$shard.partial/tally/state.run ] || ! kill -0 $scanning 2>/dev/null; do sleep 0.01; done
        kill -9 $scanning 2>/dev/null
        wait $scanning 2>/dev/null
        [ -d cases/$digest-$shard ] || killed=$((killed + 1))
        program 0 scan hard --case cases/$digest-$shard --shard $shard/5 --quiet --hash $digest --resume --checkpoint-bytes 5000
    done
done
expect_at_least "shards that were killed" 5 $killed
program 0 merge cases/sha256-* --case merged --quiet
same_results "killed within ranges" whole_hard merged
rm -rf merged
program 0 merge cases/none-* --case merged --quiet
scan 0 whole_none hard --hash none
same_results "killed within ranges, without digests" whole_none merged

# What is missing is said in the line of the file, and all bytes are accounted for.
rm -rf merged
program 5 merge cases/sha256-[124] --case merged --quiet
expect_line "the missing shards" stderr "--array=0,3"
program 3 merge cases/sha256-[124] --case merged --quiet --allow-missing
case_holds merged 3
cut_short=0
for form in rows crlf joined ndjson log wide; do
    [ "$(coverage merged hard/$form reason)" = VANISHED ] || continue
    cut_short=$((cut_short + 1))
done
expect_at_least "files that shards are missing of" 1 $cut_short
program 0 merge merged cases/sha256-0 cases/sha256-3 --case all --quiet
same_results "what was missing is merged in" whole_hard all

# A file that was written to between two shards: not what the others read.
rm -rf cases merged
mkdir cases grown
hard rows 400 5 >grown/table
for shard in 0 1 2; do
    program 0 scan grown --case cases/$shard --shard $shard/3 --quiet --range-bytes 7000
    tr '5' '\n' <grown/table >changed
    cat changed >grown/table
done
program 3 merge cases/* --case merged --quiet
expect "reason" CHANGED_DURING_READ "$(coverage merged grown/table reason)"

# One file so large that the program cuts it by itself.
mkdir large
"$GENERATE" --out table --customers 500 --rows 5000 --seed 21 --only csv --gzip none >said
find table -type f -exec cat {} + >rows
for copy in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat rows; done >large/table.csv
size=$(wc -c <large/table.csv)
expect_at_least "bytes" $((12 << 20)) "$size"
scan 0 whole_large large --hash none
wanted_exit=0
share "a large file" large 8 0 --hash none

# Characters far behind the begin. A file of another set is whole where that shows in samples, and cut where all of its shards find the same;
# else the file's line says so.
late() { awk -v rows="$1" -v step="$2" -v text="$3" 'BEGIN { print "customer_id,imei,note"
    for (i = 0; i < rows; i++) printf "C%05d,356250090901175,%s\n", i, i % step == step - 1 ? text : "note" }'; }
mkdir late
late 12500 25 '車' >late/table
scan 0 whole_late late
share "late UTF-8" late 3 90000
{ late 12000 99999 '' && late 500 2 '車台番号'; } | iconv -f UTF-8 -t CP932 >late/table
scan 0 whole_late late
share "a late set" late 3 90000
expect "format of a late set" "cp932>csv" "$(coverage merged late/table format)"
# Of no set that is known, from the begin on.
late 12500 25 'Αθήνα Ελλάδα' | iconv -f UTF-8 -t CP1253 >late/table
scan 0 whole_late late
share "no known set" late 3 90000
expect_coverage merged late/table COMPLETE "" detail "beyond ASCII in no character set that is known: as it is; comma, header, 3 columns"
# Rows between the samples; some a step before a shard ends.
late 75000 9000 'Müller' | iconv -f UTF-8 -t CP1252 >late/table
size=$(wc -c <late/table)
scan 0 whole_late late --hash none
for shards in 2 5 8; do share "a set that all shards find" late $shards 200000 --hash none; done
expect "its format" "cp1252>csv" "$(coverage merged late/table format)"
share "a set that all shards find" late 3 1000000 --hash none --threads 2 --block-bytes 70000 --read-bytes 4096
odd() { printf 'C-%s,356250090901175,車台\n' other | iconv -f UTF-8 -t "$1"; }
for set in CP932 UTF-16LE; do
    { late 12800 99999 '' && odd UTF-8 && late 28200 99999 '' && odd $set && late 34000 99999 ''; } >late/table
    rm -rf cases merged
    mkdir cases
    for shard in 0 1 2; do "$BREACHTALLY" scan late --case cases/$shard --shard $shard/3 --quiet --range-bytes 90000 >said 2>&1; done
    program 3 merge cases/* --case merged --quiet
    expect "reason where shards find UTF-8 and $set" UNSUPPORTED_FORMAT "$(coverage merged late/table reason)"
    case_holds merged 3
done
