#include "passwords.h"

#include <stdlib.h>
#include <string.h>

#include "../support/file.h"
#include "../support/sha256.h"

static enum status add(struct passwords *passwords, const char *at, size_t length, size_t line, struct fault *fault)
{
    if (length > 0 && at[length - 1] == '\r') length--;
    if (length == 0) return STATUS_OK;
    if (length > PASSWORD_BYTES_MAX) return fault_set(fault, STATUS_USAGE, "--passwords: line %zu has more than %d bytes", line, PASSWORD_BYTES_MAX);
    if (passwords->count == PASSWORDS_MAX) return fault_set(fault, STATUS_USAGE, "--passwords: more than %d passwords", PASSWORDS_MAX);
    passwords->list[passwords->count++] = (struct password){at, length};
    return STATUS_OK;
}

static enum status read_lines(struct passwords *passwords, struct fault *fault)
{
    const char *at = passwords->text, *end = at + passwords->text_bytes;
    enum status status = STATUS_OK;
    for (size_t line = 1; at < end && status == STATUS_OK; line++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        status = add(passwords, at, (size_t)((newline != NULL ? newline : end) - at), line, fault);
        at = newline != NULL ? newline + 1 : end;
    }
    if (status == STATUS_OK && passwords->count == 0) return fault_set(fault, STATUS_USAGE, "--passwords: the file has no password");
    return status;
}

static bool digest(struct passwords *passwords)
{
    struct sha256 *hash = sha256_open();
    if (hash == NULL) return false;
    sha256_add(hash, passwords->text, passwords->text_bytes);
    sha256_take(hash, passwords->sha256);
    sha256_close(hash);
    return true;
}

enum status passwords_open(const char *path, struct passwords **passwords, struct fault *fault)
{
    struct passwords *made = calloc(1, sizeof *made);
    *passwords = NULL;
    if (made == NULL || (made->list = calloc(PASSWORDS_MAX, sizeof *made->list)) == NULL) {
        free(made);
        return fault_set(fault, STATUS_FATAL, "no memory for the passwords");
    }
    enum status status = file_read_whole(path, PASSWORDS_FILE_BYTES_MAX, &made->text, &made->text_bytes, fault);
    if (status == STATUS_OK && !digest(made)) status = fault_set(fault, STATUS_FATAL, "no SHA-256 here");
    if (status == STATUS_OK) status = read_lines(made, fault);
    if (status != STATUS_OK) passwords_close(made);
    else *passwords = made;
    return status;
}

void passwords_close(struct passwords *passwords)
{
    if (passwords == NULL) return;
    if (passwords->text != NULL) explicit_bzero(passwords->text, passwords->text_bytes);
    free(passwords->text);
    free(passwords->list);
    free(passwords);
}
