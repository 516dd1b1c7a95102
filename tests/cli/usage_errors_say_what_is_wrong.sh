# Exit 2, one line on stderr, nothing on stdout, nothing scanned, no case left behind.
. "$EXPECT"

mkdir dump
printf 'customer_id,vin\nC1,1M8GDM9AXKP042788\n' >dump/a.csv

# refused SAYS ARGUMENT...
refused()
{
    says=$1
    shift
    program 2 "$@"
    expect_line "breachtally $*" stderr "$says"
    expect "lines on stderr of breachtally $*" 1 "$(wc -l <stderr)"
    expect "stdout of breachtally $*" "" "$(cat stdout)"
    [ ! -e case ] || { fail "breachtally $* made a case"; rm -rf case; }
}

refused 'no such file or folder: nowhere' scan nowhere --case case
refused 'no such file or folder: nowhere' scan dump nowhere --case case
refused '--case DIR' scan dump
refused 'scan needs evidence' scan --case case
refused 'did you mean --threads' scan dump --case case --thraeds 2
refused 'did you mean --exclude' scan dump --case case --exclud=x --excldue=x
for word in '--thr 2' --thr=2 --th=2 '--threads 2 --quie' --no-prog --hel --vers '--prof x.json' --block=4096 --cas; do
    # shellcheck disable=SC2086
    refused "no option --$(echo "${word##*--}" | sed 's/[= ].*//') here; did you mean --" scan dump --case case $word
done
refused 'no option --thr here; did you mean --threads?' scan --thr 2 dump --case case
refused 'no option --max here; did you mean --max-depth?' scan dump --case case --max 2
refused 'no option --mem here; did you mean --memory?' scan dump --case case --mem 2G
refused 'no option --lab here; did you mean --label?' explain --lab vin 1
refused 'no option -z here' scan dump --case case -z
refused 'did you mean "scan"' scna dump --case case
refused 'no command "frobnicate"' frobnicate
refused 'breachtally scan dump --case DIR' dump --case case
refused 'the command comes first' --case case scan dump
refused '--quiet takes no value' scan dump --case case --quiet=yes
refused 'needs a value' scan dump --case
refused '"zero" is no whole number' scan dump --case case --threads zero
refused '--threads' scan dump --case case --threads -1
refused '--threads' scan dump --case case --threads 99999999999999999999
refused 'did you mean "sha256"' scan dump --case case --hash md5
refused 'did you mean "vin"' scan dump --case case --only vim
refused 'leave no kind' scan dump --case case --only vin --not vin
refused '--max-bytes' scan dump --case case --max-bytes 5Q
refused 'detectors takes no arguments' detectors vin
refused 'inspect needs evidence' inspect
refused '--label is no option of this command' scan dump --case case --label vin
for command in verify; do
    refused "$command is not in this version" "$command"
done
refused '--aware: "yesterday" is no time' scan dump --case case --aware yesterday
for option in keep-values; do
    refused "--${option%%=*} is not in this version" scan dump --case case "--$option"
done

# Profiles: every key is known, everything is JSON, every message says where.
profile()
{
    printf '%s' "$2" >profile.json
    refused "$1" scan dump --case case --profile profile.json
}
profile 'custmer is no key of a profile; did you mean "customer"?' '{"custmer":{}}'
profile 'did you mean "fields"' '{"customer":{"feilds":["x"]}}'
profile 'did you mean "path"' '{"sources":[{"name":"a","paht":"b"}]}'
profile 'line 2, column 1: this is no JSON' '
hello'
profile 'profile.json' ''
profile 'profile.json' '[]'
profile 'profile.json' '{"customer":'
profile 'something stands behind the JSON value' '{} {}'
profile 'profile.json' '{"customer":{"fields":"x"}}'
profile 'profile.json' '{"customer":{"paths":["("]}}'
profile 'profile.json' '{"junk":{"vin":[7]}}'
profile 'profile.json' '{"default_points":[[91,0]]}'
refused 'no-profile.json: cannot be opened: No such file' scan dump --case case --profile no-profile.json
refused 'dump' scan dump --case case --profile dump

# The case folder.
mkdir full empty
: >full/mine
: >file
program 2 scan dump --case full
expect_line "a full folder" stderr 'the case folder full is not empty'
expect "what lies in it" mine "$(ls full)"
refused 'cannot be made: No such file' scan dump --case no/case
refused 'Not a directory' scan dump --case file
refused 'cannot be made: Not a directory' scan dump --case file/case
scan 0 case dump
program 2 scan dump --case case
expect_line "a case again" stderr 'the case folder case is not empty'
case_holds case 0
program 0 scan dump --case empty
case_holds empty 0

# Names are shown so that they do nothing to a terminal.
program 2 scan "$(printf 'no\033[31mwhere\n')" --case other
expect_line "a hostile name" stderr 'no\x1b[31mwhere'
program 2 "$(printf 'sc\033an')"
program 2 scan dump --case "$(printf 'full/\033[2J/x')"
program 2 scan dump --case other "$(printf -- '--thr\033eads')"
program 2 scan dump --case other --threads "$(printf '\033[2J')"
program 2 scan dump --case other --profile "$(printf 'p\033[2J\302\205')"
program 2 scan dump --case other --only "$(printf 'v\342\200\256in')"

# Without anything: three examples, on stderr.
program 2
expect "examples" 3 "$(grep -c '^  breachtally ' stderr)"
