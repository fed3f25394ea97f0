/* Feeds every file of the folders named on the command line to a fuzz target, for builds without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    struct error err = {0};
    AUTO(heap) char *data = NULL;
    size_t len;
    if (file_read(path, 64 << 20, &data, &len, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    /* an allocation of exactly `len` bytes, so that a read past the end is seen */
    AUTO(heap) uint8_t *exact = xmalloc(len);
    memcpy(exact, data, len);
    LLVMFuzzerTestOneInput(exact, len);
    return 0;
}

static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        perror(folder);
        return -1;
    }
    int files = 0;
    for (struct dirent *entry; files >= 0 && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        AUTO(heap) char *path = xasprintf("%s/%s", folder, entry->d_name);
        files = replay_file(path) < 0 ? -1 : files + 1;
    }
    closedir(dir);
    return files;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int files = replay_folder(argv[i]);
        if (files <= 0) {
            fprintf(stderr, "%s: no inputs\n", argv[i]);
            return 1;
        }
        printf("%s: %d inputs\n", argv[i], files);
    }
    return 0;
}
