# Threads, block size, where a read ends, the order files were made in and the CPU's code path: none of
# them may change a byte of impact.csv, summary.json or coverage.csv.
. "$EXPECT"

# Copies a dump file by file in another order, so that folders list it otherwise.
copy_shuffled()
{
    (cd "$1" && find . -type f) | awk -v seed="$3" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort -n | cut -f 2- |
        while read -r file; do
            mkdir -p "$2/${file%/*}"
            cp "$1/$file" "$2/$file"
        done
}

# The default and the portable path always; the others where this CPU has them.
paths="portable"
for cpu in avx2 avx512; do
    if "$BREACHTALLY" scan "$FIXTURES/small/decoys.log" --case "probe_$cpu" --cpu "$cpu" --quiet 2>said; then
        paths="$paths $cpu"
    else
        skip_part "$cpu"
    fi
done

runs=0
# run WHAT ARGUMENTS...: once more, against $reference.
run()
{
    rm -rf case
    status=0
    "$BREACHTALLY" scan --case case --quiet "$@" >said 2>&1 || status=$?
    [ "$status" -eq "$wanted_exit" ] || fail "scan $*: exit $status: $(cat said)"
    expect "results of scan $*" "$reference" "$(results_digest case)"
    runs=$((runs + 1))
}

"$GENERATE" --out one/dump --customers 120 --rows 900 --seed 3 >said
mkdir two
copy_shuffled one/dump two/dump 1
cp "$FIXTURES"/small/* one/dump/
cp -r "$FIXTURES"/small/* two/dump/
wanted_exit=3
scan 3 reference one/dump
reference=$(results_digest reference)
for cpu in $paths; do
    for threads in 1 2 3 8; do
        for block in 1 61 4096 ""; do
            for read in 7 65536; do
                [ "$threads" = 2 ] || [ "$threads" = 8 ] && dump=two/dump || dump=one/dump
                run "$dump" --cpu "$cpu" --threads "$threads" ${block:+--block-bytes "$block"} --read-bytes "$read"
            done
        done
    done
done

# One byte a read, on the files that were made to be hard.
mkdir three
cp -r "$FIXTURES/small" three/dump
scan 3 reference three/dump
reference=$(results_digest reference)
for threads in 1 2 3 8; do
    for block in 1 61 4096 ""; do
        for engine in fast pcre2; do
            run three/dump --threads "$threads" ${block:+--block-bytes "$block"} --read-bytes 1 --engine "$engine"
        done
    done
done

# Many blocks of many objects, with threads that overtake one another.
"$GENERATE" --out four/dump --customers 2000 --rows 20000 --seed 5 >said
mkdir five
copy_shuffled four/dump five/dump 2
wanted_exit=0
scan 0 reference four/dump
reference=$(results_digest reference)
for cpu in $paths; do
    for threads in 1 2 3 8 64; do
        run four/dump --cpu "$cpu" --threads "$threads"
        run five/dump --cpu "$cpu" --threads "$threads" --block-bytes 4096
    done
done

# Twenty times the same, with more threads than cores.
for again in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    run five/dump --threads 16 --block-bytes 997
done
expect_at_least "runs" 128 "$runs"
