/* Tests of analyzer/tally/identifiers.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analyzer/tally/identifiers.h"
#include "../analyzer/tally/order.h"
#include "tallying.h"

/* A record of a customer, or of the first identifier where customer is NULL. */
static void add(struct tallying *tallying, const char *customer, const struct tally_identifier *identifiers, size_t count)
{
    struct tally_unit unit = {.holder_kind = HOLDER_CUSTOMER, .record = true, .time_s = TIME_NONE, .identifiers = identifiers,
                              .identifier_count = count};
    char canonical[IDENTIFIER_SIZE];
    if (customer != NULL) unit.holder = (struct span){customer, strlen(customer)};
    else unit.holder_kind = identifiers[0].kind, unit.holder = (struct span){canonical, tally_identifier_text(&identifiers[0], canonical)};
    struct fault fault;
    assert_int_equal(tally_add(tallying->writer, &unit, &fault), STATUS_OK);
}

static void note(void *context, int thread, uint32_t partition, const struct holder *holder)
{
    identifiers_note(context, thread, partition, holder);
}

struct noting {
    struct identifier_counting *counting;
    struct identifier_totals totals;
};

static void note_before(void *context, int thread, uint32_t partition, const struct holder *holder)
{
    const struct noting *noting = context;
    identifiers_note(noting->counting, thread, partition, holder);
}

static void count_before(void *context)
{
    struct noting *noting = context;
    struct fault fault;
    assert_int_equal(identifiers_noted(noting->counting, &noting->totals, &fault), STATUS_OK);
}

/* Before holders are sorted, in memory that somebody else used: less than is wanted, and with anything in it. */
static struct identifier_totals counted_before(struct tallying *tallying, int thread_count, size_t reused_bytes)
{
    struct noting noting = {.counting = NULL};
    struct sorted_holders sorted;
    struct pages pages;
    struct fault fault;
    assert_true(pages_open(&pages, (size_t)1 << 20, (size_t)1 << 20));
    memset(pages.at, 0xA5, reused_bytes);
    pages.count = reused_bytes;
    assert_int_equal(identifiers_open(tallying->tally, NULL, thread_count, &(struct harvest_options){0}, &noting.counting, &fault), STATUS_OK);
    identifiers_reuse(noting.counting, &pages);
    assert_null(pages.at);
    struct holder_look look = {note_before, &noting};
    assert_int_equal(holders_look_sort(tallying->tally, thread_count, &look, count_before, &sorted, &fault), STATUS_OK);
    identifier_totals_free(&noting.totals);
    identifiers_close(noting.counting);
    sorted_holders_free(&sorted);
    return noting.totals;
}

/* While holders are sorted. */
static struct identifier_totals counted_on_the_way(struct tallying *tallying, int thread_count)
{
    struct identifier_totals totals;
    struct identifier_counting *counting = NULL;
    struct sorted_holders sorted;
    struct fault fault;
    assert_int_equal(identifiers_open(tallying->tally, NULL, thread_count, &(struct harvest_options){0}, &counting, &fault), STATUS_OK);
    struct holder_look look = {note, counting};
    assert_int_equal(holders_sort(tallying->tally, thread_count, &look, &sorted, &fault), STATUS_OK);
    assert_int_equal(identifiers_noted(counting, &totals, &fault), STATUS_OK);
    identifier_totals_free(&totals);
    identifiers_close(counting);
    sorted_holders_free(&sorted);
    return totals;
}

/* While holders are gone through in their order, in pieces of three. */
static struct identifier_totals counted_in_pieces(struct tallying *tallying, int thread_count)
{
    struct identifier_totals totals;
    struct identifier_counting *counting = NULL;
    struct sorted_holders sorted;
    struct fault fault;
    assert_int_equal(holders_sort(tallying->tally, thread_count, NULL, &sorted, &fault), STATUS_OK);
    struct identifier_pieces pieces = {&sorted, (sorted.count + 2) / 3};
    assert_int_equal(identifiers_open(tallying->tally, &pieces, thread_count, &(struct harvest_options){0}, &counting, &fault), STATUS_OK);
    for (size_t i = pieces.count; i-- > 0;)
        identifiers_note_piece(counting, (int)(i % (size_t)thread_count), i, 3 * i, 3 * i + 3 < sorted.count ? 3 * i + 3 : sorted.count);
    assert_int_equal(identifiers_noted(counting, &totals, &fault), STATUS_OK);
    identifier_totals_free(&totals);
    identifiers_close(counting);
    sorted_holders_free(&sorted);
    return totals;
}

