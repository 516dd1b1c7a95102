# No identifier, no coordinate and no text of a record in any file of the case or on the terminal; rights of the files.
. "$EXPECT"

"$GENERATE" --out dump --customers 300 --rows 2500 --seed 8 --gzip none >said
cp "$FIXTURES"/small/* dump/
find dump -type f -exec cat {} + >raw
find dump -type f -name '*.gz' -exec gzip -dcqf {} + >>raw 2>/dev/null

# What was planted, by shape; customer IDs are allowed, they are what the list is for.
grep -aoE '\b[A-HJ-NPR-Z0-9]{17}\b' raw | grep -aE '[A-Z]' | sort -u >canaries
grep -aoE '\b[0-9]{15}\b|\b89[0-9]{16,18}\b' raw | sort -u >>canaries
grep -aoE '\b([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b' raw | sort -u >>canaries
grep -aoE '\b[A-Z]{1,3}[A-Z0-9]{1,5}-[0-9]{6,7}\b' raw | sort -u >>canaries
grep -aoE '\b[0-9]{1,3}\.[0-9]{5,}\b' raw | sort -u >>canaries
expect_at_least "canaries" 2000 "$(wc -l <canaries)"
# Other ways to write them: bare and lower case.
{ cat canaries; tr -d ':-' <canaries | awk 'length >= 12'; tr 'A-Z' 'a-z' <canaries | awk 'length >= 12'; } | sort -u >sought

# clean FILE...
clean()
{
    for written in "$@"; do
        [ -f "$written" ] || continue
        grep -aoFf sought "$written" | sort -u | head -n 3 >leaks
        [ ! -s leaks ] || { fail "$written holds $(wc -l <leaks) or more planted values"; sed 's/./&/;s/^\(....\).*/\1.../' leaks >&2; }
    done
}
for how in "" --json "--engine pcre2" "--hash none"; do
    scan 3 case dump $how
    clean stdout stderr $(find case -type f)
    expect "rights of the case" 700 "$(stat -c %a case)"
    expect "rights of its files" 600 "$(find case -type f -exec stat -c %a {} + | sort -u)"
done
# The search itself finds what is there.
grep -aqFf sought raw || fail "the search for canaries finds nothing in the evidence"

# Whatever the umask, and in a folder that was there before.
for mask in 000 022 077; do
    rm -rf case
    (umask $mask; "$BREACHTALLY" scan dump --case case --quiet) >said 2>&1
    expect "rights under umask $mask" "700 600" "$(stat -c %a case) $(find case -type f -exec stat -c %a {} + | sort -u)"
done
mkdir -m 755 before
"$BREACHTALLY" scan dump --case before --quiet
expect "rights of files in a folder that was there" 600 "$(find before -type f -exec stat -c %a {} + | sort -u)"

# Messages about a broken profile or a broken file quote nothing of them.
printf '{"junk":{"vin":["1M8GDM9AXKP042788X"]}}' >profile.json
"$BREACHTALLY" scan dump --case case_profile --profile profile.json >stdout 2>stderr
clean stdout stderr

# No sockets, where it can be seen.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    rm -rf case
    strace -f -o trace -e trace=%network "$BREACHTALLY" scan dump --case case --quiet >said 2>&1
    expect "network calls" "" "$(grep -vE 'exit|\+\+\+|---' trace)"
else
    skip_part "network calls (no strace)"
fi

# Nor does a core file, though the caller allows one. The program waits for its standard input when it is hit.
mkdir crash
mkfifo crash/pipe
(
    cd crash || exit
    ulimit -S -c "$(ulimit -H -c)"
    exec "$BREACHTALLY" scan - --case ../case_crash --quiet <pipe
) >said 2>&1 &
hit=$!
exec 3>crash/pipe
head -n 200 raw >&3
for _ in $(seq 100); do
    [ -d case_crash/tally ] && break
    sleep 0.1
done
expect "limit of core files" "0 0" "$(awk '/^Max core file size/ { print $5, $6 }' /proc/$hit/limits)"
kill -SEGV "$hit"
wait "$hit"
expect "ended by the signal" 139 $?
exec 3>&-
expect "files beside it" "pipe" "$(ls crash)"
