/* Values as JSON, in the one way that findings and events share. All give new references, never NULL. */
#ifndef MODEL_JSON_H
#define MODEL_JSON_H

#include <jansson.h>

/* How numbers are written that others read: 0.97, not 0.96999999999999997. */
#define JSON_DIGITS JSON_REAL_PRECISION(15)

/* NULL becomes null; text that is not UTF-8 has its foreign bytes replaced by '?'. */
json_t *json_of_text(const char *text);
/* NaN becomes null, infinities the strings "+Inf" and "-Inf", whole numbers integers. */
json_t *json_of_number(double v);

#endif
