#!/bin/bash
# What a scan over many machines costs, measured on one: makes shards with real runs, merges them in trees, fits the cost model of
# docs/scale.md to some of it, holds the rest against what the model says, and prints the tables that docs/scale.md carries.
#
#   bench/scale/simulate.sh BUILD
#
#   SCALE_ROUNDS=3        how often each command is run; medians count
#   SCALE_PERCENT=100     size of the data; another one is a try, and its results go to BUILD
#   SCALE_WORK=FOLDER     for the data, up to 1 GiB: /dev/shm where there is one, else BUILD
#   BENCH_RESULTS=FOLDER  where results go, else as bench/run.sh has it
#
# Every command runs on one thread and counts by user CPU seconds: wall times move with other tenants, bytes do not.
# shellcheck disable=SC2086 # lists of folders are words
set -u
export LC_ALL=C

if [ $# -ne 1 ]; then
    sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
cd "$(dirname "$0")/../.." || exit 2

BUILD=$1
ROUNDS=${SCALE_ROUNDS:-3}
PERCENT=${SCALE_PERCENT:-100}
CC=${CC:-gcc}
OURS=$BUILD/breachtally
# In memory where that can be had: many small cases are written, and waiting for a disk is not what is measured.
WORK=${SCALE_WORK:-$([ -w /dev/shm ] && echo /dev/shm || echo "$BUILD")}/bench-scale
SEED=1

# customers rows-a-customer shards spread fitted(1) or left out(0) --records-distinct
CONFIGS="10000 3 4 1 1 exact
10000 6 16 4 1 exact
10000 12 64 8 1 exact
40000 12 4 4 1 exact
40000 3 16 2 1 exact
40000 6 64 1 1 exact
60000 6 16 1 1 exact
60000 6 64 4 1 exact
8000 120 4 2 1 exact
9000 120 4 2 1 off
50000 6 16 4 1 off
100000 6 16 4 0 exact
100000 6 64 8 0 exact
200000 3 64 2 0 exact"
FAN_INS="2 4 8 16 all"

say() { printf '%s\n' "$*" >&2; }
die() { say "scale: $*"; exit 1; }

cpu_model() { sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1; }
machine_slug() {
    printf '%s-%sc' "$(cpu_model)" "$(nproc)" | tr '[:upper:]' '[:lower:]' | sed 's/(r)\|(tm)//g' |
        tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//'
}
results_folder() {
    if [ -n "${BENCH_RESULTS:-}" ]; then echo "$BENCH_RESULTS"
    elif [ "$PERCENT-$ROUNDS" = 100-3 ]; then echo "bench/results/$(date -u +%Y-%m-%d)-$(machine_slug)"
    else echo "$BUILD/bench-results/scale-$PERCENT"; fi
}

# timed COMMAND...: adds to user, sys (seconds) and raises peak (KiB). Exit 3 is a case with shards missing.
TIMEFORMAT='%U %S'
timed() {
    local spent line now_user now_sys
    { time "$WORK/measure" "$WORK/stdout" "$@" >"$WORK/measured" 2>"$WORK/stderr"; } 2>"$WORK/times"
    spent=$(cat "$WORK/times")
    read -r now_user now_sys <<<"$spent"
    read -r line <"$WORK/measured"
    set -- $line
    case ${4:-1} in 0 | 3) ;; *) die "exit ${4:-?}: $(head -c 300 "$WORK/stderr")" ;; esac
    user=$(awk -v a="$user" -v b="$now_user" 'BEGIN { printf "%.3f", a + b }')
    sys=$(awk -v a="$sys" -v b="$now_sys" 'BEGIN { printf "%.3f", a + b }')
    [ "$3" -gt "$peak" ] && peak=$3
}
clock_clear() { user=0 sys=0 peak=0; }

