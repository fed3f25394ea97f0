/*
 * JSON written straight into a text, for what is written a hundred thousand times in a slot, where making and dumping trees of values shows
 * (tests/bench/bench_tick.c). Commas are put by themselves. Texts that are not UTF-8 have their foreign bytes replaced by '?'.
 */
#ifndef MODEL_JSON_TEXT_H
#define MODEL_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

void json_text_open(struct strbuf *out, char bracket);  /* '{' or '[' as a member or element */
void json_text_close(struct strbuf *out, char bracket); /* '}' or ']' */
void json_text_key(struct strbuf *out, const char *key); /* `key` needs no escapes */
void json_text_string(struct strbuf *out, const char *text); /* NULL = null */
void json_text_integer(struct strbuf *out, int64_t v);
void json_text_number(struct strbuf *out, double v); /* NaN = null, infinities "+Inf" "-Inf", whole numbers as integers, else the shortest that reads back the same */
void json_text_bool(struct strbuf *out, bool v);

/* A key with its value. */
void json_text_put_string(struct strbuf *out, const char *key, const char *value);
void json_text_put_integer(struct strbuf *out, const char *key, int64_t value);
void json_text_put_number(struct strbuf *out, const char *key, double value);
void json_text_put_bool(struct strbuf *out, const char *key, bool value);

#endif
