/* Tests of analyzer/commands/sample.c: which fields an object has, which units are looked at, and what is decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "../analyzer/commands/sample.h"
#include "../analyzer/record/shape.h"
#include "evidence_making.h"

enum { TEXT_ROOM = 1 << 20 };

struct sampling {
    struct profile *profile;
    struct roles *roles;
    struct sampler *sampler;
    char *text;
    size_t length;
};

static struct sampling *sampling_make(void)
{
    struct sampling *made = calloc(1, sizeof *made);
    struct fault fault;
    assert_int_equal(profile_open(NULL, &made->profile, &fault), STATUS_OK);
    assert_int_equal(roles_open(made->profile, &made->roles, &fault), STATUS_OK);
    assert_int_equal(sampler_open(made->roles, &made->sampler, &fault), STATUS_OK);
    made->text = calloc(1, TEXT_ROOM + SHAPE_PADDING);
    return made;
}

static void sampling_close(struct sampling *sampling)
{
    sampler_close(sampling->sampler);
    roles_free(sampling->roles);
    profile_free(sampling->profile);
    free(sampling->text);
    free(sampling);
}

static void add(struct sampling *sampling, const char *text)
{
    size_t length = strlen(text);
    assert_true(sampling->length + length < TEXT_ROOM);
    memcpy(sampling->text + sampling->length, text, length);
    sampling->length += length;
}

static bool is_known(const void *roles, struct span name)
{
    struct field_plan plan = roles_plan(roles, name.at, name.len, true);
    return plan.role != ROLE_NONE;
}

static struct sampled *sample(struct sampling *sampling)
{
    struct name_source names = {is_known, sampling->roles};
    struct span bytes = {sampling->text, sampling->length};
    struct layout layout;
    struct sampled *sampled = NULL;
    struct fault fault;
    sniff(bytes, true, &names, &layout);
    assert_int_equal(sample_fields(sampling->sampler, bytes, true, &layout, 7, &sampled, &fault), STATUS_OK);
    sampling->length = 0;
    return sampled;
}

/* "name role how seen/valid" of each field, a line each. */
static void assert_fields(struct sampled *sampled, const char *expected)
{
    char text[2048] = "";
    size_t at = 0;
    for (size_t i = 0; i < sampled->count; i++) {
        char name[FIELD_NAME_SIZE], role[ROLE_NAME_SIZE];
        const struct field *field = &sampled->fields[i];
        sampled_name(sampled, i, name);
        field_role_name(&field->plan, role);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s %s %s %u/%u\n", name, role, field_how_name(field->how), field->evidence.seen,
                               field->checked ? field->evidence.valid : 0);
    }
    assert_string_equal(text, expected);
    sampled_free(sampled);
}

static void rows(struct sampling *sampling, unsigned count, const char *form)
{
    for (unsigned i = 0; i < count; i++) {
        char imei[MADE_VALUE_SIZE], vin[MADE_VALUE_SIZE], line[512];
        snprintf(line, sizeof line, form, i, imei_made(i, imei), vin_made(i, vin));
        add(sampling, line);
    }
}

static void columns_are_known_by_their_values(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    add(sampling, "customer_id,col1,col2,imei\n");
    rows(sampling, 40, "C-%u,%s,\"%s\",ORD-12\"\n");
    assert_fields(sample(sampling), "customer_id customer name 40/40\ncol1 imei structure 40/40\ncol2 vin structure 40/40\nimei imei name 40/0\n");
    sampling_close(sampling);
}

static void elements_and_listings_are_read_as_the_scan_does(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    add(sampling, "<?xml version='1.0'?><cars><owner kind='x'/>");
    rows(sampling, 60, "<car n='C-%u'><dev1>%s</dev1><inner><mark>%s</mark></inner></car>\n");
    add(sampling, "</cars>");
    assert_fields(sample(sampling), "owner.kind none name 1/0\ncar.n none name 47/0\ncar.dev1 imei structure 47/47\ncar.inner.mark vin structure 47/47\n");
    /* Documents one behind the other, the last of them not whole; as many as are looked at. */
    rows(sampling, 20, "<car><customer_id>C-%u</customer_id><dev1>%s</dev1><chassis vin='%s'/></car>\n");
    add(sampling, "<car><customer_id>C-99</customer_id><dev1>");
    assert_fields(sample(sampling), "customer_id customer name 20/20\ndev1 none name 20/0\nchassis.vin vin name 20/20\n");
    add(sampling, "File Name                : a.jpg\nGPS Latitude             : 35 deg 40' 52.45\" N\n"
           "GPS Longitude            : 139 deg 46' 1.65\" E\nModel : X\n"
                  "IMEI                     : 356250090901175\n\n");
    assert_fields(sample(sampling), "File Name none name 1/0\nGPS Latitude latitude name 1/1\nGPS Longitude longitude name 1/1\nModel none name 1/0\n"
           "IMEI imei name 1/1\n");
    sampling_close(sampling);
}

