/* UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool utf8_valid(const char *text, size_t len);
/* Writes 1 to 4 bytes and returns how many. `code` is a scalar value. */
size_t utf8_encode(uint32_t code, char *out);

#endif
