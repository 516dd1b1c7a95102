# Archives that were cut, flipped, joined, prefixed, encrypted, nested too deep, made to burst: nothing is lost in silence.
. "$EXPECT"

mkdir files
for i in 1 2 3; do
    {
        printf 'customer_id,imei,note\n'
        awk -v i=$i 'BEGIN { for (r = 0; r < 40; r++) printf "C%05d,868123450011227,row %d of file %d\n", 100 * i + r, r * 7919 % 1000, i }'
    } >files/$i.csv
done
sum=$(cat files/*.csv | grep -c ^C0)
(
    cd files || exit 1
    tar -cf ../whole.tar 1.csv 2.csv 3.csv
    zip -q ../whole.zip 1.csv 2.csv 3.csv
    zip -q - 1.csv 2.csv 3.csv >../descriptors.zip
    zip -q0 ../stored.zip 1.csv 2.csv 3.csv
    7z a -bd -ms=off ../whole.7z 1.csv 2.csv 3.csv >../said
    zip -qP secret ../secret.zip 2.csv
    7z a -bd -psecret ../secret.7z 2.csv >../said
    7z a -bd -psecret -mhe ../secret_names.7z 2.csv >../said
    7z a -bd -tzip -mem=AES256 -psecret ../aes.zip 2.csv >../said
) || fail "the archives could not be made"
tar -cf some.tar -C files 1.csv

# Cut at many places. Where the reference tools say that something is missing, so must we; rows that they get out are units.
mkdir cuts
for archive in whole.tar whole.zip descriptors.zip stored.zip whole.7z; do
    size=$(wc -c <$archive)
    step=$((size / 23 + 1))
    cut=600
    [ "$archive" != whole.tar ] || size=$((size - 1024 - 3 * 512)) # zeros at its end
    while [ $cut -lt $((size - 1)) ]; do
        head -c $cut $archive >"cuts/$archive.$(printf %06d $cut)"
        cut=$((cut + step))
    done
done
scan 3 case_cuts cuts --hash none
csv_cells case_cuts/coverage.csv | awk -F '\037' '
    NR > 1 { file = $1; sub(/!.*/, "", file); n[file] += $9; bad[file] += $5 != "COMPLETE" && $6 != "RESIDUE_SCANNED_RAW" }
    END { for (file in n) print file, n[file], bad[file] }' >found
expect "archives that were cut" "$(ls cuts | wc -l)" "$(wc -l <found)"
expect "cut archives said to be whole" "" "$(awk '$3 == 0 { print $1 }' found)"
while read -r file units bad; do
    case $file in
    *whole.tar*) expect_at_least "units of $file" "$(tar -xOf "$file" 2>said | grep -c '^C0.*[0-9]$')" "$units" ;;
    esac
    [ "$bad" -gt 0 ] || fail "$file is said to be whole"
done <found
for archive in whole.zip descriptors.zip stored.zip; do # two of three members are before the last cut
    expect_at_least "units of the last cut of $archive" 80 \
        "$(csv_cells case_cuts/coverage.csv | awk -F '\037' -v at="cuts/$archive." 'index($1, at) == 1 { file = substr($1, 1, length(at) + 6); n[file] += $9; last = file } END { print n[last] + 0 }')"
done

# A byte flipped anywhere.
mkdir flips
for archive in whole.tar whole.zip descriptors.zip whole.7z; do
    size=$(wc -c <$archive)
    at=0
    while [ $at -lt "$size" ]; do
        byte=$(tail -c +$((at + 1)) $archive | head -c 1 | od -An -tu1 | tr -d ' ')
        { head -c $at $archive; printf "\\$(printf %o $((byte ^ 20)))"; tail -c +$((at + 2)) $archive; } >"flips/$archive.$(printf %06d $at)"
        at=$((at + 1 + size / 31))
    done
done
program_exit=0
"$BREACHTALLY" scan flips --case case_flips --quiet --hash none >said 2>&1 || program_exit=$?
case $program_exit in 0 | 3) case_holds case_flips $program_exit ;; *) fail "flips: exit $program_exit: $(cat said)" ;; esac

