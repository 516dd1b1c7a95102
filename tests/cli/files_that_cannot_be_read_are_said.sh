# Each file that is not, or not wholly, examined has its line, and the exit status tells.
. "$EXPECT"

vin_row() { printf 'customer_id,vin\n%s,%s\n' "$1" "$2"; }

# An empty file is complete; a binary is searched; what is not unpacked is said.
mkdir kinds
: >kinds/empty
{ head -c 3000 /dev/zero; printf ' VIN: JTNE1ED5XFU509127 \000'; awk 'BEGIN { for (i = 0; i < 3000; i++) printf "%c", i % 7 + 128 }'; } >kinds/binary
scan 0 case_kinds kinds
expect_coverage case_kinds kinds/empty COMPLETE "" format empty size 0 units 0 \
    sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
expect_coverage case_kinds kinds/binary COMPLETE "" format binary records 1 findings 1 bytes_unexamined 0
expect "the VIN of a binary" 1 "$(summary case_kinds .identifiers.vin.distinct)"

printf 'PK\003\004\024\000\000\000\000\000 VIN: JTNE1ED5XFU509127 \000\000' >kinds/packed.zip
printf "7z\274\257\047\034 VIN: 5GZCZ43D13S812715 \000\000" >kinds/packed.7z
printf 'Obj\001 avro and VIN: 1M8GDM9AXKP042788 \000\000' >kinds/rows.avro
scan 3 case_unpacked kinds
expect_coverage case_unpacked kinds/packed.zip PARTIAL TRUNCATED format zip records 0
expect_coverage case_unpacked kinds/packed.zip!~0 PARTIAL UNSUPPORTED_FORMAT format "zip>zip" records 1
expect_coverage case_unpacked kinds/rows.avro PARTIAL UNSUPPORTED_FORMAT format avro bytes_examined 0
# What only begins like a container is searched as it is, and not opened over and over.
expect_coverage case_unpacked kinds/packed.7z PARTIAL CORRUPT_STREAM format 7z records 0
expect_coverage case_unpacked kinds/packed.7z!~0 PARTIAL UNSUPPORTED_FORMAT format "7z>7z" records 1
expect "its objects" 7 "$(summary case_unpacked .objects.listed)"
expect "bytes of unsupported formats" "$(wc -c <kinds/rows.avro)" \
    "$(summary case_unpacked .bytes.unexamined.UNSUPPORTED_FORMAT)"
expect "bytes of members that could not be read" "$(csv_columns case_unpacked/coverage.csv path reason bytes_unexamined |
    awk '$1 ~ /!/ && $2 == "UNSUPPORTED_FORMAT" { sum += $3 } END { print sum }')" "$(summary case_unpacked .bytes.members.unexamined.UNSUPPORTED_FORMAT)"
expect_line "what people are told" stdout "kinds/packed.zip!~0: UNSUPPORTED_FORMAT"
expect_line "the first line" stdout "5 could not be"

# A picture that says in binary where it was taken; one that says only by whom.
mkdir pictures
picture() # latitude's tag, longitude's tag
{
    printf '\377\330\377\341\000\124Exif\000\000MM\000*\000\000\000\010\000\001\210%%\000\004\000\000\000\001\000\000\000\032\000\000\000\000'
    printf "\\000\\002\\000$1\\000\\005\\000\\000\\000\\003\\000\\000\\000\\100\\000$2\\000\\005\\000\\000\\000\\003\\000\\000\\000\\110\\000\\000\\000\\000"
    head -c 200 /dev/zero
}
picture '\002' '\004' >pictures/taken.jpg
picture '\007' '\035' >pictures/dated.jpg
scan 3 case_pictures pictures
expect_coverage case_pictures pictures/taken.jpg PARTIAL UNSUPPORTED_FORMAT format exif bytes_examined 0
expect_coverage case_pictures pictures/dated.jpg COMPLETE "" format binary

# What is named like something packed and is nothing that is known has lost its first bytes; text under such a name has only been unpacked.
mkdir -p named
vin_row C-1 JTNE1ED5XFU509127 >named/text.gz
{ printf '\037\212'; gzip -nc named/text.gz | tail -c +3; printf ' VIN: 5GZCZ43D13S812715 \000'; } >named/TURNED.GZ
{ printf '\000\001\002'; head -c 3000 /dev/zero; } >named/turned.xz
{ head -c 3000 /dev/zero; printf '\001'; } >named/turned.bin
(cd named && tar cf inside.tar turned.xz && gzip -nc turned.bin >turned.bin.gz)
scan 3 case_named named
for name in TURNED.GZ turned.xz inside.tar!turned.xz; do
    expect_coverage case_named named/$name PARTIAL UNSUPPORTED_FORMAT bytes_examined 0 detail "named like something packed, which it is not: bytes searched as they are"
