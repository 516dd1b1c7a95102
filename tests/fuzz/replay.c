/* Gives the files of folders to a fuzz target, one after the other: what was ever found stays found, without libFuzzer.
 *
 * Usage    fuzz_NAME FOLDER...     prints "N inputs replayed"; exit 1 if a folder cannot be read or is empty
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 1 << 20 };

static int replay_file(const char *folder, const char *name, uint8_t *data)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) return 0;
    size_t size = fread(data, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    fprintf(stderr, "%s\n", path); /* the last one named is the one that crashed */
    LLVMFuzzerTestOneInput(data, size);
    return 1;
}

int main(int argc, char **argv)
{
    uint8_t *data = malloc(INPUT_BYTES_MAX);
    int inputs = 0;
    for (int i = 1; i < argc && data != NULL; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            perror(argv[i]);
            return 1;
        }
        for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
            if (entry->d_name[0] != '.') inputs += replay_file(argv[i], entry->d_name, data);
        closedir(folder);
    }
    free(data);
    printf("%d inputs replayed\n", inputs);
    return inputs > 0 ? 0 : 1;
}
