# Times with the name of their month: of web servers, mail, Java and date, in lines and in columns. What names no year has no time.
. "$EXPECT"

cat >access.log <<'END'
203.0.113.7 - - [10/Oct/2023:13:55:36 +0900] "GET /v1/position?customer_id=C1&vin=1M8GDM9AXKP042788&lat=35.681236&lon=139.767125 HTTP/1.1" 200 512 "-" "curl/8"
[Tue Oct 10 13:55:36.123456 2023] [core:info] [pid 8] [client 203.0.113.7:80] customer=C2 vin=5YJSA1DG9DFP14705
Date: Tue, 10 Oct 2023 13:55:36 GMT X-Request: 77 customer=C3 vin=1HGCM82633A004352
Oct 10, 2023 1:55:36 PM com.example.Gateway log customer=C4 vin=JM1BL1S58A1134659
10-Oct-2023 13:55:36.123 INFO [main] customer=C5 vin=WAUFXSCD5EL666223
Oct 11 22:14:15 gw-01 tcu[123]: customer=C6 vin=2T1BURHE5JC074215
Oct 10 22:55:36 host 2023-10-10T13:55:36Z customer=C10 vin=1FTFW1ET9DFC10314
END
cat >exports.csv <<'END'
customer_id,vin,created_at
C7,1G1JC524417418958,10-Oct-2023 13:55:36
C8,1FTFW1ET5DFC10312,"Tue, 10 Oct 2023 13:55:36 +0900"
C9,1FTFW1ET9DFC10314,no time
END
"$BREACHTALLY" scan access.log exports.csv --case case --quiet --no-progress || fail "exit $?"
times_of() { csv_cells case/impact.csv | awk -F'\037' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $1, $at["data_time_first"], $at["loc_days"] }'; }
expect "first times and days of positions" "C1 2023-10-10T04:55:36Z 1
C10 2023-10-10T13:55:36Z 0
C2 2023-10-10T13:55:36Z 0
C3 2023-10-10T13:55:36Z 0
C4 2023-10-10T13:55:36Z 0
C5 2023-10-10T13:55:36Z 0
C6  0
C7 2023-10-10T13:55:36Z 0
C8 2023-10-10T04:55:36Z 0
C9  0" "$(times_of)"
