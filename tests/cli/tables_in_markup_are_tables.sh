# What is exported for Excel as a page or as its XML of 2003 counts as the table that it is.
. "$EXPECT"
. "$TESTS/evidence.sh"

awk 'BEGIN {
    split("JTNE1ED5XFU509127 1FADZKHP4DR064425 JTDKN3DU7A1224466 WVWZZZAUZXP654321", vins, " ")
    print "Customer ID,VIN,IMEI,Latitude,Longitude,Time"
    for (i = 0; i < 9000; i++)
        printf "C-%d,%s,%s,35.%06d,139.%06d,2021-05-%02dT01:02:%02dZ\n", i % 4, vins[i % 4 + 1], i % 7 ? "" : "356250090901175", i * 7919 % 1000000, i * 104729 % 1000000, i % 28 + 1, i % 60
}' >rows.csv
mkdir csv html html_soup spreadsheet
cp rows.csv csv/export
{
    printf '<html><head><meta charset="utf-8"><style>td { color: #123456 }</style></head>\n<body><h1>Customers</h1><table border=1>\n'
    awk -F, '{ tag = NR == 1 ? "th" : "td"; printf "<tr>"; for (i = 1; i <= NF; i++) printf "<%s>%s</%s>", tag, $i, tag; print "</tr>" }' rows.csv
    printf '</table></body></html>\n'
} >html/export
{
    printf '<table>'
    awk -F, '{ printf "<TR align=left>"; for (i = 1; i <= NF; i++) printf "<TD nowrap> %s%s", (NR == 1 ? "<b>" : ""), $i }' rows.csv
    printf '</table>'
} >html_soup/export
{
    printf '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">\n'
    printf '<Worksheet ss:Name="Sheet1"><Table>\n<Row><Cell><Data ss:Type="String">Customers</Data></Cell></Row>\n'
    awk -F, '{ printf "<Row>"; skipped = 0
               for (i = 1; i <= NF; i++) if ($i == "") skipped = 1
                   else { printf "<Cell%s><Data ss:Type=\"String\">%s</Data></Cell>", (skipped ? " ss:Index=\"" i "\"" : ""), $i; skipped = 0 }
               print "</Row>" }' rows.csv
    printf '</Table></Worksheet></Workbook>\n'
} >spreadsheet/export
scan 0 case_csv csv
impact_without_places case_csv >reference
for shape in html html_soup spreadsheet; do
    scan 0 case $shape
    impact_without_places case >got
    cmp -s reference got || { fail "persons of $shape differ"; diff reference got | head -n 6 >&2; }
    for figure in .records_raw .records_distinct .loc_fixes .vehicles_distinct .clusters_unattributed .records_orphan_location; do
        expect "$figure of $shape" "$(summary case_csv $figure)" "$(summary case $figure)"
    done
    expect_coverage case $shape/export COMPLETE "" format "${shape%_soup}" records 9000 detail ""
done

# Blocks, threads, reads, packing and an end at any moment do not show.
mkdir -p all/a all/b
cp html/export all/a/x.xls
gzip -nc spreadsheet/export >all/b/x.xml.gz
iconv -f UTF-8 -t UTF-16 html_soup/export >all/b/wide.xls
for hash in sha256 none; do
    scan 0 reference_case all --hash $hash
    for freedom in "--threads 3 --block-bytes 3000 --read-bytes 1" "--threads 2 --block-bytes 67108864"; do
        # shellcheck disable=SC2086
        scan 0 case all --hash $hash $freedom
        same_results "$freedom" reference_case case
    done
    killed_at_checkpoint all --hash $hash --checkpoint-bytes 60k --block-bytes 9000
    program 0 scan all --case case --resume --quiet --hash $hash --threads 2 --block-bytes 70000 --read-bytes 777
    same_results "taken up, --hash $hash" reference_case case
done
for shard in 0 1; do program 0 scan all --case shard_$shard --shard $shard/2 --quiet; done
scan 0 reference_case all
rm -rf case
program 0 merge shard_0 shard_1 --case case
same_results "shards" reference_case case

# What stands outside of cells counts as well, as does a table without names.
mkdir odd
printf '<html><body>imei 356250090901175<table><tr><td>C-1</td><td>JTNE1ED5XFU509127</td></tr><tr><td>C-2</td><td>1FADZKHP4DR064425</td></tr></table><!-- lost: 867420722196591 --></body></html>' >odd/x.html
scan 0 case odd
expect "IMEIs outside of cells" 2 "$(summary case .identifiers.imei.distinct)"
expect "VINs of nameless columns" 2 "$(summary case .identifiers.vin.distinct)"

# So does what of a table whose end is missing can be read, and that it is missing is said.
mkdir cut
head -c 300000 html/export >cut/x.html
head -c 300000 spreadsheet/export >cut/x.xml
scan 0 case cut
for name in x.html x.xml; do
    expect_coverage case cut/$name PARTIAL RESIDUE_SCANNED_RAW detail "a document that breaks off"
    expect_at_least "records of $name" 900 "$(coverage case cut/$name records)"
done
