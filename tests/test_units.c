/* Tests of analyzer/commands/units.c: what becomes a unit, and what each unit shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evidence_making.h"
#include "scanning.h"

static struct scanning *scanned(const char *name, const char *text)
{
    struct scanning *scanning = scanning_make();
    scanning_text(scanning, name, text);
    scanning_run(scanning, NULL, 0, 0, 1);
    return scanning;
}

/* Scans one file and compares its format, units, records, findings, and the customers' lines. */
static void expect(const char *text, const char *object, const char *customers)
{
    struct scanning *scanning = scanned("x", text);
    const struct object *entry = scanning_object(scanning, "x");
    char line[128], rows[2048] = "";
    snprintf(line, sizeof line, "%s %llu %llu %llu", entry->format, (unsigned long long)entry->units, (unsigned long long)entry->records,
             (unsigned long long)entry->findings);
    size_t at = 0;
    for (size_t i = 0; i < resolved_customer_count(scanning->resolved); i++) {
        struct customer_row row;
        resolved_customer(scanning->resolved, i, &row);
        at += (size_t)sprintf(rows + at, "%.*s:", (int)row.customer_id.len, row.customer_id.at);
        for (int k = 0; k < KIND_COUNT; k++)
            if (row.identifiers[k] > 0) at += (size_t)sprintf(rows + at, " %s %u", detectors[k]->name, row.identifiers[k]);
        if (row.loc_fixes > 0) at += (size_t)sprintf(rows + at, " fixes %llu", (unsigned long long)row.loc_fixes);
        if (row.records_possible > 0) at += (size_t)sprintf(rows + at, " possible %llu", (unsigned long long)row.records_possible);
        if (row.time_first != TIME_NONE) at += (size_t)sprintf(rows + at, " time %lld", (long long)row.time_first);
        at += (size_t)sprintf(rows + at, ";");
    }
    if (strcmp(line, object) != 0 || strcmp(rows, customers) != 0)
        fail_msg("%s\ngives \"%s\" \"%s\"\nexpected \"%s\" \"%s\"", text, line, rows, object, customers);
    scanning_close(scanning);
}

/* ------------------------------------------------------------------ tables */

static void columns_have_the_roles_of_their_names(void **unused)
{
    (void)unused;
    expect("customer_id,vin,imei,lat,lon,time\nC-1,JTDKN3DU7A1224466,868123450011227,35.681236,139.767125,2023-04-17T08:15:30Z\n",
           "csv 1 1 3", "C-1: vin 1 imei 1 fixes 1 time 1681719330;");
    expect("\"Customer ID\";\"車台番号\";\"緯度\";\"経度\"\n\"C-1\";\"AYH30-0024680\";\"35.681236\";\"139.767125\"\n", "csv 1 1 2",
           "C-1: frame_number 1 fixes 1;");
    expect("time,customer_id,device_imei\n2023/04/17 08:15:30,C-1,868123450011227\n", "csv 1 1 1", "C-1: imei 1 time 1681719330;");
}

static void columns_of_axes_belong_together_by_what_stands_before(void **unused)
{
    (void)unused;
    expect("customer_id,start_lat,end_lat,start_lon,end_lon\nC-1,35.681236,34.702485,139.767125,135.495951\n", "csv 1 1 2", "C-1: fixes 2;");
    expect("customer_id,lat,note\nC-1,35.681236,x\n", "csv 1 0 0", "");
    expect("customer_id,lat,lon\nC-1,,\nC-2,0.0,0.0\nC-3,35.681236,\n", "csv 3 0 0", "");
}

static void columns_without_a_role_are_searched(void **unused)
{
    (void)unused;
    expect("customer_id,note\nC-1,seen JTDKN3DU7A1224466 there\nC-2,\"a \"\"868123450011227\"\" b\"\nC-3,nothing\n", "csv 3 2 2",
           "C-1: vin 1;C-2: imei 1;");
    expect("customer_id,a,b\nC-1,35.681236,139.767125\n", "csv 1 1 1", "C-1: fixes 1;");
    expect("customer_id,a,b,c\nC-1,35.681236,139.767125,12.3456\n", "csv 1 0 0", "");
    expect("customer_id,note\nC-1,車台番号：ＺＶＷ３０－１３５７９２４\n", "csv 1 1 1", "C-1: frame_number 1;");
}

/* A shape that begins in the cell before, or that the decimals are long enough for, makes no number less fine. */
static void fine_numbers_are_neighbours_whatever_shape_ends_in_them(void **unused)
{
    (void)unused;
    static const struct {
        const char *cells, *object, *customers;
    } rows[] = {
        {"78.2,16.6013,160.47430,x", "csv 2 1 1", "C-1: fixes 1;"},
        {"x,78.2,16.6013,160.47430", "csv 2 1 1", "C-1: fixes 1;"},
        {"-3.78505,-38.52670,x,y", "csv 2 1 1", "C-1: fixes 1;"},
        {"x,y,-3.78505,-38.52670", "csv 2 1 1", "C-1: fixes 1;"},
        {"1.5,+3.7850,-38.52670,-", "csv 2 1 1", "C-1: fixes 1;"},
        {"35.681236000000004,139.76712500000001,x,y", "csv 2 1 1", "C-1: fixes 1;"},
        {"JTDKN3DU7A1224466,-3.78505,-38.52670,868123450011227", "csv 2 1 3", "C-1: vin 1 imei 1 fixes 1;"},
        {"fb4b9d11f85afa9adcd7cc28b320bdec,x,-3.78505,-38.52670", "csv 2 1 1", "C-1: fixes 1;"},
        {"78.2,16.6013,x,160.47430", "csv 2 0 0", ""},
        {"78.2,16.6013,160.47430,12.34567", "csv 2 0 0", ""},
        {"-3.78505,x,y,z", "csv 2 0 0", ""},
        {"35.68.1236,-3.78505,a-3.78505,-38.52670", "csv 2 0 0", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int quoted = 0; quoted < 2; quoted++)
            for (int last = 0; last < 3; last++) {
                static const char *const ends[] = {"\n", "\r\n", ""};
                char text[256];
                snprintf(text, sizeof text, "customer_id,a,b,c,d\nC-0,%s,y,z,w\nC-1,%s%s", quoted ? "\"x\"" : "x", rows[i].cells, ends[last]);
                expect(text, rows[i].object, rows[i].customers);
            }
}

static void columns_of_codes_hold_positions(void **unused)
{
    (void)unused;
    expect("customer_id,geohash,h3_index,s2_token\nC-1,xn76urx66,,\nC-2,,892f5a32d97ffff,\nC-3,,,60188bfb\nC-4,xn76,872e1b56bffffff,bc4c22d\n",
           "csv 4 3 3", "C-1: fixes 1;C-2: fixes 1;C-3: fixes 1;");
    expect("customer_id,mgrs,utm,plus_code\nC-1,54S UE 88435 49293,,\nC-2,,54S 388436 3949294,\nC-3,,,8Q7XMQJ8+FV\n", "csv 3 3 3",
           "C-1: fixes 1;C-2: fixes 1;C-3: fixes 1;");
    expect("customer_id,polyline,avl_gps\nC-1,ympuEiumbY_~EnhB~tA}dC,\nC-2,,0F0DCDE420959D30\n", "csv 2 2 4", "C-1: fixes 3;C-2: fixes 1;");
    /* What is no such code is text. */
    expect("customer_id,geohash,note\nC-1,\"35.681236,139.767125\",x\n", "csv 1 1 1", "C-1: fixes 1;");
}

static void columns_of_whole_numbers_meet_their_other_half(void **unused)
{
    (void)unused;
    expect("customer_id,latE7,lonE7,lat_ms,lon_ms\nC-1,356812360,1397671250,,\nC-2,,,137736475,507176762\nC-3,900000001,1800000001,0,0\n"
           "C-4,356812360,,,507176762\n",
           "csv 4 2 2", "C-1: fixes 1;C-2: fixes 1;");
    expect("customer_id,spn584,spn585,position_lat,position_long\nC-1,2456812360,3497671250,,\nC-2,,,582903059,27374225\nC-3,,,48.858370,2.294481\n",
           "csv 3 3 3", "C-1: fixes 1;C-2: fixes 1;C-3: fixes 1;");
}

/* A side is a column or member of its own; what has a sign or a letter keeps it. */
static void axes_have_their_sides_and_units_beside_them(void **unused)
{
    (void)unused;
    expect("customer_id,lat,N/S,lon,E/W,default\nC-1,33.868820,S,151.209290,E,\nC-2,-33.868820,S,151.209290,E,\nC-3,33.868820S,S,151.209290,,\n",
           "csv 3 3 3", "C-1: fixes 1;C-2: fixes 1;C-3: fixes 1;");
    expect("customer_id,lat,ns,lon,ew\nC-1,3540.8742,N,13946.0275,E\nC-2,3560.0,N,13946.0275,E\n", "csv 2 1 1", "C-1: fixes 1;");
    expect("customer_id,lat,lon,unit\nC-1,128452450,503161650,msec\nC-2,35.681236,139.767125,deg\nC-3,35.681236,139.767125,JTDKN3DU7A1224466\n", "csv 3 3 4",
           "C-1: fixes 1;C-2: fixes 1;C-3: vin 1 fixes 1;");
    expect("{\"customer_id\":\"C-1\",\"lat\":128452450,\"lon\":503161650,\"unit\":\"msec\",\"datum\":\"wgs84\"}\n"
           "{\"customer_id\":\"C-2\",\"unit\":\"JTDKN3DU7A1224466\",\"lat\":35.681236,\"lon\":139.767125}\n"
           "", "ndjson 2 2 3", "C-1: fixes 1;C-2: vin 1 fixes 1;");
}

static void arrays_of_numbers_are_places_where_their_name_says_so(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"C-1\",\"location\":[139.767125,35.681236]}\n{\"customer_id\":\"C-2\",\"latlng\":[ 35.681236, 139.767125 ],\"geo\":{\"loc\":[35.681236,139.767125]}}\n",
           "ndjson 2 2 3", "C-1: fixes 1;C-2: fixes 2;");
    expect("{\"customer_id\":\"C-1\",\"location\":[139.767125,35.681236,3.5],\"position\":[1,2],\"gps\":\"x\"}\n{\"customer_id\":\"C-2\",\"weights\":[39.767125,35.681236]}\n",
           "ndjson 2 0 0", "");
    expect("{\"customer_id\":\"C-1\",\"loc\":[868123450011227],\"position\":868123450011227}\n", "ndjson 1 1 2", "C-1: imei 1;");
    expect("{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[139.767125,35.681236]},"
           "\"properties\":{\"customer_id\":\"C-1\"}},{\"type\":\"Feature\",\"properties\":{\"customer_id\":\"C-2\"},\"geometry\":{\"coordinates\":[[139.5,35.25,1],[139.75,35.5],"
           "[139.5,35.25]],\"type\":\"LineString\"}},{\"type\":\"Feature\",\"properties\":{\"customer_id\":\"C-3\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
           "[[[139.5,35.25],[139.75,35.5],[139.5,35.25]]]}},{\"properties\":{\"customer_id\":\"C-4\"},\"geometry\":{\"type\":\"MultiLineString\",\"coordinates\":"
           "[[[139.5,35.25]],[[139.75,35.5],[139.5,35.25]]]}}]}",
           "ndjson 4 3 7", "C-1: fixes 1;C-2: fixes 3;C-4: fixes 3;");
}

