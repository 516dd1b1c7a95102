# --passwords FILE: encrypted members of zips are read like any other once a password of the list opens them.
. "$EXPECT"

mkdir files
for i in 1 2 3; do
    {
        printf 'customer_id,imei,note\n'
        awk -v i=$i 'BEGIN { for (r = 0; r < 40 + (i == 3) * 2000; r++) printf "C%05d,868123450011227,row %d of file %d\n", 10000 * i + r, r * 7919 % 1000, i }'
    } >files/$i.csv
done
mkdir plain locked
(
    cd files || exit 1
    for level in 0 9; do
        zip -q$level ../plain/zip$level.zip 1.csv 2.csv 3.csv
        zip -q$level -P 'first secret' ../locked/zip$level.zip 1.csv 2.csv 3.csv
        zip -q$level - - <3.csv >../plain/pipe$level.zip
        zip -q$level -P secret2 - - <3.csv >../locked/pipe$level.zip
        for bits in 128 192 256; do
            7z a -bd -tzip -mx=$level ../plain/aes$level$bits.zip 1.csv 3.csv >../said
            7z a -bd -tzip -mx=$level -mem=AES$bits -psecret2 ../locked/aes$level$bits.zip 1.csv 3.csv >../said
        done
    done
    7z a -bd -tzip -mm=bzip2 ../plain/bzip2.zip 3.csv >../said
    7z a -bd -tzip -mm=bzip2 -mem=AES256 -psecret2 ../locked/bzip2.zip 3.csv >../said
    # Members without a password and with different ones in one archive.
    zip -q ../plain/mixed.zip 1.csv 2.csv 3.csv
    zip -q ../locked/mixed.zip 1.csv
    zip -qP secret2 ../locked/mixed.zip 2.csv
    zip -qP 'first secret' ../locked/mixed.zip 3.csv
) || fail "the archives could not be made"
for folder in plain locked; do # in a stream, headers alone say what is where
    gzip -nc $folder/zip9.zip >$folder/zip9.gz
    gzip -nc $folder/pipe9.zip >$folder/pipe9.gz
    gzip -nc $folder/aes9256.zip >$folder/aes9256.gz
    (cd $folder && zip -q0 nested.zip mixed.zip aes9128.zip)
done
rm -f plain/said
{
    printf 'no\r\n\nword_%s\r\n' 1 2 3 4
    awk 'BEGIN { for (i = 0; i < 20; i++) print "wrong_word_" i }'
    printf 'secret2\r\nfirst secret\n'
} >list
{ printf 'first secret\nsecret2'; } >short
awk 'BEGIN { for (i = 0; i < 20; i++) print "wrong_word_" i }' >wrong

# Read with the list, all is as if nobody had encrypted it.
scan 0 case_plain plain --hash none
scan 0 case_locked locked --hash none --passwords list
columns() { csv_columns "$1/coverage.csv" path status units records findings | sed 's/^[a-z]*\///'; }
expect "coverage" "$(columns case_plain)" "$(columns case_locked)"
expect "customers" "$(impact_without_places case_plain)" "$(impact_without_places case_locked)"
expect "files that members are in" 0 "$(csv_columns case_locked/coverage.csv status | grep -vc COMPLETE)"

# However they are read, and in whatever order the passwords stand.
digest=$(results_digest case_locked)
for freedom in "--threads 3 --read-bytes 333" "--threads 1 --block-bytes 300"; do
    # shellcheck disable=SC2086
    scan 0 case_free locked --hash none --passwords list $freedom
    expect "results with $freedom" "$digest" "$(results_digest case_free)"
done
scan 0 case_short locked --hash none --passwords short
expect "results with another list" "$digest" "$(results_digest case_short)"

# Nothing of the words is said or kept; their number and the digest of the file are.
expect "passwords in the case" "$(tr -d '\r' <list | grep -c .)" "$(jq .passwords case_locked/case.json)"
expect "no digest of them" 1 "$(grep -rqF "$(sha256sum <list | cut -d ' ' -f 1)" case_locked; echo $?)"
expect "without a list" null "$(jq -r .passwords case_plain/case.json)"
for word in 'first secret' secret2 wrong_word_ word_1; do
    expect "files of a case with \"$word\"" "" "$(grep -rlaF -e "$word" case_locked)"
    expect "lines said with \"$word\"" "" "$(cat stdout stderr | grep -F -e "$word")"
done

