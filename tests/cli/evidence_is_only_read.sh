# No byte, name or time of the evidence changes; it may lie on a read-only disk.
. "$EXPECT"

"$GENERATE" --out dump --customers 100 --rows 800 --seed 2 >said
cp "$FIXTURES"/small/* dump/
ln -s billing dump/link
mkfifo dump/pipe
: >sentinel

picture()
{
    find dump sentinel -printf '%p %y %m %n %s %T@ %C@ %l\n' | sort
    find dump -type f -exec sha256sum {} + | sort
}
picture >before
scan 3 case dump
picture >after
cmp -s before after || { fail "the evidence changed"; diff before after >&2; }

# The digests in coverage.csv are those that coreutils finds, for every file that was read.
csv_columns case/coverage.csv sha256 path status | awk '$3 == "COMPLETE" && $2 !~ /!~/ { print $1 "  " $2 }' >digests
expect_at_least "digests" 20 "$(wc -l <digests)"
sha256sum --quiet -c digests >said 2>&1 || { fail "digests differ from sha256sum"; cat said >&2; }

# Without the right to write anywhere in it.
if can_be_nobody; then
    chmod 755 .
    chmod -R a-w dump
    mkdir shared
    chmod 777 shared
    as_nobody "$BREACHTALLY" scan dump --case shared/case --quiet >said 2>&1
    expect "results from read-only evidence" "$(results_digest case)" "$(results_digest shared/case)"
    chmod -R u+w dump
fi

# What is opened below the evidence is opened for reading, and nothing is made, renamed or removed there.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    rm -rf case
    strace -f -o trace -e trace=%file,ftruncate "$BREACHTALLY" scan dump --case case --quiet >said 2>&1
    grep -E '[(, ]"dump(/|")' trace | grep -v 'execve("[^"]*breachtally"' |
        grep -E 'O_(WRONLY|RDWR|CREAT|TRUNC)|^[0-9 ]*(rename|unlink|rmdir|mk|chmod|fchmod|chown|fchown|lchown|utim|futim|trunc|ftrunc|link|symlink|exec)' >writing
    expect "writing calls on evidence" "" "$(cat writing)"
    [ "$(grep -c O_RDONLY trace)" -gt 0 ] || skip_part "the trace of system calls"
else
    skip_part "the trace of system calls (no strace)"
fi