/* Of two places that differ by their sides alone none is the other. */
static void sides_are_those_of_their_axes(void **unused)
{
    (void)unused;
    static const char *const same[] = {
        "[{\"customer_id\":\"C-1\",\"lat\":-33.868820,\"lon\":-151.209290},{\"customer_id\":\"C-1\",\"lat\":40.5,\"lon\":-3.25}]",
        "[{\"customer_id\":\"C-1\",\"lat\":33.868820,\"lat_ref\":\"S\",\"lon\":151.209290,\"lon_ref\":\"West\"},{\"customer_id\":\"C-1\",\"GPSLatitudeRef\":\"N\",\"GPSLatitude\":40.5,"
        "\"GPSLongitudeRef\":\"W\",\"GPSLongitude\":3.25}]",
        "[{\"customer_id\":\"C-1\",\"ns\":\"S\",\"ew\":\"W\",\"lat\":33.868820,\"x\":{\"ns\":\"N\"},\"lon\":151.209290},{\"customer_id\":\"C-1\",\"end_lat\":40.5,\"end_lon\":3.25,\"end_lon_dir\":\"W\","
        "\"start_lon_dir\":\"E\"}]",
        "customer_id,start_lat,start_lon,end_lat,end_lon,start_lat_ref,start_lon_ref,end_lat_ref,end_lon_ref\nC-1,33.868820,151.209290,40.5,3.25,S,W,N,W\n",
        "<a><b customer_id='C-1' lat='33.868820' latRef='S' lon='151.209290' lonRef='W'/><b customer_id='C-1' lat='40.5' lon='3.25' ew='W'/></a>",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct scanning *scanning = scanning_make();
        char text[1024];
        snprintf(text, sizeof text, "%s", same[i]);
        scanning_text(scanning, "other", text);
        scanning_text(scanning, "plain", same[0]);
        scanning_run(scanning, NULL, 0, 0, 1);
        struct customer_row row;
        assert_true(scanning_row(scanning, "C-1", &row));
        if (row.loc_fixes != 4 || row.loc_cells.count != 2) fail_msg("%s: %llu fixes in %u cells", same[i], (unsigned long long)row.loc_fixes, (unsigned)row.loc_cells.count);
        scanning_close(scanning);
    }
}

static void a_labelled_column_that_holds_other_things_is_searched_too(void **unused)
{
    (void)unused;
    expect("customer_id,vin\nC-1,\"see IMEI 868123450011227, no VIN\"\n", "csv 1 1 1", "C-1: imei 1;");
    expect("customer_id,vin\nC-1,ZVW30-1357924\n", "csv 1 1 1", "C-1: frame_number 1;");
    /* As a cell of its own and inside one; a hash of the same length is none. */
    expect("customer_id,note\nC-1,89086030202200000022000023022943\n", "csv 1 1 1", "C-1: eid 1;");
    expect("customer_id,note\nC-1,chip 89086030202200000022000023022943 in\n", "csv 1 1 1", "C-1: eid 1;");
    expect("customer_id,note\nC-1,d41d8cd98f00b204e9800998ecf8427e\n", "csv 1 0 0", "");
    expect("customer_id,note\nC-1,A10000009296F2F\n", "csv 1 1 1", "C-1: meid 1;");
    expect("customer_id,imei\nC-1,000000000000000\nC-2,\n", "csv 2 0 0", "");
}

