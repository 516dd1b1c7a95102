# An .xlsx file counts as the table that its sheet is: texts of cells stand in another part of it, dates are days and places hold columns.
. "$EXPECT"
. "$TESTS/evidence.sh"
command -v zip >/dev/null || skip "zip is missing"

awk 'BEGIN {
    split("JTNE1ED5XFU509127 1FADZKHP4DR064425 JTDKN3DU7A1224466 WVWZZZAUZXP654321", vins, " ")
    print "Customer ID,VIN,IMEI,Latitude,Longitude,Time"
    for (i = 0; i < 6000; i++)
        printf "C-%d,%s,%s,35.%06d,139.%06d,2021-05-%02dT06:00:00Z\n", i % 4, vins[i % 4 + 1], i % 7 ? "" : "356250090901175", i * 7919 % 1000000, i * 104729 % 1000000, i % 28 + 1
}' >rows.csv
mkdir csv
cp rows.csv csv/export
scan 0 case_csv csv
impact_without_places case_csv >reference

# parts FILE: the sheet, the texts and the styles of a workbook, in xl/.
parts()
{
    mkdir -p xl/worksheets
    main=http://schemas.openxmlformats.org/spreadsheetml/2006/main
    awk -F, -v main=$main '
        function text(value) { if (!(value in number)) { number[value] = count; texts[count++] = value } return number[value] }
        BEGIN {
            printf "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\"%s\"><cols><col min=\"1\" max=\"1\" width=\"20.7109375\"/></cols><sheetData>", main
            split("A B C D E F", letters, " ")
        }
        { printf "<row r=\"%d\">", NR
          for (i = 1; i <= 6; i++) {
              if ($i == "") continue
              cell = letters[i] NR
              if (NR == 1 || i < 3) printf "<c r=\"%s\" t=\"s\"><v>%d</v></c>", cell, text($i)
              else if (i == 6) printf "<c r=\"%s\" s=\"1\"><v>%.2f</v></c>", cell, 44316 + substr($i, 9, 2) + 0.25
              else if (i == 3 && NR % 2) printf "<c r=\"%s\"><f>HYPERLINK(\"x\")</f><v>3.56250090901175E+14</v></c>", cell
              else printf "<c r=\"%s\"><v>%s</v></c>", cell, $i
          }
          printf "</row>" }
        END {
            print "</sheetData></worksheet>"
            texts[count++] = "left over: imei 867420722196591"
            printf "<sst xmlns=\"%s\" uniqueCount=\"%d\">", main, count >"xl/sharedStrings.xml"
            for (i = 0; i < count; i++)
                printf (i % 2 ? "<si><t>%s%s</t></si>" : "<si><r><rPr><b/></rPr><t>%s</t></r><r><t>%s</t></r><rPh sb=\"0\"><t>yomi</t></rPh></si>"), \
                    substr(texts[i], 1, 2), substr(texts[i], 3) >"xl/sharedStrings.xml"
            print "</sst>" >"xl/sharedStrings.xml"
            printf "<styleSheet xmlns=\"%s\"><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd&quot; at &quot;hh:mm\"/></numFmts>", main >"xl/styles.xml"
            print "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>" >"xl/styles.xml"
        }' rows.csv >xl/worksheets/sheet1.xml
}
parts
mkdir after before stored
zip -qX after/export xl/worksheets/sheet1.xml xl/styles.xml xl/sharedStrings.xml
zip -qX before/export xl/sharedStrings.xml xl/styles.xml xl/worksheets/sheet1.xml
zip -qX0 stored/export xl/worksheets/sheet1.xml xl/styles.xml xl/sharedStrings.xml
for order in after before stored; do
    mv $order/export.zip $order/export
    scan 0 case $order
    impact_without_places case | sed -E 's/export!xl\/worksheets\/sheet1.xml/export/' >got
    sed -E 's/#[0-9]+//' reference >wanted
    sed -E 's/#[0-9]+//' got | cmp -s wanted - || { fail "persons of $order differ"; sed -E 's/#[0-9]+//' got | diff wanted - | head -n 6 >&2; }
    expect_coverage case "$order/export!xl/worksheets/sheet1.xml" COMPLETE "" format "zip>sheet" units 6000 records 6000 detail ""
    expect_coverage case "$order/export!xl/sharedStrings.xml" COMPLETE "" format "zip>texts" units 1 records 1
    for figure in .loc_fixes .vehicles_distinct .records_orphan_location .data_time_first .data_time_last; do
        expect "$figure of $order" "$(summary case_csv $figure)" "$(summary case $figure)"
    done
    expect "IMEIs of $order, with one that no cell shows" 2 "$(summary case .identifiers.imei.distinct)"
done

# Blocks, threads, reads and an end at any moment do not show.
for hash in sha256 none; do
    scan 0 reference_case before --hash $hash
    for freedom in "--threads 3 --block-bytes 3000 --read-bytes 1" "--threads 2 --block-bytes 67108864"; do
        # shellcheck disable=SC2086
        scan 0 case before --hash $hash $freedom
        same_results "$freedom" reference_case case
    done
    killed_at_checkpoint before --hash $hash --checkpoint-bytes 60k --block-bytes 9000
    program 0 scan before --case case --resume --quiet --hash $hash --threads 2 --block-bytes 70000 --read-bytes 777
    same_results "taken up, --hash $hash" reference_case case
done

# Within something else a workbook of up to 64 MiB is held in memory.
mkdir packed inner
gzip -nc after/export >packed/x.xlsx.gz
cp after/export inner/after.xlsx
cp before/export inner/before.xlsx
tar -cf - inner | gzip -nc >packed/many.tgz
scan 0 reference_case packed
for sheet in "x.xlsx.gz!xl/worksheets/sheet1.xml" "many.tgz!inner/after.xlsx!xl/worksheets/sheet1.xml" "many.tgz!inner/before.xlsx!xl/worksheets/sheet1.xml"; do
    expect_coverage reference_case "packed/$sheet" COMPLETE "" units 6000 records 6000 detail ""
done
expect_impact reference_case C-1 tier T1 link_basis field vins 1 imeis 1 loc_fixes 4500
scan 0 case packed --threads 3 --block-bytes 3000 --read-bytes 1
same_results "packed, by single bytes" reference_case case

# What does not begin as one is not, so that texts stay where they are, which is said.
mkdir other
echo x >x.txt
zip -qX other.zip x.txt xl/worksheets/sheet1.xml xl/sharedStrings.xml
gzip -nc other.zip >other/x.gz
scan 0 case other
expect_coverage case "other/x.gz!xl/worksheets/sheet1.xml" PARTIAL RESIDUE_SCANNED_RAW format "gzip>zip>sheet" \
    detail "12006 cells without their texts, which stand in another part of the archive"
expect "VINs of texts" 4 "$(summary case .identifiers.vin.distinct)"