done
expect "VIN of a packed file with other first bytes" 1 "$(coverage case_named named/TURNED.GZ records)"
expect_coverage case_named named/text.gz COMPLETE "" records 1
for name in turned.bin turned.bin.gz inside.tar; do expect_coverage case_named named/$name COMPLETE ""; done

# A 7z behind the program that unpacks it, and one that is too large within something else: what is not read of it is unexamined around it, too.
mkdir large
{ printf 'MZ\220\000\003'; head -c 5000 /dev/zero; printf '7z\274\257\047\034\000\004 VIN: 5GZCZ43D13S812715 \000'; } >large/setup.exe
{ printf '7z\274\257\047\034\000\004'; head -c 68000000 /dev/zero; } >inner.7z
tar cf large/large.tar inner.7z large/setup.exe
scan 3 case_large large
expect_coverage case_large large/setup.exe PARTIAL UNSUPPORTED_FORMAT format 7z records 1
expect_coverage case_large large/large.tar PARTIAL UNSUPPORTED_FORMAT format tar detail "tar: a member that is not read to its end"
expect_coverage case_large large/large.tar!inner.7z PARTIAL UNSUPPORTED_FORMAT format "tar>7z" bytes_examined 0
expect_coverage case_large large/large.tar!large/setup.exe PARTIAL UNSUPPORTED_FORMAT format "tar>7z" records 1
case_holds case_large 3
expect "coverage is the first line" Coverage "$(head -n 1 stdout | cut -d ' ' -f 1)"

# Links are listed, not followed, in whatever circle they stand; what they lead to is never read.
mkdir -p links/a links/b
vin_row C1 1M8GDM9AXKP042788 >outside.csv
vin_row C2 JTNE1ED5XFU509127 >links/real.csv
ln -s real.csv links/to_file
ln -s ../../outside.csv links/a/out
ln -s nowhere links/dangling
ln -s self links/self
ln -s ../b links/a/b
ln -s ../a links/b/a
ln -s . links/here
ln -s .. links/up
scan 0 case_links links
expect "skipped" 8 "$(summary case_links .objects.skipped)"
for link in to_file a/out dangling self a/b b/a here up; do
    expect_coverage case_links "links/$link" SKIPPED SYMLINK_NOT_FOLLOWED bytes_examined 0 records 0
done
expect "only what is really there" C2 "$(csv_columns case_links/impact.csv customer_id)"

# A link named on the command line, to a file or a folder: said as well, or read; but not silently nothing.
program_exit=0
"$BREACHTALLY" scan links/to_file --case case_link --quiet 2>said || program_exit=$?
case $program_exit in 0 | 2 | 3) ;; *) fail "a link as evidence: exit $program_exit" ;; esac

# Pipes, sockets and devices are not opened for reading, and nobody waits for them.
mkdir odd
vin_row C1 1M8GDM9AXKP042788 >odd/real.csv
mkfifo odd/pipe
[ "$(id -u)" -ne 0 ] || mknod odd/device c 1 5 2>/dev/null || skip_part "a device"
started=$(date +%s)
scan 3 case_odd odd
expect_at_least "seconds left of 4" 0 $((4 - ($(date +%s) - started)))
expect_coverage case_odd odd/pipe SKIPPED NOT_REGULAR size 0
[ ! -e odd/device ] || expect_coverage case_odd odd/device SKIPPED NOT_REGULAR
expect_coverage case_odd odd/real.csv COMPLETE "" records 1
scan 3 case_pipe odd/pipe
expect_coverage case_pipe pipe SKIPPED NOT_REGULAR