/* The quoted cell of the first row makes the others be read in the other way. */
static void rows_are_read_alike_with_and_without_a_quote_before_them(void **unused)
{
    (void)unused;
    static const struct {
        const char *rows, *object, *customers;
    } tables[] = {
        {"C-1,x,35.681236,139.767125,52.4\n", "csv 2 1 1", "C-1: fixes 1;"},
        {"C-1,868123450011227,4.15.29,1.2.3.4,12.34\n", "csv 2 1 1", "C-1: imei 1;"},
        {"C-1,fb4b9d11f85afa9adcd7cc28b320bdec,213154.4,note,x\n", "csv 2 0 0", ""},
        {"C-1,see vin JTDKN3DU7A1224466 there,,a,imei=868123450011227\r\n", "csv 2 1 2", "C-1: vin 1 imei 1;"},
        {"C-1,00:1e:ae:89:c3:5a,,,\n", "csv 2 1 1", "C-1: mac 1;"},
        {"C-1,\xEF\xBC\x98\xEF\xBC\x96\xEF\xBC\x98\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x93\xEF\xBC\x94\xEF\xBC\x95\xEF\xBC\x90\xEF\xBC\x90"
         "\xEF\xBC\x91\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x92\xEF\xBC\x97,,,\n", "csv 2 1 1", "C-1: imei 1;"},
        {"C-1,868123450011227\n", "csv 2 1 1", "C-1: imei 1;"},
        {"C-1,868123450011227,,,,,,", "csv 2 1 1", "C-1: imei 1;"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char text[512];
        snprintf(text, sizeof text, "customer_id,a,b,c,d\nC-0,x,y,z,w\n%s", tables[i].rows);
        expect(text, tables[i].object, tables[i].customers);
        snprintf(text, sizeof text, "customer_id,a,b,c,d\nC-0,\"x\",y,z,w\n%s", tables[i].rows);
        expect(text, tables[i].object, tables[i].customers);
    }
}

static void a_row_that_does_not_fit_is_read_as_text(void **unused)
{
    (void)unused;
    expect("customer_id,imei,note,more\nC-1,868123450011227,a,\nC-1,,a,\nC-1,,a,\nC-1,,a,\nC-2,868123450011227,a,b,c\nC-3,868123450011227\n"
           "C-4,868123450011227,a,,,\n",
           "csv 7 4 4", "C-1: imei 1;C-3: imei 1;C-4: imei 1;");
    struct scanning *scanning = scanned("x.csv", "customer_id,imei,note,more\nC-1,868123450011227,a,\nC-2,868123450011227,a,b,c\n");
    assert_non_null(strstr(scanning_object(scanning, "x.csv")->detail, "1 unit read as text"));
    assert_int_equal(resolved_totals(scanning->resolved)->records_unattributed, 1);
    scanning_close(scanning);
}

static void blank_rows_and_repeated_headers_are_no_units(void **unused)
{
    (void)unused;
    expect("customer_id,imei\n\nC-1,868123450011227\n\r\ncustomer_id,imei\nC-2,868123450011227\n", "csv 2 2 2", "C-1: imei 1;C-2: imei 1;");
}

static void rows_before_the_header_are_text(void **unused)
{
    (void)unused;
    expect("Export of vehicle JTDKN3DU7A1224466\n\ncustomer_id,imei,a,b\nC-1,868123450011227,1,2\nC-2,868123450011227,1,2\nC-3,,1,2\n", "csv 4 3 3",
           "C-1: imei 1;C-2: imei 1;");
}

static void a_table_without_a_header_is_read_row_by_row_as_text(void **unused)
{
    (void)unused;
    expect("1,868123450011227,35.681236,139.767125\n2,8981100077665544334,34.702485,135.495951\n3,x,1,1\n", "csv 3 2 4", "");
}

static void a_row_of_values_is_no_header_that_goes_unread(void **unused)
{
    (void)unused;
    expect("VIN JTDKN3DU7A1224466, seen\n", "text 1 1 1", "");
    expect("WVWZZZAUZXP654321,Tokyo\nJTDKN3DU7A1224466,Osaka\n4T1BF1FK1CU334455,Nagoya\n", "csv 3 3 3", "");
    expect("vin,WVWZZZAUZXP654321\nimei,868123450011227\n", "csv 2 2 2", "");
    expect("aa:bb:cc:dd:ee:fa,Tokyo\n3c:5a:b4:77:88:99,Osaka\n3c:5a:b4:77:88:98,Osaka\n", "csv 3 3 3", "");
}

static void one_column_is_a_table_too(void **unused)
{
    (void)unused;
    expect("imei\n868123450011227\n868123450011235\n", "csv 2 2 2", "");
}

/* ------------------------------------------------------------------ JSON */

static void fields_of_an_object_are_one_unit(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"C-1\",\"vehicle\":{\"vin\":\"JTDKN3DU7A1224466\",\"tcu\":{\"imei\":868123450011227}},"
           "\"pos\":{\"lat\":35.681236,\"lon\":139.767125},\"ts\":1681719330}\n",
           "ndjson 1 1 3", "C-1: vin 1 imei 1 fixes 1 time 1681719330;");
    expect("{\"customer\":{\"id\":17,\"name\":\"x\"},\"imei\":\"868123450011227\"}\n", "ndjson 1 1 1", "17: imei 1;");
    expect("{\"\\u0076in\":\"JTDKN3DU7A1224466\",\"customer_id\":\"C\\u002d1\"}\n", "ndjson 1 1 1", "C-1: vin 1;");
}

static void the_innermost_repeating_element_is_the_unit_and_inherits(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"C-1\",\"vin\":\"JTDKN3DU7A1224466\",\"trips\":[\n"
           "{\"ts\":\"2023-04-17T08:15:30Z\",\"points\":[{\"lat\":35.681236,\"lon\":139.767125},{\"lat\":34.702485,\"lon\":135.495951}]},\n"
           "{\"points\":[{\"lat\":35.681236,\"lon\":139.767125}]},{\"points\":[]}]}\n",
           "json 4 4 4", "C-1: vin 1 fixes 3 time 1681719330;");
    expect("[{\"customer_id\":\"C-1\",\"units\":[{\"imei\":\"868123450011227\"},{\"customer_id\":\"C-2\",\"imei\":\"868123450011235\"}]}]\n",
           "json 2 2 2", "C-1: imei 1;C-2: imei 1;");
}

static void units_inherit_from_any_depth(void **unused)
{
    (void)unused;
    enum { DEPTH = 2000 };
    char *text = malloc(64 + 32 * DEPTH);
    size_t at = (size_t)sprintf(text, "{\"customer_id\":\"C-1\",\"vin\":\"JTDKN3DU7A1224466\",\"c\":[");
    for (int i = 0; i < DEPTH; i++) at += (size_t)sprintf(text + at, "{\"ts\":1681719330,\"c\":[");
    at += (size_t)sprintf(text + at, "{\"imei\":\"868123450011227\"}");
    for (int i = 0; i < DEPTH; i++) at += (size_t)sprintf(text + at, "]}");
    sprintf(text + at, "]}\n");
    expect(text, "json 1 1 2", "C-1: vin 1 imei 1 time 1681719330;");
    free(text);
}

/* Many units that inherit many identifiers: all at once would be their product. */
static void what_is_not_inherited_is_said(void **unused)
{
    (void)unused;
    enum { IDENTIFIERS = 3000, UNITS = 1000 };
    char *text = malloc(256 + 24 * IDENTIFIERS + 64 * UNITS);
    size_t at = (size_t)sprintf(text, "{\"customer_id\":\"C-1\",\"ts\":\"2023-04-17T08:15:30Z\",\"mac\":[");
    for (int i = 0; i < IDENTIFIERS; i++) at += (size_t)sprintf(text + at, "%s\"3c:5a:b4:00:%02x:%02x\"", i > 0 ? "," : "", i / 256, i % 256);
    at += (size_t)sprintf(text + at, "],\"points\":[");
    for (int i = 0; i < UNITS; i++) at += (size_t)sprintf(text + at, "%s{\"lat\":35.681236,\"lon\":139.767125}", i > 0 ? "," : "");
    sprintf(text + at, "]}\n");
    struct scanning *scanning = scanned("x", text);
    const struct object *entry = scanning_object(scanning, "x");
    assert_int_equal(entry->status, OBJECT_PARTIAL);
    assert_int_equal(entry->reason, COVERAGE_LIMIT_DEPTH);
    assert_non_null(strstr(entry->detail, " units inherit the identifiers of the innermost enclosing levels alone"));
    struct customer_row row;
    assert_true(scanning_row(scanning, "C-1", &row));
    assert_int_equal(row.loc_fixes, UNITS);
    assert_int_equal(row.records, UNITS);
    assert_int_equal(row.identifiers[KIND_MAC], IDENTIFIERS);
    assert_int_equal(row.time_first, 1681719330);
    scanning_close(scanning);
    free(text);
}

static void axes_pair_within_their_own_object_only(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"C-1\",\"a\":{\"lat\":35.681236},\"b\":{\"lon\":139.767125}}\n", "ndjson 1 0 0", "");
    expect("{\"customer_id\":\"C-1\",\"start\":{\"lat\":35.681236,\"lon\":139.767125},\"end\":{\"lon\":135.495951,\"lat\":34.702485}}\n", "ndjson 1 1 2",
           "C-1: fixes 2;");
    expect("{\"customer_id\":\"C-1\",\"start_lat\":35.681236,\"end_lat\":34.702485,\"end_lon\":135.495951,\"start_lon\":139.767125}\n", "ndjson 1 1 2",
           "C-1: fixes 2;");
    expect("{\"customer_id\":\"C-1\",\"lat\":null,\"lon\":null}\n", "ndjson 1 0 0", "");
}

static void codes_and_whole_numbers_of_objects_are_positions(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"C-1\",\"geohash\":\"xn76urx66\",\"at\":{\"h3\":617700169958293503}}\n", "ndjson 1 1 2", "C-1: fixes 2;");
    expect("{\"customer_id\":\"C-1\",\"s2CellId\":\"6924438337235189760\",\"mgrs\":\"53SPU97308119\"}\n", "ndjson 1 1 2", "C-1: fixes 2;");
    expect("{\"customer_id\":\"C-1\",\"longitudeE7\":1512152970,\"latitudeE7\":-338567840}\n", "ndjson 1 1 1", "C-1: fixes 1;");
    expect("{\"customer_id\":\"C-1\",\"referencePosition\":{\"latitude\":365780570,\"longitude\":1366486720}}\n", "ndjson 1 1 1", "C-1: fixes 1;");
    expect("{\"customer_id\":\"C-1\",\"overview_polyline\":{\"points\":\"_p~iF~ps|U_ulLnnqC_mqNvxq`@\"}}\n", "ndjson 1 1 3", "C-1: fixes 3;");
    expect("{\"customer_id\":\"C-1\",\"loyalty\":{\"points\":1500},\"latE7\":356812360}\n", "ndjson 1 0 0", "");
}

