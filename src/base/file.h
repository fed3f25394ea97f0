/* Whole files. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include "base/error.h"

/* Reads a regular file of at most `limit` bytes; `ret_data` (NUL-terminated, caller frees) and `ret_len`. */
int file_read(const char *path, size_t limit, char **ret_data, size_t *ret_len, struct error *err);
/* Reads a secret: like file_read, trailing newline cut, refuses a file that others may read (mode & 007). The caller wipes and frees it with secret_free. */
int secret_read(const char *path, char **ret_secret, struct error *err);
void secret_free(char *secret);

#endif
