# diff: small cases made by hand, in three formats; what is refused; and two scans, both ways round.
. "$EXPECT"

impact_header=customer_id,tier,records,sources
coverage_header=path,size,status,reason

# summary_of BEST TIME FINDINGS VINS REASONS
summary_of()
{
    printf '{"data_time_first":%s,"findings":%s,"identifiers":{"vin":{"distinct":%s,"likely":0}},' "$2" "$3" "$4"
    printf '"objects":{"listed":2},"persons_best":%s,"rejected_by_reason":%s,"schema":"breachtally summary 1"}\n' "$1" "$5"
}

# case_of NAME IMPACT-ROWS COVERAGE-ROWS: as printf writes them
case_of()
{
    rm -rf "$1"
    mkdir "$1"
    printf "$impact_header\n$2" >"$1/impact.csv"
    printf "$coverage_header\n$3" >"$1/coverage.csv"
    summary_of 3 null 1234567 9007199254740993 '{"COARSE":2}' >"$1/summary.json"
}

# shown EXIT ARGUMENT...: what diff prints becomes part of the golden output.
shown()
{
    shown_exit=$1
    shift
    echo "== diff $*"
    program "$shown_exit" diff "$@"
    cat stdout
    expect "stderr of diff $*" "" "$(cat stderr)"
}

old_rows='A1,T1,1,web\n"B\n,""2""",T1,2,"a,b"\nC3,T1,3,web\n'
old_objects='d/a.csv,10,COMPLETE,\nd/n\\nl.csv,5,COMPLETE,\n'
case_of old "$old_rows" "$old_objects"
case_of same "$old_rows" "$old_objects"
case_of new "'=D4,T1,1,\n\"B\n,\"\"2\"\"\",T2,5,\"a,b+\033[31m\"\nC3,T1,3,web\nE5,T1,1,web\n" \
    'd/b.csv,10,COMPLETE,\nd/n\\nl.csv,5,FAILED,ENCRYPTED\n'
summary_of 4 '"2023-01-01T00:00:00Z"' 999 9007199254740992 '{"SENTINEL":1}' >new/summary.json
case_of empty '' ''

shown 0 old same
shown 0 old/ old --json
shown 0 old same --format=csv
shown 5 old new
shown 5 old new --limit 1
sed -i 's/.\[31m//' new/impact.csv # in CSV a cell stands as in impact.csv, whatever it does to a terminal
shown 5 old new --format csv
shown 5 old new --format json
jq -e . stdout >parsed || fail "--format json is no JSON"
expect "keys in their order" "$(jq -S . stdout)" "$(jq . stdout)"
shown 5 empty old --limit 2
shown 5 old empty --format csv
shown 0 empty empty --format csv

# A case of another version: other columns, in another order. A column that one has is no change of each customer.
case_of wider "$old_rows" "$old_objects"
printf 'records,customer_id,meids,tier,sources\n1,A1,0,T1,web\n2,"B\n,""2""",0,T1,"a,b"\n3,C3,0,T1,web\n' >wider/impact.csv
shown 5 old wider
shown 5 wider old --format csv

# Customers whose cells do not tell how they were spelled, so that no order can be held against them.
case_of odd "'=1,T1,1,web\n(x,T1,1,web\nCORP\\\\xabi,T1,1,web\nCORP\\\\yan,T1,1,web\n" "$old_objects"
case_of other "(x,T1,1,web\nCORP\\\\xabi,T1,2,web\nCORP\\\\yan,T1,1,web\n'=1,T1,1,web\n" "$old_objects"
shown 0 odd odd
shown 5 odd other
shown 5 other odd --format csv

