# Each format of compressed streams: the same counts as the plain table, frames behind one another, cuts at every byte, flips,
# something behind the last frame, and formats within one another.
. "$EXPECT"

{
    echo "customer_id,imei,mac"
    awk 'NR > 1' "$FIXTURES/small/time_styles.csv" | cut -d , -f 1 | sed 's/$/,,/'
    gzip -dc "$FIXTURES/small/two_members.gz" | tail -n +2
} >table.csv
rows=$(($(wc -l <table.csv) - 1))
half=$(($(wc -c <table.csv) / 2))
mkdir plain
cp table.csv plain/
scan 0 case_plain plain
records=$(summary case_plain .records_raw)
impact_without_places case_plain >impact_plain

# pack FORMAT <plain >packed; unpack FORMAT <packed: the reference decoder.
pack()
{
    case $1 in
    zlib) # a gzip member is a stream of zlib in other clothes; its own checksum is what must be made
        cat >pack.in
        gzip -nc pack.in | tail -c +11 | head -c -8 >pack.deflate
        printf 'x\234'
        cat pack.deflate
        adler pack.in
        ;;
    zstd) zstd -qc --check ;;
    xz) xz -c ;;
    bzip2) bzip2 -c ;;
    lz4) lz4 -qc --content-size ;;
    esac
}
adler()
{
    # shellcheck disable=SC2046
    printf "$(od -An -v -tu1 "$1" | awk '{ for (i = 1; i <= NF; i++) { a = (a0++ ? a : 1); a = (a + $i) % 65521; b = (b + a) % 65521 } }
        END { printf "\\%o\\%o\\%o\\%o", int(b / 256), b % 256, int(a / 256), a % 256 }')"
}
unpack()
{
    case $1 in
    zstd) zstd -dqc ;;
    xz) xz -dqc ;;
    bzip2) bzip2 -dqc ;;
    lz4) lz4 -dqc ;;
    esac 2>/dev/null
}

