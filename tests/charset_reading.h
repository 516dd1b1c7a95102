/* The text of bytes as charset.c gives it, out of a stream that gives them in pieces of any size, with gaps between.
 *
 * Stands in for analyzer/decode/stream.c
 */
#ifndef CHARSET_READING_H
#define CHARSET_READING_H

#include <stdlib.h>
#include <string.h>

#include "../analyzer/decode/charset.h"
#include "../analyzer/support/bytes.h"

struct stream {
    const char *bytes;
    size_t length, at, most;  /* most: so many bytes a read */
    size_t behind;            /* so many bytes of its file follow */
    size_t gaps[2];           /* bytes are missing before these places */
    bool interrupted;
};

enum status stream_read(struct stream *stream, char *bytes, size_t capacity, size_t *count, bool *gap, struct fault *fault)
{
    (void)fault;
    if (stream->interrupted || stream->at == stream->length) return STATUS_END;
    size_t end = stream->length;
    *gap = false;
    for (int i = 0; i < 2; i++) {
        if (stream->gaps[i] == stream->at && stream->at > 0) *gap = true;
        if (stream->gaps[i] > stream->at && stream->gaps[i] < end) end = stream->gaps[i];
    }
    size_t given = end - stream->at < capacity ? end - stream->at : capacity;
    if (given > stream->most) given = stream->most;
    memcpy(bytes, stream->bytes + stream->at, given);
    stream->at += given;
    *count = given;
    return STATUS_OK;
}

size_t stream_read_behind(const struct stream *stream, char *bytes, size_t count)
{
    if (count > stream->behind) count = stream->behind;
    memcpy(bytes, stream->bytes + stream->length, count);
    return count;
}

struct workbook *stream_workbook(struct stream *stream)
{
    (void)stream;
    return NULL;
}

bool stream_interrupted(const struct stream *stream)
{
    return stream->interrupted;
}

static inline void charset_insist(bool holds)
{
    if (!holds) abort();
}

struct charset_text {
    struct bytes text; /* "<gap>" where bytes are missing */
    enum charset_kind kind;
    uint64_t undecodable, joined;
    bool plain, settled;
};

static inline struct charset_text charset_text_read(const char *bytes, size_t length, size_t most, size_t gap, size_t other_gap)
{
    struct stream stream = {.bytes = bytes, .length = length, .most = most, .gaps = {gap, other_gap}};
    struct charset_text made = {0};
    struct charset *charset = NULL;
    struct fault fault;
    enum { CAPACITY = 64 * 1024 };
    char *room = malloc(CAPACITY);
    charset_insist(charset_open(&charset, &fault) == STATUS_OK);
    enum status status;
    for (size_t count; ; ) {
        bool is_gap;
        status = charset_read(charset, &stream, room, CAPACITY, &count, &is_gap, &fault);
        if (status != STATUS_OK) break;
        charset_insist(count > 0 && count <= CAPACITY && bytes_reserve(&made.text, count + 8));
        if (is_gap) bytes_put(&made.text, "<gap>", 5);
        bytes_put(&made.text, room, count);
    }
    charset_insist(status == STATUS_END && bytes_reserve(&made.text, 1));
    made.text.at[made.text.count] = '\0';
    made.kind = charset_kind(charset);
    made.undecodable = charset_undecodable(charset);
    made.joined = charset_joined(charset);
    made.plain = charset_is_plain(charset);
    made.settled = charset_is_settled(charset);
    charset_close(charset);
    free(room);
    return made;
}

#endif
