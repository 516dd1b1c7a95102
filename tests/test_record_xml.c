/* Tests of analyzer/record/record_xml.c: what XML says as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../analyzer/record/record_xml.h"

static char *document_json(const char *text, size_t length, enum status wanted)
{
    struct xml_reader *reader = NULL;
    struct bytes json = {0};
    struct fault fault;
    assert_int_equal(record_xml_open(&reader, &fault), STATUS_OK);
    assert_int_equal(record_xml_document(reader, (struct span){text, length}, &json, &fault), wanted);
    record_xml_close(reader);
    assert_true(bytes_reserve(&json, 1));
    json.at[json.count] = '\0';
    return json.at;
}

static void expect(const char *text, const char *expected)
{
    char *json = document_json(text, strlen(text), STATUS_OK);
    assert_string_equal(json, expected);
    free(json);
}

static void expect_damaged(const char *text)
{
    char *json = document_json(text, strlen(text), STATUS_DAMAGED);
    assert_string_equal(json, "");
    free(json);
}

static void attributes_and_plain_elements_are_members(void **unused)
{
    (void)unused;
    expect("<a x='1'><b>two</b><c/><d> \n </d></a>", "{\"x\":\"1\",\"b\":\"two\"}");
    expect("<imei>356250090901175</imei>", "{\"imei\":\"356250090901175\"}");
    expect("<a><imei kind='x'> 35 </imei></a>", "{\"imei\":{\"imei\":\"35\",\"kind\":\"x\"}}");
    expect("<a>one<b>2</b>three</a>", "{\"a\":\"one three\",\"b\":\"2\"}");
    expect("<n:a xmlns:n='u' n:x='1' xmlns='v'><n:b>2</n:b></n:a>", "{\"x\":\"1\",\"b\":\"2\"}");
}

/* What is put of a document that is not well formed, and what is given up, each piece in brackets. */
static void expect_mended_as(const struct span *part_type, const char *text, const char *expected, const char *given_up)
{
    struct xml_reader *reader = NULL;
    struct bytes json = {0};
    struct xml_mended mended;
    struct fault fault;
    char pieces[512] = "";
    assert_int_equal(record_xml_open(&reader, &fault), STATUS_OK);
    assert_int_equal(record_xml_document(reader, (struct span){text, strlen(text)}, &json, &fault), STATUS_DAMAGED);
    enum status status = record_xml_mend(reader, part_type, (struct span){text, strlen(text)}, &json, &mended, &fault);
    assert_int_equal(status, expected[0] == '\0' ? STATUS_DAMAGED : STATUS_OK);
    for (size_t i = 0; i < mended.gap_count; i++)
        sprintf(pieces + strlen(pieces), "[%.*s]", (int)(mended.gaps[i].end - mended.gaps[i].start), text + mended.gaps[i].start);
    if (mended.end < strlen(text)) sprintf(pieces + strlen(pieces), " before %s", text + mended.end);
    assert_true(bytes_reserve(&json, 1));
    json.at[json.count] = '\0';
    assert_string_equal(json.at, expected);
    assert_string_equal(pieces, given_up);
    record_xml_mended_free(&mended);
    bytes_free(&json);
    record_xml_close(reader);
}

static void expect_mended(const char *text, const char *expected, const char *given_up)
{
    expect_mended_as(NULL, text, expected, given_up);
}

static void what_is_cut_off_leaves_the_whole_elements_before_it(void **unused)
{
    (void)unused;
    expect_mended("<a><c i='1'><v>x</v></c><c i='2'><v>y</v></c><c i='3'><v>"
           "z", "{\"c\":[{\"i\":\"1\",\"v\":\"x\"},{\"i\":\"2\",\"v\":\"y\"}]}", "[<c i='3'><v>z]");
    expect_mended("<a><c i='1'/><c i='2", "{\"c\":{\"i\":\"1\"}}", "[<c i='2]");
    expect_mended("<a><c i='1'/><c i='2'/> <", "{\"c\":[{\"i\":\"1\"},{\"i\":\"2\"}]}", "[<]");
    expect_mended("<a><c i='1'/><c i='2'><d e='3'/><d", "{\"c\":{\"i\":\"1\"}}", "[<c i='2'><d e='3'/><d]");
    /* Levels that hold whole elements stay levels. */
    expect_mended("<a><c i='1'><t n='1'/><t n='2'/></c><c i='2'><t n='3'/><t n='4'/><t n='5'><p",
                  "{\"c\":[{\"i\":\"1\",\"t\":[{\"n\":\"1\"},{\"n\":\"2\"}]},{\"i\":\"2\",\"t\":[{\"n\":\"3\"},{\"n\":\"4\"}]}]}", "[<t n='5'><p]");
    expect_mended("<a><b><c>1", "", "");
    expect_mended("<gx:Track><when>1</when><when>2</when><coord>1 2</coord>"
           "<coo", "{\"point\":[{\"time\":\"1\",\"coord\":{\"lat\":\"2\",\"lon\":\"1\"}}],\"when\":\"2\"}",
                  "[<coo]");
}

