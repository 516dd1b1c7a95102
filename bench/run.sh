#!/bin/bash
# Measures breachtally beside its peers on the same data, in the same run, and writes
# bench/results/DATE-MACHINE/{raw.csv,summary.md}. README.md in this folder says how to read them.
#
#   bench/run.sh BUILD
#
#   BENCH_BYTES=1G BENCH_CUSTOMERS=2150000 BENCH_SMALL_FILES=100000    how much data
#   BENCH_ROUNDS=3 BENCH_CASES="csv ndjson log gzip inflate small formats roster"   how much work
#   BENCH_DATA=BUILD/bench-data                                        where data is kept
#   BENCH_RESULTS=FOLDER                                               where results go
#
# A missing peer or a missing breachtally is said in the results and left out, never an error.
# shellcheck disable=SC2016 # what stands in single quotes is for the inner shell, or for the page
set -u
export LC_ALL=C

if [ $# -ne 1 ]; then
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
cd "$(dirname "$0")/.." || exit 2

BUILD=$1
BYTES=${BENCH_BYTES:-1G}
CUSTOMERS=${BENCH_CUSTOMERS:-2150000}
ROUNDS=${BENCH_ROUNDS:-3}
CASES=${BENCH_CASES:-csv ndjson log gzip inflate small formats roster}
BYTE_COUNT=$(numfmt --from=iec "$BYTES") || exit 2
SMALL_FILE_BYTES=2048
SMALL_FILES_PER_FOLDER=1000
SMALL_FILES=$((BYTE_COUNT / (SMALL_FILE_BYTES + 512)))
[ "$SMALL_FILES" -gt 100000 ] && SMALL_FILES=100000
SMALL_FILES=${BENCH_SMALL_FILES:-$SMALL_FILES}
VIN_PATTERN='\b[A-HJ-NPR-Z0-9]{13}[0-9]{4}\b'
THREADS=$(nproc)
CC=${CC:-gcc}
DUCKDB_RELEASE=1.5.6-r.1

DATA=${BENCH_DATA:-$BUILD/bench-data}/$BYTES-$CUSTOMERS
OUT=$BUILD/bench-out
TOOLS=$BUILD/bench-tools
PEERS=$BUILD/bench-peers
OURS=$BUILD/breachtally

say() { printf '%s\n' "$*" >&2; }
die() { say "bench: $*"; exit 1; }

# ---- the machine, in words that say nothing of where it stands

cpu_model() { sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1; }
machine_slug() {
    printf '%s-%sc' "$(cpu_model)" "$THREADS" | tr '[:upper:]' '[:lower:]' | sed 's/(r)\|(tm)//g' |
        tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//'
}
memory_gib() { awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo; }

# A run of another size is a try, not a result to keep in the tree.
results_folder() {
    local name
    name=$(date -u +%Y-%m-%d)-$(machine_slug)
    if [ -n "${BENCH_RESULTS:-}" ]; then
        echo "$BENCH_RESULTS"
    elif [ "$BYTES-$CUSTOMERS-$ROUNDS-$CASES" = "1G-2150000-3-csv ndjson log gzip inflate small formats roster" ]; then
        echo "bench/results/$name"
    else
        echo "$BUILD/bench-results/$name-$BYTES"
    fi
}

# ---- tools and peers

tools_build() {
    mkdir -p "$TOOLS" "$OUT" || die "no folder for tools"
    local flags="-std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra"
    # shellcheck disable=SC2086
    $CC $flags -o "$TOOLS/measure" bench/measure.c || die "measure.c does not compile"
    # shellcheck disable=SC2086
    $CC $flags -o "$TOOLS/duckdb_peer" bench/duckdb_peer.c -ldl || die "duckdb_peer.c does not compile"
    local isal=
    [ -f /usr/include/isa-l/igzip_lib.h ] && isal="-DWITH_ISAL -lisal"
    # shellcheck disable=SC2086
    $CC $flags -o "$TOOLS/inflate_alone" bench/inflate_alone.c $isal -lz || die "inflate_alone.c does not compile"
}

# Sets DUCKDB to the library, or to nothing.
duckdb_find() {
    local arch package
    case $(uname -m) in
        x86_64) arch=x64 ;;
        aarch64) arch=arm64 ;;
        *) arch=none ;;
    esac
    package=@duckdb/node-bindings-linux-$arch
    DUCKDB=$PEERS/node_modules/$package/libduckdb.so
    if [ ! -f "$DUCKDB" ]; then
        say "fetching $package $DUCKDB_RELEASE"
        mkdir -p "$PEERS"
        npm install --prefix "$PEERS" --no-save --no-audit --no-fund --silent \
            "$package@$DUCKDB_RELEASE" >/dev/null 2>&1
    fi
    if ! "$TOOLS/duckdb_peer" "$DUCKDB" version >/dev/null 2>&1; then
        say "DuckDB: package not available, left out"
        DUCKDB=
    fi
}

