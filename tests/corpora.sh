#!/bin/sh
# Holds scans of real data against figures that were counted by other means. The data is not part of the project:
# it is expected in ../shared/corpora beside it, each corpus with an expected.json; without it nothing is done (exit status 77).
#
# Usage    tests/corpora.sh BUILD_DIR [CORPORA_DIR]
# Prints   a line a figure; what differs for a known reason is written here beside its figure
LC_ALL=C
export LC_ALL
build=$(cd "${1:?usage: tests/corpora.sh BUILD_DIR [CORPORA_DIR]}" && pwd) || exit 2
TESTS=$(cd "$(dirname "$0")" && pwd) || exit 2
corpora=${2:-$TESTS/../../shared/corpora}
if [ ! -d "$corpora" ]; then
    echo "skipped: no corpora beside the project"
    exit 77
fi
corpora=$(cd "$corpora" && pwd) || exit 2
BREACHTALLY=$build/breachtally
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
FAILURES=$work/failures
EXPECT=$TESTS/expect.sh
export BREACHTALLY TESTS FAILURES EXPECT
: >"$FAILURES"
cd "$work" || exit 2
. "$EXPECT"

figures=0
# figure WHAT EXPECTED GOT
figure()
{
    figures=$((figures + 1))
    if [ "$2" = "$3" ]; then
        echo "ok       $1: $3"
    else
        echo "FAILED   $1: expected $2, got $3"
        echo x >>"$FAILURES"
    fi
}
expected() { jq -r "$2" "$corpora/$1/expected.json"; }
has() { [ -f "$corpora/$1/expected.json" ] || { echo "skipped  $1: not there"; false; }; }

if has csv-spectrum; then
    # Without digests: the three with CR LF in their names have the same bytes as those without.
    scan 0 case "$corpora/csv-spectrum/data/csvs" --hash none
    figure "csv-spectrum: files" "$(expected csv-spectrum .figures.csv_files)" "$(summary case .objects.complete)"
    for name in $(expected csv-spectrum '.per_file | keys[]'); do
        figure "csv-spectrum: units of $name" "$(expected csv-spectrum ".per_file[\"$name\"].records")" "$(coverage case "$name" units)"
    done
fi

if has upull-vin; then
    # VINs in a Markdown table without a header: the column's values tell what it is. Nine of them (35 places) are written in
    # hexadecimal digits alone, such as 1C3CDF... and 4A3AB3..., and would be taken for hashes elsewhere.
    scan 0 case "$corpora/upull-vin/data" --only vin
    figure "upull-vin: VINs" "$(expected upull-vin .figures.vins.occurrences)" "$(summary case .findings)"
    figure "upull-vin: distinct VINs" "$(expected upull-vin .figures.vins.distinct)" "$(summary case .identifiers.vin.distinct)"
    figure "upull-vin: customers" 0 "$(summary case .persons_upper)"
    # With a label in front all of them count.
    mkdir labelled
    for file in "$corpora"/upull-vin/data/*.md; do
        sed -E 's/([^A-Za-z0-9])([A-HJ-NPR-Z0-9]{17})([^A-Za-z0-9]|$)/\1vin=\2\3/g' "$file" >"labelled/${file##*/}"
    done
    scan 0 case labelled --only vin
    figure "upull-vin, labelled: VINs" "$(expected upull-vin .figures.vins.occurrences)" "$(summary case .findings)"
    figure "upull-vin, labelled: distinct VINs" "$(expected upull-vin .figures.vins.distinct)" "$(summary case .identifiers.vin.distinct)"
    for name in 2023-12-01 2024-02-04 2024-02-14; do
        figure "upull-vin, labelled: VINs of $name" "$(expected upull-vin ".per_file[\"$name.md\"].valid")" \
            "$(coverage case "labelled/$name.md" findings)"
    done
fi