# Without the right one, and without a list, they stand there as they did.
scan 3 case_none locked --hash none
scan 3 case_wrong locked --hash none --passwords wrong
expect "coverage with wrong passwords" "$(csv_columns case_none/coverage.csv path status reason bytes_examined bytes_unexamined units)" \
    "$(csv_columns case_wrong/coverage.csv path status reason bytes_examined bytes_unexamined units)"
expect_coverage case_wrong locked/mixed.zip PARTIAL ENCRYPTED
expect_coverage case_wrong 'locked/mixed.zip!1.csv' COMPLETE "" units 40
expect_coverage case_wrong 'locked/mixed.zip!2.csv' SKIPPED ENCRYPTED units 0 detail "no password of the list opens it"
printf 'secret2\n' >one
scan 3 case_one locked/mixed.zip --passwords one
expect_coverage case_one 'mixed.zip!2.csv' COMPLETE "" units 40
expect_coverage case_one 'mixed.zip!3.csv' SKIPPED ENCRYPTED units 0

# What is not decrypted says so.
(cd files && 7z a -bd -psecret2 ../seven.7z 2.csv >../said)
scan 3 case_seven seven.7z --passwords list
expect_coverage case_seven 'seven.7z!2.csv' SKIPPED ENCRYPTED detail "needs a password; those of the list are not tried on 7z"
# All packed bytes are unread: what a header of 32 bytes says lies between it and the directory.
packed=$(od -An -t u8 -j 12 -N 8 seven.7z | tr -d ' ')
expect_coverage case_seven seven.7z PARTIAL ENCRYPTED bytes_unexamined "$packed"
expect "bytes that nobody read" "$packed" "$(summary case_seven .bytes.unexamined.ENCRYPTED)"

# Damage: a byte anywhere, and cuts. No crash, and nothing is silent.
mkdir damaged
for archive in zip9.zip pipe0.zip aes0128.zip aes9256.zip mixed.zip; do
    size=$(wc -c <locked/$archive)
    for part in 1 2 3 4 5; do
        at=$((size * part / 6))
        head -c $at locked/$archive >"damaged/cut_${part}_$archive"
        byte=$(tail -c +$((at + 1)) locked/$archive | head -c 1 | od -An -tu1 | tr -d ' ')
        { head -c $at locked/$archive; printf "\\$(printf %o $((byte ^ 20)))"; tail -c +$((at + 2)) locked/$archive; } >"damaged/flip_${part}_$archive"
    done
done
scan 3 case_damaged damaged --hash none --passwords list
csv_cells case_damaged/coverage.csv | awk -F '\037' '
    NR > 1 { file = $1; sub(/!.*/, "", file); bad[file] += $5 != "COMPLETE" }
    END { for (file in bad) if (bad[file] == 0) print file }' >whole
expect "cut archives said to be whole" "" "$(grep cut_ whole)"

# Another list is another way to count: --resume and merge refuse it.
scan 0 case_resumed locked --hash none --passwords list
program 2 scan --case case_resumed --resume locked --hash none --passwords short --quiet
expect_line "another list" stderr "the list of passwords has changed"
program 2 scan --case case_resumed --resume locked --hash none --quiet
expect_line "no list" stderr "the list of passwords has changed"
program 0 scan --case case_resumed --resume locked --hash none --passwords list --quiet
expect "results once more" "$digest" "$(results_digest case_resumed)"
for shard in 0 1; do program 0 scan --case shard_$shard --shard $shard/2 locked --hash none --passwords list --quiet; done
program 0 merge shard_0 shard_1 --case case_merged --quiet
expect "results of shards" "$digest" "$(results_digest case_merged)"
expect "passwords of shards" "$(jq .passwords case_locked/case.json)" "$(jq .passwords case_merged/case.json)"
program 0 scan --case shard_other --shard 1/2 locked --hash none --passwords short --quiet
program 2 merge shard_0 shard_other --case case_refused --quiet

# inspect looks into them too.
program 3 inspect locked/zip9.zip
program 0 inspect locked/zip9.zip --passwords list
expect_line "a field of an encrypted member" stdout customer_id

# Lists that are none.
printf '\r\n\n' >empty
program 2 scan --case case_bad locked --passwords empty
expect_line "an empty list" stderr "has no password"
program 2 scan --case case_bad locked --passwords nowhere
[ ! -e case_bad ] || fail "a case was made without its passwords"
