#!/bin/sh
# Runs all tests of a build and counts what ran.
#
# Usage    tests/all.sh BUILD_DIR [sanitized|threads]   a part of them, for builds that are many times slower
# Prints   what failed, and at the end "N passed, N failed"
build=${1:?usage: tests/all.sh BUILD_DIR [sanitized|threads]}
part=${2:-all}
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0 skipped=0
out=$(mktemp) || exit 2
trap 'rm -f "$out"' EXIT
export LC_ALL=C TZ=UTC
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-ignore_noninstrumented_modules=1:halt_on_error=1}
archer=/usr/lib/llvm-14/lib/libarcher.so
[ "$part" = threads ] && [ -f "$archer" ] && export OMP_TOOL_LIBRARIES=$archer

# one NAME COMMAND...: a check that passes or fails as a whole.
one()
{
    name=$1
    shift
    "$@" >"$out" 2>&1
    status=$?
    if [ $status -eq 77 ]; then
        skipped=$((skipped + 1))
        echo "skipped  $name: $(tail -n 1 "$out")"
    elif [ $status -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok       $name: $(tail -n 1 "$out")"
    else
        failed=$((failed + 1))
        echo "FAILED   $name (exit $status)"
        tail -n 60 "$out" | sed 's/^/         | /'
    fi
}

# A cmocka program counts its own tests; one that dies before it has counted is a failure.
unit()
{
    "$1" >"$out" 2>&1
    status=$?
    good=$(grep -c '^\[       OK \]' "$out")
    bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' "$out" | tail -n 1)
    bad=${bad:-0}
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    passed=$((passed + good))
    failed=$((failed + bad))
    [ "$bad" -eq 0 ] && return
    echo "FAILED   ${1##*/} (exit $status)"
    grep -v -e '^\[ RUN' -e '^\[       OK' "$out" | tail -n 60 | sed 's/^/         | /'
}

for source in tests/test_*.c; do
    name=$(basename "$source" .c)
    case $part:$name in
    threads:test_tally | threads:test_runs | threads:test_parallel | threads:test_resolve | threads:test_identifiers | threads:test_order | threads:test_impact_csv | threads:test_duplicate) ;;
    threads:*) continue ;;
    esac
    unit "$build/tests/$name"
done
echo "unit tests: $passed passed, $failed failed"

end_to_end=
case $part in
threads) end_to_end="threads_do_not_race" ;;
sanitized) end_to_end="broken_gzip_gives_up_what_it_has formats_are_read_for_what_they_are small_fixtures hostile_names_are_one_line_each
    files_that_cannot_be_read_are_said packaging_does_not_show usage_errors_say_what_is_wrong explain_says_why
    killed_and_resumed_is_the_same death_at_any_write_is_survived resume_refuses_what_has_changed an_interrupt_leaves_a_checkpoint
    a_roster_is_judged_before_anything_is_scanned" ;;
esac
# shellcheck disable=SC2086
tests/run.sh "$build" $end_to_end >"$out" 2>&1
cat "$out"
counts=$(tail -n 1 "$out")
add() { echo "$counts" | sed -n "s/.*\\b\\([0-9][0-9]*\\) $1.*/\\1/p"; }
passed=$((passed + $(add passed | grep . || echo 0)))
failed=$((failed + $(add failed | grep . || echo 1)))
skipped=$((skipped + $(add skipped | grep . || echo 0)))

if [ "$part" != threads ]; then
    fuzzed=10000000
    [ "$part" = sanitized ] && fuzzed=200000
    one "fast engine equals PCRE2" "$build/tests/fuzz_equal" $fuzzed 1
    one "vectors" "$build/tests/check_vectors" tests/vectors
    for target in tests/fuzz/fuzz_*.c; do
        name=$(basename "$target" .c)
        one "corpus of $name" "$build/tests/fuzz/$name" "tests/fuzz/corpus_${name#fuzz_}"
    done
fi
if [ "$part" = all ]; then
    # Its data are the same each time, so that it misses a target in every run or in none.
    one "accuracy" "$build/accuracy" 60000 200000
    one "layers" tests/check_layers.sh
    one "lint" tests/lint.sh
    one "corpora" tests/corpora.sh "$build"
fi

if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" -eq 0 ]