/* The same place in both datums, before and behind the axes: all the same cell. */
static void the_tokyo_datum_is_converted_where_a_field_says_so(void **unused)
{
    (void)unused;
    static const char *const texts[] = {
        ("{\"customer_id\":\"C-1\",\"lat\":35.710737,\"lon\":139.807461}\n{\"customer_id\":\"C-1\",\"lat\":35.7075,\"lon\":139.81070,\"datum\":\"tokyo\"}\n"
         "{\"customer_id\":\"C-1\",\"datum\":\"tokyo\",\"lat\":35.7075,\"lon\":139.81070}\n"),
        "customer_id,lat,lon,datum\nC-1,35.710737,139.807461,wgs84\nC-1,35.7075,139.81070,tokyo\nC-1,35.7075,139.81070,1\n",
        "customer_id,lat256,lon256,測地系\nC-1,32911015,128846556,世界\nC-1,32908032,128849541,日本\nC-1,32911015,128846556,\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct customer_row row;
        struct scanning *scanning = scanned("x", texts[i]);
        resolved_customer(scanning->resolved, 0, &row);
        assert_int_equal(row.loc_fixes, 3);
        assert_int_equal(row.loc_cells.count, 1);
        scanning_close(scanning);
    }
    struct customer_row row;
    struct scanning *scanning = scanned("x", "customer_id,lat,lon,crs\nC-1,35.710737,139.807461,wgs84\nC-1,35.7075,139.81070,1\n");
    resolved_customer(scanning->resolved, 0, &row);
    assert_int_equal(row.loc_cells.count, 2);
    scanning_close(scanning);
}

static void points_of_geojson_have_the_longitude_first(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanned("x", "{\"VIN\":\"JTDKN3DU7A1224466\",\"customer_id\":\"C-1\",\"position\":{\"type\":\"Point\",\"coordinates\":[136.881537,35.170915]}}\n"
                                             "{\"customer_id\":\"C-1\",\"position\":{\"coordinates\":[136.881537,35.170915,12.5],\"type\":\"Point\"}}\n"
                                             "{\"customer_id\":\"C-1\",\"position\":{\"type\":\"Polygon\",\"coordinates\":[136.881537,35.170915]}}\n");
    struct customer_row row;
    assert_true(scanning_row(scanning, "C-1", &row));
    assert_int_equal(row.loc_fixes, 2);
    assert_int_equal(row.loc_cells.count, 1);
    assert_int_equal(row.identifiers[KIND_VIN], 1);
    scanning_close(scanning);
}

static void strings_without_a_role_are_searched(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"C-1\",\"msg\":\"car JTDKN3DU7A1224466 at 35.681236,139.767125\"}\n", "ndjson 1 1 2", "C-1: vin 1 fixes 1;");
    expect("{\"customer_id\":\"C-1\",\"list\":[\"868123450011227\",868123450011235,\"x\"]}\n", "ndjson 1 1 2", "C-1: imei 2;");
    expect("{\"customer_id\":\"C-1\",\"msg\":\"imei:\\u0020868123450011227\"}\n", "ndjson 1 1 1", "C-1: imei 1;");
    expect("{\"customer_id\":\"C-1\",\"a\":\"\",\"msg\":\"車台番号：ＺＶＷ３０－１３５７９２４\",\"b\":\"x\"}\n", "ndjson 1 1 1", "C-1: frame_number 1;");
}

/* What held nothing once is known from the third time on: what holds something must not be taken for that. */
static void texts_that_come_again_hold_what_they_held(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *object, *customers; /* of five lines with that text */
    } cases[] = {
        {"say \\\"A\\\", 2nd\\nfloor", "ndjson 5 0 0", ""},
        {"2.14.03", "ndjson 5 0 0", ""},
        {"car JTDKN3DU7A1224466", "ndjson 5 5 5", "C-1: vin 1;"},
        {"car\\tJTDKN3DU7A1224466", "ndjson 5 5 5", "C-1: vin 1;"},
        {"at 35.681236,139.767125", "ndjson 5 5 5", "C-1: fixes 5;"},
        {"vin=JTDKN3DU7A1224466", "ndjson 5 5 5", "C-1: vin 1;"},
        {"No. \\u54c1\\u5ddd 300 \\u3042 12-34", "ndjson 5 5 5", "C-1: plate 1;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char lines[1024] = "";
        size_t at = 0;
        for (int line = 0; line < 5; line++) at += (size_t)sprintf(lines + at, "{\"customer_id\":\"C-1\",\"msg\":\"%s\"}\n", cases[i].text);
        expect(lines, cases[i].object, cases[i].customers);
    }
    /* What a text says alone is not said again where it is known already, but it is where it is not. */
    expect("{\"customer_id\":\"C-1\",\"imei\":\"868123450011227\",\"msg\":\"customer_id=C-2 x\"}\n"
           "{\"customer_id\":\"C-1\",\"imei\":\"868123450011227\",\"msg\":\"customer_id=C-2 x\"}\n"
           "{\"customer_id\":\"C-1\",\"imei\":\"868123450011227\",\"msg\":\"customer_id=C-2 x\"}\n"
           "{\"customer_id\":\"C-1\",\"imei\":\"868123450011227\",\"msg\":\"customer_id=C-2 x\"}\n"
           "{\"imei\":\"868123450011235\",\"msg\":\"customer_id=C-2 x\"}\n",
           "ndjson 5 5 5", "C-1: imei 1;C-2: imei 1;");
}

static void a_type_is_a_text_unless_it_is_one_of_geojson(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"C-1\",\"type\":\"JTDKN3DU7A1224466\"}\n", "ndjson 1 1 1", "C-1: vin 1;");
    expect("{\"customer_id\":\"C-1\",\"type\":\"imei=868123450011227\"}\n", "ndjson 1 1 1", "C-1: imei 1;");
    expect("{\"customer_id\":\"C-1\",\"type\":\"868123450011227\"}\n", "ndjson 1 1 1", "C-1: imei 1;");
    expect("{\"customer_id\":\"C-1\",\"type\":\"Paint\",\"coordinates\":[139.767125,35.681236]}\n", "ndjson 1 0 0", "");
    expect("{\"customer_id\":\"C-1\",\"type\":\"Point\",\"coordinates\":[139.767125,35.681236]}\n", "ndjson 1 1 1", "C-1: fixes 1;");
    expect("{\"customer_id\":\"C-1\",\"type\":\"MultiPoint\",\"coordinates\":[[139.767125,35.681236],[135.495951,34.702485]]}\n", "ndjson 1 1 2",
           "C-1: fixes 2;");
}

static void plates_and_addresses_are_found_wherever_they_stand(void **state)
{
    (void)state;
    expect("customer_id,note,n\nC-1,品川 300 あ 12-34,1\nC-2,No.品川300あ1234,2\nC-3,品川の店,3\n", "csv 3 2 2", "C-1: plate 1;C-2: plate 1;");
    expect("customer_id,note\nC-1,\"a \"\"品川 300 あ 12-34\"\" b\"\n", "csv 1 1 1", "C-1: plate 1;");
    expect("{\"customer_id\":\"C-1\",\"m\":\"No.品川300あ1234\"}\n", "ndjson 1 1 1", "C-1: plate 1;");
    expect("{\"customer_id\":\"C-1\",\"m\":\"No. \\u54c1\\u5ddd 300 \\u3042 12-34\"}\n", "ndjson 1 1 1", "C-1: plate 1;");
    expect("customer_id=C-1 car 横浜 300 Y 12-34 left\ncustomer_id=C-2 left\n", "text 2 1 1", "C-1: plate 1;");
    expect("customer_id,ip,n\nC-1,fe80::3e5a:b4ff:fe77:8899,1\nC-2,fe80::1,2\n", "csv 2 1 1", "C-1: mac 1;");
    expect("{\"customer_id\":\"C-1\",\"ip\":\"fe80::3e5a:b4ff:fe77:8899\"}\n", "ndjson 1 1 1", "C-1: mac 1;");
    expect("customer_id,email,contact_mail,vin\nC-1,a@corp.jp,b@corp.jp,\nC-2,a@corp.jp,b@corp.jp,JTDKN3DU7A1224466\n", "csv 2 1 5",
           "C-2: vin 1 email 2;");
}

static void a_line_that_is_no_json_is_text_and_harms_no_other(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanned("x", "{\"customer_id\":\"C-1\",\"imei\":\"868123450011227\"}\n"
                                             "{\"customer_id\":\"C-2\",\"imei\":\"868123450011227\",oops\n"
                                             "{\"customer_id\":\"C-3\",\"imei\":\"868123450011227\"}\n");
    const struct object *object = scanning_object(scanning, "x");
    assert_int_equal(object->units, 3);
    assert_int_equal(object->records, 3);
    assert_int_equal(object->findings, 3); /* what the broken line showed as JSON is taken back */
    assert_int_equal(resolved_customer_count(scanning->resolved), 3);
    assert_non_null(strstr(object->detail, "1 unit read as text"));
    scanning_close(scanning);
}

