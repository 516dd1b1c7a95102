#include "first_look.h"

bool first_turn_line_ends(char *bytes, size_t length)
{
    bool turns = sniff_has_cr_lines((struct span){bytes, length < SNIFF_BYTES ? length : SNIFF_BYTES});
    if (turns) sniff_turn_line_ends(bytes, length);
    return turns;
}

static enum status read_all(struct charset *charset, struct stream *stream, char *room, struct first_bytes *first, struct fault *fault)
{
    *first = (struct first_bytes){.at = room};
    while (first->length < SNIFF_BYTES) {
        size_t count = 0;
        bool gap = false;
        enum status status = charset_read(charset, stream, room + first->length, FIRST_BYTES_ROOM - first->length, &count, &gap, fault);
        if (status == STATUS_END) return first->ended = true, STATUS_OK;
        if (status != STATUS_OK) return status;
        first->has_gap |= gap;
        if (gap && first->length > 0) return STATUS_OK; /* what comes now is another matter */
        first->length += count;
    }
    return STATUS_OK;
}

enum status first_read(struct charset *charset, struct stream *stream, char *room, struct first_bytes *first, struct fault *fault)
{
    enum status status = read_all(charset, stream, room, first, fault);
    first->form = charset_form(charset);
    if (status == STATUS_OK) first->has_cr_lines = first_turn_line_ends(room, first->length);
    return status;
}

/* What only says how others are meant makes no header. */
static bool makes_header(struct field_plan plan)
{
    return plan.role != ROLE_NONE && plan.role <= ROLE_DATUM;
}

static bool name_known(const void *roles, struct span name)
{
    return makes_header(roles_plan(roles, name.at, name.len, true));
}

static bool name_known_lately(const void *sampler, struct span name)
{
    return makes_header(sampler_plan((struct sampler *)(uintptr_t)sampler, name));
}

/* What of them is looked at, and whether the object ends with that. */
static struct span sample_of(const struct first_bytes *first, bool *at_end)
{
    struct span sample = {first->at, first->length < SNIFF_BYTES ? first->length : SNIFF_BYTES};
    *at_end = first->ended && sample.len == first->length;
    return sample;
}

static void layout_find(const struct first_bytes *first, const struct name_source *names, struct layout *layout)
{
    bool at_end;
    struct span sample = sample_of(first, &at_end);
    if (first->form != NULL) *layout = (struct layout){.format = FORMAT_SQL, .name = first->form};
    else sniff(sample, at_end, names, layout);
}

void first_layout(const struct first_bytes *first, const struct roles *roles, struct layout *layout)
{
    const struct name_source names = {name_known, roles};
    layout_find(first, &names, layout);
}

enum status first_look(struct sampler *sampler, const struct first_bytes *first, uint64_t id, bool layout_known,
                       struct layout *layout, struct sampled **sampled, struct fault *fault)
{
    bool at_end;
    struct span sample = sample_of(first, &at_end);
    const struct name_source names = {name_known_lately, sampler};
    if (!layout_known) layout_find(first, &names, layout);
    return sample_fields(sampler, sample, at_end, layout, id, sampled, fault);
}