static void text_that_is_none_is_given_up_alone(void **unused)
{
    (void)unused;
    expect_mended("<a><c i='1'><v>x & y</v><w>z</w></c><c i='2'>&nope;<v>y</v></c></a>",
                  "{\"c\":[{\"i\":\"1\",\"w\":\"z\"},{\"i\":\"2\",\"v\":\"y\"}]}", "[x & y][&nope;]");
    expect_mended("<!DOCTYPE a [<!ENTITY e \"5\">]><a><c v='&e;'/><c>&</c><c v='&e;'/></a>", "{\"c\":[{\"v\":\"5\"}],\"c\":[{\"v\":\"5\"}]}", "[&]");
    /* An element whose start tag is none, and end tags of nothing. */
    expect_mended("<a><c i='1'/><c i='2' j=3><v>x</v></c><c i='4'/></b></a>", "{\"c\":[{\"i\":\"1\"},{\"i\":\"4\"}]}", "[<c i='2' j=3><v>x</v></c>][</b>]");
    expect_mended("<!DOCTYPE ><a><c i='1'/></a>", "{\"c\":{\"i\":\"1\"}}", "[<!DOCTYPE >]");
}

static void where_tags_are_missing_the_next_outermost_element_goes_on(void **unused)
{
    (void)unused;
    /* But for such as may stand without their end. */
    expect_mended("<a><c i='1'/><c i='2'><v>x<br>y<hr></v></c><c i='3'/></a>"
           "", "{\"c\":[{\"i\":\"1\"},{\"i\":\"2\",\"v\":{\"v\":\"x\",\"br\":{\"br\":\"y\"}}},{\"i\":\"3\"}]}", "");
    expect_mended("<a><c i='1'/><c i='2'><v w=''>x</c><c i='3'/></a>", "{\"c\":[{\"i\":\"1\"},{\"i\":\"3\"}]}", "[<c i='2'><v w=''>x</c>]");
    expect_mended("<a><c i='1'><t n='1'/><t n='2'/><t n='3'><u w=''></t><t n='4'/></c><c i='5'/></a>",
                  "{\"c\":[{\"i\":\"1\",\"t\":[{\"n\":\"1\"},{\"n\":\"2\"}]},{\"i\":\"5\"}]}", "[<t n='3'><u w=''></t><t n='4'/></c>]");
    /* What begins like a tag and is none may have been more than that. */
    expect_mended("<a><c i='1'/><c i='2'><t n='1'/></u <x>3</x></c><c i='4'/></a>", "{\"c\":[{\"i\":\"1\"},{\"i\":\"4\"}]}",
                  "[<c i='2'><t n='1'/></u <x>3</x></c>]");
    expect_mended("<c><t n='1'/><t n='2'></c> <c><t n='3'/></c>", "{\"t\":{\"n\":\"1\"}}", "[<t n='2'></c>] before <c><t n='3'/></c>");
    /* Within a part, nobody knows whose the next ones are. */
    expect_mended_as(&(struct span){"", 0}, "<a><c i='1'/><c i='2'><v w=''>x</c><c i='3'/></a>", "{\"c\":{\"i\":\"1\"}}", "[<c i='2'><v w=''>x</c>"
           "<c i='3'/></a>]");
    expect_mended_as(&(struct span){"", 0}, "<a><c i='1'/>&</a><a i='2'/></b>", "{\"c\":{\"i\":\"1\"}}", "[&][<a i='2'/></b>]");
    expect_mended("<a><c i='1'/>&</a><a i='2'/></b>", "{\"c\":{\"i\":\"1\"}}", "[&] before <a i='2'/></b>");
    /* What was given up in an element that is given up is so once. */
    expect_mended("<a><c i='1'/><c i='2'><v>&</v><v w=''></c><c i='3'/></a>", "{\"c\":[{\"i\":\"1\"},{\"i\":\"3\"}]}", "[<c i='2'><v>&</v><v w=''></c>]");
    expect_mended("<a><c i='1'/><c i='2'/><c><?xml version='1.0'?><a/>", "{\"c\":[{\"i\":\"1\"},{\"i\":\"2\"}]}", "[<c>] before <?xml version='1.0'?><a/>");
}