for format in zstd xz bzip2 lz4 zlib; do
    mkdir "in_$format"
    pack "$format" <table.csv >"in_$format/table"
    size=$(wc -c <"in_$format/table")
    scan 0 "case_$format" "in_$format"
    impact_without_places "case_$format" >impact
    cmp -s impact_plain impact || fail "impact.csv of $format differs from that of plain"
    expect_coverage "case_$format" "in_$format/table" COMPLETE "" format "$format>csv" units "$rows" records "$records" size "$size" \
        bytes_examined "$size" bytes_unexamined 0 sha256 "$(sha256sum <"in_$format/table" | cut -d ' ' -f 1)"

    # Frames that begin amid a row.
    mkdir "frames_$format"
    for part in "head -c 79" "tail -c +80"; do $part table.csv | pack "$format"; done >"frames_$format/table"
    scan 0 "case_frames_$format" "frames_$format"
    expect_coverage "case_frames_$format" "frames_$format/table" COMPLETE "" units "$rows" records "$records"

    # Whatever blocks and reads: the same.
    digest=$(results_digest "case_$format")
    for freedom in "--read-bytes 1" "--block-bytes 70 --threads 3"; do
        # shellcheck disable=SC2086
        scan 0 case_other "in_$format" $freedom
        expect "results of $format with $freedom" "$digest" "$(results_digest case_other)"
    done

    # Something behind the last frame.
    mkdir "behind_$format"
    { cat "in_$format/table"; printf 'customer=C00099001 imei=867420722196591\n'; } >"behind_$format/table"
    scan 0 "case_behind_$format" "behind_$format"
    expect_coverage "case_behind_$format" "behind_$format/table" PARTIAL RESIDUE_SCANNED_RAW units "$rows" bytes_examined $((size + 40))
    expect_coverage "case_behind_$format" "behind_$format/table!~$size" COMPLETE "" size 40 units 1 records 1

    # Cut at every byte: what the reference decoder gives is a floor, and none is said to be whole.
    mkdir "cuts_$format"
    cut=40
    while [ "$cut" -lt "$size" ]; do
        head -c "$cut" "in_$format/table" >"cuts_$format/$(printf %05d "$cut")"
        cut=$((cut + 3 + cut / 40))
    done
    scan 3 "case_cuts_$format" "cuts_$format" --hash none
    csv_columns "case_cuts_$format/coverage.csv" path status reason | awk '$2 != "PARTIAL" || $3 != "TRUNCATED"' >odd
    [ ! -s odd ] || { fail "cuts of $format that are not PARTIAL TRUNCATED: $(wc -l <odd)"; head -n 5 odd >&2; }
    for file in $(ls "cuts_$format" | awk 'NR % 7 == 0'); do
        given=$(unpack "$format" <"cuts_$format/$file" | tail -n +2 | wc -l)
        expect_at_least "units of $format cut at $file" "$given" "$(coverage "case_cuts_$format" "cuts_$format/$file" units)"
    done

    # A byte flipped anywhere: never a crash, and where the reference decoder sees it, never said to be whole.
    mkdir "flips_$format"
    at=12
    while [ "$at" -lt "$size" ]; do
        byte=$(tail -c +$((at + 1)) "in_$format/table" | head -c 1 | od -An -tu1 | tr -d ' ')
        { head -c "$at" "in_$format/table"; printf "\\$(printf %o $((byte ^ 16)))"; tail -c +$((at + 2)) "in_$format/table"; } \
            >"flips_$format/$(printf %05d $at)"
        at=$((at + 11 + at / 20))
    done
    scan 3 "case_flips_$format" "flips_$format" --hash none
    for file in $(csv_columns "case_flips_$format/coverage.csv" status path | grep -v '!~' | sed -n 's/^COMPLETE .*\///p'); do
        [ "$format" = zlib ] || ! unpack "$format" <"flips_$format/$file" >whole || cmp -s whole table.csv || fail "$format flipped at $file is said to be complete"
        [ "$format" != zlib ] || fail "zlib flipped at $file is said to be complete"
    done

    # Damage in the first of two frames: the second is found again, where its first bytes tell.
    [ "$format" = zlib ] && continue
    mkdir "two_$format"
    { head -c $((size / 2)) "in_$format/table"; printf 'no frame goes on so, whatever it holds, and none begins here'; cat "in_$format/table"; } >"two_$format/table"
    scan 3 "case_two_$format" "two_$format"
    expect_at_least "units behind a damaged frame of $format" "$rows" "$(coverage "case_two_$format" "two_$format/table" units)"
done
[ "$half" -gt 0 ] || fail "no table"

# In one another.
cp table.csv layer
chain=
for format in gzip zstd xz bzip2 lz4; do
    case $format in
    gzip) gzip -nc <layer >layer.new ;;
    *) pack "$format" <layer >layer.new ;;
    esac
    mv layer.new layer
    chain="$format>$chain"
done
scan 0 case_layers layer
expect_coverage case_layers layer COMPLETE "" units "$rows" records "$records" format "${chain}csv"

# Text that begins like a stream of zlib is text.
printf 'x^2 customer=C00099001 imei=867420722196591\nx^3\n' >power.txt
scan 0 case_power power.txt
expect_coverage case_power power.txt COMPLETE "" format text units 2

# More memory than a frame may have, and a bomb.
head -c 1000000 /dev/zero | zstd -qc --long=28 >large.zst
scan 3 case_window large.zst
expect_coverage case_window large.zst PARTIAL WINDOW_TOO_LARGE
expect "bytes unexamined" "$(wc -c <large.zst)" "$(coverage case_window large.zst bytes_unexamined)"
for format in zstd xz; do
    head -c 80000000 /dev/zero | pack $format >bomb
    scan 3 case_bomb bomb --max-ratio 40
    expect_coverage case_bomb bomb PARTIAL LIMIT_RATIO
done
