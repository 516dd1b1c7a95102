#!/bin/sh
# Runs the end-to-end tests.
#
# Usage    tests/run.sh BUILD_DIR [NAME...]       names as of tests/cli, without .sh; all by default
# A test   is tests/cli/NAME.sh. It runs in an empty folder, with $BREACHTALLY, $GENERATE,
#          $TRUTH_COMPARE, $DIE_AT_LIBRARY (tests/die_at.c), $FIXTURES, $TESTS and $EXPECT (its vocabulary) set to absolute paths
# Fails    on any failed expectation, an exit status other than that in NAME.exit (0 without one), or a
#          stdout other than NAME.stdout (where that file is). Exit status 77 says skipped
# Ends     a test after $TEST_SECONDS (600)
# Prints   a line a test; of those that failed, what they said
LC_ALL=C
TZ=UTC
export LC_ALL TZ
unset NO_COLOR CDPATH
umask 022

build=$(cd "${1:?usage: tests/run.sh BUILD_DIR [NAME...]}" && pwd) || exit 2
shift
TESTS=$(cd "$(dirname "$0")" && pwd) || exit 2
FIXTURES=$(cd "$TESTS/../fixtures" && pwd) || exit 2
BREACHTALLY=$build/breachtally
GENERATE=$build/generate
TRUTH_COMPARE=$build/truth_compare
DIE_AT_LIBRARY=$build/tests/die_at.so
EXPECT=$TESTS/expect.sh
export TESTS FIXTURES BREACHTALLY GENERATE TRUTH_COMPARE DIE_AT_LIBRARY EXPECT

for needed in "$BREACHTALLY" "$GENERATE" "$TRUTH_COMPARE"; do
    [ -x "$needed" ] || { echo "tests/run.sh: $needed is missing" >&2; exit 2; }
done
[ -f "$DIE_AT_LIBRARY" ] || { echo "tests/run.sh: $DIE_AT_LIBRARY is missing: make test-programs" >&2; exit 2; }
for needed in jq awk iconv gzip; do
    command -v "$needed" >/dev/null || { echo "tests/run.sh: the tests need $needed" >&2; exit 2; }
done

work=$(mktemp -d) || exit 2
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$work"

[ $# -gt 0 ] || set -- $(cd "$TESTS/cli" && ls | sed -n 's/\.sh$//p')

passed=0 failed=0 skipped=0
for name in "$@"; do
    script=$TESTS/cli/$name.sh
    [ -f "$script" ] || { echo "FAILED   $name (there is no $script)"; failed=$((failed + 1)); continue; }
    mkdir "$work/$name"
    FAILURES=$work/$name.failures
    export FAILURES
    : >"$FAILURES"
    started=$(date +%s)
    (cd "$work/$name" && exec timeout "${TEST_SECONDS:-600}" sh "$script") >"$work/$name.out" 2>"$work/$name.err" </dev/null && status=0 || status=$?
    took=$(($(date +%s) - started))
    expected=0
    [ -f "$TESTS/cli/$name.exit" ] && expected=$(cat "$TESTS/cli/$name.exit")
    if [ "$status" -eq 77 ] && [ ! -s "$FAILURES" ]; then
        echo "skipped  $name: $(tail -n 1 "$work/$name.err" | sed 's/^skipped: //')"
        skipped=$((skipped + 1))
        continue
    fi
    if [ "$status" -ne "$expected" ]; then
        echo "exit status: expected $expected, got $status" >>"$work/$name.err"
        echo x >>"$FAILURES"
    fi
    if [ -f "$TESTS/cli/$name.stdout" ] && ! diff -u "$TESTS/cli/$name.stdout" "$work/$name.out" >>"$work/$name.err"; then
        echo "stdout differs from tests/cli/$name.stdout" >>"$work/$name.err"
        echo x >>"$FAILURES"
    fi
    if [ -s "$FAILURES" ]; then
        echo "FAILED   $name (${took} s)"
        [ -f "$TESTS/cli/$name.stdout" ] || sed 's/^/         | /' "$work/$name.out"
        sed 's/^/         | /' "$work/$name.err"
        failed=$((failed + 1))
    else
        echo "ok       $name (${took} s)$(grep '^left out: ' "$work/$name.err" | sed 's/^left out: /; without /' | tr -d '\n')"
        passed=$((passed + 1))
    fi
    chmod -R u+rwX "$work/$name" 2>/dev/null
    rm -rf "$work/$name"
done

if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
