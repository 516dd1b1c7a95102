# Where the customer's number is a VIN, the VIN is exposed as in any other field, in whatever format; numbers that only look alike are none.
. "$EXPECT"

vin=1M8GDM9AXKP042788 european=WVWZZZ1JZXW000001 alike=ABCDEFGH123456789

mkdir dump
for customer in $vin $european; do
    for form in 'customer_id,lat,lon\n%s,35.6812,139.7671\n' '{"customer_id":"%s","lat":35.6812,"lon":139.7671}\n' \
                '[{"lat":35.6812,"lon":139.7671,"userId":"%s"}]' 'customer_id=%s lat=35.6812 lon=139.7671\n' \
                "INSERT INTO t (customer_id,lat,lon) VALUES ('%s',35.6812,139.7671);\\n"; do
        printf "$form" $customer >dump/x
        scan 0 case dump
        expect_impact case $customer tier T1 vins 1 elements VIN+LOC records 1
        expect "VINs of $form" 1 "$(summary case .identifiers.vin.distinct)"
    done
done

# In the field of its own it is one VIN still, and a name alone is a record by it.
printf 'customer_id,vin\n%s,%s\n' $vin $vin >dump/x
scan 0 case dump
expect_impact case $vin vins 1 records 1
printf 'customer_id,amount\n%s,3\nC1,4\n' $vin >dump/x
scan 0 case dump
expect "who is named only" 1 "$(summary case .customers_named_only)"
expect_impact case $vin vins 1 records 1
scan 0 case dump --not vin
expect "who is named only where nobody looks for VINs" 2 "$(summary case .customers_named_only)"

# What has no more than the form is a number like others.
printf 'customer_id,lat,lon\n%s,35.6812,139.7671\n' $alike >dump/x
scan 0 case dump
expect_impact case $alike vins 0 elements LOC
expect "possible VINs" 0 "$(summary case .identifiers.vin.possible)"