static void elements_beside_others_of_their_name_are_levels(void **unused)
{
    (void)unused;
    expect("<a><p n='1'/><p n='2'/><q n='3'/></a>", "{\"p\":[{\"n\":\"1\"},{\"n\":\"2\"}],\"q\":{\"n\":\"3\"}}");
    expect("<a><p n='1'/><q n='3'/><p n='2'/></a>", "{\"p\":[{\"n\":\"1\"}],\"q\":{\"n\":\"3\"},\"p\":[{\"n\":\"2\"}]}");
    /* Those that hold text alone are fields, and so is the one that stands alone. */
    expect("<a><p>1</p><p>2</p><q><r n='1'/></q></a>", "{\"p\":\"1\",\"p\":\"2\",\"q\":{\"r\":{\"n\":\"1\"}}}");
    expect("<a><b><p n='1'/><p n='2'/></b><b><p n='3'/></b></a>",
           "{\"b\":[{\"p\":[{\"n\":\"1\"},{\"n\":\"2\"}]},{\"p\":{\"n\":\"3\"}}]}");
}

static void values_are_named_by_what_stands_beside_them(void **unused)
{
    (void)unused;
    expect("<d><row><field name='vin'>x</field><field name='n' xsi:nil='true'/></row><row><field name='vin'>y</field></row></d>",
           "{\"row\":[{\"vin\":\"x\"},{\"vin\":\"y\"}]}");
    expect("<m><string name='imei'>1</string><long name='ts' value='2'/><tag k='a' v='b'/><entry key='e'>f</entry></m>",
           "{\"imei\":\"1\",\"ts\":\"2\",\"a\":\"b\",\"e\":\"f\"}");
    expect("<ExtendedData><Data name='vin'><value> x </value></Data><SchemaData schemaUrl='#a'><SimpleData name='y'>z</SimpleData></SchemaData></ExtendedData>",
           "{\"vin\":\"x\",\"SchemaData\":{\"schemaUrl\":\"#a\",\"y\":\"z\"}}");
    /* Elements that say what they are, and such with more than a name and a value. */
    expect("<a><vin name='x'>y</vin><field name='x' id='7'>y</field></a>",
           "{\"vin\":{\"vin\":\"y\",\"name\":\"x\"},\"field\":{\"field\":\"y\",\"name\":\"x\",\"id\":\"7\"}}");
    expect("<plist><array><dict><key>vin</key><string>x</string><key>on</key><true/><key>at</key><date>2021</date></dict>"
           "<dict><key>vins</key><array><string>y</string>"
           "<string>z</string></array></dict></array></plist>",
           "{\"array\":{\"dict\":[{\"vin\":\"x\",\"key\":\"at\",\"date\":\"2021\"},{\"vins\":{\"vins\":\"y\",\"vins\":\"z\"}}]}}");
}

static void nothing_in_names_and_asides_is_passed_over(void **unused)
{
    (void)unused;
    expect("<V1 xmlns='u/123456'><A2 xmlns:x='/1/1'/><b/><?p q?></V1>", "{\"element\":\"V1\",\"comment\":\"u/123456\",\"A2\":\"\",\"comment\":\"p q\"}");
    expect("<!DOCTYPE a [<!-- x --><?y z?>]><?p q?><a xmlns:abcdefgh1='u' abcdefgh1:b='c'/>", "{\"abcdefgh1:b\":\"c\",\"comment\":\"p q\"}");
}

