# Evidence whose columns and keys say nothing, or the wrong thing, with values that pass the checks of their kinds.
#
# Usage    . "$TESTS/field_evidence.sh"; field_evidence DIR
field_evidence()
{
    mkdir -p "$1"
    awk -v dir="$1" '
    function luhn(digits,    i, sum, digit) {
        sum = 0
        for (i = length(digits); i > 0; i--) {
            digit = substr(digits, i, 1) + 0
            if ((length(digits) - i) % 2 == 0) { digit *= 2; if (digit > 9) digit -= 9 }
            sum += digit
        }
        return digits ((10 - sum % 10) % 10)
    }
    function imei(n) { return luhn(sprintf("868123%08d", n * 7919 % 100000000)) }
    function iccid(n) { return luhn(sprintf("8981100%011d", n * 104729)) }
    function vin(n) { return sprintf("WVWZZZ1KZAW%06d", n * 31 % 1000000) }
    function order(n) { return sprintf("20230400%07d", n * 7919 % 10000000) }
    function place(n, from) { return sprintf("%.6f", from + n * 0.0012347) }
    function clock(n) { return sprintf("2023-04-17T%02d:%02d:00Z", n / 60 % 24, n % 60) }
    BEGIN {
        print "col1,col2,col3,col4,col5,col6,col7" >(dir "/neutral.csv")
        print "customer_id,imei,vin,note" >(dir "/wrong.csv")
        print "customer_id,imei" >(dir "/orders.csv")
        print "customer_id,thing" >(dir "/mixed.csv")
        print "customer_id,thing" >(dir "/short.csv")
        for (n = 1; n <= 1500; n++) {
            print "r" n "," vin(n) "," imei(n) "," iccid(n) "," place(n, 35) "," place(n, 139) "," clock(n) >(dir "/neutral.csv")
            print "r" n ";" vin(n + 2000) ";" imei(n + 2000) ";" place(n, 139) ";" place(n, 35) ";" clock(n) >(dir "/no_header.csv")
            if (n <= 300) {
                print "C-" n "," vin(n + 4000) "," imei(n + 4000) ",x" >(dir "/wrong.csv")
                print "C-" n "," (n > 250 ? imei(n + 6000) : order(n)) >(dir "/orders.csv")
                print "C-" n "," (n % 2 ? imei(n + 8000) : order(n)) >(dir "/mixed.csv")
                print "2023-04-17 08:00:00 gw dev=" imei(n + 10000) " seq=" n >(dir "/gateway.log")
            }
            if (n <= 20) print "C-" n "," imei(n + 12000) >(dir "/short.csv")
            print "{\"customerId\":\"C-" n "\",\"d\":{\"p\":\"" imei(n + 14000) "\",\"u\":" place(n, 35) ",\"w\":" place(n, 139) "},\"iccid\":\"" order(n) "\"}" >(dir "/events.ndjson")
        }
        printf "{\"owners\":{" >(dir "/keyed.json")
        for (n = 1; n <= 40; n++) {
            printf "%s\"%s\":{\"imei\":\"%s\"}", comma, vin(n + 16000), imei(n + 16000) >(dir "/keyed.json")
            comma = ","
        }
        print "}}" >(dir "/keyed.json")
    }'
}
