# A file replaced by another one of its size and time while a scan rests: what was counted of it is gone, and that is said.
. "$EXPECT"
. "$TESTS/evidence.sh"

"$GENERATE" --out made --customers 300 --rows 8000 --seed 12 --gzip none >said || exit 1
mkdir kept
find made/telemetry -name '*.csv' | sort | xargs cat >made/all.csv
head -c 1500000 made/all.csv >kept/table.csv
gzip -nc kept/table.csv >kept/table.csv.gz
touch -d 2022-02-02 kept/*

# begun FILE OPTION...: ./case, with counts of a first part of that file; a signal at the first checkpoint.
begun()
{
    begun_file=$1
    shift
    rm -rf dump case
    mkdir dump
    cp -p "kept/$begun_file" dump/
    "$BREACHTALLY" scan dump --case case --quiet --checkpoint-bytes 400k --block-bytes 9000 --read-bytes 1 --threads 1 "$@" 2>said &
    running=$!
    until [ -e case/tally/state.run ] || ! kill -0 $running 2>killing; do :; done
    kill -9 $running
    wait $running 2>waiting
    [ -e case/tally/state.run ] && [ ! -e case/impact.csv ] || fail "no case was begun of $begun_file: $(cat said)"
}

# other_byte AT FILE: another one at that place, and the time as it was.
other_byte()
{
    byte=$(tail -c +$(($1 + 1)) "kept/$2" | head -c 1 | od -An -tu1 | tr -d ' ')
    { head -c "$1" "kept/$2"; printf "\\$(printf %o $((byte ^ 1)))"; tail -c +$(($1 + 2)) "kept/$2"; } >"dump/$2"
    touch -r "kept/$2" "dump/$2"
}

# refused WHAT FILE MESSAGE OPTION...
refused()
{
    refused_what=$1
    refused_line="dump/$2: $3"
    shift 3
    (cd case && find . -type f ! -name '.*' | sort | xargs sha256sum) >before
    program 2 scan dump --case case --resume --quiet "$@"
    expect "lines said of $refused_what" 1 "$(wc -l <stderr)"
    expect_line "$refused_what" stderr "--resume: the evidence has changed ($refused_line)"
    (cd case && find . -type f ! -name '.*' | sort | xargs sha256sum) >after
    cmp -s before after || fail "$refused_what: the case was changed"
}

for hash in sha256 none; do
    for file in table.csv table.csv.gz; do
        rm -rf dump
        mkdir dump
        cp -p kept/$file dump/
        scan 0 whole dump --hash $hash
        begun $file --hash $hash
        for threads in 1 3; do
            # In the first rows, in the header, and in plain text anywhere in what is read again.
            case $file in *.gz) places="20000 60000" ;; *) places="3 1000 60000" ;; esac
            [ $hash$file != sha256table.csv ] || places="$places 200000 300000"
            for at in $places; do
                other_byte "$at" $file
                refused "$file with another byte at $at, --hash $hash" $file "other content than was counted" --hash $hash --threads $threads --block-bytes 5000
            done
        done
        # What was packed is less, and the size is the same.
        if [ $file = table.csv.gz ]; then
            head -n 50 kept/table.csv | gzip -nc >short.gz
            { cat short.gz; head -c $(($(wc -c <kept/$file) - $(wc -c <short.gz))) /dev/zero; } >dump/$file
            touch -r kept/$file dump/$file
            refused "a shorter $file, --hash $hash" $file "ends before what was counted" --hash $hash
        fi
        # The right one goes on, whatever the blocks and reads.
        cp -p kept/$file dump/
        program 0 scan dump --case case --resume --quiet --hash $hash --threads 2 --block-bytes 70000 --read-bytes 777
        same_results "$file, --hash $hash" whole case
    done
done

# Of a plain file with --hash none only both ends of what was counted are read again: amid it, nobody looks.
rm -rf dump
mkdir dump
cp -p kept/table.csv dump/
scan 0 whole dump --hash none
begun table.csv --hash none
other_byte 200000 table.csv
program 0 scan dump --case case --resume --quiet --hash none
same_results "a place that is not read again" whole case
