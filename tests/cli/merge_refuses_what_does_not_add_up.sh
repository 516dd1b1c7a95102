# What cannot be added up is refused by name, and a merge that fails leaves nothing in the way of the next one.
. "$EXPECT"

# Names and sizes alone do not make two cases the same evidence.
printf 'customer_id,imei\nC-1,490154203237518\n' >first.csv
printf 'customer_id,imei\nC-2,356938035643809\n' >second.csv
"$BREACHTALLY" scan - --case of_first --quiet <first.csv || fail "standard input"
"$BREACHTALLY" scan - --case of_second --quiet <second.csv || fail "standard input"
program 5 merge of_first of_second --case both
expect_line "two inputs without a name" stderr "of the same names and sizes as another case, but with other content"
[ ! -e both/impact.csv ] || fail "a refused merge has results"

mkdir dump
cp first.csv dump/a.csv
program 0 scan dump --case monday --quiet
program 0 scan dump --case monday_again --quiet
rm dump/a.csv
cp second.csv dump/a.csv
program 0 scan dump --case tuesday --quiet
program 5 merge monday tuesday --case week
expect_line "a snapshot of equal size" stderr "with other content"
program 0 merge monday monday_again --case week --quiet
cmp monday/impact.csv week/impact.csv || fail "the same evidence twice is not the same evidence"

# Other options, another program's folder, a run that is gone.
program 0 scan dump --case without_hash --hash none --quiet
program 2 merge tuesday without_hash --case week_2
expect_line "other options" stderr "made with other options than the first case"
mkdir nothing
program 2 merge tuesday nothing --case week_2
expect_line "no case" stderr "is no case"
cp -rp tuesday gap
rm gap/tally/holders-*.run
program 2 merge gap --case week_2
expect_line "a run that is gone" stderr "cannot be opened"
program 0 merge tuesday --case week_2 --quiet
cmp tuesday/impact.csv week_2/impact.csv || fail "a merge of one case changes it"
program 2 scan dump --case gap --resume --quiet
expect_line "a run that is gone" stderr "scan into a new folder"

# Standard input comes once.
program 2 scan - --case again --resume
expect_line "resuming standard input" stderr "standard input cannot be read twice"
program 2 scan - --case again --shard 0/2
[ ! -e again ] || fail "a refused scan made a folder"

# A shard stands whole or not at all; whole, it is done, and only for what it was asked.
program 0 scan dump --case part/ --shard 0/2 --quiet
program 0 scan dump --case part --shard 0/2 --resume
expect_line "a whole shard" stderr "whole already"
program 2 scan dump --case part --shard 0/2
program 2 scan dump --case part --shard 1/2 --resume
expect_line "another shard" stderr "is another one"
program 5 merge part --case whole
expect_line "a missing shard" stderr "missing of 2 shards: --array=1"
program 3 merge part --case whole --allow-missing --quiet

# Shards that were scanned with other rosters are not those of one scan.
printf 'customer_id,imei\nC-1,490154203237518\n' >roster.csv
printf 'customer_id,imei\nC-2,356938035643809\n' >other.csv
program 0 scan dump --case with0 --shard 0/2 --roster roster.csv --quiet
program 0 scan dump --case with1 --shard 1/2 --roster roster.csv --quiet
program 0 scan dump --case other1 --shard 1/2 --roster other.csv --quiet
program 0 merge with0 with1 --case with --roster other.csv --quiet
expect "one roster" "" "$(cat stderr)"
for odd in other1 part1; do
    [ $odd != part1 ] || program 0 scan dump --case part1 --shard 1/2 --quiet
    rm -rf with
    program 0 merge with0 $odd --case with --roster roster.csv --quiet
    expect_line "$odd" stderr "the shards were scanned with different rosters"
done

# So many shards that no message holds them.
mkdir many
for i in $(seq 0 2 158); do "$BREACHTALLY" scan dump --case "many/$i" --shard "$i/160" --quiet || fail "shard $i"; done
program 5 merge many/* --case all
expect_line "every second of 160" stderr "--array=1,3,5,7,"
expect_line "every second of 160, to the end" stderr ",153,155,157,159"
