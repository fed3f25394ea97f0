/* The rule files that were built into the program, so that it runs without an installed folder. Made by rules/embed.cmake. */
#ifndef RULE_BUILTIN_H
#define RULE_BUILTIN_H

#include <stddef.h>

struct builtin_file {
    const char *path; /* relative to rules/: "signals/host.yaml" */
    const char *data; /* a NUL follows the last byte */
    size_t len;       /* in bytes, without that NUL */
};

/* Sorted by path. Lives as long as the program. */
extern const struct builtin_file builtin_files[];
extern const size_t builtin_files_len;

#endif
