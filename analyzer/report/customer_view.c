#include "customer_view.h"

#include <stdlib.h>
#include <string.h>

#include "../attribute/customer_key.h"
#include "../support/escape.h"
#include "../support/utf8.h"
#include "cell.h"
#include "mask.h"

enum { LABEL_WIDTH = 13, GRADE_WIDTH = 9, FIELD_SHOWN = 256 };

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_FATAL, "no memory to show a customer");
}

/* ------------------------------------------------------------------ identifiers */

static int by_kind_and_value(const void *left, const void *right)
{
    const struct view_identifier *a = left, *b = right;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    int order = strcmp(a->masked, b->masked);
    return order != 0 ? order : strcmp(a->canonical, b->canonical);
}

static bool look_alike(const struct view_identifier *a, const struct view_identifier *b)
{
    return a->kind == b->kind && strcmp(a->masked, b->masked) == 0;
}

void customer_view_sort(struct customer_view *view)
{
    struct view_identifier *all = view->identifiers;
    size_t count = view->identifier_count;
    for (size_t i = 0; i < count; i++) identifier_mask(all[i].kind, all[i].canonical, all[i].masked);
    if (count > 0) qsort(all, count, sizeof *all, by_kind_and_value);
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && look_alike(&all[begin], &all[end]); end++) {}
        for (size_t i = begin; i < end; i++) {
            all[i].number = i - begin + 1;
            all[i].alike = end - begin;
        }
    }
}

/* ------------------------------------------------------------------ words */

/* " (field customerid)": which of several it was, is counted for sources, not for customers. */
static void put_fields(FILE *out, const struct customer_view *view)
{
    if (view->field_count == 0) return;
    fputs(view->field_count == 1 ? " (field " : " (one of the fields ", out);
    for (size_t i = 0; i < view->field_count; i++) {
        char shown[FIELD_SHOWN];
        escape_write(shown, sizeof shown, view->fields[i], strlen(view->fields[i]));
        fprintf(out, "%s%s", i > 0 ? ", " : "", shown);
    }
    fputc(')', out);
}

/* Who names the customer, the first of them in full. */
static void put_basis(FILE *out, const struct customer_view *view)
{
    static const struct { uint8_t bit; const char *alone, *further; } words[] = {
        {BASIS_FIELD, "the units themselves name the customer", "the units themselves do"},
        {BASIS_PARENT, "a level that encloses the units names the customer", "a level that encloses the unit does"},
        {BASIS_PATH, "the object's path names the customer", "the object's path does"},
        {BASIS_ROSTER, "the roster names the customer for the identifier", "the roster does for the identifier"},
        {BASIS_LINK, "another record ties the identifier to the customer", "another record does by the identifier"},
    };
    bool begun = false, named = false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((view->row.basis & words[i].bit) == 0) continue;
        fprintf(out, begun ? "; elsewhere %s" : "%s", begun ? words[i].further : words[i].alone);
        if (!named && (words[i].bit & (BASIS_FIELD | BASIS_PARENT)) != 0) {
            put_fields(out, view);
            named = true;
        }
        begun = true;
    }
}

/* What the roster says to that, and what decided. */
static void put_doubt(FILE *out, const struct customer_view *view)
{
    const struct customer_row *row = &view->row;
    if (row->stranger) fputs("; the roster does not know this customer", out);
    if ((row->basis & BASIS_ROSTER) == 0) return;
    fputs(row->sure ? "; the records' time lies in the customer's interval there" : "; no time decides", out);
}

char *customer_view_reason(const struct customer_view *view)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) return NULL;
    if (view->named_only) {
        fputs("units name the customer, but in none of them is an identifier or a position", out);
    } else if (view->row.tier == TIER_T3 && (view->row.basis & (BASIS_ROSTER | BASIS_LINK)) != 0) {
        fputs("the records may be this customer's, and may be others': an identifier leads to several, or to somebody else than "
              "another one does, or not at that time; ", out);
        put_basis(out, view);
    } else if (view->row.tier == TIER_T3) {
        fputs("all evidence is only possible: it has the form of an identifier and no more; ", out);
        put_basis(out, view);
    } else {
        put_basis(out, view);
        put_doubt(out, view);
    }
    if (fclose(out) == 0) return text;
    free(text);
    return NULL;
}