static void texts_are_what_they_stand_for(void **unused)
{
    (void)unused;
    expect("<a b='&lt;&quot;&#65;'>x &amp; \"y\" \\ <![CDATA[<z>]]>\n\t.</a>", "{\"a\":\"x & \\\"y\\\" \\\\ <z>\\u000a\\u0009.\",\"b\":\"<\\\"A\"}");
    expect("<?xml version='1.0' encoding='Shift_JIS'?><a>\xE8\xBB\x8A\xE4\xB8\xA1</a>", "{\"a\":\"\xE8\xBB\x8A\xE4\xB8\xA1\"}");
    expect("<a b='1'>M\xFCnchen</a>", "{\"a\":\"M\xC3\xBCnchen\",\"b\":\"1\"}");
    expect("<!DOCTYPE a [<!ENTITY e \"35\">]><a>&e;62</a>", "{\"a\":\"3562\"}");
}

static void places_become_pairs(void **unused)
{
    (void)unused;
    expect("<Point><coordinates> 139.75,35.5,12 </coordinates></Point>", "{\"coordinates\":{\"lat\":\"35.5\",\"lon\":\"139.75\"}}");
    expect("<LineString><coordinates>1.5,2.5 3.5,4.5\n</coordinates></LineString>",
           "{\"coordinates\":{\"lat\":\"2.5\",\"lon\":\"1.5\"},\"coordinates\":{\"lat\":\"4.5\",\"lon\":\"3.5\"}}");
    expect("<a><gml:pos>35.5 139.75</gml:pos><georss:point>1 2</georss:point><gml:posList>1 2 3 4</gml:posList></a>",
           "{\"pos\":{\"lat\":\"35.5\",\"lon\":\"139.75\"},\"point\":{\"lat\":\"1\",\"lon\":\"2\"},\"posList\":{\"lat\":\"1\",\"lon\":\"2\"},"
           "\"posList\":{\"lat\":\"3\",\"lon\":\"4\"}}");
    expect("<Position><LatitudeDegrees>35.5</LatitudeDegrees><LongitudeDegrees>139.75</LongitudeDegrees></Position>", "{\"lat\":\"35.5\",\"lon\":\"139.75\"}");
    expect("<Placemark><TimeStamp><when>T</when></TimeStamp><when>U</when></Placemark>", "{\"TimeStamp\":{\"time\":\"T\"},\"when\":\"U\"}");
    /* Areas are no places, and what is written otherwise is text. */
    expect("<LinearRing><coordinates>1.5,2.5 3.5,4.5</coordinates></LinearRing>", "{}");
    expect("<bounds minLat='1.5' minLon='2.5'/>", "{\"minLat_edge\":\"1.5\",\"minLon_edge\":\"2.5\"}");
    expect("<a><coordinates>1.5, 2.5</coordinates><point>here 1 2</point></a>", "{\"coordinates\":\"1.5, 2.5\",\"point\":\"here 1 2\"}");
}

static void a_track_joins_times_and_places(void **unused)
{
    (void)unused;
    expect("<gx:Track><when>T1</when><when>T2</when><gx:coord>1.5 2.5 9</gx:coord><gx:coord>3.5 4.5 9</gx:coord><x>y</x></gx:Track>",
           "{\"x\":\"y\",\"point\":[{\"time\":\"T1\",\"coord\":{\"lat\":\"2.5\",\"lon\":\"1.5\"}},{\"time\":\"T2\",\"coord\":{\"lat\":\"4.5\",\"lon\":\"3.5\"}}]}");
    expect("<gx:Track><when>T1</when><gx:coord>1.5 2.5 9</gx:coord><gx:coord>3.5 4.5 9</gx:coord></gx:Track>",
           "{\"when\":\"T1\",\"coord\":{\"lat\":\"2.5\",\"lon\":\"1.5\"},\"coord\":{\"lat\":\"4.5\",\"lon\":\"3.5\"}}");
}

static void comments_are_read(void **unused)
{
    (void)unused;
    expect("<!-- one --><!--two--><a><b x='1'/><!-- three --><b x='2'/></a>", "{\"comment\":\"one  two\",\"b\":[{\"x\":\"1\"}],\"comment\":\"three\",\"b\":[{\"x\":\"2\"}]}");
    expect("<a><b>1<!-- x --></b><b>2<!-- y --></b></a>", "{\"b\":{\"b\":\"1\",\"comment\":\"x\"},\"b\":{\"b\":\"2\",\"comment\":\"y\"}}");
    expect("<a>1<!-- 2 --></a>", "{\"a\":\"1\",\"comment\":\"2\"}");
}

