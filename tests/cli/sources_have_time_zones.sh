# A time without a zone is one of its source's zone, of the profile's where the source has none, of UTC where that has none.
. "$EXPECT"

mkdir -p dump/tokyo dump/utah dump/zulu
row='2023-04-17 08:15:30,1M8GDM9AXKP042788'
printf 'customer_id,time,vin\nC1,%s\n' "$row" >dump/tokyo/a.csv
printf '{"customer_id":"C2","time":"2023-04-17T08:15:30","vin":"1M8GDM9AXKP042788"}\n' >dump/utah/a.ndjson
printf 'time=2023-04-17 08:15:30 customer_id=C3 vin=1M8GDM9AXKP042788\ntime=2023-04-17T08:15:30Z customer_id=C5 vin=1M8GDM9AXKP042788\n' >dump/zulu/a.log
printf 'customer_id,time,vin\nC4,%s\n' "$row" >dump/loose.csv
cat >profile.json <<'END_OF_PROFILE'
{"sources": [{"name": "tokyo", "path": "tokyo/**", "timezone": "+09:00"},
             {"name": "utah", "path": "utah/**", "timezone": "-07:00"},
             {"name": "zulu", "path": "zulu/**", "timezone": "Z"}], "timezone": "+01:30"}
END_OF_PROFILE

time_of() { csv_value "$1/impact.csv" "$2" data_time_first; }
all_times() { for customer in C1 C2 C3 C4 C5; do time_of "$1" $customer; done | tr '\n' ' '; }

scan 0 plain dump
expect "times without a profile" "$(for i in 1 2 3 4 5; do printf '2023-04-17T08:15:30Z '; done)" "$(all_times plain)"
expect "times without a zone" 4 "$(jq .times_without_zone plain/case.json)"

scan 0 case dump --profile profile.json
expect "times" "2023-04-16T23:15:30Z 2023-04-17T15:15:30Z 2023-04-17T08:15:30Z 2023-04-17T06:45:30Z 2023-04-17T08:15:30Z " "$(all_times case)"
expect "first" '"2023-04-16T23:15:30Z"' "$(summary case .data_time_first | sed 's/^[^"].*/"&"/')"
expect "last" '"2023-04-17T15:15:30Z"' "$(summary case .data_time_last | sed 's/^[^"].*/"&"/')"
expect "times without a zone" 4 "$(jq .times_without_zone case/case.json)"

# One thread has units of all sources.
for how in "--threads 1" "--threads 3 --block-bytes 16" "--engine pcre2" "--memory 64M"; do
    # shellcheck disable=SC2086 # several words
    scan 0 other dump --profile profile.json $how
    expect "results with $how" "$(results_digest case)" "$(results_digest other)"
    rm -r other
done
for i in 0 1 2; do program 0 scan dump --case "shard$i" --profile profile.json --shard "$i/3"; done
program 0 merge shard1 shard2 shard0 --case merged
expect "merged" "$(results_digest case)" "$(results_digest merged)"

# What is counted goes by the profile: another zone is another profile.
scan 0 case dump --profile profile.json
sed 's/-07:00/-06:00/' profile.json >moved.json
program 2 scan dump --case case --resume --profile moved.json
expect_line "resume" stderr "the profile has changed"

# Files of sources with different zones are no copies of one another, since their times say different things.
mkdir -p equal/tokyo equal/utah
cp dump/tokyo/a.csv equal/tokyo/b.csv
cp dump/tokyo/a.csv equal/utah/a.csv
scan 0 twins equal --profile profile.json
expect "first zone" 2023-04-16T23:15:30Z "$(time_of twins C1)"
expect "last zone" 2023-04-17T15:15:30Z "$(csv_value twins/impact.csv C1 data_time_last)"
expect "times without a zone" 2 "$(jq .times_without_zone twins/case.json)"
