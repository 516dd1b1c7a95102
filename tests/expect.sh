# The vocabulary of tests/cli: sourced by every test, by way of $EXPECT.
#
# Needs    awk, jq, and what every system has. All text is bytes (LC_ALL=C).
# Fails    a test goes on after a failed expectation; run.sh counts it as failed
LC_ALL=C
export LC_ALL

fail()
{
    echo "not as expected: $*" >&2
    echo x >>"$FAILURES"
}

# Ends the test as not done, with the reason.
skip()
{
    echo "skipped: $*" >&2
    exit 77
}

# One part of a test that cannot be done here; the rest of the test still counts.
skip_part()
{
    echo "left out: $*" >&2
}

# expect WHAT EXPECTED GOT
expect()
{
    [ "$2" = "$3" ] || fail "$1: expected \"$2\", got \"$3\""
}

# expect_at_least WHAT LEAST GOT
expect_at_least()
{
    [ "${3:-0}" -ge "$2" ] || fail "$1: expected at least $2, got \"$3\""
}

# expect_line WHAT FILE TEXT: the text stands somewhere in the file.
expect_line()
{
    grep -qF -e "$3" "$2" || { fail "$1: \"$3\" is not in $2, which says:"; head -c 2000 "$2" >&2; }
}

# ---------------------------------------------------------------- reading CSV and JSON