static void assert_same(const struct identifier_totals *noted, const struct identifier_totals *totals)
{
    assert_memory_equal(noted->kinds, totals->kinds, sizeof totals->kinds);
    assert_int_equal(noted->clusters_unattributed, totals->clusters_unattributed);
    assert_int_equal(noted->shared, totals->shared);
    assert_int_equal(noted->tied, totals->tied);
    assert_int_equal(noted->duplicates.groups, totals->duplicates.groups);
}

static struct identifier_totals counted(struct tallying *tallying, int thread_count)
{
    struct identifier_totals totals;
    struct fault fault;
    assert_int_equal(tally_flush(tallying->writer, &fault), STATUS_OK);
    assert_int_equal(identifiers_count(tallying->tally, thread_count, &(struct harvest_options){0}, &totals, &fault), STATUS_OK);
    struct identifier_totals noted = counted_on_the_way(tallying, thread_count), in_pieces = counted_in_pieces(tallying, thread_count);
    struct identifier_totals before = counted_before(tallying, thread_count, 100 * 4096), anew = counted_before(tallying, thread_count, 0);
    assert_same(&noted, &totals);
    assert_same(&in_pieces, &totals);
    assert_same(&before, &totals);
    assert_same(&anew, &totals);
    identifier_totals_free(&totals);
    return totals;
}

static struct tally_identifier imei(enum grade grade, unsigned number)
{
    char text[24];
    sprintf(text, "8681234%08u", number);
    return an_identifier(KIND_IMEI, grade, text);
}

static struct tally_identifier mac(enum grade grade, unsigned number)
{
    char text[24];
    sprintf(text, "3c:5a:b4:%02x:%02x:%02x", number >> 16 & 255, number >> 8 & 255, number & 255);
    return an_identifier(KIND_MAC, grade, text);
}

static void nothing_counts_as_nothing(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct identifier_totals totals = counted(&tallying, 2);
    assert_int_equal(totals.kinds[KIND_VIN].distinct, 0);
    assert_int_equal(totals.clusters_unattributed, 0);
    assert_int_equal(totals.shared, 0);
    tallying_close(&tallying);
}

static void an_identifier_of_several_customers_is_one(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_identifier a = imei(GRADE_LIKELY, 1), b = imei(GRADE_CONFIRMED, 1), c = imei(GRADE_POSSIBLE, 1), d = imei(GRADE_POSSIBLE, 2);
    add(&tallying, "C-1", &a, 1);
    add(&tallying, "C-2", &b, 1);
    add(&tallying, "C-3", &c, 1);
    add(&tallying, "C-4", &d, 1);
    struct identifier_totals totals = counted(&tallying, 2);
    assert_int_equal(totals.kinds[KIND_IMEI].distinct, 1);
    assert_int_equal(totals.kinds[KIND_IMEI].confirmed, 1);
    assert_int_equal(totals.kinds[KIND_IMEI].likely, 0);
    assert_int_equal(totals.kinds[KIND_IMEI].possible, 1);
    assert_int_equal(totals.kinds[KIND_IMEI].unattributed, 0);
    tallying_close(&tallying);
}

static void samples_are_counted_apart_too(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_identifier a = imei(GRADE_LIKELY, 1), b = imei(GRADE_LIKELY, 2);
    a.state |= FACT_SAMPLE_BIT;
    add(&tallying, "C-1", &a, 1);
    add(&tallying, NULL, &a, 1);
    add(&tallying, "C-1", &b, 1);
    struct identifier_totals totals = counted(&tallying, 1);
    assert_int_equal(totals.kinds[KIND_IMEI].distinct, 2);
    assert_int_equal(totals.kinds[KIND_IMEI].sample, 1);
    tallying_close(&tallying);
}

static void more_than_eight_customers_share_an_identifier(void **unused)
{
    (void)unused;
    for (unsigned customers = 7; customers <= 10; customers++) {
        struct tallying tallying = tallying_open(1);
        struct tally_identifier a = imei(GRADE_LIKELY, 1);
        for (unsigned i = 0; i < customers; i++) {
            char name[16];
            sprintf(name, "C-%u", i);
            add(&tallying, name, &a, 1);
            add(&tallying, name, &a, 1);
        }
        struct identifier_totals totals = counted(&tallying, 2);
        assert_int_equal(totals.shared, customers > SHARED_CUSTOMERS_MAX);
        tallying_close(&tallying);
    }
}

