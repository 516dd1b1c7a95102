# One dump in every character set: the counts of the one in UTF-8, and customers named in UTF-8, however it is cut, packed and taken up.
. "$EXPECT"
. "$TESTS/evidence.sh"

# rows COUNT: a table with Japanese labels, customers and notes; characters whose second byte is a backslash, a bar, a quote of ASCII.
rows()
{
    awk -v count="$1" 'BEGIN {
        print "会員番号,車台番号,IMEI,緯度,経度,日時,備考"
        split("田中 表 十 能 ソ 予 申 ポ", name, " ")
        for (i = 0; i < count; i++) {
            body = sprintf("35%06d%06d", i * 7919 % 1000000, i)
            sum = 0
            for (d = 1; d <= 14; d++) {
                digit = substr(body, d, 1) + 0
                if (d % 2 == 0) { digit *= 2; if (digit > 9) digit -= 9 }
                sum += digit
            }
            printf "%s-%d,ZVW30-%07d,%s%d,35.%06d,139.%06d,2021-03-%02d 05:06:07,\"予定表, %s\"\n", name[i % 8 + 1], i % 97, 1000000 + i, body, \
                   (10 - sum % 10) % 10, i * 31 % 1000000, i * 17 % 1000000, i % 28 + 1, i % 3 == 0 ? "駐車場" : "カタカナ"
        }
    }'
}

mkdir plain
rows 800 >plain/table.csv
scan 0 case_plain plain
impact_without_places case_plain >impact_plain
expect "format of UTF-8" csv "$(coverage case_plain plain/table.csv format)"
expect_at_least "customers" 500 "$(summary case_plain .persons_best)"
expect_at_least "fixes" 800 "$(summary case_plain .loc_fixes)"

# in_set NAME ICONV-NAME FORMAT [MARK]
in_set()
{
    mkdir "$1"
    { printf '%b' "$4"; iconv -f UTF-8 -t "$2" plain/table.csv; } >"$1/table.csv"
    scan 0 "case_$1" "$1"
    impact_without_places "case_$1" >"impact_$1"
    cmp -s impact_plain "impact_$1" || fail "impact.csv of $1 differs from that of UTF-8"
    expect_coverage "case_$1" "$1/table.csv" COMPLETE "" format "$3" units 800 bytes_examined "$(wc -c <"$1/table.csv")"
}
in_set utf16le UTF-16LE "utf-16le>csv"
in_set utf16be_mark UTF-16BE "utf-16be>csv" '\376\377'
in_set utf32le_mark UTF-32LE "utf-32le>csv" '\377\376\0\0'
in_set utf32be UTF-32BE "utf-32be>csv"
in_set cp932 CP932 "cp932>csv"
in_set euc_jp EUC-JP "euc-jp>csv"
in_set iso_2022_jp ISO-2022-JP "iso-2022-jp>csv"
in_set gb18030 GB18030 "gb18030>csv"

# Blocks, reads and threads; packed; from standard input.
for set in utf16le cp932 iso_2022_jp; do
    for freedom in "--read-bytes 1 --block-bytes 1" "--threads 4 --block-bytes 5000 --read-bytes 4097"; do
        # shellcheck disable=SC2086
        scan 0 case $set $freedom
        same_results "$set, $freedom" "case_$set" case
    done
done
mkdir packed
gzip -nc cp932/table.csv >packed/table.csv.gz
scan 0 case packed
expect_coverage case packed/table.csv.gz COMPLETE "" format "gzip>cp932>csv" units 800
impact_without_places case >impact_packed
cmp -s impact_plain impact_packed || fail "impact.csv of what is packed differs"

# Killed behind the first checkpoint, and taken up: also where all is ASCII up to there and the set is found only later.
mkdir late
{
    echo "customer_id,frame_no,imei,lat,lon,ts,note"
    rows 800 | sed '1d; s/[^ -~]//g; s/,"[^"]*"$/,/'
    rows 30 | sed 1d | iconv -f UTF-8 -t CP932
} >late/table.csv
for evidence in utf16le cp932 late; do
    for hash in sha256 none; do
        scan 0 whole $evidence --hash $hash
        killed_at_checkpoint $evidence --hash $hash --checkpoint-bytes 20k --block-bytes 5000
        program 0 scan $evidence --case case --resume --quiet --hash $hash --threads 2 --block-bytes 70000 --read-bytes 777
        same_results "$evidence, --hash $hash, taken up" whole case
    done
