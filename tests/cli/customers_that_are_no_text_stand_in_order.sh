# Customer IDs with bytes that are no UTF-8: each is a customer of its own, escaped, and in the order of what stands there.
. "$EXPECT"

mkdir -p dump
{
    echo 'customer_id,frame_no,備考'
    i=0
    for id in 'a\377' 'a\\xff' 'a\\\\xff' 'aZ' 'ab' 'a' 'CORP\\user' '\300\257' '田中'; do
        i=$((i + 1))
        printf "$id,ZVW30-100000%d,表示とソースの十能カタカナとひらがな予定表駐車場\n" $i
    done
} >dump/table.csv
scan 0 case dump
expect_coverage case dump/table.csv COMPLETE "" format csv records 9
printf '%s\n' 'CORP\user' '\xc0\xaf' 'a' 'aZ' 'a\\\\xff' 'a\\xff' 'a\xff' 'ab' '田中' >wanted
csv_columns case/impact.csv customer_id >got
cmp -s wanted got || fail "customers: $(cat got)"
case_holds case 0

# As the evidence has it, and as impact.csv does.
for cell in 'a\xff 1' 'a\\xff 2' 'a\\\\xff 3'; do
    program 0 show case "${cell% *}"
    expect_line "where ${cell% *} was read" stdout "table.csv#${cell#* }"
done
"$BREACHTALLY" show case "$(printf 'a\377')" >raw
program 0 show case 'a\xff'
cmp -s raw stdout || fail "what is shown of the bytes and of their cell differs"

# Two scans compared; another order of the same; two cases merged.
program 0 diff case case
mkdir turned
{ head -n 1 dump/table.csv && sed 1d dump/table.csv | sort -r; } >turned/table.csv
scan 0 other turned --threads 2
csv_columns other/impact.csv customer_id >got
cmp -s wanted got || fail "customers in another order: $(cat got)"
rm -rf merged
program 0 merge case other --case merged --quiet
csv_columns merged/impact.csv customer_id >got
cmp -s wanted got || fail "customers of two cases: $(cat got)"

# A roster knows what can be text.
printf 'customer_id,frame_no\na\\xff,ZVW30-1000002\nab,ZVW30-1000005\n' >roster.csv
scan 0 known dump --roster roster.csv
expect "tier of a text that is what bytes are escaped as" T1 "$(impact known 'a\\xff' tier)"
expect "tier of the bytes" T2 "$(impact known 'a\xff' tier)"