# ---- data

# generated FAMILY FILE PACKING: the one file of the family that the generator makes.
generated() {
    [ -s "$DATA/$2" ] && return
    [ -x "$BUILD/generate" ] || die "$DATA/$2 is missing and $BUILD/generate is not built"
    say "making $2"
    rm -rf "$DATA/part" "$DATA/part.truth"
    "$BUILD/generate" --out "$DATA/part" --customers "$CUSTOMERS" --rows 0 --seed 1 --only "$1" \
        --bytes "$BYTES" --files 1 --gzip "$3" --truth "$DATA/part.truth" >/dev/null ||
        die "the generator failed"
    find "$DATA/part" -type f -exec mv {} "$DATA/$2" \;
    rm -rf "$DATA/part" "$DATA/part.truth"
}

gzip_make() {
    [ -s "$DATA/telemetry.gzip-1.csv.gz" ] && return
    say "making telemetry.gzip-1.csv.gz"
    gzip -1 -n -c "$DATA/telemetry.csv" >"$DATA/part.gz" || die "gzip failed"
    mv "$DATA/part.gz" "$DATA/telemetry.gzip-1.csv.gz"
}

# The first rows of the CSV, cut into files of about 2 KiB, each with the header.
small_make() {
    SMALL=$DATA/small-$SMALL_FILES
    [ -d "$SMALL" ] && return
    say "making $SMALL_FILES small files"
    rm -rf "$DATA/part"
    local folder folders=$(((SMALL_FILES + SMALL_FILES_PER_FOLDER - 1) / SMALL_FILES_PER_FOLDER))
    for ((folder = 0; folder < folders; folder++)); do
        mkdir -p "$DATA/part/$(printf '%03d' "$folder")" || die "no folder for small files"
    done
    awk -v folder="$DATA/part" -v file_count="$SMALL_FILES" -v file_bytes="$SMALL_FILE_BYTES" \
        -v per_folder="$SMALL_FILES_PER_FOLDER" '
        NR == 1 { header = $0; next }
        file == "" {
            file = sprintf("%s/%03d/%06d.csv", folder, int(made / per_folder), made)
            print header > file
            bytes = length(header) + 1
        }
        {
            print > file
            bytes += length($0) + 1
            if (bytes < file_bytes) next
            close(file)
            file = ""
            if (++made == file_count) exit
        }
        END { if (made < file_count) exit 1 }' "$DATA/telemetry.csv" ||
        die "$BYTES of CSV are too few rows for $SMALL_FILES small files"
    mv "$DATA/part" "$SMALL"
}

# The events as one JSON array, on one line and over many, the rows of the CSV as a MySQL dump of 1,000 tuples a statement, and the
# CSV in a tar and in a zip.
formats_make() {
    [ -s "$DATA/events.array.json" ] || {
        say "making events.array.json"
        awk 'BEGIN { printf "[" } { printf "%s%s", (NR > 1 ? "," : ""), $0 } END { print "]" }' "$DATA/events.ndjson" >"$DATA/part.json" &&
            mv "$DATA/part.json" "$DATA/events.array.json" || die "no room for events.array.json"
    }
    [ -s "$DATA/telemetry.sql" ] || {
        say "making telemetry.sql"
        awk -F, '
            NR == 1 {
                printf "CREATE TABLE `telemetry` (\n"
                for (i = 1; i <= NF; i++) printf "  `%s` varchar(64) DEFAULT NULL%s\n", $i, (i < NF ? "," : "")
                print ") ENGINE=InnoDB;"
                next
            }
            {
                printf "%s(", ((NR - 2) % 1000 == 0 ? (NR > 2 ? ";\n" : "") "INSERT INTO `telemetry` VALUES " : ",")
                for (i = 1; i <= NF; i++)
                    printf "%s%s", (i > 1 ? "," : ""), ($i == "" ? "NULL" : $i ~ /^-?[1-9][0-9]*([.][0-9]+)?$/ ? $i : "\047" $i "\047")
                printf ")"
            }
            END { print ";" }' "$DATA/telemetry.csv" >"$DATA/part.sql" && mv "$DATA/part.sql" "$DATA/telemetry.sql" || die "no room for telemetry.sql"
    }
    [ -s "$DATA/telemetry.tar.gz" ] || {
        say "making telemetry.tar.gz"
        tar -C "$DATA" -cf - telemetry.csv | gzip -1 -n >"$DATA/part.gz" && mv "$DATA/part.gz" "$DATA/telemetry.tar.gz" || die "tar failed"
    }
    [ -s "$DATA/telemetry.zip" ] || {
        say "making telemetry.zip"
        zip -q -1 -j "$DATA/part.zip" "$DATA/telemetry.csv" && mv "$DATA/part.zip" "$DATA/telemetry.zip" || die "zip failed"
    }
}

