#include "case_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../report/case_json.h"
#include "../support/file.h"

enum { CASE_KEY_BYTES = RUN_CASE_KEY_BYTES, DIGITS = 2 * CASE_KEY_BYTES };
static const char KEY_NAME[] = "case.key";

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static bool key_parse(const char *text, size_t length, uint8_t key[CASE_KEY_BYTES])
{
    if (length != DIGITS + 1 || text[DIGITS] != '\n') return false;
    for (size_t i = 0; i < CASE_KEY_BYTES; i++) {
        int high = digit_value(text[2 * i]), low = digit_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        key[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static enum status key_read(const char *folder, uint8_t key[CASE_KEY_BYTES], struct fault *fault)
{
    char *path = NULL, *text = NULL;
    size_t length = 0;
    if (asprintf(&path, "%s/%s", folder, KEY_NAME) < 0) return fault_set(fault, STATUS_FATAL, "no memory for the key");
    FILE *there = fopen(path, "re");
    int error = errno;
    if (there == NULL) {
        free(path);
        if (error == ENOENT) return STATUS_END;
        return fault_set(fault, STATUS_USAGE, "case.key cannot be read: %s", strerror(error));
    }
    fclose(there);
    enum status status = file_read_whole(path, DIGITS + 1, &text, &length, fault);
    if (status == STATUS_OK && !key_parse(text, length, key))
        status = fault_set(fault, STATUS_USAGE, "case.key is no key: 64 hexadecimal digits and a line end are wanted");
    free(text);
    free(path);
    return status;
}

static enum status key_make(const char *folder, uint8_t key[CASE_KEY_BYTES], struct fault *fault)
{
    for (size_t have = 0; have < CASE_KEY_BYTES;) {
        ssize_t count = getrandom(key + have, CASE_KEY_BYTES - have, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return fault_set(fault, STATUS_FATAL, "no random bytes for the key: %s", strerror(errno));
        have += (size_t)count;
    }
    char text[DIGITS + 2];
    for (size_t i = 0; i < CASE_KEY_BYTES; i++) snprintf(text + 2 * i, 3, "%02x", key[i]);
    text[DIGITS] = '\n';
    struct file *file = NULL;
    enum status status = file_open(folder, KEY_NAME, &file, fault);
    if (status != STATUS_OK) return status;
    status = file_write(file, text, DIGITS + 1, fault);
    if (status == STATUS_OK) return file_close(file, fault);
    file_abandon(file);
    return status;
}

/* The detectors and the form of what is written: what was counted with others of either does not add up. */
static bool tables_digest(uint8_t digest[SHA256_BYTES])
{
    const char form = ENTRY_FORMAT;
    struct sha256 *hash = sha256_open();
    bool made = hash != NULL && detectors_digest(digest);
    if (made) {
        sha256_add(hash, digest, SHA256_BYTES);
        sha256_add(hash, &form, 1);
        sha256_take(hash, digest);
    }
    sha256_close(hash);
    return made;
}

static enum status identity_set(const uint8_t key[CASE_KEY_BYTES], struct run_identity *identity, struct fault *fault)
{
    *identity = (struct run_identity){0};
    if (run_identity_set_key(identity, key) && tables_digest(identity->detectors_digest)) return STATUS_OK;
    return fault_set(fault, STATUS_FATAL, "no SHA-256 here");
}

enum status case_identity_read(const char *folder, struct run_identity *identity, struct fault *fault)
{
    uint8_t key[CASE_KEY_BYTES];
    enum status status = key_read(folder, key, fault);
    return status == STATUS_OK ? identity_set(key, identity, fault) : status;
}

enum status case_identity_make(const char *folder, struct run_identity *identity, struct fault *fault)
{
    uint8_t key[CASE_KEY_BYTES];
    enum status status = key_make(folder, key, fault);
    return status == STATUS_OK ? identity_set(key, identity, fault) : status;
}