# totals_of PATTERN CASE...: "entries raw_bytes file_bytes" of these runs, from their footers.
totals_of() {
    local pattern=$1 case run bytes=0
    shift
    for case in "$@"; do
        for run in "$case"/tally/$pattern; do
            [ -f "$run" ] || continue
            tail -c 64 "$run"
            bytes=$((bytes + $(stat -c %s "$run")))
            echo "$bytes" >"$WORK/bytes"
        done
    done | od -An -v -w64 -t u8 | awk '{ entries += $4; raw += $5 } END { printf "%d %d ", entries, raw }'
    cat "$WORK/bytes"
    echo 0 >"$WORK/bytes"
}

# row STEP CUSTOMERS ROWS SHARDS SPREAD FIT FAN_IN LEVEL ROUND ITEMS EVIDENCE IN(3) DIGESTS_IN(3) OUT(3) DIGESTS_OUT(3)
row() { (IFS=,; echo "$*,$user,$sys,$peak" | tr ' ' ',') >>"$CSV"; }
header() {
    echo "step,customers,rows,shards,spread,fitted,fan_in,level,round,items,evidence_bytes,entries_in,raw_in,file_in,digests_in,\
digests_raw_in,digests_file_in,entries_out,raw_out,file_out,digests_out,digests_raw_out,digests_file_out,user_s,sys_s,peak_kib" >"$CSV"
}

generate() { # FAMILY CUSTOMERS ROWS-OR-BYTES GZIP: one file, WORK/data
    rm -rf "$WORK/made" "$WORK/made.truth" "$WORK/data"
    case $3 in
        *M) "$BUILD/generate" --out "$WORK/made" --customers "$2" --rows 0 --bytes "$3" --seed $SEED --only "$1" --files 1 --gzip "$4" ;;
        *) "$BUILD/generate" --out "$WORK/made" --customers "$2" --rows "$3" --seed $SEED --only "$1" --files 1 --gzip "$4" ;;
    esac >/dev/null || die "the generator failed"
    find "$WORK/made" -type f -exec mv {} "$WORK/data" \;
    rm -rf "$WORK/made" "$WORK/made.truth"
}

scan_shard() { # EVIDENCE CASE I/N [OPTION...]
    local evidence=$1 case=$2 shard=$3
    shift 3
    rm -rf "$case"
    timed "$OURS" scan "$evidence" --case "$case" --shard "$shard" --threads 1 --quiet "$@"
}

# ---- bytes a second of each format; a thousand customers, so that counts cost next to nothing

format_measure() { # NAME FAMILY GZIP SUFFIX OPTION...
    local name=$1 family=$2 packing=$3 suffix=$4 bytes round
    shift 4
    generate "$family" 1000 "$((64 * PERCENT / 100))M" "$packing"
    mv "$WORK/data" "$WORK/data$suffix"
    bytes=$((64 * PERCENT * 1048576 / 100))
    for ((round = 1; round <= ROUNDS; round++)); do
        clock_clear
        scan_shard "$WORK/data$suffix" "$WORK/case" 0/1 "$@"
        row "format-$name" 1000 0 1 1 1 0 0 $round 1 $bytes 0 0 0 0 0 0 "$(totals_of 'holders*' "$WORK/case")" \
            "$(totals_of 'digests*' "$WORK/case")"
    done
    rm -f "$WORK/data$suffix"
}

# ---- what a file costs, beside its bytes: every shard lists them all