# refused FILE-AND-LINE OLD NEW: nothing on stdout, whatever the format.
refused()
{
    for format in text csv json; do
        program 2 diff "$2" "$3" --format $format
        expect_line "diff $2 $3" stderr "$1"
        expect "lines on stderr of diff $2 $3" 1 "$(wc -l <stderr)"
        expect "stdout of diff $2 $3" "" "$(cat stdout)"
    done
}
refused 'nowhere/summary.json: cannot be opened: No such file' old nowhere
refused 'stdout/summary.json: cannot be opened: Not a directory' stdout old
mkdir foreign
refused 'foreign/summary.json: cannot be opened' foreign old
case_of bad "$old_rows" "$old_objects"
printf '{"persons_best":3,\n"schema":"breach' >bad/summary.json
refused 'bad/summary.json: line 2, column' old bad
printf '{"schema":"other"}' >bad/summary.json
refused 'bad/summary.json: this is no summary of breachtally' bad old
case_of bad 'A1,T1,1,web\nC3,T1,1,web\nB2,T1,1,web\n' "$old_objects"
refused 'bad/impact.csv, line 4: this row is out of order' old bad
case_of bad 'A1,T1,1,web\nA1,T1,1,web\n' "$old_objects"
refused 'bad/impact.csv, line 3: this customer stands here twice' bad old
case_of bad 'A1,T1,1,web\nB2,T1,1' "$old_objects"
refused 'bad/impact.csv, line 3: the file ends within this row' bad old
case_of bad "$old_rows" 'd/b,1,COMPLETE,\nd/a,1,COMPLETE,\n'
refused 'bad/coverage.csv, line 3: this row is out of order' old bad
case_of bad "$old_rows" 'd/b,1,COMPLETE\n'
refused 'bad/coverage.csv, line 2: 3 columns, but the header has 4' old bad
printf 'customer,tier\nA1,T1\n' >bad/impact.csv
refused 'bad/impact.csv, line 1: there is no column customer_id' old bad
rm bad/impact.csv
refused 'bad/impact.csv: cannot be opened' old bad
hostile=$(printf 'e\033[2Jx')
refused 'e\x1b[2Jx/summary.json' old "$hostile"

usage()
{
    program 2 "$@"
    expect_line "$*" stderr "$usage_says"
}
usage_says='diff needs two cases: breachtally diff OLD NEW'
usage diff
usage diff old
usage diff old new same
usage_says='exclude each other'
usage diff old new --json --format csv
usage_says='did you mean "json"'
usage diff old new --format jsno
usage_says='no whole number'
usage diff old new --limit all

# Real cases: as many as the files say, and one way round the mirror of the other.
"$GENERATE" --out dump --customers 400 --rows 3000 --seed 4 >said
scan 0 first dump
rm -rf dump/events
echo 'customer_id,vin
C-new,1M8GDM9AXKP042788' >dump/vehicles/more.csv
scan 0 second dump
for format in text csv json; do
    program 0 diff first first --format $format
    program 5 diff first second --format $format
    mv stdout forward.$format
    program 5 diff second first --format $format
    mv stdout backward.$format
done
csv_columns first/impact.csv customer_id | sort >first.ids
csv_columns second/impact.csv customer_id | sort >second.ids
expect "customers new" "$(comm -13 first.ids second.ids | wc -l)" "$(jq .customers.new forward.json)"
expect "customers gone" "$(comm -23 first.ids second.ids | wc -l)" "$(jq .customers.gone forward.json)"
expect "customers in both" "$(comm -12 first.ids second.ids | wc -l)" "$(jq '.customers | .changed + .same' forward.json)"
expect "customers the same" "$(tail -n +2 first/impact.csv | sort | comm -12 - "$(tail -n +2 second/impact.csv | sort >second.rows; echo second.rows)" | wc -l)" \
    "$(jq .customers.same forward.json)"
expect "persons_best" "$(jq .persons_best second/summary.json)" "$(jq '.totals[] | select(.field == "persons_best") | .new' forward.json)"
expect_line "customer that is new" forward.csv 'customer,C-new,(row),,present'
expect "the mirror of the rows" "$(csv_columns forward.csv part key field old new)" "$(csv_columns backward.csv part key field new old)"
expect "the mirror of the totals" "$(jq -c '.totals[] | [.field, .old, .new, (.difference | if . == null then . else 0 - . end)]' forward.json)" \
    "$(jq -c '.totals[] | [.field, .new, .old, .difference]' backward.json)"
expect "JSON and CSV say the same" "$(csv_columns forward.csv part key field old new | grep -v ^totals)" \
    "$(jq -r '.differences[] | "\(.part) \(.key) \(.field) \(.old) \(.new)"' forward.json)"

# Output that cannot be written is no success.
if [ -w /dev/full ]; then
    "$BREACHTALLY" diff first second --format csv >/dev/full 2>stderr && status=0 || status=$?
    expect "exit of a full disk" 4 "$status"
    expect_line "a full disk" stderr 'cannot be printed'
fi
