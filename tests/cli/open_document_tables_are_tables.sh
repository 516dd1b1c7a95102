# An .ods file counts as the table that its sheet is, and so does a flat one: numbers and dates are what their attributes say, rows and cells that
# repeat are there as often, and what fills a sheet up to its edges is nothing.
. "$EXPECT"
. "$TESTS/evidence.sh"
command -v zip >/dev/null || skip "zip is missing"

awk 'BEGIN {
    split("JTNE1ED5XFU509127 1FADZKHP4DR064425 JTDKN3DU7A1224466 WVWZZZAUZXP654321", vins, " ")
    print "Customer ID,VIN,IMEI,Latitude,Longitude,Time"
    for (i = 0; i < 3000; i++) {
        row = sprintf("C-%d,%s,%s,35.%06d,139.%06d,2021-05-%02dT06:00:00Z", i % 4, vins[i % 4 + 1], i % 7 ? "" : "356250090901175", i * 7919 % 1000000, i * 104729 % 1000000, i % 28 + 1)
        print row
        if (i % 5 == 0) print row "\n" row
    }
}' >rows.csv
mkdir csv ods flat
cp rows.csv csv/export
scan 0 case_csv csv
impact_without_places case_csv | sed -E 's/#[0-9]+//' >wanted

# content ROOT: a document with that outermost element.
content()
{
    awk -F, -v root="$1" '
        function cell(i, value) {
            if (value == "") return "<table:table-cell/>"
            if (i == 3 && NR > 1) return "<table:table-cell office:value-type=\"float\" office:value=\"" value "\"><text:p>3.5625E+14</text:p></table:table-cell>"
            if ((i == 4 || i == 5) && NR > 1) return "<table:table-cell office:value-type=\"float\" office:value=\"" value "\"><text:p>" substr(value, 1, 5) "</text:p></table:table-cell>"
            if (i == 6 && NR > 1) return "<table:table-cell office:value-type=\"date\" office:date-value=\"" substr(value, 1, 19) "\"><text:p>in May</text:p></table:table-cell>"
            return "<table:table-cell office:value-type=\"string\" calcext:value-type=\"string\"><text:p>" substr(value, 1, 1) "<text:span text:style-name=\"T1\">" substr(value, 2) "</text:span></text:p></table:table-cell>"
        }
        function row_end(   i) {
            if (cells == "") return
            print "<table:table-row table:style-name=\"ro1\"" (times > 1 ? " table:number-rows-repeated=\"" times "\"" : "") ">" cells "<table:table-cell table:number-columns-repeated=\"16378\"/></table:table-row>"
        }
        BEGIN {
            print "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
            printf "<%s xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" office:version=\"1.3\">", root
            print "<office:automatic-styles><style:style style:name=\"ro1\" style:family=\"table-row\"/></office:automatic-styles><office:body><office:spreadsheet><table:table table:name=\"Export\">"
        }
        { if ($0 == last) { times++; next }
          row_end()
          last = $0; times = 1; cells = ""
          for (i = 1; i <= 6; i++) cells = cells cell(i, $i) }
        END {
            row_end()
            print "<table:table-row table:number-rows-repeated=\"1042576\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>"
            printf "</table:table></office:spreadsheet></office:body></%s>", root
        }' rows.csv
}
printf 'application/vnd.oasis.opendocument.spreadsheet' >mimetype
content office:document-content >content.xml
printf '<office:document-meta/>' >meta.xml
zip -qX0 ods/export mimetype
zip -qX ods/export content.xml meta.xml
mv ods/export.zip ods/export
content office:document >flat/export
for form in ods flat; do
    scan 0 case $form
    impact_without_places case | sed -E 's/#[0-9]+//; s/export!content.xml/export/' >got
    cmp -s wanted got || { fail "persons of $form differ"; diff wanted got | head -n 6 >&2; }
    for figure in .loc_fixes .vehicles_distinct .records_raw .records_distinct .records_orphan_location .data_time_first .data_time_last .identifiers.imei.distinct; do
        expect "$figure of $form" "$(summary case_csv $figure)" "$(summary case $figure)"
    done
done
expect_coverage case flat/export COMPLETE "" format opendocument units 4200 records 4200 detail ""
scan 0 reference_case ods
expect_coverage reference_case "ods/export!content.xml" COMPLETE "" format "zip>opendocument" units 4200 records 4200 detail ""
for freedom in "--threads 3 --block-bytes 3000 --read-bytes 1" "--threads 2 --block-bytes 67108864"; do
    # shellcheck disable=SC2086
    scan 0 case ods $freedom
    same_results "$freedom" reference_case case
done

# A document that is cut off is said to be, and what is there counts.
mkdir cut
head -c 200000 content.xml >cut/content.xml
scan 0 case cut
expect_coverage case cut/content.xml PARTIAL RESIDUE_SCANNED_RAW detail "a document that breaks off"

# One with a password is encrypted member by member, which nothing in the zip tells.
mkdir locked
content office:document-content | gzip -nc | tail -c +11 >content.xml
zip -qX0 locked/export mimetype content.xml
scan 3 case locked
expect_coverage case "locked/export.zip!content.xml" PARTIAL UNSUPPORTED_FORMAT format "zip>binary" detail "named like XML, which it is not: bytes searched as they are"
