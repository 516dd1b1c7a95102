# One dump with 1, 2 and 8 threads; under ThreadSanitizer this is where races would show.
. "$EXPECT"
"$GENERATE" --out dump --customers 300 --rows 3000 --seed 3 >/dev/null || exit 1
for threads in 1 2 8; do
    "$BREACHTALLY" scan dump --case "case$threads" --quiet --threads "$threads" --block-bytes 20000 || exit 1
    [ "$(wc -l <"case$threads/impact.csv")" -eq 301 ] || { echo "not 300 customers with $threads threads" >&2; exit 1; }
    sums=$(cat "case$threads/impact.csv" "case$threads/summary.json" "case$threads/coverage.csv" | sha256sum)
    [ -z "$first" ] && first=$sums
    [ "$sums" = "$first" ] || { echo "other bytes with $threads threads" >&2; exit 1; }
done
