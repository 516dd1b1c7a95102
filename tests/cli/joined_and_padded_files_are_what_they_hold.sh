# Files that were put together from others of another look, and what was padded with zeros: no customer is lost to that, whatever the blocks.
. "$EXPECT"

first=1M8GDM9AXKP042788 second=1VWBH7A30DC104945 third=WVWZZZ1JZXW000001

# zeros N
zeros() { head -c "$1" /dev/zero; }

# holds STATUS REASON FORMAT UNITS: of the file dump/x, that each of three customers has one VIN, whatever the blocks, and in shards too.
holds()
{
    scan 0 case dump
    expect_coverage case dump/x "$1" "$2" format "$3" units "$4"
    expect "customers of a $3" "A 1,B 1,C 1," "$(csv_columns case/impact.csv customer_id vins | tr '\n' ,)"
    expect "who else is named" 0 "$(summary case .customers_named_only)"
    whole=$(results_digest case)
    for block in 1 100 4k; do
        scan 0 case dump --block-bytes $block --read-bytes 7 --threads 2
        expect "the same in blocks of $block" "$whole" "$(results_digest case)"
    done
    rm -rf s0 s1 merged
    program 0 scan dump --case s0 --shard 0/2 --range-bytes 150 --quiet
    program 0 scan dump --case s1 --shard 1/2 --range-bytes 150 --quiet
    program 0 merge s1 s0 --case merged --quiet
    expect "the same in shards" "$whole" "$(results_digest merged)"
}

line() { printf '{"customer_id":"%s","vin":"%s"}\n' "$1" "$2"; }
pretty() { printf '{\n  "customer_id": "%s",\n  "vin": "%s"\n}\n' "$1" "$2"; }

# Objects of one line and of several, in any order.
mkdir dump
{ line A $first; pretty B $second; line C $third; } >dump/x
holds COMPLETE "" json 3
{ pretty A $first; line B $second; line C $third; } >dump/x
holds COMPLETE "" json 3
{ line A $first; line B $second; printf '[\n'; pretty C $third; printf ']\n'; } >dump/x
holds COMPLETE "" json 3
# A line that breaks off does not make them a document: those behind it stand.
{ line A $first; printf '{"customer_id":"D","vins":[\n'; line B $second; line C $third; } >dump/x
scan 0 case dump
expect_coverage case dump/x COMPLETE "" format ndjson
expect "behind a broken line" "A B C" "$(csv_columns case/impact.csv customer_id | tr '\n' ' ' | sed 's/ $//')"

# Tables one behind the other, each with its header, and a mark before it.
table() { printf 'customer_id,vin,ts\n'; for row; do printf '%s,2020-01-01T00:00:00Z\n' "$row"; done; }
{ table A,$first; table B,$second; printf '\357\273\277'; table C,$third; } >dump/x
holds COMPLETE "" csv 3

# Zeros before, within and behind a table or JSON.
{ zeros 4096; table A,$first B,$second C,$third; } >dump/x
holds COMPLETE "" csv 3
{ table A,$first B,$second; zeros 3000; printf '\nC,%s,\n' $third; } >dump/x
holds COMPLETE "" csv 4
{ table A,$first B,$second C,$third; zeros 512; } >dump/x
holds PARTIAL RESIDUE_SCANNED_RAW csv 4
{ zeros 512; line A $first; line B $second; line C $third; zeros 512; } >dump/x
holds COMPLETE "" ndjson 4
{ zeros 512; printf '[\n'; pretty A $first; printf ',\n'; pretty B $second; printf ',\n'; pretty C $third; printf ']\n'; zeros 512; } >dump/x
holds COMPLETE "" json 4

# What is no text between its zeros stays binary, and zeros alone are no text either.
{ zeros 3000; printf 'customer_id,vin\n\1\2\3\4\5\6\nA,%s\n\7\1\2\3\4\5\6' $first; zeros 3000; } >dump/x
scan 0 case dump
expect_coverage case dump/x COMPLETE "" format binary records 1
zeros 5000 >dump/x
scan 0 case dump
expect_coverage case dump/x COMPLETE "" format binary records 0