# A customer file: each customer of the CSV with the vehicle and the devices of its first row, held since before the data begin.
roster_make() {
    [ -s "$DATA/roster.csv" ] && return
    say "making roster.csv"
    awk -F, '
        BEGIN { print "customer_id,vin,frame_no,imei,iccid,valid_from,valid_to,country" }
        NR > 1 && $1 != "" && !seen[$1]++ { printf "%s,%s,%s,%s,%s,2000-01-01,,JP\n", $1, $3, $4, $5, $6 }' "$DATA/telemetry.csv" >"$DATA/part" &&
        mv "$DATA/part" "$DATA/roster.csv" || die "no room for roster.csv"
}

data_make() {
    mkdir -p "$DATA" || die "no folder for data"
    generated csv telemetry.csv none
    generated ndjson events.ndjson none
    generated log gateway.log none
    case " $CASES " in *" gzip "* | *" inflate "* | *" formats "*) gzip_make ;; esac
    case " $CASES " in *" gzip "* | *" inflate "*)
        generated csv telemetry.generator.csv.gz all ;;
    esac
    case " $CASES " in *" small "*) small_make ;; esac
    case " $CASES " in *" formats "*) formats_make ;; esac
    case " $CASES " in *" roster "*) roster_make ;; esac
}

# ---- measuring

# input_of NAME: the file or folder of a case, or of a program of the case of formats.
input_of() {
    case $1 in
        csv | roster) echo "$DATA/telemetry.csv" ;;
        ndjson) echo "$DATA/events.ndjson" ;;
        log) echo "$DATA/gateway.log" ;;
        csv.gz | inflate) echo "$DATA/telemetry.gzip-1.csv.gz" ;;
        csv.gz-generator | inflate-generator) echo "$DATA/telemetry.generator.csv.gz" ;;
        small) echo "$SMALL" ;;
        json-array) echo "$DATA/events.array.json" ;;
        sql | tar.gz | zip) echo "$DATA/telemetry.$1" ;;
    esac
}

# decoded_bytes NAME: of what is packed in it.
decoded_bytes() {
    case $1 in
        *gz | *gz-generator | zip) stat -c %s "$DATA/telemetry.csv" ;;
        *) stat -c %s "$(input_of "$1")" ;;
    esac
}

# command_set CASE PROGRAM: sets the array command. gzip cases carry their file in the name; breachtally:NAME and
# breachtally-1-thread:NAME read that input.
command_set() {
    local input format=csv
    [ "$1" = ndjson ] && format=ndjson
    case $2 in
        breachtally*:*) input=$(input_of "${2#*:}") ;;
        *) input=$(input_of "$1") ;;
    esac
    local scan=("$OURS" scan "$input" --case "$OUT/case" --no-progress --quiet)
    case $2 in
        breachtally | breachtally:*) command=("${scan[@]}" --hash none) ;;
        breachtally-sha256) command=("${scan[@]}") ;;
        breachtally-roster) command=("${scan[@]}" --hash none --roster "$DATA/roster.csv") ;;
        breachtally-1-thread | breachtally-1-thread:*) command=("${scan[@]}" --hash none --threads 1) ;;
        duckdb) command=("$TOOLS/duckdb_peer" "$DUCKDB" "$format" "$input" "$OUT/duckdb.csv" "$THREADS") ;;
        ripgrep) command=(rg -c "$VIN_PATTERN" "$input") ;;
        wc) command=(wc -l "$input") ;;
        gzip) command=(gzip -dc "$input") ;;
        inflate-twice-*) command=("$TOOLS/inflate_alone" "${2##*-}" "$input" "$input") ;;
        inflate-*) command=("$TOOLS/inflate_alone" "${2##*-}" "$input") ;;
        find-cat-wc) command=(sh -c 'find "$1" -type f -print0 | xargs -0 cat | wc -c' sh "$input") ;;
    esac
}

program_missing() {
    case $1 in
        breachtally*) [ ! -x "$OURS" ] ;;
        duckdb) [ -z "$DUCKDB" ] ;;
        ripgrep) [ -z "$(command -v rg)" ] ;;
        inflate-*) ! "$TOOLS/inflate_alone" has "${1##*-}" ;;
        *) false ;;
    esac
}

