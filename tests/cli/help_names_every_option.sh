# Each option of the specification that is made, in the help of its command; --version; the table of detectors.
. "$EXPECT"

# mentions COMMAND OPTION...
mentions()
{
    command=$1
    shift
    for how in --help -h; do
        program 0 "$command" "$how"
        expect "stderr of $command $how" "" "$(cat stderr)"
        for option in "$@"; do
            grep -qE -e "(^| )--$option( |$)" stdout || fail "$command $how does not mention --$option"
        done
        expect "longest line of $command $how" "" "$(awk 'length > 100' stdout)"
    done
    program 0 help "$command"
    expect_line "help $command" stdout "breachtally $command"
}
mentions scan case profile roster aware passwords threads hash only not exclude max-depth max-ratio max-bytes max-members quiet no-progress \
    json engine block-bytes read-bytes cpu help version
mentions inspect profile passwords write-profile threads exclude json help version
mentions explain label profile json help version
mentions detectors json help version
mentions show json help version
mentions diff format limit json help version

# Every option that the help of scan names is one that scan knows.
program 0 scan --help
grep -oE -e '--[a-z-]+' stdout | sort -u | while read -r option; do
    "$BREACHTALLY" scan "$option=x" 2>said >said
    if grep -q 'no option' said; then fail "scan --help names $option, which scan does not know"; fi
done

program 0 --help
for command in scan explain detectors show diff; do expect_line --help stdout "breachtally $command"; done
expect_line "exit status" stdout "Exit status: 0"
for ask in --version "scan --version" "detectors --version"; do
    program 0 $ask
    grep -qE '^breachtally [0-9]+\.[0-9]+\.[0-9]+$' stdout || fail "$ask does not begin with the version"
    for word in build libraries zlib pcre2 "cpu path"; do expect_line "$ask" stdout "$word"; done
done