# Excluded by the user: listed, and no reason for exit 3.
mkdir -p chosen/keep chosen/drop/deep
vin_row C1 1M8GDM9AXKP042788 >chosen/keep/a.csv
vin_row C2 JTNE1ED5XFU509127 >chosen/drop/deep/b.csv
vin_row C3 JTNE1ED5XFU509127 >chosen/keep/c.tmp
scan 0 case_chosen chosen --exclude 'drop/**' --exclude '**/*.tmp'
expect_coverage case_chosen chosen/keep/c.tmp SKIPPED EXCLUDED_BY_USER bytes_examined 0
expect "customers" C1 "$(csv_columns case_chosen/impact.csv customer_id)"
expect "objects complete" 1 "$(summary case_chosen .objects.complete)"
csv_columns case_chosen/coverage.csv path reason | grep -q '^chosen/drop.* EXCLUDED_BY_USER$' || fail "drop is not listed as excluded"

# The same content twice is counted once, the first in path order; without digests it cannot be known.
mkdir -p same/b
vin_row C1 1M8GDM9AXKP042788 >same/b/first.csv
cp same/b/first.csv same/c.csv
cp same/b/first.csv same/a.csv
vin_row C1 1M8GDM9AXKP042789 >same/d.csv
scan 0 case_same same
expect_coverage case_same same/a.csv COMPLETE "" records 1
expect_coverage case_same same/c.csv DUPLICATE DUPLICATE_CONTENT records 0 sha256 "$(sha256sum <same/a.csv | cut -d ' ' -f 1)"
expect_coverage case_same same/b/first.csv DUPLICATE DUPLICATE_CONTENT records 0
expect_line "the first's path" case_same/coverage.csv "same content as same/a.csv"
expect "duplicates" 2 "$(summary case_same .objects.duplicate)"
expect "bytes of duplicates" $((2 * $(wc -c <same/a.csv))) "$(summary case_same .bytes.unexamined.DUPLICATE_CONTENT)"
scan 0 case_all same --hash none
expect "duplicates without digests" 0 "$(summary case_all .objects.duplicate)"
expect "records without digests" $(($(summary case_same .records_raw) + 2)) "$(summary case_all .records_raw)"
expect "VINs are distinct all the same" "$(summary case_same .identifiers.vin.distinct)" "$(summary case_all .identifiers.vin.distinct)"

# No right to read.
if can_be_nobody; then
    mkdir -p dark/folder shared
    chmod 777 shared
    vin_row C1 1M8GDM9AXKP042788 >dark/open.csv
    vin_row C2 JTNE1ED5XFU509127 >dark/closed.csv
    vin_row C3 JTNE1ED5XFU509127 >dark/folder/in.csv
    chmod 0 dark/closed.csv dark/folder
    chmod 755 .
    closed_exit=0
    as_nobody "$BREACHTALLY" scan dark --case shared/case >stdout 2>stderr || closed_exit=$?
    expect "exit with files that may not be read" 3 "$closed_exit"
    case_holds shared/case 3
    expect_coverage shared/case dark/closed.csv FAILED PERMISSION_DENIED bytes_examined 0 bytes_unexamined "$(wc -c <dark/closed.csv)"
    expect_coverage shared/case dark/folder FAILED PERMISSION_DENIED
    expect_coverage shared/case dark/open.csv COMPLETE "" records 1
    expect "failed" 2 "$(summary shared/case .objects.failed)"
    expect_line "said on the first screen" stdout "dark/closed.csv: PERMISSION_DENIED"
    closed_exit=0
    as_nobody "$BREACHTALLY" scan dark/open.csv --case nocase >stdout 2>stderr || closed_exit=$?
    expect "exit without the right to make a case" 2 "$closed_exit"
    expect_line "a case that may not be made" stderr "Permission denied"
    chmod 755 dark/folder
else
    skip_part "files that may not be read (no setpriv)"
fi

# A unit longer than 16 MiB: its identifiers count, its customer is not guessed, and it is said.
mkdir long
awk 'BEGIN {
    printf "{\"customer_id\":\"C9\",\"vin\":\"1M8GDM9AXKP042788\",\"x\":\""
    for (i = 0; i < 17 * 16384; i++) printf "................................................................"
    print "\",\"note\":\" JTNE1ED5XFU509127 \"}"
    print "{\"customer_id\":\"C8\",\"imei\":\"867420722196591\"}" }' >long/line.ndjson
scan 3 case_long long
expect_coverage case_long long/line.ndjson PARTIAL OVERSIZED_RECORD bytes_unexamined 0
expect "VINs of an over-long unit" 2 "$(summary case_long .identifiers.vin.distinct)"
expect_impact case_long C8 tier T1 imeis 1