static void rows_without_a_header_have_numbers_for_names(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    rows(sampling, 60, "2023-04-17T08:00:%02uZ;%s;%s;7\n");
    assert_fields(sample(sampling), "#1 time structure 48/48\n#2 imei structure 48/48\n#3 vin structure 48/48\n#4 none name 48/0\n");
    sampling_close(sampling);
}

static void a_short_table_is_decided_by_names(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    add(sampling, "customer_id,col1,imei\n");
    rows(sampling, STRUCTURE_VALUES_MIN - 2, "C-%u,%s,%s\n");
    assert_fields(sample(sampling), "customer_id customer name 2/2\ncol1 none name 2/0\nimei imei name 2/0\n");
    /* People see all of it, and what is decided is the same. */
    add(sampling, "customer_id,col1,imei\n");
    rows(sampling, STRUCTURE_VALUES_MIN - 2, "C-%u,%s,%s\n");
    sampler_keep_shapes(sampling->sampler, true);
    struct sampled *sampled = sample(sampling);
    assert_string_equal(sampled->shapes[1][0], "9{15}");
    assert_string_equal(sampled->shapes[0][1], "A-99");
    assert_fields(sampled, "customer_id customer name 22/22\ncol1 none name 22/0\nimei imei name 22/0\n");
    sampling_close(sampling);
}

static void key_paths_are_known_by_their_values(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    rows(sampling, 40, "{\"customerId\":\"C-%u\",\"a\":{\"n\":[\"%s\"],\"v\":\"%s\"},\"t\":null}\n");
    struct sampled *sampled = sample(sampling);
    const struct field_plan *plan = sampled_plan(sampled, "a.n", 3);
    assert_non_null(plan);
    assert_int_equal(plan->label_mask, KIND_BIT(KIND_IMEI));
    assert_null(sampled_plan(sampled, "customerId", 10));
    assert_null(sampled_plan(sampled, "nothing", 7));
    assert_null(sampled_plan(NULL, "a.n", 3));
    assert_fields(sampled, "customerId customer name 40/40\na.n imei structure 40/40\na.v vin structure 40/40\n");
    sampling_close(sampling);
}

/* Longer than the sample: what lies within is read, the rest is not there. */
static void a_long_document_is_read_as_far_as_the_sample_goes(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    add(sampling, "{\"records\":[");
    rows(sampling, 3000, "{\"id\":%u,\"n\":\"%s\",\"v\":\"%s\"},\n");
    add(sampling, "{}]}");
    struct sampled *sampled = sample(sampling);
    assert_int_equal(sampled->fields[1].how, FIELD_BY_STRUCTURE);
    assert_in_range(sampled->fields[1].evidence.seen, STRUCTURE_VALUES_MIN, SAMPLE_UNITS);
    sampled_free(sampled);
    sampling_close(sampling);
}

static void keys_of_text_are_known_by_their_values(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    rows(sampling, 40, "2023-04-17 08:00:00 INFO seq=%u dev=%s chassis=\"%s\" mac=3c:5a:b4:00:11:22 http://x\n");
    struct sampled *sampled = sample(sampling);
    assert_non_null(sampled_plan(sampled, "dev", 3));
    assert_fields(sampled, "seq none name 40/0\ndev imei structure 40/40\nchassis frame_number+vin name 40/40\nmac mac name 40/40\nhttp none name 40/0\n");
    sampling_close(sampling);
}

static void objects_do_not_share_what_they_tell(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    rows(sampling, 40, "{\"n\":%u,\"v\":\"%s\",\"w\":\"%s\"}\n");
    sampled_free(sample(sampling));
    add(sampling, "{\"v\":\"x\"}\n{\"v\":\"y\",\"u\":1}\n");
    assert_fields(sample(sampling), "v none name 2/0\nu none name 1/0\n");
    sampling_close(sampling);
}

static void fields_with_a_role_are_summed_up(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    struct field_sums sums = {0};
    add(sampling, "customer_id,note,remark,text,868123450011227\n");
    rows(sampling, 40, "C-%u,%s,q,q,x %s\n");
    struct sampled *sampled = sample(sampling);
    assert_true(sampled_sum(sampled, 3, "csv", &sums));
    assert_int_equal(sums.count, 2);
    struct field_seen seen = field_sum_seen(&sums.entries[1]);
    assert_string_equal(seen.name, "note");
    assert_string_equal(seen.role, "imei");
    assert_string_equal(seen.how, "structure");
    assert_int_equal(seen.values, 40);
    char name[FIELD_NAME_SIZE];
    assert_false(sampled_name(sampled, 4, name));
    assert_string_equal(name, "9{15}");
    assert_true(sampled_sum(NULL, 0, "", &sums));
    field_sums_free(&sums);
    sampled_free(sampled);
    sampling_close(sampling);
}

