# breachtally detectors: the golden table.
. "$EXPECT"
program 0 detectors
cat stdout
