/* Text that grows. Behind the headers of cmocka. */
#ifndef PAGE_H
#define PAGE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
    char *text;
    size_t length, capacity;
};

static inline void page_add(struct page *page, const char *bytes, size_t length)
{
    if (page->length + length + 1 > page->capacity) {
        page->capacity = 2 * (page->length + length + 1);
        page->text = realloc(page->text, page->capacity);
        assert_non_null(page->text);
    }
    memcpy(page->text + page->length, bytes, length);
    page->length += length;
    page->text[page->length] = '\0';
}

static inline void page_print(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void page_print(struct page *page, const char *format, ...)
{
    char line[1024];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    page_add(page, line, (size_t)length);
}

static inline void page_empty(struct page *page)
{
    page->length = 0;
    page_add(page, "", 0);
}

#endif