static void units_of_a_customer_without_evidence_only_name_it(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanned("x", "{\"customer_id\":\"C-1\",\"note\":\"x\"}\n{\"note\":\"y\"}\n");
    assert_int_equal(resolved_totals(scanning->resolved)->customers_named_only, 1);
    assert_int_equal(scanning_object(scanning, "x")->units, 2);
    assert_int_equal(scanning_object(scanning, "x")->records, 0);
    scanning_close(scanning);
}

/* ------------------------------------------------------------------ text */

static void lines_are_units_and_blank_ones_are_not(void **unused)
{
    (void)unused;
    expect("imei 868123450011227\n\n\r\nnothing\r\nat 35.681236,139.767125 customer_id=C-1", "text 3 2 2", "C-1: fixes 1;");
    struct scanning *scanning = scanned("x", "imei 868123450011227\nat 35.681236,139.767125\n");
    assert_int_equal(scanning->orphans, 1);
    assert_int_equal(scanning->records, 2);
    assert_int_equal(resolved_totals(scanning->resolved)->records_unattributed, 1);
    scanning_close(scanning);
}

static void the_path_names_a_customer_where_a_rule_says_so(void **unused)
{
    (void)unused;
    char *paths[] = {"^(?<customer>K[0-9]+)\\.log$"};
    struct profile profile = {.customer_paths = {paths, 1}};
    struct scanning *scanning = scanning_make();
    scanning_text(scanning, "K17.log", "imei 868123450011227\nnothing\n");
    scanning_text(scanning, "other.log", "imei 868123450011235\n");
    scanning_run(scanning, &profile, 0, 0, 2);
    struct customer_row row;
    assert_true(scanning_row(scanning, "K17", &row));
    assert_int_equal(row.basis, BASIS_PATH);
    assert_int_equal(row.records, 1);
    assert_int_equal(resolved_customer_count(scanning->resolved), 1);
    scanning_close(scanning);
}

/* ------------------------------------------------------------------ blocks with missing neighbours */

static void a_block_next_to_a_hole_reads_its_torn_units_as_text(void **unused)
{
    (void)unused;
    struct scanning *scanning = scanned("x.csv", "customer_id,imei\nC-1,868123450011227\n"); /* for its roles, options and tally */
    struct detect *detect = NULL;
    struct booking *booking = NULL;
    struct tally_writer *writer = NULL;
    struct unit_reader *reader = NULL;
    struct table_plan *plan = NULL;
    struct fault fault;
    assert_int_equal(detect_open(&scanning->options, &detect, &fault), STATUS_OK);
    assert_int_equal(tally_writer_open(scanning->tally, &writer, &fault), STATUS_OK);
    assert_int_equal(booking_open(writer, &booking, &fault), STATUS_OK);
    assert_int_equal(unit_reader_open(detect, booking, scanning->roles, scanning->options.shape, &reader, &fault), STATUS_OK);
    struct layout layout = {.format = FORMAT_CSV, .name = "csv", .delimiter = ',', .has_header = true, .header_end = 17, .column_count = 2};
    assert_int_equal(table_plan_open(&layout, (struct span){"customer_id,imei\n", 17}, scanning->roles, NULL, NULL, &plan, &fault), STATUS_OK);
    const char *text = "11227,868123450011235\nC-7,868123450011227\nC-8,8681234";
    char bytes[256] = "";
    memcpy(bytes, text, strlen(text));
    struct block block = {.bytes = bytes, .length = strlen(text), .offset = 5000, .layout = &layout, .plan = plan, .first_partial = true, .last_partial = true};
    struct block_counts counts;
    assert_int_equal(unit_reader_block(reader, &block, &counts, &fault), STATUS_OK);
    assert_int_equal(counts.units, 3);
    assert_int_equal(counts.records, 2);
    assert_int_equal(counts.findings, 2);
    assert_int_equal(counts.broken, 2);
    assert_int_equal(tally_customer_count(scanning->tally), 1); /* C-1 of the scan; the buffer still holds C-7 */
    block.first_partial = block.last_partial = false;
    block.text_only = true;
    assert_int_equal(unit_reader_block(reader, &block, &counts, &fault), STATUS_OK);
    assert_int_equal(counts.units, 3);
    assert_int_equal(counts.findings, 2);
    block.length = 0;
    assert_int_equal(unit_reader_block(reader, &block, &counts, &fault), STATUS_OK);
    assert_int_equal(counts.units, 0);
    table_plan_close(plan);
    table_plan_close(NULL);
    unit_reader_close(reader);
    unit_reader_close(NULL);
    booking_close(booking);
    tally_writer_close(writer);
    detect_close(detect);
    scanning_close(scanning);
}

/* ------------------------------------------------------------------ SQL */

static void rows_of_copy_are_read_as_its_options_say(void **unused)
{
    (void)unused;
    expect("COPY t (customer_id, note, imei) FROM stdin WITH (FORMAT csv, HEADER true, NULL 'nix');\ncustomer_id,note,imei\nC-1,\"a\n"
           "\"\"b\"\", c\",868123450011227\nnix,x,\n\\.\n"
           "COPY t (customer_id, vin) FROM stdin CSV;\n\"C-2\",JTDKN3DU7A1224466\n\\.\n", "sql 4 2 2", "C-1: imei 1;C-2: vin 1;");
    expect("COPY t (customer_id, note, imei) FROM stdin WITH DELIMITER AS '|' NULL AS '';\nC-1|a\\|b|868123450011227\nC-2|\\N|\n\\.\n"
           "", "sql 2 1 1", "C-1: imei 1;");
    expect("COPY t (customer_id, imei) FROM stdin WITH (DELIMITER E'\\t');\nC-1\t868123450011227\n\\.\n", "sql 1 1 1", "C-1: imei 1;");
    /* Options that make other rows leave them to be read as lines. */
    expect("COPY t (customer_id, vin) FROM stdin WITH DELIMITER '\n';\nC-2\nJTDKN3DU7A1224466\n\\.\nCOPY t (customer_id) FROM stdin;\n\\.\n"
           "", "sql 5 1 1", "");
    expect("COPY t (customer_id, vin) FROM stdin WITH (FORMAT csv, ESCAPE 'e');\nC-2,JTDKN3DU7A1224466\n\\.\nCOPY t (customer_id) FROM stdin;\n\\.\n"
           "", "sql 3 1 1", "");
}

static void arrays_are_one_value(void **unused)
{
    (void)unused;
    expect("CREATE TABLE t (customer_id text, tags text[], imei text);\nINSERT INTO t VALUES ('C-1',ARRAY['a','b)'],'868123450011227');\n"
           "INSERT INTO t VALUES ('C-2',array[ARRAY[1,2],ARRAY[3,4]]::int[],'868123450011227'),('C-3','{a,\"b,c\"}','868123450011227');\n", "sql 4 3 3",
           "C-1: imei 1;C-2: imei 1;C-3: imei 1;");
}

static void altered_tables_have_the_columns_that_they_have_then(void **unused)
{
    (void)unused;
    expect("CREATE TABLE t (cid text, x text);\nINSERT INTO t VALUES ('C-0','868123450011227');\nALTER TABLE ONLY t RENAME COLUMN cid TO customer_id;\n"
           "ALTER TABLE t ADD COLUMN note text DEFAULT 'a,b', ADD (n int, m int);\nALTER TABLE t DROP COLUMN m;\nALTER TABLE t RENAME x TO imei;\n"
           "ALTER TABLE t ADD CONSTRAINT u UNIQUE (imei), OWNER TO me;\nINSERT INTO t VALUES ('C-1','868123450011227','n',1);\n", "sql 8 2 2", "C-1: imei 1;");
    expect("CREATE TABLE t (a text, imei text);\nALTER TABLE t CHANGE a customer_id varchar(9);\nALTER TABLE t RENAME TO T2;\n"
           "INSERT INTO t2 VALUES ('C-1','868123450011227');\n",
           "sql 4 1 1", "C-1: imei 1;");
    /* Where a column is put elsewhere, nobody says what the columns are. */
    expect("CREATE TABLE t (customer_id text, imei text);\nALTER TABLE t ADD a int FIRST;\nINSERT INTO t VALUES (1,'C-1','868123450011227');\n"
           "", "sql 3 1 1", "");
}

static void all_of_an_insert_is_read(void **unused)
{
    (void)unused;
    expect("INSERT ALL\n  INTO t (customer_id, imei) VALUES ('C-1', '868123450011227')\n"
           "  INTO u (customer_id, vin) VALUES ('C-2', 'JTDKN3DU7A1224466')\nSELECT * FROM dual;\n",
           "sql 3 2 2", "C-1: imei 1;C-2: vin 1;");
    /* Comments between its words are text, once. */
    expect("INSERT /* JTDKN3DU7A1224466 */ INTO t -- it's\n (customer_id, imei) VALUES ('C-1', '868123450011227');\n-- x\nINSERT INTO t VALUES (1);\n"
           "", "sql 5 2 2", "C-1: imei 1;");
}

