# A roster with bad lines, or that is none, ends the run before it begins, and says where and why and never what; with
# --roster-skip-bad they are left out and counted. A case goes on with its own roster alone.
. "$EXPECT"

mkdir dump
printf 'customer_id,vin,ts\nC1,1HGBH41JXMN109186,2020-01-01\n' >dump/a.csv
printf 'customer_id,imei\nC2,490154203237518\n' >dump/b.csv

cat >bad.csv <<END
customer_id,vin,imei,valid_from,valid_to,country,customer_type,remarks
C1,1HGBH41JXMN109186,,2015-01-01,,JP,person,said SECRET-7
C1,SECRET-1,,,,,,
C2,,490154203237518,2020-01-02,2019-01-02,,,
C2,,490154203237518,2.1.2020,,,,
C1,WDB9634031L000001,,,,DE,,
"SECRET-2"x,,,,,,,
,WDB9634031L000001,,,,,,
C4,WDB9634031L000001,,
C3,,000000000000000,,,,SECRET-3,
C5,,000000000000000,,9999-12-31,us,法人,
END
sed '3,10d' bad.csv >good.csv

for wanted in "--roster bad.csv" "--roster=bad.csv --quiet"; do
    # shellcheck disable=SC2086
    program 2 scan dump --case case $wanted
    [ ! -e case ] || fail "a refused roster left a case"
    [ ! -s stdout ] || fail "a refused roster left something on stdout"
    expect_line "bad lines" stderr "the roster has 8 bad lines; nothing was scanned (--roster-skip-bad goes on without them)"
    expect_line "line 3" stderr 'roster line 3, "vin" is no value of its kind'
    expect_line "line 4" stderr 'roster line 4, "valid_to" is not after valid_from'
    expect_line "line 5" stderr 'roster line 5, "valid_from" is no date (YYYY-MM-DD)'
    expect_line "line 6" stderr 'roster line 6, "country" is not what an earlier line says of this customer'
    expect_line "line 7" stderr "roster line 7 has a quote in the wrong place"
    expect_line "line 8" stderr 'roster line 8, "customer_id" names no customer'
    expect_line "line 9" stderr "roster line 9 has fewer cells than the header"
    expect_line "line 10" stderr 'roster line 10, "customer_type" is neither person nor organisation'
    if grep -e SECRET -e WDB96 -e 490154 stderr; then fail "a message has what stands in the roster"; fi
done
program 2 scan dump --case case --roster bad.csv
expect_line "columns that are ignored" stderr 'columns of the roster that say nothing here: "remarks"'
expect "how often they are listed" 1 "$(grep -c remarks stderr)"

program 0 scan dump --case skipped --roster bad.csv --roster-skip-bad --no-progress
expect_line "what was left out" stderr "8 bad lines of the roster were left out"
expect_line "why" stderr 'roster line 10, "customer_type" is neither'
program 0 scan dump --case skipped_quietly --roster bad.csv --roster-skip-bad --quiet
expect "what is said in quiet" "breachtally: 8 bad lines of the roster were left out" "$(cat stderr)"

json() { jq -c "$2" "$1"; }
expect "what case.json says" '[2,["remarks"],1,2,8,1,"bad.csv",1,1]' \
    "$(json skipped/case.json '.roster | [.customers, .ignored_columns, .intervals, .lines, .lines_bad, .organisations, .path, .persons, .placeholders]')"
for file in case.json summary.json; do
    expect "the digest in $file" "\"$(sha256sum bad.csv | cut -d ' ' -f 1)\"" "$(json skipped/$file .roster_sha256)"
done

program 0 scan dump --case with --roster good.csv --quiet
[ ! -s stderr ] || fail "a good roster makes words: $(cat stderr)"
expect "lines of a good one" '[2,0]' "$(json with/case.json '[.roster.lines, .roster.lines_bad]')"
program 0 scan dump --case without --quiet
expect "without a roster" '[null,null]' "$(json without/case.json '[.roster, .roster_sha256]')"
expect "without a roster" null "$(json without/summary.json .roster_sha256)"

# The number of threads and what is looked for do not show in what the roster says.
for option in "--threads 1" "--threads 3" "--only imei" "--not vin"; do
    # shellcheck disable=SC2086
    program 0 scan dump --case other --roster bad.csv --roster-skip-bad --quiet $option
    expect "the roster with $option" "$(json skipped/case.json .roster)" "$(json other/case.json .roster)"
    rm -rf other
done

# What is no roster.
refuse()
{
    printf "$2" >none.csv
    program 2 scan dump --case case --roster none.csv --roster-skip-bad
    expect_line "$1" stderr "$3"
    expect "lines said of $1" 1 "$(wc -l <stderr)"
    [ ! -e case ] || fail "$1 left a case"
}
refuse "no customer" 'vin,remarks\n1HGBH41JXMN109186,x\n' "no column of the roster names the customer"
refuse "no header" 'SECRET-1,1HGBH41JXMN109186\n' "no column of the roster names the customer"
if grep -q SECRET stderr; then fail "a message has what stands in a roster without header"; fi
refuse "nothing" '' "the roster is empty"
refuse "UTF-16" '\377\376c\000u\000\n\000' "UTF-16"
refuse "Latin-1" 'customer_id,stra\337e\n' "no UTF-8"
refuse "two countries" 'customer_id,country,country_code\n' "say the same thing twice"
program 2 scan dump --case case --roster missing.csv
expect_line "a file that is missing" stderr "missing.csv cannot be read: No such file"
program 2 scan dump --case case --roster dump
expect_line "a folder" stderr "dump cannot be read"

# Many bad lines: some are listed, all are counted.
{ echo customer_id,vin; for i in $(seq 1 250); do echo "C$i,no-such"; done; } >many.csv
program 2 scan dump --case case --roster many.csv
expect "lines said of many" 102 "$(wc -l <stderr)"
expect_line "how many more" stderr "and 150 bad lines more"
expect_line "how many there are" stderr "the roster has 250 bad lines"

# A case is that of its roster.
program 0 scan dump --case with --roster good.csv --resume --quiet
for changed in "" "--roster bad.csv --roster-skip-bad"; do
    # shellcheck disable=SC2086
    program 2 scan dump --case with --resume --quiet $changed
    expect_line "another roster ($changed)" stderr "the roster has changed"
done
program 2 scan dump --case without --resume --quiet --roster good.csv
expect_line "a roster where there was none" stderr "the roster has changed"
cp good.csv moved.csv
program 0 scan dump --case with --roster moved.csv --resume --quiet
program 2 merge with without --case both
expect_line "merging without the roster" stderr "was made with a roster; name it, or another one, with --roster"