if has takamatsu-ja; then
    # Positions as one field or two, in cp932 and UTF-8. 0066_201904 has nine lines above its header, which are units
    # of their own; what is in them is no position.
    scan 0 case "$corpora/takamatsu-ja/data"
    for name in 0066_201904.utf8bom.csv 0066_202305.cp932.csv public_toilet.csv; do
        figure "takamatsu-ja: positions of $name" "$(expected takamatsu-ja ".per_file[\"$name\"].pairs")" \
            "$(coverage case "data/$name" findings)"
    done
    figure "takamatsu-ja: fixes" 639 "$(summary case .loc_fixes)"
    figure "takamatsu-ja: format in cp932" "cp932>csv" "$(coverage case data/0066_202305.cp932.csv format)"
fi

if has dataprofiler-enc; then
    # Positions stand in one of the files; the tables of flowers in UTF-16 and UTF-32 are those in UTF-8. --hash none: some are equal.
    # Of sparse-columns-test.csv the names of columns have digits as values have: its first row is a unit, too.
    scan 0 case "$corpora/dataprofiler-enc/data" --hash none --exclude 'parquet/**'
    figure "dataprofiler-enc: files" "$(expected dataprofiler-enc .figures.files)" "$(summary case .objects.listed)"
    for name in $(expected dataprofiler-enc '.per_file | to_entries[] | select(.value.records) | .key' | grep -v sparse); do
        figure "dataprofiler-enc: units of $name" "$(expected dataprofiler-enc ".per_file[\"$name\"].records")" "$(coverage case "data/$name" units)"
    done
    for width in 16 32; do
        figure "dataprofiler-enc: format of UTF-$width" "utf-${width}le>csv utf-${width}le>ndjson" \
            "$(coverage case data/csv/iris-utf-$width.csv format) $(coverage case data/json/iris-utf-$width.json format)"
        figure "dataprofiler-enc: units of JSON in UTF-$width" "$(coverage case data/json/iris-utf-8.json units)" \
            "$(coverage case data/json/iris-utf-$width.json units)"
    done
    figure "dataprofiler-enc: positions" "$(expected dataprofiler-enc '.figures["SchoolDataSmall.csv"].pairs')" \
        "$(coverage case data/csv/SchoolDataSmall.csv findings)"
fi

if has toyota-vin; then
    mkdir -p lines/2023-03-26 lines/2023-04-02
    for day in 2023-03-26 2023-04-02; do
        jq -c '.[]' "$corpora/toyota-vin/data/$day/vehicles.json" >"lines/$day/vehicles.ndjson"
    done
    printf '{"customer": {"fields": ["Dealer"]}}\n' >profile.json
    scan 0 case lines --profile profile.json
    scan 0 case_array "$corpora/toyota-vin/data" --profile profile.json --exclude dealers.csv
    for shape in case case_array; do
        figure "toyota-vin, $shape: records" "$(expected toyota-vin .figures.records)" "$(summary $shape .records_raw)"
        figure "toyota-vin, $shape: distinct VINs" "$(expected toyota-vin .figures.vins.distinct)" "$(summary $shape .identifiers.vin.distinct)"
        figure "toyota-vin, $shape: rejected" 0 "$(summary $shape .identifiers.vin.rejected)"
        figure "toyota-vin, $shape: customers" "$(expected toyota-vin .figures.customers)" "$(summary $shape .persons_best)"
        figure "toyota-vin, $shape: pairs of customer and VIN" "$(expected toyota-vin .figures.customer_vin_pairs)" \
            "$(csv_columns $shape/impact.csv vins | awk '{ n += $1 } END { print n }')"
        figure "toyota-vin, $shape: largest customers" "$(expected toyota-vin '.figures.largest_customers[] | "\(.[0]) \(.[1])"' | sort | tr '\n' ';')" \
            "$(csv_columns $shape/impact.csv vins customer_id | sort -rn | head -n 5 | sort | tr '\n' ';')"
    done
    for day in 2023-03-26 2023-04-02; do
        scan 0 case_day "lines/$day" --profile profile.json
        figure "toyota-vin: dealers of $day" "$(expected toyota-vin ".per_file[\"$day/vehicles.json\"].distinct_dealers")" "$(summary case_day .persons_best)"
    done
    scan 0 case "$corpora/toyota-vin/data/dealers.csv"
    figure "toyota-vin: positions of dealers.csv" "$(expected toyota-vin '.figures["dealers.csv"].pairs')" "$(summary case .loc_fixes)"
    figure "toyota-vin: units of dealers.csv" "$(expected toyota-vin '.figures["dealers.csv"].records')" "$(summary case .records_raw)"