/* ------------------------------------------------------------------ XML */

static void elements_of_xml_are_units(void **unused)
{
    (void)unused;
    expect("<?xml version=\"1.0\"?>\n<export><customer customer_id=\"C-1\"><vehicle><vin>JTDKN3DU7A1224466</vin></vehicle></customer>\n"
           "<customer customer_id=\"C-2\"><trip imei='868123450011227'><time>2023-04-17T08:15:30Z</time></trip>"
           "<trip lat='35.681236' lon='139.767125'/></customer></export>",
           "xml 3 3 3", "C-1: vin 1;C-2: imei 1 fixes 1 time 1681719330;");
    /* One a line, with text between them. */
    expect("<m customer_id=\"C-1\"><imei>868123450011227</imei></m>\nvin JTDKN3DU7A1224466\n<!-- x --><m customer_id=\"C-2\" imei=\"868123450011227\"/>\n", "xml 3 3 3",
           "C-1: imei 1;C-2: imei 1;");
    /* What is not well formed is text. */
    expect("<a><b>customer_id=C-1 imei=868123450011227 &nope;</b>\n</a>\n<a customer_id='C-2'>&amp;<vin>JTDKN3DU7A1224466</vin></a>", "xml 3 2 2", "C-1: imei 1;C-2: vin 1;");
    expect("<a customer_id='C-1'><imei>868123450011227</imei><open>", "xml 1 1 1", "C-1: imei 1;");
}

static void all_of_xml_is_searched(void **unused)
{
    (void)unused;
    expect("<JTDKN3DU7A1224466 customer_id='C-1'><x/></JTDKN3DU7A1224466>", "xml 1 1 1", "C-1: vin 1;");
    expect("<a><c customer_id='C-1'><JTDKN3DU7A1224466/></c><c customer_id='C-2'><?seen JTDKN3DU7A1224466?></c></a>", "xml 2 2 2", "C-1: vin 1;C-2: vin 1;");
    /* What a document type defines is no record's but those that use it. */
    expect("<!DOCTYPE a [<!ENTITY v 'JTDKN3DU7A1224466'>]><a><c customer_id='C-1'>&v;</c><c customer_id='C-2' imei='868123450011227'/></a>", "xml 3 3 3",
           "C-1: vin 1;C-2: imei 1;");
    expect("<mysqldump><database name='d'><table_data name='t'><row><field name='customer_id'>C-1</field><field name='vin'>JTDKN3DU7A1224466</field></row>\n"
           "<row><field name='customer_id'>C-2</field><field name='imei'>868123450011227</field></row></table_data></database></mysqldump>", "xml 2 2 2",
           "C-1: vin 1;C-2: imei 1;");
}

/* Scans a document that is not whole. */
static void expect_broken(const char *text, size_t length, uint64_t units, size_t customers, bool breaks_off, const char *detail)
{
    struct scanning *scanning = scanning_make();
    scanning_file(scanning, "x", text, length);
    scanning_run(scanning, NULL, 0, 0, 1);
    const struct object *object = scanning_object(scanning, "x");
    assert_string_equal(object->format, "xml");
    assert_int_equal(object->units, units);
    assert_int_equal(resolved_customer_count(scanning->resolved), customers);
    assert_int_equal(object->status, breaks_off ? OBJECT_PARTIAL : OBJECT_COMPLETE);
    assert_int_equal(object->reason, breaks_off ? COVERAGE_RESIDUE_SCANNED_RAW : COVERAGE_NONE);
    assert_int_equal(object->bytes_unexamined, 0);
    assert_string_equal(object->detail, detail);
    scanning_close(scanning);
}

static void whole_elements_of_a_broken_document_are_units(void **unused)
{
    (void)unused;
    static const char text[] = "<?xml version=\"1.0\"?>\n<export>\n"
                               "<c><customer_id>C-1</customer_id><imei>868123450011227</imei></c>\n"
                               "<c><customer_id>C-2</customer_id><name>A & B</name><vin>JTDKN3DU7A1224466</vin></c>\n"
                               "<c><customer_id>C-3</customer_id><imei>868123450011227</imei></c>\n</export>";
    const char *third = strstr(text, "<c><customer_id>C-3"), *fourth = strstr(text, "</export>");
    expect_broken(text, sizeof text - 1, 4, 3, false, "1 unit read as text");
    expect_broken(text, (size_t)(third - text) + 30, 4, 2, true, "a document that breaks off; 2 units read as text");
    expect_broken(text, (size_t)(third - text), 3, 2, true, "a document that breaks off; 1 unit read as text");
    /* The outermost element is ended by another name, and nothing follows: nothing is missing. */
    char renamed[sizeof text + 8];
    int renamed_length = snprintf(renamed, sizeof renamed, "%.*s</other>\n", (int)(fourth - text), text);
    expect_broken(renamed, (size_t)renamed_length, 5, 3, false, "2 units read as text");
    /* What lacks an end tag does not take the next document's elements. */
    static const char two[] = "<?xml version='1.0'?><c><customer_id>C-1</customer_id><t n='1'><imei>868123450011227</imei></t><t n='2'></c>\n"
                              "<c><customer_id>C-2</customer_id><t n='3'><vin>JTDKN3DU7A1224466</vin></t><t n='4'/></c>\n";
    expect_broken(two, sizeof two - 1, 4, 2, true, "a document that breaks off; 1 unit read as text");
    /* Another one behind it, and what a disk leaves where the power failed. */
    char twice[2048];
    size_t length = (size_t)(fourth - text);
    int more = snprintf(twice, sizeof twice, "%.*s<c><cust%s", (int)length, text, text);
    expect_broken(twice, (size_t)more, 9, 3, true, "a document that breaks off; 3 units read as text");
    memset(twice + length, 0, 512);
    expect_broken(twice, length + 512, 5, 3, true, "a document that breaks off; 2 units read as text");
}

static void tracks_are_read_for_their_points(void **unused)
{
    (void)unused;
    expect("<gpx><metadata><bounds minlat='1.5' minlon='2.5' maxlat='3.5' maxlon='4.5'/></metadata><trk><name>customer_id</name><trkseg>"
           "<trkpt lat='35.681236' lon='139.767125'><ele>3</ele><time>2023-04-17T08:15:30Z</time></trkpt><trkpt lon='139.767125' lat='35.681236'/>"
           "</trkseg></trk></gpx>",
           "xml 2 2 2", "");
    /* A point that stands alone is a unit, too: what it says is not the others'. */
    expect("<gpx><wpt lat='35.681236' lon='139.767125'><customer_id>C-1</customer_id></wpt>"
           "<trk><trkseg><trkpt lat='35.681236' lon='139.767125'/></trkseg></trk></gpx>",
           "xml 2 2 2", "C-1: fixes 1;");
    expect("<kml xmlns:gx='x'><Document><Placemark><name>a</name><Point><coordinates>139.767125,35.681236,0</coordinates></Point></Placemark><Placemark><gx:Track>"
           "<when>2023-04-17T08:15:30Z</when><when>2023-04-17T08:15:31Z</when><gx:coord>139.767125 35.681236 0</gx:coord><gx:coord>"
           "139.75 35.5 0</gx:coord></gx:Track></Placemark>"
           "<Placemark><LineString><coordinates>139.5,35.25 139.75,35.5</coordinates></LineString></Placemark><Placemark><Polygon><outerBoundaryIs>"
           "<LinearRing><coordinates>"
           "139.5,35.25 139.75,35.5 139.5,35.25</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>",
           "xml 5 4 5", "");
}

/* ------------------------------------------------------------------ maps, several customers */

#define V1 "JTDKN3DU7A1224466"
#define V2 "1FADZKHP4DR064425"
#define I1 "868123450011227"
#define I2 "868123450011235"

