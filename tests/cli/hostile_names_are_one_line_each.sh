# File names of any bytes: one line each in coverage.csv, nothing unprintable on a terminal or in the files of the case.
. "$EXPECT"

mkdir dump
row() { printf 'customer_id,imei\nC-%s,867420722196591\n' "$1"; }
names=0
# hostile NAME: as printf writes it
hostile()
{
    names=$((names + 1))
    made=$(printf -- "$1x")
    made=${made%x}
    case $made in */*) mkdir -p "dump/${made%/*}" ;; esac
    row $names >"dump/$made" 2>/dev/null || { names=$((names - 1)); skip_part "a name that this file system refuses"; }
}
hostile 'new\nline.csv'
hostile '\n'
hostile 'esc\033[2J\033[31mred'
hostile '\033]0;title\007'
hostile 'quote".csv'
hostile '"'
hostile 'comma,.csv'
hostile 'quote",comma,"\n"'
hostile 'bad\377\376utf8'
hostile 'overlong\300\257'
hostile 'half\343\202'
hostile '=formula'
hostile '@at'
hostile '+plus'
hostile '-dash'
hostile '\ttab'
hostile '\rreturn'
hostile 'back\\slash'
hostile 'back\\nslash'
hostile 'rtl\342\200\256gpj.exe'
hostile 'zero\342\200\213width'
hostile 'c1\302\205next'
hostile 'bom\357\273\277'
hostile 'line\342\200\250separator'
hostile '\177del'
hostile '車両\345\217\260帳.csv'
hostile 'percent%%s%%n'
hostile 'bang!~10'
hostile 'bang!member'
hostile 'hash#1'
hostile '<script>alert(1)</script>'
hostile ' blank '
hostile '*'
hostile '\033[1mfolder\n/in"side'
hostile "$(awk 'BEGIN { for (i = 0; i < 255; i++) printf "n" }')"
hostile "$(awk 'BEGIN { for (i = 0; i < 85; i++) printf "\\343\\201\\202" }')"
hostile "$(awk 'BEGIN { for (i = 0; i < 255; i++) printf "\\377" }')"
deep=dump
for level in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    deep=$deep/$(awk -v l=$level 'BEGIN { for (i = 0; i < 200; i++) printf "%d", l % 10 }')
done
mkdir -p "$deep" && row deep >"$deep/in.csv" && names=$((names + 1))
# Beyond 4,096 bytes of path, which no single call can open.
(
    cd "$deep" || exit
    for level in 1 2 3 4 5 6 7 8; do
        folder=$(awk 'BEGIN { for (i = 0; i < 200; i++) printf "z" }')
        mkdir "$folder" && cd -P "$folder" || exit
    done
    row far >far.csv
) 2>/dev/null
if [ "$(find dump -name far.csv | wc -l)" -eq 1 ]; then names=$((names + 1)); else skip_part "a path beyond 4,096 bytes"; fi

scan 0 case dump
expect_at_least "names" 30 "$names"
expect "lines of coverage.csv" $((names + 1)) "$(wc -l <case/coverage.csv)"
expect "rows of coverage.csv" "$names" "$(csv_cells case/coverage.csv | tail -n +2 | grep -vc MALFORMED)"
expect "objects complete and duplicate" "$names" "$(summary case '.objects.complete + .objects.duplicate')"
expect "contents counted" "$names" "$(summary case .persons_best)"
for file in case/coverage.csv case/impact.csv case/summary.json case/case.json; do expect_printable "$file"; done

# The escaped name is given back as it was by undoing \n, \\ and \xHH.
expect "a line break" 1 "$(csv_columns case/coverage.csv path | grep -cFx 'dump/new\nline.csv')"
expect "an escape" 1 "$(csv_columns case/coverage.csv path | grep -cFx 'dump/esc\x1b[2J\x1b[31mred')"
expect "bytes that are no text" 1 "$(csv_columns case/coverage.csv path | grep -cFx 'dump/bad\xff\xfeutf8')"
expect "a backslash" 1 "$(csv_columns case/coverage.csv path | grep -cFx 'dump/back\\slash')"
expect "a backslash and an n" 1 "$(csv_columns case/coverage.csv path | grep -cFx 'dump/back\\nslash')"
expect "a turn of direction" 1 "$(csv_columns case/coverage.csv path | grep -cFx 'dump/rtl\xe2\x80\xaegpj.exe')"
expect "Japanese stays" 1 "$(csv_columns case/coverage.csv path | grep -cFx 'dump/車両台帳.csv')"

if command -v python3 >/dev/null && python3 -c 'import csv' 2>/dev/null; then
    cat >undo.py <<'END'
import csv, os, re, sys
def undo(text):
    data = text.encode()
    return re.sub(rb"\\(n|\\|x[0-9a-f]{2})",
                  lambda m: {b"n": b"\n", b"\\": b"\\"}.get(m[1]) or bytes([int(m[1][1:], 16)]), data)
with open("case/coverage.csv", encoding="utf-8", newline="") as file:
    listed = sorted(undo(row["path"].removeprefix("'") if row["path"][:2] in ("'=", "'+", "'-", "'@") else row["path"])
                    for row in csv.DictReader(file, strict=True))
found = sorted(os.path.join(folder, name) for folder, _, names, _ in os.fwalk(b"dump") for name in names)
print("same" if listed == found else [set(found) ^ set(listed)])
END
    expect "names given back" same "$(python3 undo.py 2>&1)"
else
    skip_part "giving names back (no python3)"
fi

# Names in the messages and in the table of what was not examined.
mkdir "$(printf 'odd\033[31m')"
mkfifo "$(printf 'odd\033[31m/pi\npe\033]0;x\007')"
program 3 scan "$(printf 'odd\033[31m')" --case case_odd
expect_line "a pipe of a hostile name" stdout 'pi\npe\x1b]0;x\x07: NOT_REGULAR'
program 0 scan dump --case "$(printf 'case\033[2J\n')"
program 0 scan dump --case case_json --json
cmp -s stdout case_json/summary.json || fail "--json differs from summary.json"

# Sources named by hostile folders.
expect "source of a hostile folder" 1 "$(csv_columns case/impact.csv sources | grep -cFx '\x1b[1mfolder\n')"
