#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "difference.h"

enum { FLUSH_BYTES = 1 << 16 };

struct csv_out {
    FILE *out;
    char *bytes;
    size_t count, capacity;
    bool failed; /* no memory */
};

static const struct span nothing = {"", 0};
static const struct span present = {"present", 7};

static struct span span_of(const char *text)
{
    return text != NULL ? (struct span){text, strlen(text)} : nothing;
}

static void flush(struct csv_out *csv)
{
    if (csv->count > 0)
        (void)fwrite(csv->bytes, 1, csv->count, csv->out); /* the command looks at the stream in the end */
    csv->count = 0;
}

static void write_row(struct csv_out *csv, const struct span cells[5])
{
    size_t wanted = csv->count;
    for (int i = 0; i < 5; i++)
        wanted += cell_text_room(cells[i].len) + 1;
    if (wanted > csv->capacity) {
        char *grown = realloc(csv->bytes, 2 * wanted);
        if (grown == NULL) {
            csv->failed = true;
            return;
        }
        csv->bytes = grown;
        csv->capacity = 2 * wanted;
    }
    char *at = csv->bytes + csv->count;
    for (int i = 0; i < 5; i++) {
        at = cell_write_text(at, cells[i]);
        *at++ = i < 4 ? ',' : '\n';
    }
    csv->count = (size_t)(at - csv->bytes);
    if (csv->count >= FLUSH_BYTES)
        flush(csv);
}

static void write_columns(struct csv_out *csv, struct span part, const struct comparison *comparison)
{
    for (int of_new = 0; of_new < 2; of_new++) {
        struct span name;
        for (size_t at = 0; comparison_columns_only(comparison, of_new == 1, &at, &name);)
            write_row(csv, (const struct span[]){part, nothing, name, of_new ? nothing : present,
                                                 of_new ? present : nothing});
    }
}

static void write_difference(struct csv_out *csv, struct span part, const struct difference *difference)
{
    static const struct span row = {"(row)", 5};
    bool is_new = difference->fate == ROW_NEW;
    if (difference->fate != ROW_CHANGED)
        write_row(csv, (const struct span[]){part, difference->key, row, is_new ? nothing : present,
                                             is_new ? present : nothing});
    for (size_t i = 0; i < difference->change_count; i++) {
        const struct change *change = &difference->changes[i];
        write_row(csv, (const struct span[]){part, difference->key, change->name, change->old, change->new});
    }
}

static enum status write_part(struct csv_out *csv, const struct differences *differences, int part,
                              struct fault *fault)
{
    struct comparison *comparison = NULL;
    enum status status = differences_open(differences, part, &comparison, fault);
    if (status != STATUS_OK)
        return status;
    struct span name = span_of(difference_part_name(part));
    struct difference difference;
    write_columns(csv, name, comparison);
    while (!csv->failed && (status = comparison_next(comparison, &difference, fault)) == STATUS_OK)
        write_difference(csv, name, &difference);
    comparison_close(comparison);
    return status == STATUS_END ? STATUS_OK : status;
}

enum status difference_write_csv(FILE *out, const struct differences *differences, struct fault *fault)
{
    struct csv_out csv = {.out = out};
    write_row(&csv, (const struct span[]){span_of("part"), span_of("key"), span_of("field"), span_of("old"),
                                          span_of("new")});
    for (size_t i = 0; i < differences->total_count; i++) {
        const struct total_pair *pair = &differences->totals[i];
        if (pair->differs)
            write_row(&csv, (const struct span[]){span_of("totals"), nothing, span_of(pair->field),
                                                  span_of(pair->old), span_of(pair->new)});
    }
    enum status status = STATUS_OK;
    for (int part = 0; part < PART_COUNT && status == STATUS_OK; part++)
        status = write_part(&csv, differences, part, fault);
    flush(&csv);
    free(csv.bytes);
    return csv.failed ? fault_set(fault, STATUS_FATAL, "no memory to write the differences") : status;
}
