/*
 * JSON with places to fill in: `{"to": ["{to}"], "subject": "{subject}"}`. Values are put into strings of the parsed template, so that nothing in them can leave its
 * string. Names in braces that are no place are text. A place of several values makes the list element that holds it stand once for each; elsewhere they are joined by ", ".
 */
#ifndef MODEL_TEMPLATE_H
#define MODEL_TEMPLATE_H

#include <jansson.h>

#include "base/error.h"

struct template_place {
    const char *name;
    const char *const *values; /* not NULL each */
    size_t len;
};

/* The template of a text; ERR_SYNTAX when it is no JSON object, ERR_INVALID for "{word}" that is no place (`names` ends with NULL). New reference. */
int template_read(const char *text, const char *const *names, json_t **ret, struct error *err);
/* New reference; `of` is not changed. */
json_t *template_fill(json_t *of, const struct template_place *places, size_t len);

/* What may stand in a mail's template, NULL at the end. */
extern const char *const mail_places[];

#endif
