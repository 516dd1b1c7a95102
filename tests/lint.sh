#!/bin/sh
# What a compiler does not see: paths of one machine, large files, foreign headers outside their door.
#
# Usage    tests/lint.sh [PROJECT_DIR]      prints what is wrong; exit 1 if anything
LC_ALL=C
export LC_ALL
cd "${1:-$(dirname "$0")/..}" || exit 2
wrong=0
say()
{
    echo "$1"
    wrong=1
}

files=$(mktemp) || exit 2
trap 'rm -f "$files"' EXIT
# What .gitignore names is left out.
find . \( -name .git -o -path './build*' -o -path ./demo \) -prune -o -type f -print | sort >"$files"

# Paths of one machine. A word in front, as in a URL or a longer path, is no beginning of a path.
found=$(xargs -d '\n' grep -nIE '(^|[^A-Za-z0-9_.~/-])/(work|root|home|Users)([/"[:space:]]|$)' <"$files" | grep -v '^\./tests/lint\.sh:')
[ -z "$found" ] || say "paths of one machine:
$found"

while read -r file; do
    bytes=$(wc -c <"$file")
    [ "$bytes" -le 2097152 ] || say "$file: $bytes bytes, more than 2 MiB"
done <"$files"

# Each foreign library has one door in analyzer/, or one for each thing it is used for; libraries.c asks them all for
# their versions.
door()
{
    strays=$(find analyzer -name '*.[ch]' | xargs grep -lE "^ *# *include *<($1)" |
        grep -vxF "$(printf '%s\n' $2 analyzer/support/libraries.c)")
    [ -z "$strays" ] || say "<$1> has its door in $2, not in: $strays"
    for one in $2; do
        [ "$one" = none ] || grep -qE "^ *# *include *<($1)" "$one" 2>/dev/null || say "<$1>: its door $one does not include it"
    done
}
door 'pcre2(posix)?\.h' analyzer/detect/pattern.c
door 'zlib\.h' analyzer/decode/inflate.c
door 'isa-l' analyzer/decode/inflate.c
door 'zstd(_errors)?\.h' 'analyzer/tally/run_pack.c analyzer/decode/frame_zstd.c'
door 'lzma\.h' analyzer/decode/frame_xz.c
door 'bzlib\.h' analyzer/decode/frame_bzip2.c
door 'lz4frame\.h' analyzer/decode/frame_lz4.c
door 'archive(_entry)?\.h' analyzer/decode/container_7z.c
door 'iconv\.h' analyzer/decode/charset_convert.c
door 'xxhash\.h' 'analyzer/tally/run_pack.c analyzer/support/checksum.c'
door 'csv\.h' analyzer/support/csv.c
door 'cjson/|cJSON\.h' analyzer/support/json.c
door 'openssl/' 'analyzer/support/sha256.c analyzer/support/seal.c analyzer/decode/zip_cipher.c'
door 'omp\.h' analyzer/support/parallel.c

# What the project's own text may not say, and tabs and blanks that nobody sees.
find analyzer detectors tests fixtures/generate.c bench -name '*.[ch]' | xargs grep -nE "$(printf '\t')|[[:blank:]]\$" && say "tabs or blanks at line ends (above)"
find tests -name '*.sh' -o -name '*.awk' | while read -r file; do
    case $file in *.sh) sh -n "$file" || echo "$file: not a shell script" ;; esac
done >"$files.sh" 2>&1
[ ! -s "$files.sh" ] || { cat "$files.sh"; wrong=1; }
rm -f "$files.sh"

[ $wrong -ne 0 ] || echo "lint: nothing to say"
exit $wrong