/* ------------------------------------------------------------------ text */

struct page {
    FILE *out;
    bool failed; /* no memory */
};

static void put_label(const struct page *page, const char *label)
{
    fprintf(page->out, "%-*s", LABEL_WIDTH, label);
}

static void put_escaped(struct page *page, struct span bytes)
{
    size_t size = bytes.len * ESCAPE_GROWTH + 1;
    char *text = malloc(size);
    if (text == NULL) {
        page->failed = true;
        return;
    }
    size_t length = escape_write(text, size, bytes.at, bytes.len);
    fwrite(text, 1, length, page->out);
    free(text);
}

/* A key that is escaped for itself is shown as it stands. */
static void put_customer(struct page *page, struct span customer)
{
    struct bytes room = {0};
    struct span key;
    page->failed |= !customer_key(customer, &room, &key);
    if (!page->failed && key.at != customer.at && utf8_is_valid(customer.at, customer.len)) fwrite(customer.at, 1, customer.len, page->out);
    else put_escaped(page, customer);
    bytes_free(&room);
}

static void put_place(struct page *page, const struct view_place *place)
{
    put_escaped(page, (struct span){place->path, strlen(place->path)});
    fprintf(page->out, "#%llu", (unsigned long long)place->unit);
}

/* "1 cell", "~120 points" */
static void put_count(const struct page *page, const char *before, struct distinct distinct, const char *one,
                      const char *more)
{
    fprintf(page->out, "%s%s%llu %s", before, distinct.estimated ? "~" : "", (unsigned long long)distinct.count,
            distinct.count == 1 ? one : more);
}

/* In the order of impact.csv. */
static void put_figures(struct page *page, const struct customer_view *view)
{
    static const char *const levels[LEVEL_COUNT] = {"L0", "L1: few points", "L2: a trace that is probably unique", "L3: home area shown",
                                                    "L4: home and work shown"};
    const struct customer_row *row = &view->row;
    char text[64];
    put_label(page, "Elements");
    *cell_write_elements(text, row->elements) = '\0';
    fprintf(page->out, "%s\n", text[0] != '\0' ? text : "none");
    put_label(page, "Records");
    fprintf(page->out, "%llu", (unsigned long long)row->records);
    if (row->records_possible > 0)
        fprintf(page->out, "; %llu more %s", (unsigned long long)row->records_possible,
                (row->basis_possible & (BASIS_ROSTER | BASIS_LINK)) != 0 ? "that are possible, not sure" : "by possible evidence alone");
    fputc('\n', page->out);
    put_label(page, "Positions");
    if (row->loc_fixes == 0) fputs("none", page->out);
    if (row->loc_fixes > 0) {
        put_count(page, "", (struct distinct){row->loc_fixes, false}, "fix", "fixes");
        put_count(page, ", ", row->loc_points, "point", "points");
        put_count(page, ", ", row->loc_cells, "cell", "cells");
        put_count(page, ", ", row->loc_days, "day", "days");
        fprintf(page->out, "; %s%s", levels[row->loc_level.level], !row->loc_level.precise ? "" : row->loc_level.level >= LEVEL_HOME ? ", to address level" : ", precise");
    }
    fputc('\n', page->out);
    if (row->severity.context > 0) {
        put_label(page, "Severity");
        *cell_write_severity(text, row->severity) = '\0';
        fprintf(page->out, "%s (context %u x ease of identification 0.%02u + circumstances 0.50)\n", text, row->severity.context,
                row->severity.ease * SEVERITY_EASE_STEP);
    }
    put_label(page, "Data times");
    *cell_write_time(text, row->time_first) = '\0';
    fprintf(page->out, "%s", text[0] != '\0' ? text : "none");
    *cell_write_time(text, row->time_last) = '\0';
    fprintf(page->out, "%s%s\n", text[0] != '\0' ? " to " : "", text);
    put_label(page, "Sources");
    for (uint32_t i = 0; i < row->source_count; i++) {
        const char *name = view->source_names[row->sources[i]];
        if (i > 0) fputs(", ", page->out);
        put_escaped(page, (struct span){name, strlen(name)});
    }
    fputc('\n', page->out);
    if (view->exposed_days > 0) {
        put_label(page, "Lay open");
        fprintf(page->out, "%s to %s, %llu %s known\n", view->exposed.from[0] != '\0' ? view->exposed.from : "?",
                view->exposed.to[0] != '\0' ? view->exposed.to : "?", (unsigned long long)view->exposed_days,
                view->exposed_days == 1 ? "day" : "days");
    }
    put_label(page, "First read");
    put_place(page, &view->first);
    fputc('\n', page->out);
}

