#!/bin/sh
# Runs all tests of a build and counts what ran.
#
# Usage    tests/all.sh BUILD_DIR [sanitized | threads TEST...]   a part of them, for builds that are many times slower;
#          threads: these unit tests, and what is run end to end for threads
# Runs     some at a time, as tests/pool.sh says
# Prints   what failed, and at the end "N passed, N failed"; in the same order each time
build=${1:?usage: tests/all.sh BUILD_DIR [sanitized | threads TEST...]}
part=${2:-all}
[ $# -lt 2 ] && shift $# || shift 2
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0 skipped=0
work=$(mktemp -d) || exit 2
. tests/pool.sh
trap 'rm -rf "$work"' EXIT
trap 'pool_stop; exit 130' INT
trap 'pool_stop; exit 143' TERM
export LC_ALL=C TZ=UTC
export OMP_WAIT_POLICY=passive # many short runs: threads that wait by spinning would take most of the time
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-ignore_noninstrumented_modules=1:halt_on_error=1}
archer=/usr/lib/llvm-14/lib/libarcher.so
[ "$part" = threads ] && [ -f "$archer" ] && export OMP_TOOL_LIBRARIES=$archer

# ---------------------------------------------------------------- checks

fuzzed=10000000
[ "$part" = sanitized ] && fuzzed=200000

# The command of a check.
command_of()
{
    case $1 in
    test_*) exec "$build/tests/$1" ;;
    "fast engine equals PCRE2") exec "$build/tests/fuzz_equal" $fuzzed 1 ;;
    vectors) exec "$build/tests/check_vectors" tests/vectors ;;
    "corpus of "*) exec "$build/tests/fuzz/${1#corpus of }" "tests/fuzz/corpus_${1#corpus of fuzz_}" ;;
    # Its data are the same each time, so that it misses a target in every run or in none.
    accuracy) exec "$build/accuracy" 60000 200000 ;;
    layers) exec tests/check_layers.sh ;;
    lint) exec tests/lint.sh ;;
    corpora) exec tests/corpora.sh "$build" ;;
    esac
}

# run_check NAME: leaves NAME.out, what it printed, and NAME.status.
run_check()
{
    (command_of "$1") >"$work/$1.out" 2>&1
    echo $? >"$work/$1.status"
}

# status_of NAME: sets $status, once the check is done.
status_of()
{
    if pool_await "$1"; then
        status=$(cat "$work/$1.status")
    else
        status=2
        echo "it did not come to its end" >>"$work/$1.out"
    fi
}

# one NAME: a check that passes or fails as a whole.
one()
{
    status_of "$1"
    if [ "$status" -eq 77 ]; then
        skipped=$((skipped + 1))
        echo "skipped  $1: $(tail -n 1 "$work/$1.out")"
    elif [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok       $1: $(tail -n 1 "$work/$1.out")"
    else
        failed=$((failed + 1))
        echo "FAILED   $1 (exit $status)"
        tail -n 60 "$work/$1.out" | sed 's/^/         | /'
    fi
}

# A cmocka program counts its own tests; one that dies before it has counted is a failure.
unit()
{
    status_of "$1"
    good=$(grep -c '^\[       OK \]' "$work/$1.out")
    bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' "$work/$1.out" | tail -n 1)
    bad=${bad:-0}
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    passed=$((passed + good))
    failed=$((failed + bad))
    [ "$bad" -eq 0 ] && return
    echo "FAILED   $1 (exit $status)"
    grep -v -e '^\[ RUN' -e '^\[       OK' "$work/$1.out" | tail -n 60 | sed 's/^/         | /'
}

# ---------------------------------------------------------------- what there is to do

units=$*
[ "$part" = threads ] || units=$(cd tests && ls test_*.c | sed 's/\.c$//')
targets=
[ "$part" = threads ] || targets=$(cd tests/fuzz && ls fuzz_*.c | sed 's/\.c$//')

# Those that take long come first, so that none of them runs alone at the end.
set --
[ "$part" != all ] || set -- accuracy corpora
[ "$part" = threads ] || set -- "fast engine equals PCRE2" "$@" vectors
# shellcheck disable=SC2086
set -- "$@" $units
for target in $targets; do set -- "$@" "corpus of $target"; done
[ "$part" != all ] || set -- "$@" layers lint

pool_start "$work" run_check "$@"
for name in $units; do unit "$name"; done
echo "unit tests: $passed passed, $failed failed"
for name in "$@"; do
    case $name in
    test_*) ;;
    *) one "$name" ;;
    esac
done

end_to_end=
case $part in
threads) end_to_end="threads_do_not_race" ;;
sanitized) end_to_end="broken_gzip_gives_up_what_it_has broken_containers_give_up_what_they_have formats_are_read_for_what_they_are small_fixtures hostile_names_are_one_line_each
    files_that_cannot_be_read_are_said packaging_does_not_show usage_errors_say_what_is_wrong explain_says_why
    killed_and_resumed_is_the_same death_at_any_write_is_survived resume_refuses_what_has_changed an_interrupt_leaves_a_checkpoint
    a_roster_is_judged_before_anything_is_scanned" ;;
esac
# shellcheck disable=SC2086
tests/run.sh "$build" $end_to_end 2>&1 | tee "$work/end_to_end"
counts=$(tail -n 1 "$work/end_to_end")
add() { echo "$counts" | sed -n "s/.*\\b\\([0-9][0-9]*\\) $1.*/\\1/p"; }
passed=$((passed + $(add passed | grep . || echo 0)))
failed=$((failed + $(add failed | grep . || echo 1)))
skipped=$((skipped + $(add skipped | grep . || echo 0)))

if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" -eq 0 ]
