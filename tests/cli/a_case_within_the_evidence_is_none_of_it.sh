# A case whose folder lies in the evidence is left out of it, whether it is there already or not.
. "$EXPECT"

"$GENERATE" --out dump --customers 40 --rows 200 --seed 4 >said || exit 1
scan 0 outside dump
expect "case.json of a case outside" false "$(jq .case_within_evidence outside/case.json)"
scan 0 dump/telemetry/case dump
expect "results" "$(results_digest outside)" "$(results_digest dump/telemetry/case)"
expect "case.json of a case within" true "$(jq .case_within_evidence dump/telemetry/case/case.json)"
program 0 scan dump --case dump/telemetry/case --resume --quiet
expect "results of --resume" "$(results_digest outside)" "$(results_digest dump/telemetry/case)"

# Killed on the way, and under another name of the folder.
rm -r dump/telemetry/case
ln -s dump/telemetry/case link
"$BREACHTALLY" scan dump --case dump/telemetry/case --quiet --checkpoint-bytes 1 --block-bytes 300 --threads 1 >said 2>&1 &
scanning=$!
until [ -e dump/telemetry/case/tally/state.run ] || ! kill -0 $scanning 2>/dev/null; do sleep 0.01; done
kill -9 $scanning 2>/dev/null
wait $scanning 2>/dev/null
program 0 scan dump --case link --resume --quiet
expect "results after a kill" "$(results_digest outside)" "$(results_digest dump/telemetry/case)"

# Any other case is evidence like all else.
cp -r outside dump/other
scan 0 among dump --exclude "telemetry/case/**"
expect "a case of another run" "dump/other/impact.csv" "$(coverage among dump/other/impact.csv path)"
rm -r dump/other dump/telemetry/case

# Of shards, each leaves out its own: what the others make must lie elsewhere.
for shard in 0 1; do
    program 0 scan dump --case dump/case-$shard --shard $shard/2 --quiet
    program 0 scan dump --case dump/case-$shard --shard $shard/2 --quiet --resume
    mv dump/case-$shard .
done
program 0 merge case-0 case-1 --case merged --quiet
expect "results of shards" "$(results_digest outside)" "$(results_digest merged)"
