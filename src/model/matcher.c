#include "model/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/regex.h"

#define TEXT_MAX 65536

const char *const matcher_op_names[MATCH_OPS] = {[MATCH_EQUAL] = "=", [MATCH_NOT_EQUAL] = "!=", [MATCH_REGEX] = "=~", [MATCH_NOT_REGEX] = "!~"};

/* The longer ones first: "=" begins "=~". */
static const enum matcher_op by_length[] = {MATCH_REGEX, MATCH_NOT_REGEX, MATCH_NOT_EQUAL, MATCH_EQUAL};

const char *const finding_labels[] = {"alertname", "symptom", "cluster", "severity", "incident_id", NULL};

const char *finding_label(const struct finding *f, const char *name)
{
    const char *const values[] = {f->symptom, f->symptom, f->cluster, severity_names[f->severity], f->incident};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        if (strcmp(finding_labels[i], name) == 0)
            return values[i];
    return label_set_value(&f->entity, name);
}

/* ---- making ---- */

static bool is_name(const char *name, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return len && strspn(name, letters) >= len && !(name[0] >= '0' && name[0] <= '9');
}

int matchers_add(struct matchers *m, const char *name, enum matcher_op op, const char *value, struct error *err)
{
    struct regex *regex = NULL;
    if (!is_name(name, strlen(name)))
        return error_set(err, ERR_SYNTAX, "\"%.60s\" is not the name of a label (letters, digits, \"_\")", name);
    if (op >= MATCH_REGEX && !(regex = regex_new(value, err)))
        return ERR_INVALID;
    vec_push(m, (struct matcher){xstrdup(name), xstrdup(value), op, regex});
    return 0;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

static bool read_op(const char **at, enum matcher_op *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(by_length); i++) {
        size_t len = strlen(matcher_op_names[by_length[i]]);
        if (strncmp(*at, matcher_op_names[by_length[i]], len) != 0)
            continue;
        *ret = by_length[i];
        *at = skip_blanks(*at + len);
        return true;
    }
    return false;
}

/* Quoted, with \" and \\, or up to the next comma, brace or blank. False when a quote does not end. */
static bool read_value(const char **at, struct strbuf *ret)
{
    const char *c = *at;
    if (*c != '"') {
        size_t len = strcspn(c, ",} \t\"");
        strbuf_add(ret, c, len);
        *at = c + len;
        return true;
    }
    for (c++; *c && *c != '"'; c++) {
        bool escaped = *c == '\\' && (c[1] == '"' || c[1] == '\\');
        c += escaped;
        strbuf_addc(ret, *c);
    }
    *at = *c ? c + 1 : c;
    return *c == '"';
}

static int read_one(struct matchers *m, const char **at, struct error *err)
{
    AUTO(strbuf) struct strbuf value = STRBUF_INIT(TEXT_MAX);
    enum matcher_op op;
    size_t len = strcspn(*at, "=!~,}\" \t");
    AUTO(heap) char *name = xstrndup(*at, len);
    if (!is_name(name, len))
        return error_set(err, ERR_SYNTAX, "expected the name of a label, as in group=\"payments\", not \"%.40s\"", *at);
    *at = skip_blanks(*at + len);
    if (!read_op(at, &op))
        return error_set(err, ERR_SYNTAX, "expected =, !=, =~ or !~ after \"%.60s\"", name);
    if (!read_value(at, &value))
        return error_set(err, ERR_SYNTAX, "the value of \"%.60s\" lacks its closing quote", name);
    return matchers_add(m, name, op, value.buf, err);
}

int matchers_parse(struct matchers *m, const char *text, size_t *ret_at, struct error *err)
{
    const char *at = skip_blanks(text);
    bool braces = *at == '{';
    int failed = 0;
    at = skip_blanks(at + braces);
    while (!failed && *at && !(braces && *at == '}')) {
        if (ret_at)
            *ret_at = (size_t)(at - text);
        failed = read_one(m, &at, err);
        at = skip_blanks(at);
        if (!failed && *at != ',' && *at && !(braces && *at == '}'))
            failed = error_set(err, ERR_SYNTAX, "expected a comma between matchers, not \"%.40s\"", at);
        at = skip_blanks(at + (*at == ','));
    }
    if (!failed && braces && (*at != '}' || *skip_blanks(at + 1)))
        failed = error_set(err, ERR_SYNTAX, "the brace of \"%.60s\" is not closed at its end", text);
    return failed;
}

void matchers_free(struct matchers *m)
{
    for (size_t i = 0; i < m->len; i++) {
        free(m->items[i].name);
        free(m->items[i].value);
        regex_free(m->items[i].regex);
    }
    vec_free(m);
}

void matchers_print(const struct matchers *m, struct strbuf *out)
{
    for (size_t i = 0; i < m->len; i++) {
        strbuf_addf(out, "%s%s%s\"", i ? "," : "", m->items[i].name, matcher_op_names[m->items[i].op]);
        for (const char *c = m->items[i].value; *c; c++) {
            if (*c == '"' || *c == '\\')
                strbuf_addc(out, '\\');
            strbuf_addc(out, *c);
        }
        strbuf_addc(out, '"');
    }
}

/* ---- asking ---- */

static bool fits(const struct matcher *x, const char *value)
{
    bool equal = x->regex ? regex_matches(x->regex, value) : strcmp(x->value, value) == 0;
    return equal == (x->op == MATCH_EQUAL || x->op == MATCH_REGEX);
}

bool matchers_match(const struct matchers *m, const struct finding *f)
{
    for (size_t i = 0; i < m->len; i++) {
        const char *value = finding_label(f, m->items[i].name);
        if (!fits(&m->items[i], value ? value : ""))
            return false;
    }
    return true;
}

bool matchers_ask_for_something(const struct matchers *m)
{
    for (size_t i = 0; i < m->len; i++)
        if (!fits(&m->items[i], ""))
            return true;
    return false;
}

bool matchers_name(const struct matchers *m, const char *name)
{
    for (size_t i = 0; i < m->len; i++)
        if (strcmp(m->items[i].name, name) == 0)
            return true;
    return false;
}
