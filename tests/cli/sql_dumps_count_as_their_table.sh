# The same table as CSV and as dumps of MySQL, PostgreSQL and SQLite: the same counts, however a dump is cut, packed and taken up.
. "$EXPECT"
. "$TESTS/evidence.sh"

"$GENERATE" --out made --customers 300 --rows 2500 --seed 9 --gzip none --only csv >said || exit 1
table=$(find made/telemetry -name '*.csv' | sort | head -n 1)
mkdir csv
cp "$table" csv/table.csv
rows=$(($(wc -l <"$table") - 1))
scan 0 case_csv csv
impact_without_places case_csv >impact_csv
expect_at_least "customers" 100 "$(summary case_csv .persons_best)"

# as_sql STYLE: the table on stdin, whose rows have no quotes, as a dump.
as_sql()
{
    awk -F, -v style="$1" -v q="'" '
    function value(text) {
        if (text == "") return "NULL"
        if (text ~ /^-?[1-9][0-9]*\.[0-9]+$/) return text
        if (style == "mysql_hex" && text ~ /^[0-9a-f]+$/) { hex = ""; for (c = 1; c <= length(text); c++) hex = hex digits[substr(text, c, 1)]; return "0x" hex }
        return q text q
    }
    function tuple(between,   made) {
        made = value($1)
        for (i = 2; i <= NF; i++) made = made between value($i)
        return "(" made ")"
    }
    BEGIN { for (c = 0; c < 10; c++) digits[c] = "3" c
            digits["a"] = "61"; digits["b"] = "62"; digits["c"] = "63"; digits["d"] = "64"; digits["e"] = "65"; digits["f"] = "66" }
    NR == 1 {
        mysql = style ~ /^mysql/
        for (i = 1; i <= NF; i++) {
            columns = columns (i > 1 ? ", " : "") $i
            made = made (i > 1 ? ",\n" : "") (mysql ? "  `" $i "` varchar(64) DEFAULT NULL COMMENT " q "it" q q "s, (this" q : "    " $i " text")
        }
        if (mysql) printf "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\nDROP TABLE IF EXISTS `t`;\nCREATE TABLE `t` (\n%s,\n  PRIMARY KEY (`%s`)\n) ENGINE=InnoDB;\nINSERT INTO `t` VALUES ", made, $1
        if (style == "copy") printf "-- PostgreSQL database dump\nSET standard_conforming_strings = on;\nCOPY public.t (%s) FROM stdin;\n", columns
        if (style == "inserts") printf "-- PostgreSQL database dump\nSET standard_conforming_strings = on;\n"
        if (style == "sqlite") printf "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS \"t\"(\n%s\n);\n", made
        next
    }
    mysql { printf "%s%s", NR == 2 ? "" : NR % 1000 == 0 && style == "mysql" ? ";\nINSERT INTO `t` VALUES " : ",", tuple(",") }
    style == "copy" { for (i = 1; i <= NF; i++) printf "%s%s", $i == "" ? "\\N" : $i, i < NF ? "\t" : "\n" }
    style == "inserts" { printf "INSERT INTO public.t (%s) VALUES %s;\n", columns, tuple(", ") }
    style == "sqlite" { printf "INSERT INTO t VALUES%s;\n", tuple(",") }
    END { if (mysql) printf ";\n/*!40000 ALTER TABLE `t` ENABLE KEYS */;\n"
          if (style == "copy") printf "\\.\n"
          if (style == "sqlite") printf "COMMIT;\n" }'
}

for style in mysql mysql_line mysql_hex copy inserts sqlite; do
    mkdir $style
    as_sql $style <"$table" >$style/dump.sql
    scan 0 case_$style $style
    impact_without_places case_$style >impact_$style
    cmp -s impact_csv impact_$style || fail "impact.csv of $style differs from that of the table"
    expect "format of $style" sql "$(coverage case_$style $style/dump.sql format)"
    expect "records of $style" "$(summary case_csv .records_raw)" "$(summary case_$style .records_raw)"
    expect "tuples and lines of $style" $((rows + $(grep -cvE "^(INSERT|COPY|\\\\|C[0-9]{8}|$(printf '\t'))|^;?$" $style/dump.sql))) \
        "$(coverage case_$style $style/dump.sql units)"
done

# Blocks, reads, threads: the same bytes.
for style in mysql_line copy inserts; do
    for freedom in "--block-bytes 700 --read-bytes 1" "--threads 4 --block-bytes 20000"; do
        # shellcheck disable=SC2086
        scan 0 case $style $freedom
        same_results "$style, $freedom" case_$style case
    done
done

# Killed behind the first checkpoint, and taken up with other blocks: what table the tuples are of is found again.
for style in mysql_line copy; do
    mkdir packed
    gzip -nc $style/dump.sql >packed/dump.sql.gz
    for evidence in $style packed; do
        for hash in sha256 none; do
            [ $evidence$hash != packednone ] || continue
            scan 0 whole $evidence --hash $hash
            killed_at_checkpoint $evidence --hash $hash --checkpoint-bytes 60k --block-bytes 9000
            program 0 scan $evidence --case case --resume --quiet --hash $hash --threads 2 --block-bytes 70000 --read-bytes 777
            same_results "$evidence, --hash $hash, taken up" whole case
        done
    done
    rm -rf packed
done

# A string that hides what looks like the end of a tuple, tuples that are none, a dump that is cut off.
mkdir odd
{
    printf 'INSERT INTO `t` (`customer_id`,`imei`,`note`) VALUES '
    printf "('A-1','356250090901175','it\\\\'s; ),('),('A-2','867420722196591','O'Brien'),('A-3','356250090901175',NULL),('A-4','867420722196591'"
} >odd/dump.sql
scan 0 case odd
expect_impact case A-1 tier T1 imeis 1 records 1
expect_impact case A-3 tier T1 imeis 1 records 1
expect "persons" 2 "$(summary case .persons_best)"
expect "IMEIs" 2 "$(summary case .identifiers.imei.distinct)"
expect_coverage case odd/dump.sql PARTIAL RESIDUE_SCANNED_RAW format sql units 4 detail "strings with backslash escapes; a document that breaks off; 2 units read as text"

# Values without names are searched like any text, and that is said.
mkdir nameless
printf "INSERT INTO t VALUES ('A-1','356250090901175',35.690112,139.700241);\n" >nameless/dump.sql
scan 0 case nameless
expect_coverage case nameless/dump.sql COMPLETE "" format sql units 1 records 1 detail "strings with doubled quotes; columns of some tables not said"
expect "persons without names" 0 "$(summary case .persons_upper)"
expect "IMEIs without names" 1 "$(summary case .identifiers.imei.distinct)"

# Comments between values name nobody's column; what they say is text.
mkdir commented
{
    printf 'INSERT INTO t (customer_id, imei, note) VALUES\n'
    printf "('A-1' /* it's the first, (really) */, '356250090901175', -- the modem's, ')'\n 'x'),\n"
    printf "(/* VIN JTNE1ED5XFU509127 */ 'A-2', '867420722196591' , NULL);\n"
} >commented/dump.sql
scan 0 case commented
expect_impact case A-1 tier T1 imeis 1 records 1 vins 0
expect_impact case A-2 tier T1 imeis 1 records 1 vins 0
expect_coverage case commented/dump.sql COMPLETE "" format sql units 5 records 3 detail "strings with doubled quotes"
expect "VINs of comments" 1 "$(summary case .identifiers.vin.distinct)"