/* A map is read as the array of what it holds. */
static void objects_of_a_map_are_units(void **unused)
{
    (void)unused;
    expect("{\"users\":{\"u1\":{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},\"u2\":{\"customer_id\":\"B\",\"vin\":\"" V2 "\",\"n\":{\"imei\":\"" I2 "\"}}}}\n",
           "ndjson 2 2 3", "A: vin 1;B: vin 1 imei 1;");
    expect("{\"a\":{\"customer_id\":1,\"vin\":\"" V1 "\"},\n\"b\":{\"vin\":\"" V2 "\",\"customer_id\":2}}\n", "json 2 2 2", "1: vin 1;2: vin 1;");
    expect("{\"eu\":{\"u1\":{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},\"u2\":{\"customer_id\":\"B\"}},\"us\":{\"u3\":{\"customer_id\":\"C\",\"vin\":\"" V2 "\"}}}\n",
           "ndjson 3 2 2", "A: vin 1;C: vin 1;");
    expect("{\"" V1 "\":{\"customer_id\":\"A\",\"imei\":\"" I1 "\"},\"" V2 "\":{\"customer_id\":\"B\",\"imei\":\"" I2 "\"}}\n", "ndjson 2 2 4",
           "A: vin 1 imei 1;B: vin 1 imei 1;"); /* a key belongs to what it leads to */
    expect("{\"u1\":{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},\"u2\":{\"customer_id\":null,\"vin\":\"" V2 "\"}}\n", "ndjson 2 2 2", "A: vin 1;");
    expect("{\"imei\":\"" I1 "\",\"users\":{\"u1\":{\"customer_id\":\"A\",\"events\":[{\"vin\":\"" V1 "\"},{\"vin\":\"" V2 "\"}]},\"u2\":{\"customer_id\":\"B\"}}}\n",
           "ndjson 3 3 3", "A: vin 2 imei 1;B: imei 1;"); /* what encloses them is inherited, by theirs too */
    expect("{\"a\":{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},\"a\":{\"customer_id\":\"B\",\"vin\":\"" V2 "\"}}\n", "ndjson 2 2 2", "A: vin 1;B: vin 1;");
    expect("[[{\"x\":{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},\"y\":{\"customer_id\":\"B\",\"vin\":\"" V2 "\"}}],[{\"customer_id\":\"C\",\"imei\":\"" I1 "\"}]]\n",
           "json 3 3 3", "A: vin 1;B: vin 1;C: imei 1;");
}

static void objects_of_one_customer_are_one_unit(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"A\",\"vehicle\":{\"id\":1,\"vin\":\"" V1 "\"},\"device\":{\"id\":2,\"imei\":\"" I1 "\"}}\n", "ndjson 1 1 2", "A: vin 1 imei 1;");
    expect("{\"owner\":{\"id\":1,\"customer_id\":\"A\"},\"vehicle\":{\"id\":2,\"vin\":\"" V1 "\"},\"device\":{\"id\":3,\"imei\":\"" I1 "\"},\"position\":{\"lat\":35.681236,\"lon\":139.767125}}\n",
           "ndjson 1 1 3", "A: vin 1 imei 1 fixes 1;");
    expect("{\"owner\":{\"customer_id\":\"A\"},\"vehicle\":{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},\"position\":{\"lat\":35.681236,\"lon\":139.767125}}\n", "ndjson 1 1 2",
           "A: vin 1 fixes 1;");
    expect("{\"customer_id\":\"A\",\"a\":{\"email\":\"a@example.org\"},\"b\":{\"email\":\"b@example.org\"},\"vin\":\"" V1 "\"}\n", "ndjson 1 1 3", "A: vin 1 email 2;");
}

/* Nobody whom a level names is lost where all that is inside names others. */
static void a_level_is_a_unit_where_no_unit_inside_is_its_customers(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":\"A\",\"vin\":\"" V1 "\",\"family\":[{\"customer_id\":\"B\",\"imei\":\"" I1 "\"}]}\n", "ndjson 2 2 2", "A: vin 1;B: vin 1 imei 1;");
    expect("{\"customer_id\":\"A\",\"vin\":\"" V1 "\",\"spouse\":{\"customer_id\":\"B\",\"imei\":\"" I1 "\"},\"device\":{\"imei\":\"" I2 "\"}}\n", "ndjson 2 2 3",
           "A: vin 1 imei 1;B: vin 1 imei 2;");
    expect("{\"customer_id\":\"A\",\"vin\":\"" V1 "\",\"family\":[{\"customer_id\":\"B\",\"imei\":\"" I1 "\"},{\"imei\":\"" I2 "\"}]}\n", "ndjson 2 2 3",
           "A: vin 1 imei 1;B: vin 1 imei 1;");
}

/* Each is an element that inherits the rest. */
static void customers_named_together_have_a_unit_each(void **unused)
{
    (void)unused;
    expect("{\"customer_id\":[\"Y\",\"X\",null,\"Y\",\"\"],\"vin\":\"" V1 "\"}\n", "ndjson 2 2 1", "X: vin 1;Y: vin 1;");
    expect("{\"customer_id\":[\"X\"],\"vin\":\"" V1 "\"}\n", "ndjson 1 1 1", "X: vin 1;");
    expect("{\"customer_id\":\"X\",\"customer_id\":\"\\u0059\",\"vin\":\"" V1 "\"}\n", "ndjson 2 2 1", "X: vin 1;Y: vin 1;");
    expect("{\"customer_id\":[\"X\",\"Y\"],\"events\":[{\"vin\":\"" V1 "\"},{\"vin\":\"" V2 "\",\"customer_id\":\"Z\"}]}\n", "ndjson 3 3 2", "X: vin 1;Y: vin 1;Z: vin 1;");
    expect("{\"user_id\":[\"X\",\"Y\"],\"customer_id\":\"Z\",\"vin\":\"" V1 "\"}\n", "ndjson 1 1 1", "Z: vin 1;");
    expect("{\"email\":[\"a@example.org\",\"b@example.org\"],\"vin\":\"" V1 "\"}\n", "ndjson 2 2 3", "a@example.org: vin 1 email 2;b@example.org: vin 1 email 2;");
    expect("{\"customer_id\":[1,2,3,4,5,6,7,8,9],\"imei\":\"" I1 "\",\"events\":[{\"vin\":\"" V1 "\"}]}\n", "ndjson 10 10 2",
           "1: imei 1;2: imei 1;3: imei 1;4: imei 1;5: imei 1;6: imei 1;7: imei 1;8: imei 1;9: imei 1;");
}

/* ------------------------------------------------------------------ broken documents */

/* What is whole before and behind a damage is read, and the rest is text. */
static void a_damage_takes_nothing_along_but_the_record_it_is_in(void **unused)
{
    (void)unused;
    static const char *const middles[] = {", oops @@, ", ",\"  ", ", /* \"no */ ", ", // don't say \"no\n", "}, "};
    static const char *const heads[] = {"{\"users\":[", "[", "callback({\"users\":[", "// made by \"x\n{\"users\":["};
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++)
        for (size_t m = 0; m < sizeof middles / sizeof *middles; m++) {
            char text[1024];
            snprintf(text, sizeof text, "%s{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},{\"customer_id\":\"B\",\"imei\":\"" I1 "\"}%s{\"customer_id\":\"C\",\"vin\":\"" V2 "\"},{\"customer_id\":\"D\",\"imei\":\"" I2 "\"}%s",
                     heads[h], middles[m], h == 1 ? "]" : h == 2 ? "]});\n" : "]}");
            struct scanning *scanning = scanned("x", text);
            assert_string_equal(scanning_object(scanning, "x")->format, "json");
            assert_int_equal(resolved_customer_count(scanning->resolved), 4);
            for (size_t i = 0; i < 4; i++) {
                struct customer_row row;
                resolved_customer(scanning->resolved, i, &row);
                if (row.records != 1 || row.identifiers[KIND_VIN] != (i % 2 == 0) || row.identifiers[KIND_IMEI] != i % 2) fail_msg("%s: customer %zu", text, i);
            }
            scanning_close(scanning);
        }
    expect("{\"customer_id\":\"A\",\"cars\":[{\"vin\":\"" V1 "\"},{\"vin\":\"" V2 "\",\"n\":\"a\"b\"},{\"imei\":\"" I1 "\"}]}", "json 3 3 3", "A: vin 1;");
    expect("{\"users\":{\"u1\":{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},\"u2\":{\"customer_id\":\"B\" oops},\"u3\":{\"customer_id\":\"C\",\"vin\":\"" V2 "\"}}}", "json 3 2 2",
           "A: vin 1;C: vin 1;");
    expect("{\"customer_id\":\"A\",\"pos\":{\"lat\":35.681236,\"lon\":139.767125},\"cars\":[{\"vin\":\"" V1 "\"}, oops", "json 3 2 2", "A: vin 1 fixes 1;");
}

/* Two records that are broken are two. */
static void broken_records_are_texts_of_their_own(void **unused)
{
    (void)unused;
    expect("[{\"customer_id\":\"A\" oops,\"vin\":\"" V1 "\"},{\"customer_id\":\"B\" oops,\"vin\":\"" V2 "\"},{\"customer_id\":\"C\",\"imei\":\"" I1 "\"}]", "json 3 3 3",
           "A: vin 1;B: vin 1;C: imei 1;");
    expect("{\"l\":[{\"customer_id\":\"A\" oops,\"vin\":\"" V1 "\"},{\"customer_id\":\"B\" oops,\"n\":{\"vin\":\"" V2 "\"}},{\"customer_id\":\"C\",\"imei\":\"" I1 "\"}]}", "json 4 3 3",
           "A: vin 1;B: vin 1;C: imei 1;");
}