/* "35761300******* (1 of 2)" */
static int value_text(const struct view_identifier *identifier, char *text, size_t size)
{
    if (identifier->alike == 1) return snprintf(text, size, "%s", identifier->masked);
    return snprintf(text, size, "%s (%llu of %llu)", identifier->masked, (unsigned long long)identifier->number,
                    (unsigned long long)identifier->alike);
}

/* Of an identifier by which records came to the customer: where it was read with the customer's name. */
static void put_tie(struct page *page, const struct view_identifier *identifier)
{
    if (identifier->tied.path == NULL) return;
    if (identifier->named.path == NULL) {
        fputs("  (no record with it names the customer)", page->out);
        return;
    }
    fputs("  (with the customer's name ", page->out);
    put_place(page, &identifier->named);
    fputc(')', page->out);
}

static void put_identifiers(struct page *page, const struct customer_view *view)
{
    char value[IDENTIFIER_SIZE + 64];
    int kinds = 0, values = (int)strlen("value");
    put_label(page, "Identifiers");
    if (view->identifier_count == 0) {
        fputs("none\n", page->out);
        return;
    }
    for (size_t i = 0; i < view->identifier_count; i++) {
        int width = value_text(&view->identifiers[i], value, sizeof value);
        int kind = (int)strlen(detectors[view->identifiers[i].kind]->name);
        if (width > values) values = width;
        if (kind > kinds) kinds = kind;
    }
    fprintf(page->out, "%-*s  %-*s  %-*s  %s\n", kinds, "kind", GRADE_WIDTH, "grade", values, "value", "first read");
    for (size_t i = 0; i < view->identifier_count; i++) {
        const struct view_identifier *identifier = &view->identifiers[i];
        value_text(identifier, value, sizeof value);
        fprintf(page->out, "%*s%-*s  %-*s  %-*s  ", LABEL_WIDTH, "", kinds, detectors[identifier->kind]->name,
                GRADE_WIDTH, grade_name(identifier->grade), values, value);
        put_place(page, &identifier->first);
        put_tie(page, identifier);
        fputs(identifier->sample ? "  (published sample value)\n" : "\n", page->out);
    }
}

static void put_notes(const struct page *page, const struct customer_view *view)
{
    const char *label = "Note";
    if (!view->case_finished) {
        put_label(page, label);
        fputs("the scan into this case is not finished: what is shown is what was read so far\n", page->out);
        label = "";
    }
    if (view->shards_missing > 0) {
        put_label(page, label);
        fprintf(page->out, "%u of %u shards are not in this case: what is shown is what the others read\n",
                view->shards_missing, view->shard_count);
    }
}

enum status customer_view_text(FILE *out, const struct customer_view *view, struct fault *fault)
{
    static const char *const tiers[] = {"", "T1", "T2", "T3"};
    struct page page = {out, false};
    char *reason = customer_view_reason(view);
    if (reason == NULL) return no_memory(fault);
    put_label(&page, "Customer");
    put_customer(&page, view->row.customer_id);
    fputc('\n', out);
    put_label(&page, "Tier");
    fprintf(out, "%s: %s\n", view->named_only ? "none" : tiers[view->row.tier], reason);
    free(reason);
    if (!view->named_only) {
        char basis[CELL_BASIS_BYTES];
        *cell_write_basis(basis, view->row.basis) = '\0';
        put_label(&page, "Linked by");
        fprintf(out, "%s\n", basis);
        put_figures(&page, view);
        put_identifiers(&page, view);
    }
    put_notes(&page, view);
    return page.failed ? no_memory(fault) : STATUS_OK;
}