objects_measure() { # COUNT
    local count=$((1000 * $1 * PERCENT / 100)) round i folder=$WORK/objects
    rm -rf "$folder" && mkdir -p "$folder"
    awk -v count="$count" -v folder="$folder" 'BEGIN {
        for (i = 0; i < count; i++) {
            if (i % 1000 == 0) system("mkdir -p " folder sprintf("/2023/%03d", i / 1000))
            file = sprintf("%s/2023/%03d/part-%06d.csv", folder, i / 1000, i)
            printf "customer_id,imei\nC%08d,x\n", i > file
            close(file)
        }
    }'
    for ((round = 1; round <= ROUNDS; round++)); do
        clock_clear
        scan_shard "$folder" "$WORK/case" 0/1000 --hash none # a shard that reads next to none of them
        row objects-elsewhere 0 0 1000 1 1 0 0 $round "$count" 0 0 0 0 0 0 0 "$(totals_of state.run "$WORK/case")" 0 0 0
        clock_clear
        scan_shard "$folder" "$WORK/case" 0/1 --hash none
        row objects-own 0 0 1 1 1 0 0 $round "$count" 0 0 0 0 0 0 0 "$(totals_of state.run "$WORK/case")" 0 0 0
        clock_clear
        for i in 0 1 2 3; do scan_shard "$folder" "$WORK/case$i" $i/4 --hash none; done
        clock_clear
        rm -rf "$WORK/case"
        timed "$OURS" merge "$WORK"/case[0-3] --case "$WORK/case" --threads 1 --quiet
        row objects-merge 0 0 4 1 1 4 0 $round "$count" 0 0 0 0 0 0 0 "$(totals_of state.run "$WORK/case")" 0 0 0
    done
    rm -rf "$folder" "$WORK"/case[0-3]
}

# ---- checkpoints, threads: the same evidence with many of them, on one thread and on 32

checkpoints_measure() {
    local round bytes threads every
    generate csv $((600 * PERCENT)) $((3600 * PERCENT)) none
    mv "$WORK/data" "$WORK/data.csv"
    bytes=$(stat -c %s "$WORK/data.csv")
    for ((round = 1; round <= ROUNDS; round++)); do
        for every in 1G 8M 2M; do
            clock_clear
            scan_shard "$WORK/data.csv" "$WORK/case" 0/1 --hash none --checkpoint-bytes $every
            row checkpoint-$every $((600 * PERCENT)) $((3600 * PERCENT)) 1 1 1 0 0 $round "$(find "$WORK/case/tally" -name 'holders*' | wc -l)" \
                $bytes 0 0 0 0 0 0 "$(totals_of 'holders*' "$WORK/case")" "$(totals_of 'digests*' "$WORK/case")"
        done
        for threads in 1 8 32; do
            rm -rf "$WORK/shard" "$WORK/merged"
            clock_clear
            timed "$OURS" scan "$WORK/data.csv" --case "$WORK/shard" --shard 0/1 --threads $threads --quiet --hash none --checkpoint-bytes 4M
            clock_clear
            timed "$OURS" merge "$WORK/shard" --case "$WORK/merged" --threads $threads --quiet
            row threads-$threads $((600 * PERCENT)) $((3600 * PERCENT)) 1 1 1 0 0 $round "$(find "$WORK/shard/tally" -name 'holders*' | wc -l)" $bytes \
                "$(totals_of 'holders*' "$WORK/shard")" "$(totals_of 'digests*' "$WORK/shard")" \
                "$(totals_of 'holders*' "$WORK/merged")" "$(totals_of 'digests*' "$WORK/merged")"
        done
    done
    rm -rf "$WORK/data.csv" "$WORK/shard" "$WORK/merged"
}

# ---- shards and trees

