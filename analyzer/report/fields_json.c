#include "fields_json.h"

#include "summary_json.h"

enum { SHARE_DECIMALS = 4 };

static void write_valid(struct json_writer *writer, const struct field_seen *seen)
{
    if (!seen->checked || seen->values == 0) {
        json_write_null(writer, "share_valid");
        return;
    }
    json_write_decimal(writer, "share_valid", (double)seen->valid / (double)seen->values, SHARE_DECIMALS);
}

static void write_field(struct json_writer *writer, const struct object_list *list, const struct field_sum *entry)
{
    struct field_seen seen = field_sum_seen(entry);
    if (seen.source >= list->source_count)
        return;
    json_object_open(writer, NULL);
    summary_write_name(writer, "field", seen.name);
    json_write_text(writer, "format", seen.format);
    json_write_text(writer, "how", seen.how);
    json_write_unsigned(writer, "objects", entry->objects);
    json_write_text(writer, "role", seen.role);
    write_valid(writer, &seen);
    summary_write_name(writer, "source", list->sources[seen.source]);
    if (seen.checked)
        json_write_unsigned(writer, "valid", seen.valid);
    else
        json_write_null(writer, "valid");
    json_write_unsigned(writer, "values", seen.values);
    json_object_close(writer);
}

void fields_json_write(struct json_writer *writer, const struct object_list *list, const struct field_sums *fields)
{
    json_list_open(writer, "fields");
    for (size_t i = 0; fields != NULL && i < fields->count; i++)
        write_field(writer, list, &fields->entries[i]);
    json_list_close(writer);
    json_write_boolean(writer, "fields_cut", fields != NULL && fields->cut);
}