/* The record that the end cuts is read as far as it goes. */
static void a_document_may_be_cut_anywhere(void **unused)
{
    (void)unused;
    static const char *const documents[] = {
        "{\"users\":[{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},{\"customer_id\":\"B\",\"vin\":\"" V2 "\"},{\"customer_id\":\"C\",\"imei\":\"" I1 "\"}]}",
        "{\"users\":{\"1\":{\"customer_id\":\"A\",\"vin\":\"" V1 "\"},\"2\":{\"customer_id\":\"B\",\"vin\":\"" V2 "\"},\"3\":{\"customer_id\":\"C\",\"imei\":\"" I1 "\"}}}",
    };
    for (size_t d = 0; d < 2; d++)
        for (size_t length = (size_t)(strstr(documents[d], V1) - documents[d]) + 18; length <= strlen(documents[d]); length++) {
            char text[512];
            snprintf(text, sizeof text, "%.*s", (int)length, documents[d]);
            bool has[] = {true, strstr(text, V2 "\"") != NULL, strstr(text, I1 "\"") != NULL};
            struct scanning *scanning = scanned("x", text);
            for (size_t i = 0; i < resolved_customer_count(scanning->resolved); i++) {
                struct customer_row row;
                resolved_customer(scanning->resolved, i, &row);
                unsigned who = (unsigned char)row.customer_id.at[0] - 'A';
                if (who > 2 || !has[who] || row.records != 1 || row.identifiers[KIND_VIN] != (who < 2) || row.identifiers[KIND_IMEI] != (who == 2))
                    fail_msg("%s: %.*s", text, (int)row.customer_id.len, row.customer_id.at);
                has[who] = false;
            }
            if (has[0] || has[1] || has[2]) fail_msg("%s: somebody is missing", text);
            scanning_close(scanning);
        }
}

/* ------------------------------------------------------------------ listings */

static void a_listing_is_a_unit_and_its_lines_are_fields(void **unused)
{
    (void)unused;
    expect("======== a.jpg\nCustomer ID                     : C-1\nGPS Latitude                    : 35 deg 40' 52.45\" N\n"
           "GPS Longitude                   : 139 deg 45' 57.90\" E\nGPS Position                    : 35 deg 40' 52.45\" N, 139 deg 45' 57.90\" E\n"
           "======== b.jpg\n"
           "Customer ID                     : C-2\nGPS Latitude Ref                : South\nGPS Latitude                    : 33 deg 52' 7.75\"\n"
           "GPS Longitude Ref               : East\nGPS Longitude                   : 151 deg 12' 33.44\"\nIMEI                            : 868123450011227\n",
           "listing 2 2 3", "C-1: fixes 1;C-2: imei 1 fixes 1;");
}

/* What one object tells of a field is not taken for another's, whose field has the same name: fourteen digits are an IMEI under
 * its label alone. */
static void fields_are_told_by_their_own_object(void **unused)
{
    (void)unused;
    static const struct {
        const char *head, *row, *last;
    } forms[] = {
        {"", "{\"customerId\":\"C-%u\",\"n\":\"%s\"}\n", "{\"customerId\":\"%s\",\"n\":\"86812345001122\"}\n"},
        {"customer_id,n\n", "C-%u,%s\n", "%s,86812345001122\n"},
        {"", "gw customer=C-%u n1=%s\n", "gw customer=%s n1=86812345001122\n"},
    };
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++)
        for (int turn = 0; turn < 4; turn++) {
            struct scanning *scanning = scanning_make();
            static char many[1 << 16], few[1 << 10];
            size_t at = (size_t)sprintf(many, "%s", forms[f].head);
            for (unsigned i = 0; i < 100; i++) {
                char imei[MADE_VALUE_SIZE];
                at += (size_t)sprintf(many + at, forms[f].row, i, imei_made(i, imei));
            }
            sprintf(many + at, forms[f].last, "told");
            at = (size_t)sprintf(few, "%s", forms[f].head);
            at += (size_t)sprintf(few + at, forms[f].last, "few");
            sprintf(few + at, forms[f].last, "few");
            scanning_text(scanning, "a", turn % 2 == 0 ? many : few);
            scanning_text(scanning, "b", turn % 2 == 0 ? few : many);
            scanning_text(scanning, "c", many);
            scanning_run(scanning, NULL, turn < 2 ? 100 : 0, 0, turn < 2 ? 1 : 2);
            struct customer_row row;
            assert_true(scanning_row(scanning, "told", &row));
            assert_int_equal(row.identifiers[KIND_IMEI], 1);
            assert_false(scanning_row(scanning, "few", &row) && row.identifiers[KIND_IMEI] > 0);
            scanning_close(scanning);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_have_the_roles_of_their_names),
        cmocka_unit_test(columns_of_axes_belong_together_by_what_stands_before),
        cmocka_unit_test(columns_without_a_role_are_searched),
        cmocka_unit_test(fine_numbers_are_neighbours_whatever_shape_ends_in_them),
        cmocka_unit_test(columns_of_codes_hold_positions),
        cmocka_unit_test(columns_of_whole_numbers_meet_their_other_half),
        cmocka_unit_test(axes_have_their_sides_and_units_beside_them),
        cmocka_unit_test(sides_are_those_of_their_axes),
        cmocka_unit_test(arrays_of_numbers_are_places_where_their_name_says_so),
        cmocka_unit_test(a_labelled_column_that_holds_other_things_is_searched_too),
        cmocka_unit_test(rows_are_read_alike_with_and_without_a_quote_before_them),
        cmocka_unit_test(a_row_that_does_not_fit_is_read_as_text),
        cmocka_unit_test(blank_rows_and_repeated_headers_are_no_units),
        cmocka_unit_test(rows_before_the_header_are_text),
        cmocka_unit_test(a_table_without_a_header_is_read_row_by_row_as_text),
        cmocka_unit_test(a_row_of_values_is_no_header_that_goes_unread),
        cmocka_unit_test(one_column_is_a_table_too),
        cmocka_unit_test(fields_of_an_object_are_one_unit),
        cmocka_unit_test(the_innermost_repeating_element_is_the_unit_and_inherits),
        cmocka_unit_test(units_inherit_from_any_depth),
        cmocka_unit_test(what_is_not_inherited_is_said),
        cmocka_unit_test(axes_pair_within_their_own_object_only),
        cmocka_unit_test(codes_and_whole_numbers_of_objects_are_positions),
        cmocka_unit_test(the_tokyo_datum_is_converted_where_a_field_says_so),
        cmocka_unit_test(points_of_geojson_have_the_longitude_first),
        cmocka_unit_test(strings_without_a_role_are_searched),
        cmocka_unit_test(texts_that_come_again_hold_what_they_held),
        cmocka_unit_test(a_type_is_a_text_unless_it_is_one_of_geojson),
        cmocka_unit_test(plates_and_addresses_are_found_wherever_they_stand),
        cmocka_unit_test(a_line_that_is_no_json_is_text_and_harms_no_other),
        cmocka_unit_test(units_of_a_customer_without_evidence_only_name_it),
        cmocka_unit_test(lines_are_units_and_blank_ones_are_not),
        cmocka_unit_test(the_path_names_a_customer_where_a_rule_says_so),
        cmocka_unit_test(a_block_next_to_a_hole_reads_its_torn_units_as_text),
        cmocka_unit_test(elements_of_xml_are_units),
        cmocka_unit_test(rows_of_copy_are_read_as_its_options_say),
        cmocka_unit_test(arrays_are_one_value),
        cmocka_unit_test(altered_tables_have_the_columns_that_they_have_then),
        cmocka_unit_test(all_of_an_insert_is_read),
        cmocka_unit_test(all_of_xml_is_searched),
        cmocka_unit_test(whole_elements_of_a_broken_document_are_units),
        cmocka_unit_test(tracks_are_read_for_their_points),
        cmocka_unit_test(objects_of_a_map_are_units),
        cmocka_unit_test(objects_of_one_customer_are_one_unit),
        cmocka_unit_test(a_level_is_a_unit_where_no_unit_inside_is_its_customers),
        cmocka_unit_test(customers_named_together_have_a_unit_each),
        cmocka_unit_test(a_damage_takes_nothing_along_but_the_record_it_is_in),
        cmocka_unit_test(broken_records_are_texts_of_their_own),
        cmocka_unit_test(a_document_may_be_cut_anywhere),
        cmocka_unit_test(a_listing_is_a_unit_and_its_lines_are_fields),
        cmocka_unit_test(fields_are_told_by_their_own_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
