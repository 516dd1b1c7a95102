# Tables in SQL dumps whose columns have neutral names or none are what their values are, as the same tables in CSV.
. "$EXPECT"
. "$TESTS/field_evidence.sh"
. "$TESTS/evidence.sh"

# as_sql STYLE NAME: the table on stdin, which has no quotes, as a dump: columns named by each INSERT, by CREATE TABLE, by nobody.
as_sql()
{
    awk -F, -v style="$1" -v name="$2" -v q="'" '
    NR == 1 {
        for (i = 1; i <= NF; i++) { list = list (i > 1 ? ", " : "") "`" $i "`"; made = made (i > 1 ? "," : "") "\n  `" $i "` text" }
        if (style == "create") printf "CREATE TABLE `%s` (%s\n);\n", name, made
        if (style == "copy") printf "COPY %s FROM stdin;\n", name
        next
    }
    style == "copy" { gsub(/,/, "\t"); print; next }
    {
        tuple = ""
        for (i = 1; i <= NF; i++) tuple = tuple (i > 1 ? "," : "") q $i q
        if (style == "list") printf "INSERT INTO `%s` (%s) VALUES (%s);\n", name, list, tuple
        else printf "%s(%s)", NR % 700 == 2 ? (NR > 2 ? ";\n" : "") "INSERT INTO `" name "` VALUES " : ",", tuple
    }
    END { if (style == "copy") print "\\."; else if (style != "list") print ";" }'
}

field_evidence made
for table in neutral wrong; do
    mkdir $table
    cp made/$table.csv $table/t.csv
done

# counts CASE: all that does not hang on how the table is written.
counts()
{
    summary "$1" '[.identifiers, .identifiers_unattributed, .clusters_unattributed, .loc_fixes, .records_raw, .findings, .persons_best, .data_time_first,
                   .data_time_last] | @json'
    impact_without_places "$1"
}

# decided CASE FORMAT: role and how of each field.
decided()
{
    summary "$1" ".fields[] | select(.format == \"$2\") | \"\\(.field) \\(.role) \\(.how) \\(.values) \\(.valid)\""
}

for table in neutral wrong; do
    scan 0 case_$table $table
    counts case_$table >counted
    decided case_$table csv >fields
    for style in list create none copy; do
        mkdir -p sql_${table}_$style
        as_sql $style t <made/$table.csv >sql_${table}_$style/d.sql
        # Where nobody says who the customer is, only a table that has none is the same.
        case $table:$style in neutral:* | *:list | *:create) ;; *) continue ;; esac
        scan 0 case sql_${table}_$style
        counts case >got
        cmp -s counted got || { fail "$table by $style counts something else"; diff counted got | head -n 6 | cut -c 1-300 >&2; }
        decided case sql | sed 's/^#/col/' >got
        cmp -s fields got || { fail "$table by $style is taken for something else"; diff fields got >&2; }
        expect "units of $table by $style" 0 "$(coverage case sql_${table}_$style/d.sql detail | grep -c 'read as text')"
    done
done
expect "a column of VINs" "col2 vin structure 48 48" "$(decided case_neutral csv | grep '^col2')"

# Several tables in one dump, two of them with equal names of columns, one of which stands beyond the sample: its names decide.
mkdir dump
{
    as_sql create a <made/neutral.csv | head -n 60
    awk -F, 'NR == 1 || $2 != ""' made/wrong.csv | cut -d , -f 1,2 | sed '1s/.*/customer_id,col2/' >two
    sed '1!s/,.*/,ORD-12/' two | as_sql create b
    as_sql create c <two
    as_sql none d <made/neutral.csv
    as_sql list late <made/orders.csv
} >dump/many.sql
as_sql copy e <made/neutral.csv | iconv -f UTF-8 -t UTF-16LE >dump/wide.sql
as_sql none f <made/neutral.csv | gzip -nc >dump/packed.sql.gz
{ printf 'customer_id,col2,備考\n'; sed '1d; s/$/,予定表とソース/' two; } | iconv -f UTF-8 -t CP932 >dump/cp932.csv
iconv -f UTF-8 -t UTF-16LE made/neutral.csv >dump/utf16.csv
scan 0 case dump
expect "VINs of tables with equal columns" "vin structure" "$(summary case '[.fields[] | select(.field == "col2" and .format == "sql") | "\(.role) \(.how)"] | unique | join(", ")')"
expect "objects with such" 1 "$(summary case '.fields[] | select(.field == "col2" and .format == "sql") | .objects')"
expect "a table beyond the sample" "" "$(summary case '[.fields[] | select(.field == "imei" and .format == "sql")][].how')"
expect "objects without names" 3 "$(summary case '.fields[] | select(.field == "#2" and .format == "sql") | .objects')"

for freedom in "--threads 3 --block-bytes 61" "--threads 1 --block-bytes 4096 --read-bytes 7"; do
    # shellcheck disable=SC2086
    scan 0 other dump $freedom
    same_results "$freedom" case other
done
mkdir shards
for shard in 1 0; do
    "$BREACHTALLY" scan dump --shard $shard/2 --case shards/$shard --quiet || fail "shard $shard"
done
rm -rf other
"$BREACHTALLY" merge shards/1 shards/0 --case other --quiet || fail "merge"
same_results "shards" case other
interrupted=0
for moment in 15 30; do
    rm -rf other
    LD_PRELOAD=$DIE_AT_LIBRARY DIE_AT=$moment DIE_HOW=before "$BREACHTALLY" scan dump --case other --quiet --block-bytes 4096 --checkpoint-bytes 20000 --threads 2 >said 2>&1 && continue
    interrupted=$((interrupted + 1))
    program 0 scan dump --case other --resume --no-progress --block-bytes 997
    same_results "killed at call $moment" case other
done
expect_at_least "runs that were killed" 1 "$interrupted"

# inspect reads what scan reads: formats through character sets, and what the fields are.
program 0 inspect dump --json --threads 2 --read-bytes 777
cp stdout inspected.json
csv_columns case/coverage.csv format | sort >formats
jq -r '.families[] | .format as $f | range(.objects) | $f' inspected.json | sort >got
cmp -s formats got || { fail "inspect and scan see other formats"; diff formats got >&2; }
summary case '.fields[] | [.field, .role, .how, .values, .objects] | @tsv' |
    awk -F '\t' '{ v[$1 " " $2 " " $3] += $4; n[$1 " " $2 " " $3] += $5 } END { for (f in v) print f, v[f], n[f] }' | sort >scanned
jq -r '.families[].fields[] | select(.role != "none" or .how == "refused") | [.field, .role, .how, .values, .objects] | @tsv' inspected.json |
    awk -F '\t' '{ v[$1 " " $2 " " $3] += $4; n[$1 " " $2 " " $3] += $5 } END { for (f in v) print f, v[f], n[f] }' | sort >got
cmp -s scanned got || { fail "inspect and scan decide otherwise"; diff scanned got >&2; }
program 0 inspect dump
for said in "sql  dump/many.sql" "gzip>sql  dump/packed.sql.gz" "utf-16le>sql  dump/wide.sql" "cp932>csv  dump/cp9.csv" "utf-16le>csv  dump/utf9.csv"; do
    expect_line "inspect" stdout "$said"
done
program 0 inspect dump --write-profile profile.json
scan 0 other dump --profile profile.json
cmp -s case/impact.csv other/impact.csv || fail "impact.csv with the profile is another one"