static void identifiers_of_nobody_are_unattributed_and_form_clusters(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_identifier pair[2] = {imei(GRADE_LIKELY, 1), mac(GRADE_LIKELY, 1)};
    struct tally_identifier other[2] = {imei(GRADE_LIKELY, 2), mac(GRADE_LIKELY, 1)};
    struct tally_identifier alone = imei(GRADE_LIKELY, 3);
    struct tally_identifier weak = imei(GRADE_POSSIBLE, 4);
    add(&tallying, NULL, pair, 2);
    add(&tallying, NULL, other, 2); /* the MAC joins both */
    add(&tallying, NULL, &alone, 1);
    add(&tallying, NULL, &weak, 1);
    struct identifier_totals totals = counted(&tallying, 2);
    assert_int_equal(totals.clusters_unattributed, 2);
    assert_int_equal(totals.kinds[KIND_IMEI].unattributed, 3);
    assert_int_equal(totals.kinds[KIND_MAC].unattributed, 1);
    assert_int_equal(totals.kinds[KIND_IMEI].possible, 1);
    tallying_close(&tallying);
}

static void a_cluster_that_touches_a_customer_is_none(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_identifier first[2] = {imei(GRADE_LIKELY, 1), mac(GRADE_LIKELY, 1)};
    struct tally_identifier second[2] = {imei(GRADE_LIKELY, 2), mac(GRADE_LIKELY, 1)};
    struct tally_identifier third = imei(GRADE_LIKELY, 2), apart = imei(GRADE_LIKELY, 9);
    add(&tallying, NULL, first, 2);
    add(&tallying, NULL, second, 2);
    add(&tallying, "C-1", &third, 1); /* reaches the first by way of the second */
    add(&tallying, NULL, &apart, 1);
    struct identifier_totals totals = counted(&tallying, 2);
    assert_int_equal(totals.clusters_unattributed, 1);
    assert_int_equal(totals.kinds[KIND_IMEI].unattributed, 2);
    assert_int_equal(totals.kinds[KIND_MAC].unattributed, 1);
    tallying_close(&tallying);
}

static void possible_identifiers_join_nothing(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_identifier first[2] = {imei(GRADE_LIKELY, 1), mac(GRADE_POSSIBLE, 1)};
    struct tally_identifier second[2] = {imei(GRADE_LIKELY, 2), mac(GRADE_POSSIBLE, 1)};
    add(&tallying, NULL, first, 2);
    add(&tallying, NULL, second, 2);
    struct identifier_totals totals = counted(&tallying, 1);
    assert_int_equal(totals.clusters_unattributed, 2);
    assert_int_equal(totals.kinds[KIND_MAC].possible, 1);
    tallying_close(&tallying);
}

/* A chain over many holders, made in an order that a careless union would make slow or wrong. */
static void long_chains_are_one_cluster(void **unused)
{
    (void)unused;
    enum { LINKS = 50000 };
    for (int threads = 1; threads <= 3; threads++) {
        struct tallying tallying = tallying_open(1);
        for (unsigned i = 0; i < LINKS; i++) {
            unsigned link = i * 7919u % LINKS;
            struct tally_identifier chain[3] = {imei(GRADE_LIKELY, link), mac(GRADE_LIKELY, link), mac(GRADE_LIKELY, link + 1)};
            add(&tallying, NULL, chain, 3);
        }
        struct identifier_totals totals = counted(&tallying, threads);
        assert_int_equal(totals.clusters_unattributed, 1);
        assert_int_equal(totals.kinds[KIND_IMEI].distinct, LINKS);
        assert_int_equal(totals.kinds[KIND_MAC].distinct, LINKS + 1);
        assert_int_equal(totals.kinds[KIND_MAC].unattributed, LINKS + 1);
        tallying_close(&tallying);
    }
}

static void the_same_digits_under_two_kinds_are_two_identifiers(void **unused)
{
    (void)unused;
    struct tallying tallying = tallying_open(1);
    struct tally_identifier both[2] = {an_identifier(KIND_IMEI, GRADE_LIKELY, "8981100077665544334"),
                                       an_identifier(KIND_ICCID, GRADE_LIKELY, "8981100077665544334")};
    add(&tallying, "C-1", both, 2);
    struct identifier_totals totals = counted(&tallying, 1);
    assert_int_equal(totals.kinds[KIND_IMEI].distinct, 1);
    assert_int_equal(totals.kinds[KIND_ICCID].distinct, 1);
    tallying_close(&tallying);
}