# Joined, prefixed, followed by something.
mkdir joined
cat whole.tar some.tar >joined/two.tar
{ cat whole.tar; cat files/2.csv; } >joined/behind.tar
{ cat files/3.csv; cat whole.zip; } >joined/before.zip
{ cat whole.zip; cat files/1.csv; } >joined/behind.zip
{ cat whole.7z; cat files/1.csv; } >joined/behind.7z
{ cat whole.zip; cat stored.zip; } >joined/two.zip
{ gzip -nc whole.tar; cat files/2.csv; } >joined/behind.tar.gz
printf 'customer=C09999 imei=868123450011227\n' | zip -qz whole.zip 2>said >/dev/null || true
cp whole.zip joined/comment.zip
scan 0 case_joined joined --hash none
rows_of() { csv_cells case_joined/coverage.csv | awk -F '\037' -v file="joined/$1" '$1 == file || index($1, file "!") == 1 { n += $9 } END { print n + 0 }'; }
expect "two tars" $((sum + 40)) "$(rows_of two.tar)"
expect "a table behind a tar" $((sum + 40)) "$(rows_of behind.tar)"
expect "a table before a zip" $((sum + 40)) "$(rows_of before.zip)"
expect "a table behind a zip" $((sum + 40)) "$(rows_of behind.zip)"
expect "a table behind a 7z" $((sum + 40)) "$(rows_of behind.7z)"
expect "two zips" $((2 * sum)) "$(rows_of two.zip)"
expect "a table behind a tar.gz" $((sum + 40)) "$(rows_of behind.tar.gz)"
expect "the comment of a zip" $((sum + 1)) "$(rows_of comment.zip)"
size=$(wc -c <whole.tar)
expect_coverage case_joined joined/behind.tar PARTIAL RESIDUE_SCANNED_RAW bytes_unexamined 0
expect_coverage case_joined "joined/behind.tar!~$size" COMPLETE "" format "tar>csv" units 40
expect_coverage case_joined "joined/before.zip!~0" COMPLETE "" format "zip>csv" units 40

# Where a zip has something before it and lies within something else, that is said.
gzip -nc joined/before.zip >before.zip.gz
scan 3 case_before before.zip.gz
expect_coverage case_before before.zip.gz PARTIAL UNSUPPORTED_FORMAT

# Encrypted members, among others that are not.
cp whole.zip mixed.zip
(cd files && cp 2.csv 4.csv && zip -qP secret ../mixed.zip 4.csv && rm 4.csv)
for archive in secret.zip secret.7z aes.zip mixed.zip; do
    scan 3 case_secret $archive
    expect_coverage case_secret $archive PARTIAL ENCRYPTED
    case $archive in mixed.zip) name=4.csv ;; *) name=2.csv ;; esac
    expect_coverage case_secret "$archive!$name" SKIPPED ENCRYPTED bytes_examined 0 bytes_unexamined "$(wc -c <files/2.csv)" units 0
done
expect "rows beside an encrypted member" $((sum + 1)) "$(csv_columns case_secret/coverage.csv units | awk '{ n += $1 } END { print n }')"
scan 3 case_secret secret_names.7z
expect_coverage case_secret secret_names.7z PARTIAL ENCRYPTED

# A method that is not read.
{ head -c 8 stored.zip; printf '\001\000'; tail -c +11 stored.zip; } | gzip -nc >shrunk.gz
scan 3 case_shrunk shrunk.gz # in a stream, where headers say what the method is
expect_coverage case_shrunk 'shrunk.gz!1.csv' SKIPPED UNSUPPORTED_METHOD bytes_examined 0
expect_at_least "rows beside a member of another method" 80 "$(csv_columns case_shrunk/coverage.csv units | awk '{ n += $1 } END { print n }')"

# Nested: eight layers are opened, the ninth is said.
cp files/1.csv inner.csv
tar -cf layer inner.csv
for depth in 2 3 4 5 6 7 8 9; do
    cp layer "layer_$depth"
    case $depth in
    2 | 4 | 6 | 8) rm -f layer.zip && zip -q0 layer.zip "layer_$depth" && mv layer.zip layer ;;
    *) tar -cf layer.new "layer_$depth" && mv layer.new layer ;;
    esac
    mkdir -p deep
    cp layer "deep/$depth"
