# Identifiers that are names of JSON, and lines behind an escape that nothing ends, are found as a search of the bytes finds them, however they are cut.
. "$EXPECT"
. "$TESTS/evidence.sh"

# imeis COUNT: numbers of 15 digits whose last one is right.
imeis()
{
    awk -v count="$1" 'BEGIN {
        for (i = 0; i < count; i++) {
            body = sprintf("35417803%06d", i)
            sum = 0
            for (d = 1; d <= 14; d++) {
                digit = substr(body, d, 1) + 0
                if (d % 2 == 0) { digit *= 2; if (digit > 9) digit -= 9 }
                sum += digit
            }
            print body (10 - sum % 10) % 10
        }
    }'
}

mkdir names
imeis 200 >numbers
awk '{ printf "{\"customer_id\":\"C-%d\",\"%s\":{\"state\":1,\"level\":2}}\n", NR % 20, $1 }' numbers >names/lines.json
awk 'BEGIN { printf "{\"fleet\":\"F\",\"cars\":[" } { printf "%s{\"%s\":[{\"customer_id\":\"C-%d\"},{\"customer_id\":\"D-%d\"}]}", (NR > 1 ? "," : ""), $1, NR % 20, NR }
     END { print "]}" }' numbers >names/nested.json
awk 'BEGIN { printf "{" } { printf "%s\"%s\":null", (NR > 1 ? "," : ""), $1 } END { print "}" }' numbers >names/map.json
for name in lines nested map; do
    scan 0 case names/$name.json
    expect "IMEI of $name" 200 "$(summary case '.identifiers.imei.distinct // 0')"
    expect "findings of $name" 200 "$(summary case .findings)"
    expect "fields of $name that are numbers" 0 "$(summary case '[.fields[]?.field | select(test("[0-9]{12}"))] | length')"
done
scan 0 case names/lines.json
expect_impact case C-3 records 10 imeis 10
scan 0 case names/nested.json
expect_impact case D-7 records 1 imeis 1

mkdir lines
{ printf 'opened \033$B\n'; sed 's/^/imei=/' numbers; } >lines/modem.log
scan 0 case lines
expect "IMEI behind an escape" 200 "$(summary case '.identifiers.imei.distinct // 0')"

scan 0 reference names lines
for freedom in "--threads 3 --block-bytes 300 --read-bytes 333" "--block-bytes 1 --read-bytes 1" "--threads 2 --block-bytes 8M"; do
    # shellcheck disable=SC2086
    scan 0 case names lines $freedom
    same_results "$freedom" reference case
done

# UTF-16 to which something else was joined, or that lost a byte.
table() { printf 'customer_id,imei\r\n'; sed "$1" numbers | awk '{ printf "C-%d,%s\r\n", NR, $1 }'; }
wide() { printf '%b' "$2"; table "$1" | iconv -f UTF-8 -t "$3"; }
mkdir wide
{ wide 1,60p\;d '\377\376' UTF-16LE && table 61,120p\;d; } >wide/behind.csv
{ wide 1,60p\;d '\377\376' UTF-16LE && table 61,120p\;d && wide 121,180p\;d '' UTF-16LE; } >wide/between.csv
{ wide 1,60p\;d '\376\377' UTF-16BE && table 61,120p\;d && wide 121,180p\;d '' UTF-16BE; } >wide/between_big.csv
{ wide 1,60p\;d '\377\376' UTF-16LE && wide 61,120p\;d '' UTF-16BE; } >wide/turned.csv
wide 1,120p\;d '\377\376' UTF-16LE >whole
{ head -c 1501 whole && tail -c +1503 whole; } >wide/lost.csv
for name in behind between between_big turned lost; do
    scan 0 case wide/$name.csv
    wanted=120
    case $name in between*) wanted=180 ;; esac
    found=$(summary case '.identifiers.imei.distinct // 0')
    expect "IMEIs of $name, all but what a lost byte costs" 1 "$([ "$found" -ge $((wanted - 1)) ] && echo 1 || echo "0: $found")"
done
scan 0 reference wide
for freedom in "--threads 3 --block-bytes 300 --read-bytes 333" "--block-bytes 1 --read-bytes 1"; do
    # shellcheck disable=SC2086
    scan 0 case wide $freedom
    same_results "$freedom" reference case
done

# UTF-16 that was joined to something else: of both orders, with a mark and without; then text as before, and UTF-16 again. What is joined
# says its customers too.
mkdir joined
rows() { sed "$1" numbers | awk '{ printf "田中-%d,%s,note\r\n", NR, $1 }'; }
for order in UTF-16LE UTF-16BE; do
    for mark in none mark; do
        case $mark$order in markUTF-16LE) sign='\377\376' ;; mark*) sign='\376\377' ;; *) sign= ;; esac
        {
            printf 'customer_id,imei,note\n' && rows 1,40p\;d
            printf '%b' "$sign" && rows 41,80p\;d | iconv -f UTF-8 -t $order
            rows 81,120p\;d
            printf '%b' "$sign" && rows 121,160p\;d | iconv -f UTF-8 -t $order
        } >joined/$order-$mark.csv
        scan 0 case joined/$order-$mark.csv
        expect "IMEIs of $order, $mark" 160 "$(summary case '.identifiers.imei.confirmed // 0')"
        expect_at_least "customers of $order, $mark" 40 "$(summary case .persons_best)"
        expect_coverage case $order-$mark.csv COMPLETE "" format csv units 160
        case $(coverage case $order-$mark.csv detail) in *" bytes of UTF-16 joined to other text; comma, header, 3 columns") ;; *) fail "detail of $order, $mark" ;; esac
    done
done
# A log in ASCII without a line end, which another program went on with; a picture's mark is none.
{ sed '1,60p;d' numbers | sed 's/^/imei=/' && printf 'end' && sed '61,120p;d' numbers | sed 's/^/imei=/' | iconv -f UTF-8 -t UTF-16LE; } >joined/log
{ printf '\377\330\377\376\000\040Created, imei=' && sed '1p;d' numbers && sed '2,60p;d' numbers; } >joined/picture
scan 0 case joined/log
expect "IMEIs of a log" 120 "$(summary case '.identifiers.imei.distinct // 0')"
scan 0 case joined/picture
expect "IMEIs behind a picture's mark" 60 "$(summary case '.identifiers.imei.distinct // 0')"
scan 0 reference joined --hash none
for freedom in "--threads 3 --block-bytes 300 --read-bytes 333" "--block-bytes 1 --read-bytes 1"; do
    # shellcheck disable=SC2086
    scan 0 case joined --hash none $freedom
    same_results "$freedom" reference case
done
# Killed, and taken up.
killed_at_checkpoint joined --hash none --checkpoint-bytes 2k --block-bytes 500
program 0 scan joined --case case --resume --quiet --hash none --threads 2
same_results "taken up" reference case
