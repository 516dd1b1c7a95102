#!/bin/sh
# Runs the end-to-end tests.
#
# Usage    tests/run.sh BUILD_DIR [NAME...]       names as of tests/cli, without .sh; all by default
# A test   is tests/cli/NAME.sh. It runs in an empty folder, with $BREACHTALLY, $GENERATE,
#          $TRUTH_COMPARE, $DIE_AT_LIBRARY (tests/die_at.c), $MAKE_MEMBERS (tests/make_members.c), $FIXTURES, $TESTS and $EXPECT (its vocabulary) set to absolute paths
# Fails    on any failed expectation, an exit status other than that in NAME.exit (0 without one), or a
#          stdout other than NAME.stdout (where that file is). Exit status 77 says skipped
# Ends     a test after $TEST_SECONDS (600)
# Runs     some at a time, as tests/pool.sh says
# Prints   a line a test, in the order of the names; of those that failed, what they said
LC_ALL=C
TZ=UTC
OMP_WAIT_POLICY=passive # many short runs: threads that wait by spinning would take most of the time
export LC_ALL TZ OMP_WAIT_POLICY
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
MAKE_MEMBERS=$build/tests/make_members
EXPECT=$TESTS/expect.sh
export TESTS FIXTURES BREACHTALLY GENERATE TRUTH_COMPARE DIE_AT_LIBRARY MAKE_MEMBERS EXPECT

for needed in "$BREACHTALLY" "$GENERATE" "$TRUTH_COMPARE"; do
    [ -x "$needed" ] || { echo "tests/run.sh: $needed is missing" >&2; exit 2; }
done
[ -x "$MAKE_MEMBERS" ] || { echo "tests/run.sh: $MAKE_MEMBERS is missing: make test-programs" >&2; exit 2; }
[ -f "$DIE_AT_LIBRARY" ] || { echo "tests/run.sh: $DIE_AT_LIBRARY is missing: make test-programs" >&2; exit 2; }
for needed in jq awk iconv gzip; do
    command -v "$needed" >/dev/null || { echo "tests/run.sh: the tests need $needed" >&2; exit 2; }
done

work=$(mktemp -d) || exit 2
. "$TESTS/pool.sh"
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'pool_stop; exit 130' INT
trap 'pool_stop; exit 143' TERM
chmod 755 "$work"

[ $# -gt 0 ] || set -- $(cd "$TESTS/cli" && ls | sed -n 's/\.sh$//p')

# run_case NAME: leaves NAME.said, what is to be printed, and NAME.verdict: passed, failed or skipped.
run_case()
{
    case_name=$1
    script=$TESTS/cli/$case_name.sh
    here=$work/$case_name
    mkdir "$here"
    FAILURES=$here.failures
    export FAILURES
    : >"$FAILURES"
    started=$(date +%s)
    # The pool's workers ignore signals; what they run shall not.
    (cd "$here" && exec env --default-signal=INT,QUIT,TERM timeout "${TEST_SECONDS:-600}" sh "$script") >"$here.out" 2>"$here.err" </dev/null &&
        status=0 || status=$?
    took=$(($(date +%s) - started))
    expected=0
    [ -f "$TESTS/cli/$case_name.exit" ] && expected=$(cat "$TESTS/cli/$case_name.exit")
    if [ "$status" -eq 77 ] && [ ! -s "$FAILURES" ]; then
        echo "skipped  $case_name: $(tail -n 1 "$here.err" | sed 's/^skipped: //')" >"$here.said"
        echo skipped >"$here.verdict"
        return
    fi
    if [ "$status" -ne "$expected" ]; then
        echo "exit status: expected $expected, got $status" >>"$here.err"
        echo x >>"$FAILURES"
    fi
    if [ -f "$TESTS/cli/$case_name.stdout" ] && ! diff -u "$TESTS/cli/$case_name.stdout" "$here.out" >>"$here.err"; then
        echo "stdout differs from tests/cli/$case_name.stdout" >>"$here.err"
        echo x >>"$FAILURES"
    fi
    if [ -s "$FAILURES" ]; then
        {
            echo "FAILED   $case_name (${took} s)"
            [ -f "$TESTS/cli/$case_name.stdout" ] || sed 's/^/         | /' "$here.out"
            sed 's/^/         | /' "$here.err"
        } >"$here.said"
        echo failed >"$here.verdict"
    else
        echo "ok       $case_name (${took} s)$(grep '^left out: ' "$here.err" | sed 's/^left out: /; without /' | tr -d '\n')" >"$here.said"
        echo passed >"$here.verdict"
    fi
    chmod -R u+rwX "$here" 2>/dev/null
    rm -rf "$here"
}

passed=0 failed=0 skipped=0
pool_start "$work" run_case "$@"
for name in "$@"; do
    verdict=
    if [ ! -f "$TESTS/cli/$name.sh" ]; then
        echo "FAILED   $name (there is no $TESTS/cli/$name.sh)"
    elif pool_await "$name"; then
        cat "$work/$name.said"
        verdict=$(cat "$work/$name.verdict")
    else
        echo "FAILED   $name (it did not come to its end)"
    fi
    case $verdict in
    passed) passed=$((passed + 1)) ;;
    skipped) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
done

if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