# level FAN_IN LEVEL ROUND OUT CASE...: merges groups of the cases; their names go to the variable made.
level() {
    local fan_in=$1 number=$2 round=$3 out=$4 group index=0 merged="" all
    shift 4
    all=$*
    made=""
    clock_clear
    mkdir -p "$out"
    while [ $# -gt 0 ]; do
        group=""
        for ((i = 0; i < fan_in && $# > 0; i++)); do group="$group $1" && shift; done
        if [ "$i" -eq 1 ]; then made="$made $group" && continue; fi
        timed "$OURS" merge $group --case "$out/$index" --allow-missing --threads 1 --quiet
        made="$made $out/$index" merged="$merged $out/$index"
        index=$((index + 1))
    done
    row merge $config $FAN $number $round $index 0 "$(totals_of 'holders*' $all)" "$(totals_of 'digests*' $all)" \
        "$(totals_of 'holders*' $made)" "$(totals_of 'digests*' $made)"
}

tree() { # FAN_IN ROUND CASE...
    local round=$2 number=0 fan_in=$1 cases
    FAN=$1
    shift 2
    cases=$*
    [ "$fan_in" = all ] && fan_in=$#
    [ "$fan_in" -gt $# ] && return
    [ "$FAN" != all ] && [ "$fan_in" -eq $# ] && return # that is all
    rm -rf "$WORK/tree"
    while [ "$(wc -w <<<"$cases")" -gt 1 ]; do
        number=$((number + 1))
        level "$fan_in" $number "$round" "$WORK/tree/$number" $cases
        cases=$made
    done
    [ "$round" = 1 ] || return
    if [ -f "$WORK/first.csv" ]; then cmp -s "$WORK/first.csv" $cases/impact.csv || die "trees of fan-in $FAN differ in impact.csv"
    else cp $cases/impact.csv "$WORK/first.csv"; fi
}

config_run() { # CUSTOMERS ROWS-A-CUSTOMER SHARDS SPREAD FITTED DISTINCT
    local customers=$(($1 * PERCENT / 100)) rows round i cases fan_in
    rows=$((customers * $2))
    config="$customers $rows $3 $4 $5"
    say "customers $customers, rows $rows, shards $3, each customer in up to $4"
    generate csv $customers $rows none
    rm -rf "$WORK/parts" "$WORK/shards" "$WORK/first.csv" && mkdir -p "$WORK/parts" "$WORK/shards"
    awk -F, -v shards="$3" -v spread="$4" -v folder="$WORK/parts" -f bench/scale/divide.awk "$WORK/data"
    for ((round = 1; round <= ROUNDS; round++)); do
        clock_clear
        cases=""
        for ((i = 0; i < $3; i++)); do
            scan_shard "$WORK/parts" "$WORK/shards/$i" "$i/$3" --hash none --records-distinct "$6"
            cases="$cases $WORK/shards/$i"
        done
        row scan $config 0 0 $round "$3" "$(stat -c %s "$WORK/data")" 0 0 0 0 0 0 "$(totals_of 'holders*' $cases)" "$(totals_of 'digests*' $cases)"
        for fan_in in $FAN_INS; do tree "$fan_in" $round $cases; done
    done
    facts_write "$customers" "$3" "$4"
}

# What a customer's entry holds, from impact.csv of the whole: identifiers and points. Where many have more points
# than are kept exactly, impact.csv does not say what else is kept.
facts_write() {
    awk -F, -v config="$1,$2,$3" 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        { identifiers += $column["vins"] + $column["frame_numbers"] + $column["imeis"] + $column["iccids"] + $column["macs"]
          kept = $column["loc_points"]
          if (sub(/~/, "", kept)) { estimated++; kept = 64 }
          points += kept }
        END { if (100 * estimated < NR) printf "%s,%d,%d,%d\n", config, NR - 1, identifiers, points }' "$WORK/first.csv" >>"$FACTS"
}

{ [ -x "$OURS" ] && [ -x "$BUILD/generate" ]; } || die "$BUILD has no breachtally or no generate: make first"
RESULTS=$(results_folder)
mkdir -p "$RESULTS" "$WORK" || die "no folder for results"
$CC -std=c11 -D_GNU_SOURCE -O2 -o "$WORK/measure" bench/measure.c || die "measure.c does not compile"
trap 'rm -rf "$WORK"' EXIT
CSV=$RESULTS/scale.csv
FACTS=$RESULTS/scale-facts.csv
echo 0 >"$WORK/bytes"
header
echo "customers,shards,spread,affected,identifiers,points" >"$FACTS"

format_measure csv csv none .csv --hash none
format_measure csv-sha256 csv none .csv
format_measure ndjson ndjson none .ndjson --hash none
format_measure log log none .log --hash none
format_measure csv.gz csv all .csv.gz --hash none
objects_measure 2
objects_measure 10
checkpoints_measure
while read -r line; do config_run $line; done <<<"$CONFIGS"
awk -F, -v facts="$FACTS" -f bench/scale/model.awk "$CSV" | tee "$RESULTS/scale.md"
say "written to $RESULTS"