static void what_is_not_well_formed_is_damaged(void **unused)
{
    (void)unused;
    expect_damaged("<a><b></a>");
    expect_damaged("<a>&nbsp;</a>");
    expect_damaged("<a b=1/>");
    expect_damaged("<a/><b/>");
    expect_damaged("<a>\x01</a>");
    expect_damaged("");
}

static void entities_do_not_grow_without_end_or_reach_out(void **unused)
{
    (void)unused;
    struct bytes bomb = {0};
    char line[256];
    assert_true(bytes_reserve(&bomb, 8192));
    bytes_put(&bomb, "<!DOCTYPE a [<!ENTITY e0 \"0123456789\">", 39);
    for (int i = 1; i <= 12; i++) {
        int length = snprintf(line, sizeof line, "<!ENTITY e%d \"&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;&e%d;\">", i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
                              i - 1, i - 1, i - 1, i - 1);
        bytes_put(&bomb, line, (size_t)length);
    }
    bytes_put(&bomb, "]><a>&e12;</a>", 15);
    expect_damaged(bomb.at);
    bytes_free(&bomb);
    expect("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a b='1'>&e;</a>", "{\"b\":\"1\"}");
}

/* Deep elements use no stack. */
static void depth_is_no_matter(void **unused)
{
    (void)unused;
    enum { DEPTH = 200000 };
    struct bytes deep = {0};
    assert_true(bytes_reserve(&deep, 8 * DEPTH));
    for (int i = 0; i < DEPTH; i++) bytes_put(&deep, "<a>", 3);
    for (int i = 0; i < DEPTH; i++) bytes_put(&deep, "</a>", 4);
    char *json = document_json(deep.at, deep.count, STATUS_OK);
    assert_int_equal(strlen(json), (DEPTH - 2) * 6 + 2);
    free(json);
    bytes_free(&deep);
    /* Nor where it breaks off. */
    enum { DEEPER = 600000 };
    struct bytes broken = {0};
    assert_true(bytes_reserve(&broken, 3 * DEEPER + 3));
    for (int i = 0; i < DEEPER; i++) bytes_put(&broken, "<a>", 3);
    bytes_put(&broken, "&", 2);
    expect_mended(broken.at, "", "");
    bytes_free(&broken);
}

static void a_context_has_what_is_open_as_levels_and_a_place_for_elements(void **unused)
{
    (void)unused;
    struct xml_reader *reader = NULL;
    struct bytes json = {0};
    struct fault fault;
    static const char bytes[] = "<g id='1'><m><n>x</n></m><t a='2'><m>y</m>";
    struct part_context context = {.length = sizeof bytes - 1, .late = 34, .level_count = 2};
    assert_int_equal(record_xml_open(&reader, &fault), STATUS_OK);
    assert_int_equal(record_xml_context(reader, (struct span){bytes, sizeof bytes - 1}, (struct span){"x:p", 3}, &context, &json, &fault), STATUS_OK);
    static const char expected[] = "{\"id\":\"1\",\"m\":{\"n\":\"x\"},\"t\":[{\"a\":\"2\",\"m\":\"y\",\"p\":[null]}]}";
    assert_int_equal(context.length, sizeof expected - 1);
    assert_memory_equal(json.at, expected, sizeof expected - 1);
    assert_memory_equal(json.at + context.inside, "null", 4);
    assert_memory_equal(json.at + context.late, ",\"m\"", 4);
    bytes_free(&json);
    record_xml_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_and_plain_elements_are_members),
        cmocka_unit_test(what_is_cut_off_leaves_the_whole_elements_before_it),
        cmocka_unit_test(text_that_is_none_is_given_up_alone),
        cmocka_unit_test(where_tags_are_missing_the_next_outermost_element_goes_on),
        cmocka_unit_test(elements_beside_others_of_their_name_are_levels),
        cmocka_unit_test(values_are_named_by_what_stands_beside_them),
        cmocka_unit_test(nothing_in_names_and_asides_is_passed_over),
        cmocka_unit_test(texts_are_what_they_stand_for),
        cmocka_unit_test(places_become_pairs),
        cmocka_unit_test(a_track_joins_times_and_places),
        cmocka_unit_test(comments_are_read),
        cmocka_unit_test(what_is_not_well_formed_is_damaged),
        cmocka_unit_test(entities_do_not_grow_without_end_or_reach_out),
        cmocka_unit_test(depth_is_no_matter),
        cmocka_unit_test(a_context_has_what_is_open_as_levels_and_a_place_for_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