static void columns_of_sql_are_known_by_their_values_table_by_table(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    add(sampling, "CREATE TABLE a (customer_id int, v text, w text);\nCREATE TABLE b (customer_id int, v text, w text);\n");
    rows(sampling, 60, "INSERT INTO a VALUES (%u,'%s','%s');\n");
    rows(sampling, 30, "INSERT INTO b VALUES (%u,'n','n');\nINSERT INTO c VALUES ('%s','%s');\n");
    struct sampled *a = sample(sampling), *b = a->next, *c = b->next;
    assert_null(c->next);
    assert_int_equal(a->units, SAMPLE_UNITS);
    assert_int_equal(a->fields[1].plan.label_mask, KIND_BIT(KIND_IMEI));
    assert_int_equal(a->fields[2].plan.label_mask, KIND_BIT(KIND_VIN));
    assert_int_equal(b->units, 30);
    assert_int_equal(b->fields[0].plan.role, ROLE_CUSTOMER);
    assert_false(b->changed);
    assert_int_equal(c->of, FIELDS_OF_ROWS);
    assert_true(c->changed);
    assert_ptr_equal(sampled_table(a, (struct span){"a\ncustomer_id\tv\tw", 17}), a);
    assert_null(sampled_table(a, (struct span){"b\ncustomer_id\tv\tw", 17}));
    assert_ptr_equal(sampled_table(a, (struct span){"c\t", 2}), c);
    assert_null(sampled_table(NULL, (struct span){"c\t", 2}));

    struct field_sums sums = {0};
    assert_true(sampled_sum(a, 0, "sql", &sums));
    assert_int_equal(sums.count, 5); /* #1, #2, customer_id of two tables, v, w */
    struct field_seen seen = field_sum_seen(&sums.entries[2]);
    assert_string_equal(seen.name, "customer_id");
    assert_int_equal(seen.objects, 1);
    assert_int_equal(seen.values, 48 + 30);
    field_sums_free(&sums);
    sampled_free(a);

    add(sampling, "CREATE TABLE a (x text);\n");
    assert_null(sample(sampling));
    sampling_close(sampling);
}

/* Things kept under what they are called: that is no name of a field. */
static void keys_of_many_things_are_not_shown(void **state)
{
    (void)state;
    static const char *const names[] = {"{\"people\":{\"%s%c\":{\"imei\":\"868123450011227\",\"note\":1}", ",\"%s%c\":{\"imei\":\"868123450011227\"}"};
    for (unsigned count = SAMPLE_SIBLINGS_MAX; count <= SAMPLE_SIBLINGS_MAX + 1; count++) {
        struct sampling *sampling = sampling_make();
        struct field_sums sums = {0};
        for (unsigned i = 0; i < count; i++) {
            char text[128];
            snprintf(text, sizeof text, names[i > 0], "tanaka", 'a' + (int)i);
            add(sampling, text);
        }
        add(sampling, "}}\n");
        struct sampled *sampled = sample(sampling);
        assert_true(sampled_sum(sampled, 0, "json", &sums));
        assert_int_equal(sums.count, count > SAMPLE_SIBLINGS_MAX ? 1 : count);
        assert_string_equal(field_sum_seen(&sums.entries[0]).name, count > SAMPLE_SIBLINGS_MAX ? "people.*.imei" : "people.tanakaa.imei");
        assert_int_equal(sums.entries[0].objects, 1);
        assert_int_equal(sums.entries[0].values, count > SAMPLE_SIBLINGS_MAX ? count : 1);
        field_sums_free(&sums);
        sampled_free(sampled);
        sampling_close(sampling);
    }
}

static void formats_without_fields_have_none(void **state)
{
    (void)state;
    struct sampling *sampling = sampling_make();
    assert_null(sample(sampling));
    add(sampling, "\x50\x4b\x03\x04 zip");
    assert_null(sample(sampling));
    sampling_close(sampling);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_known_by_their_values),
        cmocka_unit_test(elements_and_listings_are_read_as_the_scan_does),
        cmocka_unit_test(rows_without_a_header_have_numbers_for_names),
        cmocka_unit_test(a_short_table_is_decided_by_names),
        cmocka_unit_test(key_paths_are_known_by_their_values),
        cmocka_unit_test(a_long_document_is_read_as_far_as_the_sample_goes),
        cmocka_unit_test(keys_of_text_are_known_by_their_values),
        cmocka_unit_test(objects_do_not_share_what_they_tell),
        cmocka_unit_test(fields_with_a_role_are_summed_up),
        cmocka_unit_test(columns_of_sql_are_known_by_their_values_table_by_table),
        cmocka_unit_test(keys_of_many_things_are_not_shown),
        cmocka_unit_test(formats_without_fields_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
