# The same records as lines, as elements of an array and as members of maps, which are whole, broken or cut, give the same customers.
. "$EXPECT"
. "$TESTS/evidence.sh"

"$GENERATE" --out dump --customers 200 --rows 4000 --seed 17 --only ndjson --gzip none >said || fail "generate: $(cat said)"
find dump -name '*.ndjson' -exec cat {} + | sort | sed -E 's/:([0-9]{16,})/:"\1"/g' >lines
records=$(wc -l <lines)
expect_at_least "records" 800 "$records"

mkdir ndjson array map within deep grouped pretty script
cp lines ndjson/x
awk 'BEGIN { printf "{\"at\":\"x\",\"list\":[" } { printf "%s%s", (NR > 1 ? "," : ""), $0 } END { printf "]}" }' lines >array/x
awk '{ printf "%s\"k%d\":%s", (NR > 1 ? "," : "{"), NR, $0 } END { printf "}" }' lines >map/x
{ printf '{"count":7,"users":'; cat map/x; printf ',"kind":"y"}'; } >within/x
awk '{ printf "%s\"%s\":{\"n\":%d,\"of\":%s}", (NR > 1 ? "," : "{\"by id\":{"), "-N" NR, NR, $0 } END { printf "}}" }' lines >deep/x
awk -v last="$((records - 40))" '{ printf "%s\"k%d\":%s", (open ? "," : "{"), NR, $0; open = NR % 40 || NR > last; if (!open) print "}" } END { if (open) print "}" }' lines >grouped/x
jq . within/x >pretty/x
{ printf '/* of today */ callback('; cat within/x; printf ');\n'; } >script/x

# people CASE prints its customers, however their records name them
people() { impact_without_places "$1" | sed -E 's/,(field|parent|field\+parent),/,basis,/'; }

scan 0 case_ndjson ndjson
people case_ndjson >reference
for shape in array map within deep grouped pretty script; do
    scan 0 case $shape
    people case >got
    cmp -s reference got || { fail "persons of $shape differ"; diff reference got | head -n 6 >&2; }
    for figure in .records_raw .records_distinct .loc_fixes .findings .vehicles_distinct .clusters_unattributed .records_orphan_location; do
        expect "$figure of $shape" "$(summary case_ndjson $figure)" "$(summary case $figure)"
    done
done
for freedom in "--threads 1 --block-bytes 1" "--threads 3 --block-bytes 67108864 --read-bytes 999"; do
    mkdir -p all && cp map/x all/map && cp grouped/x all/grouped && cp script/x all/script
    scan 0 reference_case all
    # shellcheck disable=SC2086
    scan 0 case all $freedom
    same_results "$freedom" reference_case case
done

# Damaged between two records, a document loses nothing of any. Cut within its last record it loses no other.
for shape in array map; do
    mkdir "broken_$shape"
    middle=$((records / 2))
    awk -v shape=$shape -v middle=$middle '{ printf "%s%s%s%s", (NR > 1 ? "," : shape == "map" ? "{" : "["), (NR == middle ? " oops @\" " : ""), (shape == "map" ? "\"k" NR "\":" : ""), $0 }
        END { printf shape == "map" ? "}" : "]" }' lines >"broken_$shape/x"
    scan 0 case "broken_$shape"
    people case >got
    cmp -s reference got || { fail "persons of a broken $shape differ"; diff reference got | head -n 6 >&2; }
    expect "what is said of a broken $shape" "1 unit read as text" "$(coverage case "broken_$shape/x" detail)"

    mkdir "cut_$shape" "whole_$shape"
    sed '$d' lines >"whole_$shape/x"
    head -c $(($(wc -c <$shape/x) - $(tail -n 1 lines | wc -c) + 3)) $shape/x >"cut_$shape/x"
    scan 0 case_whole "whole_$shape"
    scan 0 case "cut_$shape"
    people case_whole >expected
    people case >got
    cmp -s expected got || { fail "persons of a cut $shape differ"; diff expected got | head -n 6 >&2; }
    case $(coverage case "cut_$shape/x" detail) in *"unit read as text"*) ;; *) fail "nothing is said of a cut $shape" ;; esac
done

# A packed document that ends too soon gives nobody more than is his.
mkdir torn
gzip -c array/x >whole.gz
head -c $(($(wc -c <whole.gz) / 2)) whole.gz >torn/x.gz
scan 3 case torn
csv_cells case/impact.csv | awk -F '\037' 'NR > 1 { print $1, $7 }' >got
csv_cells case_ndjson/impact.csv | awk -F '\037' 'NR > 1 { print $1, $7 }' >has
expect_at_least "customers of what is torn" 30 "$(wc -l <got)"
expect "customers with too much" "" "$(awk 'NR == FNR { has[$1] = $2; next } !($1 in has) || $2 > has[$1] { print $1 }' has got)"
