#!/bin/bash
# Measures how long a roster takes to load, beside DuckDB loading the same file into a table, in the same run.
#
#   bench/roster.sh BUILD
#
#   BENCH_ROSTER_LINES=10000000 BENCH_ROUNDS=3     how much
#   BENCH_DATA=BUILD/bench-data                    where the roster is kept
#   BENCH_RESULTS=FOLDER                           where roster.csv and roster.md go
#   BENCH_PAUSE_S=4                                before each run: a virtual machine gives freed memory back within seconds, and the
#                                                  first touch of it costs seconds a GiB; so it is as cold for each program
#
# breachtally's time is that of a scan of one small file with the roster: it reads, judges, hashes and indexes all lines.
# duckdb is CREATE TABLE ... AS SELECT * FROM read_csv(FILE); duckdb-typed is told the types of the columns and need not keep
# the order of lines (duckdb_peer.c). Without DuckDB's library, which bench/run.sh fetches too, they are left out, and the
# results say so.
set -u
export LC_ALL=C

if [ $# -ne 1 ]; then
    sed -n '2,16s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
cd "$(dirname "$0")/.." || exit 2

BUILD=$1
LINES_WANTED=${BENCH_ROSTER_LINES:-10000000}
ROUNDS=${BENCH_ROUNDS:-3}
CC=${CC:-gcc}
DUCKDB_RELEASE=1.5.6-r.1
MEMORY_MAX_KIB=$((3 * 512 * 1024))
THREADS=$(nproc)
DATA=${BENCH_DATA:-$BUILD/bench-data}
OUT=$BUILD/bench-out
TOOLS=$BUILD/bench-tools
PEERS=$BUILD/bench-peers
ROSTER=$DATA/roster-$LINES_WANTED.csv

say() { printf '%s\n' "$*" >&2; }
die() { say "bench: $*"; exit 1; }

machine=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
slug=$(printf '%s-%sc' "$machine" "$THREADS" | tr '[:upper:]' '[:lower:]' | sed 's/(r)\|(tm)//g' | tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//')
folder=$(date -u +%Y-%m-%d)-$slug
if [ -n "${BENCH_RESULTS:-}" ]; then RESULTS=$BENCH_RESULTS
elif [ "$LINES_WANTED-$ROUNDS" = 10000000-3 ]; then RESULTS=bench/results/$folder
else RESULTS=$BUILD/bench-results/$folder-$LINES_WANTED
fi

mkdir -p "$TOOLS" "$OUT" "$DATA" "$RESULTS" || die "no folders"
for tool in measure roster_lines; do
    $CC -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$TOOLS/$tool" "bench/$tool.c" || die "$tool.c does not compile"
done
$CC -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$TOOLS/duckdb_peer" bench/duckdb_peer.c -ldl || die "duckdb_peer.c does not compile"

case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) arch=none ;; esac
package=@duckdb/node-bindings-linux-$arch
DUCKDB=$PEERS/node_modules/$package/libduckdb.so
if [ ! -f "$DUCKDB" ]; then
    say "fetching $package $DUCKDB_RELEASE"
    mkdir -p "$PEERS"
    npm install --prefix "$PEERS" --no-save --no-audit --no-fund --silent "$package@$DUCKDB_RELEASE" >/dev/null 2>&1
fi
"$TOOLS/duckdb_peer" "$DUCKDB" version >/dev/null 2>&1 || { say "DuckDB: package not available, left out"; DUCKDB=; }

if [ ! -s "$ROSTER" ]; then
    say "making a roster of $LINES_WANTED lines"
    "$TOOLS/roster_lines" "$LINES_WANTED" >"$ROSTER.part" && mv "$ROSTER.part" "$ROSTER" || die "no roster"
fi
mkdir -p "$OUT/roster-evidence"
printf 'customer_id,vin\nC-000000001,1HGBH41JXMN109186\n' >"$OUT/roster-evidence/one.csv"
cat "$ROSTER" >/dev/null

# measure PROGRAM ROUND COMMAND...
measure()
{
    local program=$1 round=$2 line wall cpu peak code
    shift 2
    rm -rf "$OUT/case" "$OUT/duckdb.csv"
    sleep "${BENCH_PAUSE_S:-4}"
    line=$("$TOOLS/measure" "$OUT/stdout" -r "$ROSTER" "$@" 2>"$OUT/stderr")
    read -r wall cpu peak code _ <<<"$line"
    [ "${code:-1}" = 0 ] || die "$program: exit ${code:-?}: $(head -c 300 "$OUT/stderr")"
    say "$(printf '%-12s round %d %9.3f s %8.3f cpu s %8d KiB' "$program" "$round" "$wall" "$cpu" "$peak")"
    echo "$program,$round,$wall,$cpu,$peak" >>"$RESULTS/roster.csv"
}

LOAD=$(cut -d' ' -f1 /proc/loadavg)
echo "program,round,wall_s,cpu_s,maxrss_kib" >"$RESULTS/roster.csv"
for ((round = 1; round <= ROUNDS; round++)); do
    measure breachtally "$round" "$BUILD/breachtally" scan "$OUT/roster-evidence" --case "$OUT/case" --roster "$ROSTER" --quiet
    lines=$(sed -n 's/^ *"lines": *\([0-9]*\).*/\1/p; s/.*"lines":\([0-9]*\),.*/\1/p' "$OUT/case/case.json" | head -n 1)
    [ "$lines" = "$LINES_WANTED" ] || die "breachtally took ${lines:-no} lines of $LINES_WANTED"
    [ -z "$DUCKDB" ] && continue
    for form in "" -typed; do
        measure "duckdb$form" "$round" "$TOOLS/duckdb_peer" "$DUCKDB" "roster$form" "$ROSTER" "$OUT/duckdb.csv" "$THREADS"
        [ "$(tail -n 1 "$OUT/duckdb.csv")" = "$LINES_WANTED" ] || die "DuckDB took another number of lines"
    done
done

awk -F, -v lines="$LINES_WANTED" -v bytes="$(wc -c <"$ROSTER")" -v machine="$machine, $THREADS cores" -v before="$LOAD" -v most="$MEMORY_MAX_KIB" '
    NR > 1 {
        if (!($1 in rounds)) order[++programs] = $1
        n = ++rounds[$1]; wall[$1, n] = $3 + 0
        if (!($1 in best) || $3 + 0 < best[$1]) best[$1] = $3 + 0
        if (!($1 in cpu) || $4 + 0 < cpu[$1]) cpu[$1] = $4 + 0
        if ($5 + 0 > peak[$1]) peak[$1] = $5 + 0
    }
    END {
        printf "# A roster of %d lines (%.0f MB)\n\n%s; load before the run %s (above about 0.3 somebody else was working: repeat it)\n\n", \
            lines, bytes / 1e6, machine, before
        print "| program | best s | least cpu s | peak MiB |\n|---|---:|---:|---:|"
        for (i = 1; i <= programs; i++) {
            name = order[i]
            printf "| %s | %.3f | %.3f | %.0f |\n", name, best[name], cpu[name], peak[name] / 1024
        }
        print "\n| target | value | |\n|---|---:|---|"
        if ("duckdb" in best)
            printf "| no more time than DuckDB needs for the same file | %.2f of its time, %.2f of its cpu s | %s |\n", \
                best["breachtally"] / best["duckdb"], cpu["breachtally"] / cpu["duckdb"], best["breachtally"] <= best["duckdb"] ? "reached" : "missed"
        else print "| no more time than DuckDB needs for the same file | - | not measured |"
        printf "| peak memory at most 1536 MiB | %.0f MiB | %s |\n", peak["breachtally"] / 1024, peak["breachtally"] <= most ? "reached" : "missed"
    }' "$RESULTS/roster.csv" >"$RESULTS/roster.md"
cat "$RESULTS/roster.md"