# Where the host takes what is free, most of it is kept from being so until the end: measure.c. What is left is enough for 1 GiB.
memory_hold() {
    local held
    [ -d /sys/module/page_reporting ] && [ "$BYTES" = 1G ] || return 0
    coproc HOLD { exec "$TOOLS/measure" --hold; }
    read -r held <&"${HOLD[0]}"
    say "memory: $held MiB"
}

# Every run starts with no output of an earlier one and nothing left to be written to disk.
measure() {
    local case=$1 program=$2 round=$3 bytes=$4 command argument inputs=() line wall cpu peak code user
    command_set "$case" "$program"
    for argument in "${command[@]}"; do
        case $argument in "$DATA"/*) [ -f "$argument" ] && inputs+=(-r "$argument") ;; esac
    done
    rm -rf "$OUT/case" "$OUT/duckdb.csv"
    sync
    line=$("$TOOLS/measure" "$OUT/stdout" "${inputs[@]}" "${command[@]}" 2>"$OUT/stderr")
    read -r wall cpu peak code user <<<"$line"
    case $program in inflate-twice-*) read -r cpu user <<<"$(awk -v cpu="$cpu" -v user="$user" 'BEGIN { printf "%.3f %.3f", cpu / 2, user / 2 }')" ;; esac
    if [ "${code:-1}" != 0 ]; then
        say "$case $program: exit ${code:-?}: $(head -c 300 "$OUT/stderr")"
        echo "$case,$program,$round,${code:-?}" >>"$OUT/failed.csv"
        return
    fi
    say "$(printf '%-18s %-22s round %d %9.3f s %8.3f cpu s %8d KiB' "$case" "$program" "$round" "$wall" "$cpu" "$peak")"
    echo "$case,$program,$round,$wall,$cpu,$peak,$bytes,$user" >>"$RESULTS/raw.csv"
    case $program in
        breachtally) [ -f "$OUT/case/impact.csv" ] && answer_note "$case" breachtally "$OUT/case/impact.csv" ;;
        duckdb) answer_note "$case" duckdb "$OUT/duckdb.csv" ;;
    esac
}

# Lines of the answer without header: a fast program that answers less is no faster program.
answer_note() { echo "$1,$2,$(($(wc -l <"$3") - 1))" >>"$OUT/answers.csv"; }

# rounds CASE BYTES PROGRAM...: A B C A B C A B C, so that a slow minute hits everybody.
rounds() {
    local case=$1 bytes=$2 program round
    shift 2
    for ((round = 1; round <= ROUNDS; round++)); do
        for program in "$@"; do
            program_missing "$program" || measure "$case" "$program" "$round" "$bytes"
        done
    done
}

case_run() {
    case $1 in
        csv)
            cat "$DATA/telemetry.csv" >/dev/null
            rounds csv "$(stat -c %s "$DATA/telemetry.csv")" \
                breachtally duckdb breachtally-sha256 breachtally-1-thread wc ;;
        ndjson)
            cat "$DATA/events.ndjson" >/dev/null
            rounds ndjson "$(stat -c %s "$DATA/events.ndjson")" \
                breachtally duckdb breachtally-1-thread wc ;;
        log)
            cat "$DATA/gateway.log" >/dev/null
            rounds log "$(stat -c %s "$DATA/gateway.log")" \
                breachtally ripgrep breachtally-1-thread wc ;;
        gzip) # rates over the bytes that come out
            cat "$DATA/telemetry.gzip-1.csv.gz" "$DATA/telemetry.generator.csv.gz" >/dev/null
            rounds csv.gz "$(stat -c %s "$DATA/telemetry.csv")" breachtally duckdb gzip
            rounds csv.gz-generator "$(stat -c %s "$DATA/telemetry.csv")" breachtally duckdb gzip ;;
        inflate) # in turns, so that a slow minute hits the scan of the plain file and that of the packed one alike
            local bytes packed
            bytes=$(stat -c %s "$DATA/telemetry.csv")
            cat "$DATA"/telemetry.{csv,gzip-1.csv.gz,generator.csv.gz} >/dev/null
            for packed in csv.gz csv.gz-generator; do
                rounds "${packed/csv.gz/inflate}" "$bytes" inflate-isal inflate-twice-isal inflate-zlib breachtally:csv \
                    "breachtally:$packed" breachtally-1-thread:csv "breachtally-1-thread:$packed"
            done ;;
        small)
            local bytes
            bytes=$(find "$SMALL" -type f -print0 | xargs -0 cat | wc -c)
            rounds small "$bytes" breachtally find-cat-wc ;;
        formats) # ours on each, in turns; rates over the bytes that come out
            local round name
            cat "$DATA"/telemetry.{csv,sql,tar.gz,zip,gzip-1.csv.gz} "$DATA"/events.{ndjson,array.json} >/dev/null
            for ((round = 1; round <= ROUNDS; round++)); do
                for name in csv sql csv.gz tar.gz zip ndjson json-array; do
                    measure formats "breachtally:$name" "$round" "$(decoded_bytes "$name")"
                done
            done ;;
        roster)
            cat "$DATA/telemetry.csv" "$DATA/roster.csv" >/dev/null
            rounds roster "$(stat -c %s "$DATA/telemetry.csv")" breachtally breachtally-roster ;;
        *) die "no case $1" ;;
    esac
}

detectors_measure() {
    if [ ! -f "$BUILD/gen/tables.h" ] ||
        ! $CC -std=c11 -D_GNU_SOURCE -O3 -I"$BUILD/gen" -o "$TOOLS/bench_detectors" \
            bench/bench_detectors.c detectors/*.c -lm 2>"$OUT/stderr"; then
        echo "not built"
        return
    fi
    "$TOOLS/bench_detectors"
}

# ---- the page

machine_write() {
    local version="not built"
    [ -x "$OURS" ] && version=$("$OURS" --version | sed -n "1p; s/^cpu path */cpu path /p" | paste -s -d "," - | sed "s/,/, /")
    cat <<END
# breachtally beside its peers, $(date -u +%Y-%m-%d)

| | |
|---|---|
| CPU | $(cpu_model), $THREADS cores |
| memory | $(memory_gib) GiB |
| kernel | $(uname -sr) |
| file system of the outputs | $(stat -f -c %T "$OUT") |
| load before the run | $LOAD (above about 0.3 somebody else was working: repeat it) |
| compiler | $($CC --version | head -n 1) |
| breachtally | $version |
| DuckDB | $([ -n "$DUCKDB" ] && "$TOOLS/duckdb_peer" "$DUCKDB" version || echo "not available, left out") |
| ripgrep | $(rg --version 2>/dev/null | head -n 1 | grep . || echo "not available, left out") |
| wc, gzip | $(wc --version | head -n 1), $(gzip --version | head -n 1) |
| data | $BYTES of each format from the generator, seed 1, $CUSTOMERS customers; $SMALL_FILES small files |
| rounds | $ROUNDS, programs taking turns; inputs in the page cache, outputs on disk |

Commands (all cores unless said):

    breachtally            breachtally scan FILE --case CASE --no-progress --quiet --hash none
    breachtally-sha256     the same without --hash none
    breachtally-1-thread   breachtally with --threads 1
    breachtally:NAME       breachtally on the same data in another format or packing
    breachtally-roster     breachtally with --roster roster.csv, a line a customer
    duckdb                 duckdb_peer LIBRARY csv|ndjson FILE OUTPUT.csv $THREADS
    ripgrep                rg -c '$VIN_PATTERN' FILE
    wc                     wc -l FILE
    gzip                   gzip -dc FILE
    inflate-LIBRARY        inflate_alone LIBRARY FILE, which only decodes it
    inflate-twice-LIBRARY  the same by two processes at the same time; processor time of one of them
    find-cat-wc            find FOLDER -type f -print0 | xargs -0 cat | wc -c

END
}

summary_write() {
    machine_write
    awk -F, -v failed="$OUT/failed.csv" -v answers="$OUT/answers.csv" -f bench/summary.awk \
        "$RESULTS/raw.csv"
    printf '\n## Detectors, nanoseconds per call\n\n'
    detectors_measure | sed 's/^/    /'
}

LOAD=$(cut -d' ' -f1 /proc/loadavg)
RESULTS=$(results_folder)
tools_build
duckdb_find
data_make
[ -x "$OURS" ] || say "breachtally: not built, left out"
mkdir -p "$RESULTS" || die "no folder for results"
rm -f "$OUT/failed.csv" "$OUT/answers.csv"
touch "$OUT/failed.csv" "$OUT/answers.csv"
echo "case,program,round,wall_s,cpu_s,maxrss_kib,input_bytes,user_s" >"$RESULTS/raw.csv"
memory_hold
for name in $CASES; do case_run "$name"; done
summary_write >"$RESULTS/summary.md"
rm -rf "$OUT"
sed -n '/^## Results/,$p' "$RESULTS/summary.md"
say "written to $RESULTS"
