#!/bin/sh
# Holds every #include of detectors/ and analyzer/ against tests/layers.txt.
#
# Usage    tests/check_layers.sh [PROJECT_DIR]      prints each include that points up or aside; exit 1 if any
# Also     headers must not include one another in a circle, and detectors/ includes nothing of <> but libc and what the instructions of a CPU are called by
LC_ALL=C
export LC_ALL
root=${1:-$(dirname "$0")/..}
layers=$(cd "$(dirname "$0")" && pwd)/layers.txt
cd "$root" || exit 2

includes=$(mktemp) || exit 2
trap 'rm -f "$includes"' EXIT

# Lines "file included line-number", included as a path from the root; a generated header (tables.h) is nobody's.
find detectors analyzer -name '*.[ch]' | sort | xargs grep -n '^ *# *include *"' |
    sed 's/^\([^:]*\):\([0-9]*\):[^"]*"\([^"]*\)".*/\1 \3 \2/' | awk '
    $2 == "tables.h" { next }
    { folder = $1
      sub(/[^\/]*$/, "", folder)
      path = folder $2
      while (sub(/[^\/]+\/\.\.\//, "", path)) ;
      print $1, path, $3 }' >"$includes"

awk -v layers="$layers" '
    function fits(path, pattern) {
        gsub(/\./, "\\.", pattern)
        gsub(/\*/, ".*", pattern)
        return path ~ "^" pattern "$"
    }
    function layer_of(path,   i) {
        for (i = 1; i <= patterns; i++) if (fits(path, pattern_at[i])) return layer_at[i]
        return 0
    }
    function without_end(path) { sub(/\.[ch]$/, "", path); return path }
    BEGIN {
        while ((getline line <layers) > 0) {
            sub(/#.*/, "", line)
            words = split(line, word, " ")
            if (words == 0) continue
            count++
            for (i = 1; i <= words; i++) {
                if (word[i] == "apart") { apart[count] = 1; continue }
                pattern_at[++patterns] = word[i]
                layer_at[patterns] = count
            }
        }
        if (count == 0) { print "no layers in " layers; exit 1 }
    }
    { from = layer_of($1); to = layer_of($2); checked++
      what = $1 ":" $3 " includes " $2
      if (from == 0 || to == 0) { print what ": no layer in layers.txt"; wrong++ }
      else if (system("test -f " $2) != 0) { print what ": there is no such file"; wrong++ }
      else if (without_end($1) == without_end($2)) next
      else if (to > from) { print what ": a higher layer"; wrong++ }
      else if (to == from && apart[from]) { print what ": another of its own layer"; wrong++ } }
    END { if (checked == 0) { print "no includes found"; exit 1 }
          exit wrong > 0 }' "$includes"
status=$?

circle=$(awk '$1 ~ /\.h$/ { print $1, $2 }' "$includes" | tsort 2>&1 >/dev/null)
if [ -n "$circle" ]; then
    echo "headers include one another in a circle:"
    echo "$circle"
    status=1
fi

foreign=$(find detectors -name '*.[ch]' | grep -v '/embed\.c$' | xargs grep -n '^ *# *include *<' |
    grep -vE '<(assert|ctype|emmintrin|errno|float|inttypes|limits|math|stdarg|stdbool|stddef|stdint|stdio|stdlib|string)\.h>')
if [ -n "$foreign" ]; then
    echo "detectors/ includes more than libc:"
    echo "$foreign"
    status=1
fi
[ $status -ne 0 ] || echo "layers: $(wc -l <"$includes") includes hold"
exit $status