fi

if has prebid-ortb; then
    # Four files repeat their position in the query of a URL, in a unit of its own. Advertising ids stand beside
    # the positions of some files; the column "findings" is to hold positions alone.
    in_urls=$(cat "$corpora"/prebid-ortb/data/* | grep -c '"uri": .*[?&]lat=[0-9.]*&lon=')
    scan 0 case "$corpora/prebid-ortb/data" --hash none --only location
    figure "prebid-ortb: positions" $(($(expected prebid-ortb .figures.coordinates.pairs) + in_urls)) "$(summary case .loc_fixes)"
    figure "prebid-ortb: files" "$(expected prebid-ortb .figures.files)" "$(summary case .objects.complete)"
    for file in "$corpora"/prebid-ortb/data/*; do
        name=${file##*/}
        counted=$(jq '[.. | objects | select((.lat | type) == "number" and (.lon | type) == "number")
                       | select(.lat >= -90 and .lat <= 90 and .lon >= -180 and .lon <= 180)] | length' "$file" 2>/dev/null) || continue
        got=$(($(coverage case "data/$name" findings) - $(grep -c '"uri": .*[?&]lat=[0-9.]*&lon=' "$file")))
        [ "$counted" = "$got" ] || figure "prebid-ortb: positions of $name" "$counted" "$got"
    done
fi

if has jsontestsuite; then
    # Never a crash, and all is examined. Small blocks and reads, many threads: the same.
    scan 0 case "$corpora/jsontestsuite/data"
    figure "jsontestsuite: files" "$(expected jsontestsuite .figures.files)" "$(summary case .objects.listed)"
    figure "jsontestsuite: format of the file in UTF-16" "utf-16le>json" "$(coverage case data/i_string_UTF-16LE_with_BOM.json format)"
    figure "jsontestsuite: neither whole nor said to break off" "" \
        "$(csv_columns case/coverage.csv status reason path | grep -vE '^(COMPLETE|DUPLICATE) |^PARTIAL RESIDUE_SCANNED_RAW ' | cut -d ' ' -f 3)"
    figure "jsontestsuite: said to break off, but not made to be refused" "" \
        "$(csv_columns case/coverage.csv status path | grep '^PARTIAL ' | grep -v ' data/n_' | cut -d ' ' -f 2)"
    figure "jsontestsuite: findings" 0 "$(summary case .findings)"
    digest=$(results_digest case)
    for freedom in "--block-bytes 1" "--read-bytes 1" "--threads 8 --block-bytes 7" "--cpu portable" "--engine pcre2"; do
        scan 0 case "$corpora/jsontestsuite/data" $freedom
        figure "jsontestsuite: results with $freedom" "$digest" "$(results_digest case)"
    done
fi

