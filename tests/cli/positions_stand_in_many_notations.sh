# A position counts once in whatever notation a cell, a string or a line holds it; what only looks like one does not.
# Neither block size nor engine nor the CPU's code path changes which are found.
. "$EXPECT"

mkdir dump
cat >texts <<'END'
35-44-06N 124-30-30E
35°40′52″N 139°46′1″E
北緯35度3分15秒 東経137度9分48秒
POINT(139.767125 35.681236)
0101000020e6100000355eba498c786140ce6dc2bd32d74140
SRID=4326;POINT(136.881537 35.170915)
geo:13.4125,103.8667
https://www.google.com/maps/@35.681236,139.767125,15z
https://www.openstreetmap.org/#map=16/64.146582/-21.942636
+353916+1394441/
N35.40.52.975 E139.45.57.902
lat=+35.40.52.450&lon=+139.46.01.650&geo=wgs84
nl=35/40/39.766&el=139/46/4.092
<gml:pos>34.397667 132.475379</gml:pos>
<Point><coordinates>127.680932,26.212401</coordinates></Point>
$GPGLL,5106.94086,N,01701.51680,E,123204.00,A,A*63
GPSLatitude=35/1,3/1,1516/100 GPSLatitudeRef=N GPSLongitude=137/1,9/1,4846/100 GPSLongitudeRef=E
at 35.681236,139.767125
END
cat >decoys <<'END'
12:34:56 23:59:59
+0900+0930/
POINT(139.767125,35.681236)
0102000020E610000000000000000000000000000000000000
geo:0,0?q=restaurants
https://www.google.com/maps/search/restaurants
$GPGLL,5106.94086,N,01701.51680,E,123204.00,V,N*4B
35°40′52″N
気温35度、湿度40度
SRID=3857;POINT(15558806.6 4256543.3)
END
count=$(wc -l <texts)

# The same texts as lines, as quoted and unquoted cells, and as strings of JSON.
awk '{ print "2023-04-17T08:15:30Z INFO " $0 " end" }' texts decoys >dump/lines.log
awk 'BEGIN { print "customer_id;note;level" } { print "C" NR ";" $0 ";info" }' texts decoys | grep -v -e 'SRID=' -e '^C[0-9]*;lat=+' >dump/plain.csv
awk 'BEGIN { print "customer_id,note,level" } { gsub(/"/, "\"\""); print "C" NR ",\"" $0 "\",info" }' texts decoys >dump/quoted.csv
awk '{ print "{\"customerId\":\"C" NR "\",\"note\":\"" $0 "\",\"level\":\"info\"}" }' texts decoys >dump/strings.ndjson

scan 0 reference dump
expect "fixes of lines" "$count" "$(coverage reference dump/lines.log findings)"
expect "fixes of quoted cells" "$count" "$(coverage reference dump/quoted.csv findings)"
expect "fixes of strings" "$count" "$(coverage reference dump/strings.ndjson findings)"
expect "fixes of plain cells" $((count - 2)) "$(coverage reference dump/plain.csv findings)"
expect "fixes" $((4 * count - 2)) "$(summary reference .loc_fixes)"
digest=$(results_digest reference)
for freedom in "--block-bytes 1" "--block-bytes 61" "--threads 8 --read-bytes 1" "--cpu portable" "--engine pcre2"; do
    rm -rf case
    scan 0 case dump $freedom
    expect "results with $freedom" "$digest" "$(results_digest case)"
done

# RMC has the date of its fix; the other sentences have none.
printf '%s\n' '$GNRMC,031415.00,A,3540.87416,N,13946.02750,E,12.3,87.5,120523,,,A*48' >rmc.log
rm -rf case
scan 0 case rmc.log
expect "time of RMC" 2023-05-12T03:14:15Z "$(summary case .data_time_first)"