done
scan 3 case_deep deep
expect "units in eight layers" 40 "$(csv_cells case_deep/coverage.csv | awk -F '\037' 'index($1, "deep/8!") == 1 { n += $9 } END { print n }')"
expect "what nine layers come to" LIMIT_DEPTH "$(csv_cells case_deep/coverage.csv | awk -F '\037' 'index($1, "deep/9!") == 1 && $6 != "" { print $6 }')"
expect_line "which flag would help" case_deep/coverage.csv "--max-depth"
scan 3 case_deep deep/3 --max-depth 2
expect_line "the limit of two" case_deep/coverage.csv "LIMIT_DEPTH"

# Names are data, and one object is one line.
mkdir 'names' && (
    cd names || exit 1
    printf 'customer=C00001 imei=868123450011227\n' >"$(printf 'line\nbreak')"
    printf 'customer=C00002 imei=868123450011227\n' >"$(printf 'esc\033[2J')"
    printf 'customer=C00003 imei=868123450011227\n' >"$(printf '\200\377')"
    printf 'customer=C00004 imei=868123450011227\n' >'~512'
    printf 'customer=C00005 imei=868123450011227\n' >'a!b'
    ln -s /etc/passwd link
    ln '~512' hard
    mkfifo pipe
    tar -cf ../names.tar *
    tar -P --transform='s,^,../../../../up/,' -rf ../names.tar '~512'
    tar -P --transform='s,^,/etc/,' -rf ../names.tar '~512'
    tar -rf ../names.tar '~512' '~512'
)
scan 3 case_names names.tar
expect "persons" 5 "$(summary case_names .persons_best)"
expect "members with a name of their own" 12 "$(csv_columns case_names/coverage.csv path | sort -u | grep -c '^names.tar!')"
expect_coverage case_names 'names.tar!link' SKIPPED SYMLINK_NOT_FOLLOWED
expect_coverage case_names 'names.tar!pipe' SKIPPED NOT_REGULAR
expect_coverage case_names 'names.tar!../../../../up/~512' COMPLETE ""
expect "nothing was made elsewhere" "" "$(ls -d up etc ../up 2>/dev/null)"

# Bombs end by a limit, and what stands beside them is read.
head -c 150000000 /dev/zero >zeros
gzip -9nc zeros >zeros.gz
cp zeros.gz zeros2.gz
gzip -9nc zeros.gz >bomb.gz
zip -q9 bomb.zip zeros zeros.gz && zip -qj bomb.zip files/1.csv
tar -czf bomb.tar.gz zeros
7z a -bd -mx=1 bomb.7z zeros >said
rm zeros
scan 3 case_bomb bomb.gz
expect_coverage case_bomb bomb.gz PARTIAL LIMIT_RATIO
scan 3 case_bomb bomb.zip --max-ratio 100
expect_coverage case_bomb bomb.zip PARTIAL LIMIT_RATIO
expect_coverage case_bomb 'bomb.zip!zeros' PARTIAL LIMIT_RATIO
expect_coverage case_bomb 'bomb.zip!1.csv' COMPLETE "" units 40
scan 3 case_bomb bomb.tar.gz --max-ratio 100
expect_coverage case_bomb bomb.tar.gz PARTIAL LIMIT_RATIO
expect_coverage case_bomb 'bomb.tar.gz!zeros' PARTIAL LIMIT_RATIO size 150000000
scan 3 case_bomb bomb.7z --max-ratio 100
expect_coverage case_bomb 'bomb.7z!zeros' PARTIAL LIMIT_RATIO
scan 3 case_members whole.tar --max-members 2
expect_coverage case_members whole.tar PARTIAL LIMIT_MEMBERS
expect "members before the limit" 3 "$(summary case_members .objects.listed)"
expect_line "which flag would help" case_members/coverage.csv "--max-members"
scan 3 case_bytes whole.zip --max-bytes 2000
expect_coverage case_bytes whole.zip PARTIAL LIMIT_BYTES