if has gpsd-nmea; then
    # Comments name a place in degrees with hemispheres, and one maker's sentences ($PGLOR) hold a decimal pair.
    mkdir nmea && cp "$corpora"/gpsd-nmea/data/*.log nmea
    in_comments=$(cat nmea/*.log | grep -acE '^#.*[0-9]+\.[0-9]{2,} ?[NS][ ,/]+[0-9]+\.[0-9]+ ?[EW]')
    pairs=$(cat nmea/*.log | grep -acE '^\$PGLOR,.*,POS,[0-9.]+,-?[0-9]+\.[0-9]+,-?[0-9]+\.[0-9]+,')
    scan 0 case nmea
    figure "gpsd-nmea: fixes" $(($(expected gpsd-nmea .figures.positions_with_fix) + in_comments + pairs)) "$(summary case .loc_fixes)"
    for name in ais-nmea.log firefly-II.log haicom-305N.log nmea-rtk.log blumax-gps009.log; do
        figure "gpsd-nmea: fixes of $name" "$(expected gpsd-nmea ".per_file[\"$name\"].positions_with_fix")" \
            "$(coverage case "nmea/$name" findings)"
    done
fi

if has gpxpy-gpx; then
    # Some test files have whole degrees or one decimal, which is below the floor.
    coarse=$(cat "$corpora"/gpxpy-gpx/data/*.gpx | tr '\n' ' ' | grep -oE '<(wpt|rtept|trkpt)[^>]*>' | grep -vcE '(lat|lon)="-?[0-9]+\.[0-9]{2,}')
    scan 0 case "$corpora/gpxpy-gpx/data"
    figure "gpxpy-gpx: points" $(($(expected gpxpy-gpx .figures.points.pairs) - coarse)) "$(summary case .loc_fixes)"
    figure "gpxpy-gpx: coarse points" "$coarse" "$(summary case .rejected_by_reason.COARSE)"
fi

if has compress-archives; then
    # What python's library reads, member for member; what it refuses is read as far as it goes, and said. A jar of two empty
    # members, whose sizes python adds up, has no more; names in it that end in "/" are folders.
    scan 3 case "$corpora/compress-archives/data"
    for name in $(expected compress-archives '.per_file | to_entries[] | select(.value.members != null) | .key'); do
        figure "compress-archives: members of $name" "$(expected compress-archives ".per_file[\"$name\"].members")" \
            "$(csv_columns case/coverage.csv path | grep -v "^data/$name!.*!" | grep -c "^data/$name!")"
    done
    for name in $(expected compress-archives '.per_file | to_entries[] | select(.value.bytes_said != null) | .key'); do
        figure "compress-archives: bytes of $name" "$(expected compress-archives ".per_file[\"$name\"].bytes_said")" \
            "$(csv_columns case/coverage.csv size path | grep -v "data/$name!.*!" | grep " data/$name!" | awk '{ n += $1 } END { print n + 0 }')"
    done
    for name in $(expected compress-archives '.per_file | to_entries[] | select(.value.python == "reads") | .key'); do
        case $name in
        SHRUNK.ZIP) reads="PARTIAL UNSUPPORTED_METHOD" ;; # python lists it and cannot read it
        *) reads="COMPLETE " ;;
        esac
        figure "compress-archives: $name" "$reads" "$(coverage case "data/$name" status) $(coverage case "data/$name" reason)"
    done
    figure "compress-archives: a tar cut in content" PARTIAL "$(coverage case "data/COMPRESS-544_truncated_in_content-fail.tar" status)"
    figure "compress-archives: a tar without a sum that holds" PARTIAL "$(coverage case data/COMPRESS-178-fail.tar status)"
    figure "compress-archives: compress is said" UNSUPPORTED_FORMAT "$(coverage case data/bla.tar.Z reason)"
fi

if has exif-usarmy; then
    scan 0 case "$corpora/exif-usarmy/data"
    figure "exif-usarmy: positions" "$(expected exif-usarmy .figures.files_with_GPSLatitude)" "$(summary case .loc_fixes)"
fi

# What is not read yet: finished, said, and every identity held.
for corpus in gpsd-nmea; do
    [ -d "$corpora/$corpus/data" ] || continue
    rm -rf case
    other_exit=0
    "$BREACHTALLY" scan "$corpora/$corpus/data" --case case --quiet 2>said || other_exit=$?
    case $other_exit in
    0 | 3) case_holds case "$other_exit" ;;
    *) fail "$corpus: exit $other_exit: $(cat said)" ;;
    esac
    echo "seen     $corpus: exit $other_exit, $(summary case '"\(.objects.complete) of \(.objects.listed) files complete, \(.loc_fixes) fixes, \(.identifiers | map_values(.distinct) | tostring)"')"
done

failed=$(wc -l <"$FAILURES")
echo "$((figures - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