done
expect "format of what is found late" "cp932>csv" "$(coverage whole late/table.csv format)"
expect "a customer of what is found late" T1 "$(impact whole 表-1 tier)"

# Other formats, other languages, bytes that are nothing.
mkdir other
printf 'vin: JTNE1ED5XFU509127 車台番号: ZVW30-1234567 会員番号=表-1\n' | iconv -f UTF-8 -t EUC-JP >other/line.log
printf '{"会員番号":"予定\\"表","imei":"356250090901175","備考":"ソ"}\n' | iconv -f UTF-8 -t CP932 >other/line.ndjson
printf 'INSERT INTO t (会員番号, 車台番号) VALUES ('\''能'\'','\''ZVW30-1234568'\'');\r\n' | iconv -f UTF-8 -t UTF-16LE >other/dump.sql
printf 'customer_id;vin;ville\nMüller;1FADZKHP4DR064425;Orléans\nZoë;JTNE1ED5XFU509127;Köln\n' | iconv -f UTF-8 -t ISO-8859-1 >other/west.csv
{ printf '会員番号,車台番号,備考\n予約,ZVW30-1234569,' | iconv -f UTF-8 -t CP932; printf '\377\377\000x\n'; } >other/odd.csv
scan 0 case other
expect_coverage case other/line.log COMPLETE "" format "euc-jp>text" records 1 findings 2
expect_coverage case other/line.ndjson COMPLETE "" format "cp932>ndjson" records 1
expect_coverage case other/dump.sql COMPLETE "" format "utf-16le>sql" records 1 units 1
expect_coverage case other/west.csv COMPLETE "" format "cp1252>csv" records 2
expect_coverage case other/odd.csv COMPLETE "" format "cp932>csv" records 1 detail "2 bytes that are no cp932; comma, header, 3 columns"
for customer in 表-1 '予定"表' 能 Müller Zoë 予約; do
    expect "tier of $customer" T1 "$(impact case "$customer" tier)"
done

# Sets of one script: customers as they are written, and no delimiter is taken for half of a character.
mkdir script
script() { awk 'BEGIN { for (i = 0; i < 40; i++) printf "'"$1"'\n", i % 10, 1000000 + i }'; }
for set in CP1251 KOI8-R; do
    { echo 'customer_id|frame_no|примечание' && script 'ИВАНОВ-%dЖ|ZVW30-%07d|Машина стоит во дворе, владелец Петров'; } | iconv -f UTF-8 -t $set >script/$set.csv
done
{ echo 'customer_id|frame_no|備註' && script '許功蓋-%d功|ZVW30-%07d|臺北市信義區的車輛停放於路邊'; } | iconv -f UTF-8 -t BIG5 >script/BIG5.csv
{ echo 'customer_id,frame_no,비고' && script '김철수-%d,ZVW30-%07d,서울특별시 강남구 테헤란로 차량 등록 번호판과 주소 전화 계약 날짜 위치'; } | iconv -f UTF-8 -t EUC-KR >script/EUC-KR.csv
{ echo 'customer_id,frame_no,หมายเหตุ' && script 'สมชาย-%d,ZVW30-%07d,รถยนต์จอดอยู่ที่กรุงเทพมหานคร'; } | iconv -f UTF-8 -t TIS-620 >script/TIS-620.csv
{ echo 'customer_id,frame_no,σημείωση' && script 'Πελάτης-%d,ZVW30-%07d,το αυτοκίνητο στην Αθήνα'; } | iconv -f UTF-8 -t CP1253 >script/CP1253.csv
for set in CP1251 KOI8-R BIG5 EUC-KR TIS-620; do
    scan 0 case script/$set.csv
    expect_coverage case $set.csv COMPLETE "" format "$(echo $set | tr A-Z a-z)>csv" units 40 records 40
    expect "customers of $set" 10 "$(summary case .persons_best)"
    case $set in CP1251 | KOI8-R) name=ИВАНОВ-3Ж ;; BIG5) name=許功蓋-3功 ;; EUC-KR) name=김철수-3 ;; *) name=สมชาย-3 ;; esac
    expect_impact case $name tier T1 records 4
done
# What is of no set that is known is said.
scan 0 case script/CP1253.csv
expect_coverage case CP1253.csv COMPLETE "" format csv records 40 detail "beyond ASCII in no character set that is known: as it is; comma, header, 3 columns"
expect "customers of an unknown set" 10 "$(summary case .persons_best)"
