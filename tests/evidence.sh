# Evidence that has everything, for tests that hold a run against another: sourced behind $EXPECT.
#
# Needs    $GENERATE, $FIXTURES, awk, gzip

# unattributed LINES SEED: log lines whose numbers belong to nobody; each number stands in two of them.
unattributed()
{
    awk -v lines="$1" -v seed="$2" 'BEGIN {
        srand(seed)
        for (i = 0; i < lines; i++) {
            if (i % 2 == 0) {
                body = sprintf("35%06d%06d", int(rand() * 1000000), int(rand() * 1000000))
                sum = 0
                for (d = 1; d <= 14; d++) {
                    digit = substr(body, d, 1) + 0
                    if (d % 2 == 0) { digit *= 2; if (digit > 9) digit -= 9 }
                    sum += digit
                }
                imei = body (10 - sum % 10) % 10
            }
            printf "2021-03-04T05:%02d:%02dZ modem imei=%s lat=35.%06d lon=139.%06d up\n", int(i / 60) % 60, i % 60, imei, \
                   int(rand() * 1000000), int(rand() * 1000000)
        }
    }'
}

# sql_dump: the lines of modems on stdin as tuples of one statement, whose columns only CREATE TABLE names, and as rows of COPY.
sql_dump()
{
    awk -F '[ =]' -v q="'" '
        NR == 1 { printf "CREATE TABLE `modem` (\n  `customer_id` char(9), `imei` text,\n  `ts` datetime, note text\n);\nINSERT INTO modem VALUES " }
        { printf "%s(%sC%08d%s,%s%s%s,%s%s%s,%sit\\%ss; ),(%s)", (NR > 1 ? "," : ""), q, NR % 97, q, q, $4, q, q, $1, q, q, q, q
          row[NR] = sprintf("C%08d\t%s\t\\N", NR % 89, $4) }
        END { printf ";\nCOPY public.modem (customer_id, imei, ts) FROM stdin;\n"
              for (i = 1; i <= NR; i++) print row[i]
              print "\\.\n-- done" }'
}

# mixed_evidence DIR CUSTOMERS ROWS SEED: CSV, NDJSON, SQL, logs, some of it packed or in other character sets; a stream of several members, one with other
# bytes behind it, one with damage amid it, one cut off; numbers of nobody; the files that were made to be hard.
mixed_evidence()
{
    "$GENERATE" --out "$1" --customers "$2" --rows "$3" --seed "$4" >said || fail "generate: $(cat said)"
    mkdir -p "$1/odd"
    cp "$FIXTURES"/small/* "$1/odd/"
    unattributed $(($3 / 10 + 10)) "$4" >"$1/odd/modems.log"
    unattributed $(($3 / 10 + 10)) $(($4 + 3)) | sql_dump >"$1/odd/modems.sql"
    {
        echo "customer_id,imei,ts,note"
        unattributed $(($3 / 5 + 100)) $(($4 + 1)) | awk -F '[ =]' '{ printf "C%08d,%s,%s,\"a, \"\"b\"\"\nc\"\n", NR % 97, $4, $1 }'
    } >"$1.table"
    awk -v half=$(($(wc -l <"$1.table") / 4 * 2 + 1)) 'NR <= half' "$1.table" | gzip -nc >"$1/odd/members.csv.gz"
    awk -v half=$(($(wc -l <"$1.table") / 4 * 2 + 1)) 'NR > half' "$1.table" | gzip -nc >>"$1/odd/members.csv.gz"
    sed 's/a, ""b""/表, ソ/; s/^customer_id/会員番号/' "$1.table" | iconv -f UTF-8 -t CP932 >"$1/odd/cp932.csv"
    head -n 200 "$1.table" | iconv -f UTF-8 -t UTF-16LE | gzip -nc >"$1/odd/utf16.csv.gz"
    gzip -nc "$1.table" >"$1.gz"
    { cat "$1.gz"; unattributed 40 $(($4 + 2)); } >"$1/odd/residue.csv.gz"
    whole_bytes=$(wc -c <"$1.gz")
    {
        head -c $((whole_bytes / 2)) "$1.gz"
        head -c 100 /dev/zero | tr '\0' '\377'
        tail -c $((whole_bytes / 2 - 100)) "$1.gz"
        cat "$1.gz"
        printf 'garbage'
        cat "$1.gz"
    } >"$1/odd/damaged.csv.gz"
    head -c $((whole_bytes / 3 * 2)) "$1.gz" >"$1/odd/cut_off.csv.gz"
    deep_unit >"$1/odd/deep.json"
    rm -f "$1.table" "$1.gz"
}

# deep_unit: units that cannot inherit all that the many levels around them have, with small ones before and behind.
deep_unit()
{
    awk 'BEGIN {
        for (i = 0; i < 40; i++) printf "{\"customer_id\": \"C%08d\", \"imei\": \"356250090901175\"}\n", i
        printf "{\"customer_id\": \"C00000050\""
        for (level = 0; level < 700; level++) printf ", \"imei\": \"356250090901175\", \"in\": [{\"level\": %d", level
        printf ", \"units\": [{\"n\": 0}"
        for (i = 1; i < 4000; i++) printf ", {\"imei\": \"356250090901175\"}"
        printf "]"
        for (level = 0; level < 700; level++) printf "}]"
        print "}"
        for (i = 0; i < 20000; i++) printf "{\"customer_id\": \"C%08d\", \"imei\": \"356250090901175\"}\n", i
    }'
}

# long_unit MIB: a JSON document with one unit of so many MiB, a line break in it every 4 KiB, and some that are short.
long_unit()
{
    awk -v kib=$(($1 * 1024)) 'BEGIN {
        for (i = 0; i < 1000; i++) pad = pad " word"
        print "[{\"customer_id\": \"C00000001\", \"imei\": \"356250090901175\"},"
        printf "{\"customer_id\": \"C00000002\", \"pad\": \""
        for (i = 0; i < kib; i += 4) printf "%s imei=356250090901175\n", substr(pad, 1, 4075)
        print "\"},"
        for (i = 0; i < 20000; i++) printf "{\"customer_id\": \"C%08d\", \"imei\": \"356250090901175\"},\n", i % 300
        print "{\"customer_id\": \"C00000003\", \"imei\": \"356250090901175\"}]"
    }'
}

# same_results WHAT REFERENCE CASE: the three files whose bytes are promised.
same_results()
{
    for results_file in impact.csv summary.json coverage.csv; do
        cmp -s "$2/$results_file" "$3/$results_file" && continue
        fail "$1: $results_file differs"
        diff "$2/$results_file" "$3/$results_file" 2>&1 | head -n 10 | cut -c 1-300 >&2
    done
}