/* Enough facts for several passes (a pass takes 48 MiB of entries). */
static void many_identifiers_are_counted_in_buckets(void **unused)
{
    (void)unused;
    enum { CUSTOMERS = 32000, EACH = 160 };
    struct tallying tallying = tallying_open(1);
    struct tally_identifier identifiers[EACH];
    for (unsigned i = 0; i < CUSTOMERS; i++) {
        char name[16];
        sprintf(name, "C-%u", i);
        for (unsigned k = 0; k < EACH; k++) identifiers[k] = mac(GRADE_LIKELY, i * (EACH / 2) + k); /* half of them shared with the next */
        add(&tallying, name, identifiers, EACH);
    }
    struct identifier_totals totals = counted(&tallying, 2);
    assert_int_equal(totals.kinds[KIND_MAC].distinct, (CUSTOMERS + 1) * (EACH / 2));
    assert_int_equal(totals.kinds[KIND_MAC].likely, (CUSTOMERS + 1) * (EACH / 2));
    assert_int_equal(totals.shared, 0);
    tallying_close(&tallying);
}

/* Tied: whose the records of nobody are might follow from a customer's identifiers. */
static void only_what_customers_and_others_have_ties(void **unused)
{
    (void)unused;
    for (int step = 0; step < 4; step++) {
        struct tallying tallying = tallying_open(1);
        struct tally_identifier a = imei(GRADE_LIKELY, 1), b = imei(GRADE_CONFIRMED, 2), c = imei(GRADE_POSSIBLE, 3), d = imei(GRADE_POSSIBLE, 4);
        struct tally_identifier nobodys[2] = {imei(GRADE_LIKELY, step == 1 ? 1 : 9), imei(GRADE_POSSIBLE, step == 2 ? 2 : 8)};
        struct tally_identifier others = imei(GRADE_LIKELY, step == 3 ? 4 : 7);
        add(&tallying, "C-1", &a, 1);
        add(&tallying, "C-2", &a, 1);
        add(&tallying, "C-2", &b, 1);
        add(&tallying, "C-3", &c, 1);
        add(&tallying, "C-3", &d, 1);
        add(&tallying, NULL, nobodys, 2);
        add(&tallying, NULL, &others, 1);
        for (int threads = 1; threads <= 2; threads++) assert_int_equal(counted(&tallying, threads).tied, step > 0);
        tallying_close(&tallying);
    }
}

/* More identifiers than a note can count, some of them another's. */
static void a_customer_of_very_many_identifiers_is_counted_like_all(void **unused)
{
    (void)unused;
    for (unsigned many = 253; many <= 258; many++) {
        struct tallying tallying = tallying_open(1);
        struct tally_identifier identifiers[300], last = mac(GRADE_CONFIRMED, many - 1), first = mac(GRADE_LIKELY, 0);
        for (unsigned k = 0; k < many; k++) identifiers[k] = mac(GRADE_LIKELY, k);
        add(&tallying, "C-1", identifiers, many);
        add(&tallying, "C-2", &last, 1);
        add(&tallying, "C-3", &first, 1);
        struct identifier_totals totals = counted(&tallying, 2);
        assert_int_equal(totals.kinds[KIND_MAC].distinct, many);
        assert_int_equal(totals.kinds[KIND_MAC].confirmed, 1);
        assert_int_equal(totals.kinds[KIND_MAC].likely, many - 1);
        tallying_close(&tallying);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_counts_as_nothing),
        cmocka_unit_test(an_identifier_of_several_customers_is_one),
        cmocka_unit_test(samples_are_counted_apart_too),
        cmocka_unit_test(more_than_eight_customers_share_an_identifier),
        cmocka_unit_test(identifiers_of_nobody_are_unattributed_and_form_clusters),
        cmocka_unit_test(a_cluster_that_touches_a_customer_is_none),
        cmocka_unit_test(possible_identifiers_join_nothing),
        cmocka_unit_test(long_chains_are_one_cluster),
        cmocka_unit_test(the_same_digits_under_two_kinds_are_two_identifiers),
        cmocka_unit_test(many_identifiers_are_counted_in_buckets),
        cmocka_unit_test(only_what_customers_and_others_have_ties),
        cmocka_unit_test(a_customer_of_very_many_identifiers_is_counted_like_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
