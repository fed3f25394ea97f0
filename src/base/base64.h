/* Base64 (RFC 4648, section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/strbuf.h"

void base64_add(struct strbuf *out, const void *data, size_t len);
/* Adds the bytes of `text`; the padding may be left out. False when it is not base64. */
bool base64_decode(struct strbuf *out, const char *text, size_t len);

#endif
