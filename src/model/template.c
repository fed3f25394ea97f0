#include "model/template.h"

#include <string.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "model/json.h"

#define TEXT_MAX (1 << 20)

const char *const mail_places[] = {"from", "to", "subject", "text", "html", "message_id", "root_id", "incident_id", "status", "severity", NULL};

/* "{word}" at `at`: its length with braces and the word's; 0 = none. */
static size_t place_len(const char *at)
{
    size_t len = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");
    return len && at[1 + len] == '}' ? len + 2 : 0;
}

static const struct template_place *find(const struct template_place *places, size_t len, const char *at, size_t place)
{
    for (size_t i = 0; i < len; i++)
        if (strlen(places[i].name) == place - 2 && strncmp(places[i].name, at + 1, place - 2) == 0)
            return &places[i];
    return NULL;
}

/* ---- reading ---- */

static int check_text(const char *text, const char *const *names, struct error *err)
{
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        size_t place = place_len(at), i = 0;
        while (place && names[i] && !(strlen(names[i]) == place - 2 && strncmp(names[i], at + 1, place - 2) == 0))
            i++;
        if (place && !names[i])
            return error_set(err, ERR_INVALID, "%.*s is no place that can be filled in", (int)place, at);
    }
    return 0;
}

static int check(json_t *of, const char *const *names, struct error *err)
{
    const char *key;
    size_t i;
    json_t *value;
    int failed = json_is_string(of) ? check_text(json_string_value(of), names, err) : 0;
    json_array_foreach(of, i, value)
        failed = failed ? failed : check(value, names, err);
    json_object_foreach(of, key, value)
        failed = failed ? failed : check(value, names, err);
    return failed;
}

int template_read(const char *text, const char *const *names, json_t **ret, struct error *err)
{
    json_error_t why;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    int failed = 0;
    if (!json)
        failed = error_set(err, ERR_SYNTAX, "not JSON: %s (line %d, column %d of it)", why.text, why.line, why.column);
    else if (!json_is_object(json))
        failed = error_set(err, ERR_SYNTAX, "not a JSON object");
    else
        failed = check(json, names, err);
    if (failed)
        json_decref(json);
    *ret = failed ? NULL : json;
    return failed;
}

/* ---- filling ---- */

struct filling {
    const struct template_place *places;
    size_t len;
    const struct template_place *each; /* of which one value stands at present; NULL = none */
    size_t at;
};

static json_t *fill_text(const struct filling *f, const char *text)
{
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(TEXT_MAX);
    for (; *text; text++) {
        size_t place = *text == '{' ? place_len(text) : 0;
        const struct template_place *p = place ? find(f->places, f->len, text, place) : NULL;
        if (!p) {
            strbuf_addc(&out, *text);
            continue;
        }
        for (size_t i = 0; i < p->len; i++)
            if (p != f->each || i == f->at)
                strbuf_addf(&out, "%s%s", i && p != f->each ? ", " : "", p->values[i]);
        text += place - 1;
    }
    return json_of_text(out.buf);
}

/* The place of several values in an element; lists inside it repeat their own elements. */
static const struct template_place *several_in(const struct filling *f, json_t *of)
{
    const struct template_place *found = NULL;
    const char *key, *text = json_is_string(of) ? json_string_value(of) : "";
    json_t *value;
    for (const char *at = strchr(text, '{'); at && !found; at = strchr(at + 1, '{')) {
        size_t place = place_len(at);
        const struct template_place *p = place ? find(f->places, f->len, at, place) : NULL;
        found = p && p->len != 1 && p != f->each ? p : NULL;
    }
    json_object_foreach(of, key, value)
        found = found ? found : several_in(f, value);
    return found;
}

static json_t *fill(const struct filling *f, json_t *of);

static void fill_element(const struct filling *f, json_t *of, json_t *ret)
{
    struct filling one = *f;
    const struct template_place *several = several_in(f, of);
    if (!several) {
        json_array_append_new(ret, fill(f, of));
        return;
    }
    one.each = several;
    for (one.at = 0; one.at < one.each->len; one.at++)
        json_array_append_new(ret, fill(&one, of));
}

static json_t *fill(const struct filling *f, json_t *of)
{
    const char *key;
    size_t i;
    json_t *value, *ret;
    if (json_is_string(of))
        return fill_text(f, json_string_value(of));
    if (json_is_array(of)) {
        ret = json_array();
        json_array_foreach(of, i, value)
            fill_element(f, value, ret);
        return ret;
    }
    if (!json_is_object(of))
        return json_deep_copy(of);
    ret = json_object();
    json_object_foreach(of, key, value)
        json_object_set_new(ret, key, fill(f, value));
    return ret;
}

json_t *template_fill(json_t *of, const struct template_place *places, size_t len)
{
    const struct filling f = {.places = places, .len = len};
    return fill(&f, of);
}