# Rows of RFC 4180 on stdin as lines: cells end with 0x1f, a line break inside a cell becomes 0x1e.
csv_cells()
{
    awk '
    {
        line = held ? kept "\036" $0 : $0
        probe = line
        if (gsub(/"/, "", probe) % 2) { kept = line; held = 1; next }
        held = 0
        if (index(line, "\"") == 0) { gsub(/,/, "\037", line); print line "\037"; next }
        cells = ""
        rest = line ","
        while (rest != "") {
            if (substr(rest, 1, 1) == "\"") {
                if (!match(rest, /^"([^"]|"")*",/)) { print "MALFORMED " NR; next }
                cell = substr(rest, 2, RLENGTH - 3)
                gsub(/""/, "\"", cell)
            } else {
                match(rest, /^[^,]*,/)
                cell = substr(rest, 1, RLENGTH - 1)
                if (index(cell, "\"")) { print "MALFORMED " NR; next }
            }
            cells = cells cell "\037"
            rest = substr(rest, RLENGTH + 1)
        }
        print cells
    }
    END { if (held) print "MALFORMED at the end" }' "$@"
}

# csv_value FILE KEY COLUMN: the cell of the row whose first cell is KEY; nothing if there is none.
csv_value()
{
    csv_cells "$1" | KEY=$2 COLUMN=$3 awk -F '\037' '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == ENVIRON["COLUMN"]) at = i; next }
        $1 == ENVIRON["KEY"] { print at ? $at : "no such column"; exit }'
}

# csv_columns FILE NAME...: these columns of all rows, without the header, joined by blanks.
csv_columns()
{
    columns_file=$1
    shift
    csv_cells "$columns_file" | NAMES="$*" awk -F '\037' '
        NR == 1 { wanted = split(ENVIRON["NAMES"], name, " ")
                  for (i = 1; i <= NF; i++) place[$i] = i
                  next }
        { line = ""
          for (i = 1; i <= wanted; i++) line = line (i > 1 ? " " : "") $(place[name[i]])
          print line }'
}

# Places in a case: coverage CASE PATH COLUMN, impact CASE CUSTOMER COLUMN, summary CASE JQ-FILTER.
coverage() { csv_value "$1/coverage.csv" "$2" "$3"; }
impact()   { csv_value "$1/impact.csv" "$2" "$3"; }
summary()  { jq -r "$2" "$1/summary.json"; }

# expect_coverage CASE PATH STATUS REASON [COLUMN VALUE]...
expect_coverage()
{
    expected_case=$1
    expected_path=$2
    expect "status of $2" "$3" "$(coverage "$1" "$2" status)"
    expect "reason of $2" "$4" "$(coverage "$1" "$2" reason)"
    shift 4
    while [ $# -ge 2 ]; do
        expect "$1 of $expected_path" "$2" "$(coverage "$expected_case" "$expected_path" "$1")"
        shift 2
    done
}

# expect_impact CASE CUSTOMER [COLUMN VALUE]...
expect_impact()
{
    expected_case=$1
    expected_customer=$2
    shift 2
    while [ $# -ge 2 ]; do
        expect "$1 of $expected_customer" "$2" "$(impact "$expected_case" "$expected_customer" "$1")"
        shift 2
    done
}

# ---------------------------------------------------------------- running

# Only printable text: no C0 but the line end, no C1, nothing that turns or hides text; valid UTF-8.
hidden_text=$(printf '\302[\200-\237]|\342\200[\213-\217\250-\256]|\342\201[\240-\257]|\357\273\277')
expect_printable()
{
    if tr -d '\n' <"$1" | grep -aqE "[[:cntrl:]]|$hidden_text"; then fail "$1 holds control bytes"; fi
    iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 || fail "$1 is not UTF-8"
}

# program EXIT ARGUMENT...: runs breachtally, keeps its output in ./stdout and ./stderr.
program()
{
    expected_exit=$1
    shift
    "$BREACHTALLY" "$@" >stdout 2>stderr && got_exit=0 || got_exit=$?
    if [ "$got_exit" != "$expected_exit" ]; then
        fail "breachtally $*: expected exit $expected_exit, got $got_exit"
        cat stderr >&2
    fi
    expect_printable stdout
    expect_printable stderr
}

# scan EXIT CASE ARGUMENT...: runs a scan into a new case and holds it against the identities.
scan()
{
    scanned_exit=$1
    scanned_case=$2
    shift 2
    rm -rf "$scanned_case"
    program "$scanned_exit" scan --case "$scanned_case" --no-progress "$@"
    case $scanned_exit in
    0 | 3) case_holds "$scanned_case" "$scanned_exit" ;;
    esac
}

# killed_scan MS STEP_MS END_MS ARGUMENT...: a scan into the new case ./case that is killed after MS and taken up again, each time with
# STEP_MS more until it has had END_MS, and then left in peace.
killed_scan()
{
    killed_ms=$1
    killed_step_ms=$2
    killed_end_ms=$3
    shift 3
    rm -rf case
    while :; do
        # The first one makes the case; killed before that, the next one does.
        "$BREACHTALLY" scan "$@" --case case --resume --quiet --threads 2 --checkpoint-bytes 600k >said 2>&1 &
        killed=$!
        sleep "0.$killed_ms"
        kill -9 $killed 2>killing
        killed_exit=0
        wait $killed 2>waiting || killed_exit=$?
        [ $killed_exit -eq 137 ] && [ $killed_ms -lt "$killed_end_ms" ] || break
        killed_ms=$((killed_ms + killed_step_ms))
    done
    [ $killed_exit -ne 137 ] || "$BREACHTALLY" scan "$@" --case case --resume --quiet >said 2>&1 || fail "--resume: $(cat said)"
}

# killed_at_checkpoint ARGUMENT...: a scan by one thread into the new case ./case that is killed behind its first checkpoint. On a busy
# machine it may be done before anybody gets to kill it: then it is tried again.
killed_at_checkpoint()
{
    for killed_try in 1 2 3 4 5 6 7 8 9 10; do
        rm -rf case
        "$BREACHTALLY" scan "$@" --case case --quiet --read-bytes 1 --threads 1 2>said &
        killed=$!
        until [ -e case/tally/state.run ] || ! kill -0 $killed 2>killing; do :; done
        kill -9 $killed 2>killing
        wait $killed 2>waiting
        [ -e case/impact.csv ] || return 0
    done
    fail "$*: was done before it could be killed, $killed_try times"
}

# case_holds CASE EXIT: the identities of the specification, over all three files.
case_holds()
{
    for case_file in impact.csv summary.json coverage.csv case.json; do
        [ -f "$1/$case_file" ] || { fail "$1/$case_file is missing"; return; }
    done
    broken=$(sh "$TESTS/check_case.sh" "$1" "$2" 2>&1) || fail "identities of case $1: $broken"
}

# results_digest CASE: one line for the three files whose bytes are promised.
results_digest()
{
    cat "$1/impact.csv" "$1/summary.json" "$1/coverage.csv" | sha256sum | cut -d ' ' -f 1
}

# The columns of impact.csv that packaging and names may not change.
impact_without_places()
{
    csv_cells "$1/impact.csv" | awk -F '\037' -v OFS=, '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "evidence_ref" || $i == "sources") hidden[i] = 1 }
        { for (i in hidden) $i = ""; print }'
}

# as_nobody COMMAND...: without root's right to read everything. False where that cannot be done.
can_be_nobody()
{
    [ "$(id -u)" -ne 0 ] && return 0
    setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null
}
as_nobody()
{
    if [ "$(id -u)" -ne 0 ]; then "$@"; else setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; fi
}

# ---------------------------------------------------------------- dying at a call

# dying K HOW ARGUMENT...: a run of breachtally that has this happen to it (tests/die_at.c). Its status is in $died, the call in ./call.
dying()
{
    die_at=$1
    die_how=$2
    shift 2
    died=0
    rm -f call
    LD_PRELOAD=$DIE_AT_LIBRARY DIE_AT=$die_at DIE_HOW=$die_how DIE_SAY=call "$BREACHTALLY" "$@" >said 2>said_wrong || died=$?
}

# For tests of hundreds of short runs that die. Ends those of a program that cannot be made to.
dying_begins()
{
    # Of a sanitized program the runtime wants to be the first library; after ours is soon enough.
    ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
    export ASAN_OPTIONS
    dying 0 count --version
    [ $died -eq 0 ] && [ "$(cat call)" = 0 ] || skip "this build of the program takes no preloaded library: $(head -n 1 said_wrong)"
}
