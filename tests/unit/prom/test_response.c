/* Answers: what reaches the sink, and what is said of the rest; fed whole, byte by byte and cut at every place. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "prom/response.h"

static bool note_series(void *context, const struct prom_label *labels, size_t len)
{
    strbuf_adds(context, "{");
    for (size_t i = 0; i < len; i++)
        strbuf_addf(context, "%s%s=%s", i ? "," : "", labels[i].name, labels[i].value);
    strbuf_adds(context, "}");
    return true;
}

static bool note_samples(void *context, const int64_t *time_ms, const double *value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        strbuf_addf(context, " %" PRId64 ":%.15g", time_ms[i], value[i]);
    return true;
}

static bool note_value(void *context, const char *text)
{
    strbuf_addf(context, "<%s>", text);
    return true;
}

static bool note_target(void *context, const struct prom_target *t)
{
    note_series(context, t->labels, t->labels_len);
    strbuf_addf(context, "%s %s %s %s last %" PRId64 " every %" PRId64, t->pool, t->url, t->unknown ? "unknown" : t->up ? "up" : "down", t->last_error, t->last_scrape_ms,
                t->interval_ms);
    return true;
}

static const struct prom_sink noting = {.series = note_series, .samples = note_samples, .value = note_value, .target = note_target};

struct expected {
    const char *name;
    enum response_kind kind;
    const char *body;
    const char *heard; /* NULL = not checked */
    int code;
    const char *text;  /* error text; NULL = not checked */
    enum prom_shape shape;
    bool partial;
    size_t histograms, duplicates;
};

static const struct response_limits limits = {.series = 3, .points = 6};

/* cut = SIZE_MAX: byte by byte. */
static void feed(struct response *r, const char *body, size_t cut)
{
    size_t len = strlen(body);
    bool go_on = true;
    for (size_t at = 0; at < len && go_on;) {
        size_t piece = cut == SIZE_MAX ? 1 : at < cut ? cut - at : len - at;
        char *copy = malloc(piece);
        memcpy(copy, body + at, piece);
        go_on = response_feed(r, copy, piece);
        free(copy);
        at += piece;
    }
}

static void check_cut(const struct expected *e, size_t cut)
{
    struct strbuf heard = STRBUF_INIT(65536);
    struct prom_sink sink = noting;
    struct prom_result result = {0};
    sink.context = &heard;
    struct response *r = response_new(e->kind, &limits, &sink);
    feed(r, e->body, cut);
    response_finish(r, &result);
    if (result.error.code != e->code || (e->text && strcmp(result.error.text, e->text) != 0))
        fail_msg("%s cut at %zu: error %d \"%s\"", e->name, cut, result.error.code, result.error.text);
    if (e->heard && strcmp(heard.buf, e->heard) != 0)
        fail_msg("%s cut at %zu: heard %s", e->name, cut, heard.buf);
    if (result.shape != e->shape || result.partial != e->partial || result.histograms != e->histograms || result.duplicates != e->duplicates)
        fail_msg("%s cut at %zu: shape %d, partial %d, histograms %zu, duplicates %zu", e->name, cut, result.shape, result.partial, result.histograms, result.duplicates);
    response_free(r);
    strbuf_free(&heard);
}

static void check(const struct expected *cases, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t body_len = strlen(cases[i].body);
        for (size_t cut = 0; cut < body_len; cut++)
            check_cut(&cases[i], cut);
        check_cut(&cases[i], SIZE_MAX);
    }
}
#define CHECK(cases) check((cases), sizeof(cases) / sizeof(*(cases)))

#define VECTOR(series) "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" series "]}}"
#define MATRIX(series) "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[" series "]}}"
#define ONE "{\"metric\":{\"a\":\"b\"},\"value\":[1,\"2\"]}"

static void answer__whole__reaches_the_sink_in_columns(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        {"vector", 0, VECTOR("{\"metric\":{\"__name__\":\"up\",\"job\":\"x\"},\"value\":[1795383140.123,\"1\"]},{\"metric\":{},\"value\":[1795383141,\"-0.5\"]}"),
         "{__name__=up,job=x} 1795383140123:1{} 1795383141000:-0.5", 0, "", PROM_VECTOR, false, 0, 0},
        {"matrix", 0, MATRIX("{\"metric\":{\"a\":\"1\"},\"values\":[[10,\"1\"],[20.5,\"2.25\"],[30,\"3\"]]},{\"metric\":{\"a\":\"2\"},\"values\":[[10,\"7\"]]}"),
         "{a=1} 10000:1 20500:2.25 30000:3{a=2} 10000:7", 0, "", PROM_MATRIX, false, 0, 0},
        {"special values", 0, MATRIX("{\"metric\":{},\"values\":[[1,\"NaN\"],[2,\"+Inf\"],[3,\"-Inf\"],[4,\"1.5e-07\"],[5,\"1e+21\"],[6e0,\"0\"]]}"),
         "{} 1000:nan 2000:inf 3000:-inf 4000:1.5e-07 5000:1e+21 6000:0", 0, "", PROM_MATRIX, false, 0, 0},
        {"blanks", 0, " { \"status\" : \"success\" , \"data\" : { \"resultType\" : \"matrix\" , \"result\" : [ { \"metric\" : { \"a\" : \"b\" } , \"values\" : [ [ 1 , \"2\" ] , [ 2 , \"3\" ] ] } ] } } \n",
         "{a=b} 1000:2 2000:3", 0, "", PROM_MATRIX, false, 0, 0},
        {"values before labels, unknown keys", 0,
         "{\"stats\":{\"x\":[1,{\"y\":2}]},\"data\":{\"result\":[{\"values\":[[1,\"2\"],[2,\"3\"]],\"group\":7,\"metric\":{\"a\":\"b\"}}],\"x\":null,\"resultType\":\"matrix\"},\"status\":\"success\"}",
         "{a=b} 1000:2 2000:3", 0, "", PROM_MATRIX, false, 0, 0},
        {"scalar", 0, "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[5.5,\"42\"]}}", "{} 5500:42", 0, "", PROM_SCALAR, false, 0, 0},
        {"string", 0, "{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[5,\"hi\"]}}", "", 0, "", PROM_STRING, false, 0, 0},
        {"empty", 0, VECTOR(""), "", 0, "", PROM_VECTOR, false, 0, 0},
        {"null list", 0, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":null},\"warnings\":null}", "", 0, "", PROM_VECTOR, false, 0, 0},
        {"hostile label", 0, VECTOR("{\"metric\":{\"t\":\"\\u003c\\\"\\\\\\n\\ud83d\\ude00\"},\"value\":[1,\"2\"]}"), "{t=<\"\\\n\U0001F600} 1000:2", 0, "", PROM_VECTOR, false, 0, 0},
    };
    CHECK(cases);
}

static void answer__histograms_and_equal_times__skipped_and_counted(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        {"only histograms", 0, MATRIX("{\"metric\":{\"a\":\"1\"},\"histograms\":[[1,{\"count\":\"3\",\"buckets\":[[0,\"1\",\"2\",\"3\"]]}],[2,{}]]}"), "", 0, "", PROM_MATRIX, false, 2, 0},
        {"one histogram", 0, VECTOR("{\"metric\":{},\"histogram\":[1,{\"count\":\"3\"}]}," ONE), "{a=b} 1000:2", 0, "", PROM_VECTOR, false, 1, 0},
        {"mixed", 0, MATRIX("{\"metric\":{},\"values\":[[1,\"2\"]],\"histograms\":[[2,{}]]}"), "{} 1000:2", 0, "", PROM_MATRIX, false, 1, 0},
        {"equal times", 0, MATRIX("{\"metric\":{},\"values\":[[1,\"2\"],[1,\"3\"],[1.0004,\"3\"],[2,\"4\"]]}"), "{} 1000:2 2000:4", 0, "", PROM_MATRIX, false, 0, 2},
    };
    CHECK(cases);
}

static void answer__with_warnings__partial_and_with_infos_not(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        {"warnings", 0, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" ONE "]},\"warnings\":[\"store down\"]}", "{a=b} 1000:2", 0, "", PROM_VECTOR, true, 0, 0},
        {"infos", 0, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" ONE "]},\"infos\":[\"might not be a counter\"]}", "{a=b} 1000:2", 0, "", PROM_VECTOR, false, 0, 0},
        {"isPartial", 0, "{\"status\":\"success\",\"isPartial\":true,\"data\":{\"resultType\":\"vector\",\"result\":[]}}", "", 0, "", PROM_VECTOR, true, 0, 0},
        {"isPartial false", 0, "{\"status\":\"success\",\"isPartial\":false,\"data\":{\"resultType\":\"vector\",\"result\":[]}}", "", 0, "", PROM_VECTOR, false, 0, 0},
    };
    CHECK(cases);
}

static void answer__of_an_error__in_the_words_of_the_server(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        {"error", 0, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error:\\nunexpected end\"}", "", ERR_REFUSED, "bad_data: parse error: unexpected end", 0, false, 0, 0},
        {"error after data", 0, "{\"data\":{\"resultType\":\"vector\",\"result\":[" ONE "]},\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"too slow\"}", "{a=b} 1000:2", ERR_REFUSED,
         "timeout: too slow", 0, false, 0, 0},
        {"error without text", 0, "{\"status\":\"error\"}", "", ERR_REFUSED, "an error without a text", 0, false, 0, 0},
        {"error without type", 0, "{\"error\":\"no org id\"}", "", ERR_REFUSED, "no org id", 0, false, 0, 0},
    };
    CHECK(cases);
}

static void answer__that_is_none__says_what_it_is(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        {"empty", 0, "", "", ERR_DATA, "answer is empty", 0, false, 0, 0},
        {"html", 0, "<html>\n<body>502 Bad Gateway</body></html>", "", ERR_DATA, "answer is not a JSON object: starts with \"<html> <body>502 Bad Gateway</body></html>\"", 0, false, 0, 0},
        {"text", 0, "upstream connect error", "", ERR_DATA, "answer is not a JSON object: starts with \"upstream connect error\"", 0, false, 0, 0},
        {"list", 0, "[]", "", ERR_DATA, "answer is not a JSON object: starts with \"[]\"", 0, false, 0, 0},
        {"other JSON", 0, "{\"hello\":\"world\"}", "", ERR_DATA, "answer has no status: not from a Prometheus API", 0, false, 0, 0},
        {"no data", 0, "{\"status\":\"success\"}", "", ERR_DATA, "answer has no data", 0, false, 0, 0},
        {"no result", 0, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\"}}", "", ERR_DATA, "answer has no result of a known type", 0, false, 0, 0},
        {"unknown type", 0, "{\"status\":\"success\",\"data\":{\"resultType\":\"cube\",\"result\":[]}}", "", ERR_DATA, "answer has no result of a known type", 0, false, 0, 0},
        {"scalar in a vector", 0, VECTOR("1,\"2\""), "", ERR_DATA, "answer has a result that is not of its resultType", 0, false, 0, 0},
        {"data twice", 0, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]},\"data\":{}}", "", ERR_DATA, "answer has \"data\" twice", 0, false, 0, 0},
        {"data of wrong type", 0, "{\"status\":\"success\",\"data\":[]}", "", ERR_DATA, "answer has \"data\" of a wrong type", 0, false, 0, 0},
        {"label not a string", 0, VECTOR("{\"metric\":{\"a\":1},\"value\":[1,\"2\"]}"), "", ERR_DATA, "answer has a label that is not a string", 0, false, 0, 0},
        {"label with NUL", 0, VECTOR("{\"metric\":{\"a\":\"\\u0000\"},\"value\":[1,\"2\"]}"), "", ERR_DATA, "answer has a label with a NUL byte", 0, false, 0, 0},
        {"no metric", 0, VECTOR("{\"value\":[1,\"2\"]}"), "", ERR_DATA, "answer has a series without metric", 0, false, 0, 0},
        {"value not a number", 0, VECTOR("{\"metric\":{},\"value\":[1,\"two\"]}"), "", ERR_DATA, "answer has a value that is not a number", 0, false, 0, 0},
        {"value not a string", 0, VECTOR("{\"metric\":{},\"value\":[1,2]}"), "", ERR_DATA, "answer has a point that is not [time, \"value\"]", 0, false, 0, 0},
        {"point of three", 0, MATRIX("{\"metric\":{},\"values\":[[1,\"2\",\"3\"]]}"), "", ERR_DATA, "answer has a point that is not [time, \"value\"]", 0, false, 0, 0},
        {"point of one", 0, MATRIX("{\"metric\":{},\"values\":[[1]]}"), "", ERR_DATA, "answer has a point that is not [time, \"value\"]", 0, false, 0, 0},
        {"point not a list", 0, MATRIX("{\"metric\":{},\"values\":[7]}"), "", ERR_DATA, "answer has a list element of a wrong type", 0, false, 0, 0},
        {"time too large", 0, VECTOR("{\"metric\":{},\"value\":[1e300,\"2\"]}"), "", ERR_DATA, "answer has a timestamp out of range", 0, false, 0, 0},
        {"times go back", 0, MATRIX("{\"metric\":{},\"values\":[[2,\"2\"],[1,\"3\"],[3,\"3\"]]}"), "", ERR_DATA, "answer has a series whose timestamps go back", 0, false, 0, 0},
        {"broken", 0, VECTOR("{\"metric\":{},\"value\":[1,\"2\"}"), "", ERR_DATA, NULL, 0, false, 0, 0},
        {"two documents", 0, VECTOR("") "{}", "", ERR_DATA, NULL, 0, false, 0, 0},
    };
    CHECK(cases);
}

static void answer__over_a_cap__limit(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        {"series", 0, VECTOR(ONE "," ONE "," ONE "," ONE), NULL, ERR_LIMIT, "answer has more than 3 series", 0, false, 0, 0},
        {"points", 0, MATRIX("{\"metric\":{},\"values\":[[1,\"1\"],[2,\"1\"],[3,\"1\"],[4,\"1\"],[5,\"1\"],[6,\"1\"],[7,\"1\"],[8,\"1\"]]}"), "", ERR_LIMIT, "answer has more than 6 points", 0, false, 0, 0},
        {"values", RESPONSE_VALUES, "{\"status\":\"success\",\"data\":[\"a\",\"b\",\"c\",\"d\"]}", "<a><b><c>", ERR_LIMIT, "answer has more than 3 series", 0, false, 0, 0},
        {"depth", 0, "{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "", ERR_LIMIT, "answer has more than 32 levels", 0, false, 0, 0},
    };
    CHECK(cases);
}

static void answer__of_the_other_endpoints__reaches_the_sink(void **state)
{
    (void)state;
    static const struct expected cases[] = {
        {"values", RESPONSE_VALUES, "{\"status\":\"success\",\"data\":[\"a\",\"\",\"\\u00e9\"]}", "<a><><\u00e9>", 0, "", 0, false, 0, 0},
        {"values null", RESPONSE_VALUES, "{\"status\":\"success\",\"data\":null}", "", 0, "", 0, false, 0, 0},
        {"series", RESPONSE_SERIES, "{\"status\":\"success\",\"data\":[{\"__name__\":\"up\",\"a\":\"b\"},{}]}", "{__name__=up,a=b}{}", 0, "", 0, false, 0, 0},
        {"targets", RESPONSE_TARGETS,
         "{\"status\":\"success\",\"data\":{\"activeTargets\":[{\"discoveredLabels\":{\"x\":\"y\"},\"labels\":{\"job\":\"j\"},\"scrapePool\":\"p\",\"scrapeUrl\":\"http://h/m\",\"lastError\":\"\","
         "\"lastScrape\":\"2026-11-22T21:00:00.123456789Z\",\"health\":\"up\",\"scrapeInterval\":\"15s\"},{\"labels\":{},\"health\":\"unknown\",\"lastScrape\":\"0001-01-01T00:00:00Z\"},"
         "{\"labels\":{},\"health\":\"down\",\"lastError\":\"refused\"}],\"droppedTargets\":[{\"labels\":{}}]}}",
         "{job=j}p http://h/m up  last 1795381200000 every 15000{}  unknown  last -1 every -1{}  down refused last -1 every -1", 0, "", 0, false, 0, 0},
        {"targets missing", RESPONSE_TARGETS, "{\"status\":\"success\",\"data\":{}}", "", ERR_DATA, "answer has no data", 0, false, 0, 0},
    };
    CHECK(cases);
}

static void buildinfo__version_and_application__kept(void **state)
{
    (void)state;
    struct prom_sink sink = {0};
    struct prom_result result = {0};
    struct response *r = response_new(RESPONSE_BUILDINFO, &limits, &sink);
    feed(r, "{\"status\":\"success\",\"data\":{\"version\":\"2.42.0\",\"application\":\"x\",\"features\":{\"a\":\"b\"}}}", 0);
    response_finish(r, &result);
    assert_int_equal(result.error.code, 0);
    assert_string_equal(result.version, "2.42.0");
    assert_string_equal(result.application, "x");
    response_free(r);
}

static void answer__cut_anywhere__never_a_success(void **state)
{
    (void)state;
    static const char body[] = MATRIX("{\"metric\":{\"a\":\"1\"},\"values\":[[10,\"1\"],[20.5,\"2.25\"]]}");
    for (size_t len = 0; len + 1 < sizeof(body); len++) {
        struct strbuf heard = STRBUF_INIT(65536);
        struct prom_sink sink = noting;
        struct prom_result result = {0};
        sink.context = &heard;
        struct response *r = response_new(RESPONSE_QUERY, &limits, &sink);
        response_feed(r, body, len);
        response_finish(r, &result);
        if (result.error.code != ERR_DATA)
            fail_msg("cut after %zu: %d %s", len, result.error.code, result.error.text);
        response_free(r);
        strbuf_free(&heard);
    }
}

/* Series after series in every form that ends or begins one, long enough that points are read in runs. */
static void add_series(struct strbuf *out, int i)
{
    static const char *const labels[] = {"\"a\":\"1\"", "", "\"a\":\"\\u0041\"", "\"a\":\"2\",\"b\":\"x y\"", "\"a\" : \"3\""};
    static const char *const ends[] = {"]}", "]}", "],\"histograms\":[[5000000000,{\"count\":\"3\"}]]}", "]}", "] }"};
    strbuf_addf(out, "%s{\"metric\":{%s},\"values\":[", i ? "," : "", labels[i % 5]);
    for (int k = 0; k < 60 && i % 11 != 3; k++)
        strbuf_addf(out, "%s[%d,\"%.*g\"]", k ? "," : "", 1795383140 + k * (10 + i), 3 + i % 15, i * 1234.5678 + k);
    strbuf_adds(out, ends[(i / 2) % 5]);
}

static struct strbuf heard_in_pieces(const char *body, size_t len, size_t piece)
{
    struct strbuf heard = STRBUF_INIT(1 << 20);
    struct prom_sink sink = noting;
    struct prom_result result = {0};
    sink.context = &heard;
    struct response *r = response_new(RESPONSE_QUERY, &(struct response_limits){0}, &sink);
    for (size_t at = 0; at < len; at += piece) {
        size_t part = len - at < piece ? len - at : piece;
        char *copy = malloc(part); /* so that a sanitizer sees who reads beyond it */
        memcpy(copy, body + at, part);
        response_feed(r, copy, part);
        free(copy);
    }
    response_finish(r, &result);
    if (result.error.code)
        fail_msg("in pieces of %zu: %s", piece, result.error.text);
    strbuf_addf(&heard, " %zu %zu %zu %zu", result.series, result.points, result.histograms, result.duplicates);
    response_free(r);
    return heard;
}

static void answer__long__same_in_pieces_of_any_size(void **state)
{
    (void)state;
    struct strbuf body = STRBUF_INIT(1 << 20);
    strbuf_adds(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[");
    for (int i = 0; i < 40; i++)
        add_series(&body, i);
    strbuf_adds(&body, "]}}");
    struct strbuf bytewise = heard_in_pieces(body.buf, body.len, 1);
    assert_non_null(strstr(bytewise.buf, "{a=2,b=x y} 1795383140000:"));
    for (size_t piece = 2; piece <= body.len; piece += piece < 400 ? 1 : piece / 7) {
        struct strbuf heard = heard_in_pieces(body.buf, body.len, piece < body.len ? piece : body.len);
        if (strcmp(heard.buf, bytewise.buf) != 0)
            fail_msg("in pieces of %zu something else is heard", piece);
        strbuf_free(&heard);
    }
    struct strbuf whole = heard_in_pieces(body.buf, body.len, body.len);
    assert_string_equal(whole.buf, bytewise.buf);
    strbuf_free(&whole);
    strbuf_free(&bytewise);
    strbuf_free(&body);
}

static bool refuse(void *context, const struct prom_label *labels, size_t len)
{
    (void)context, (void)labels, (void)len;
    return false;
}

static void sink__that_stops__cancels(void **state)
{
    (void)state;
    struct prom_sink sink = {.series = refuse};
    struct prom_result result = {0};
    struct response *r = response_new(RESPONSE_QUERY, &limits, &sink);
    assert_false(response_feed(r, VECTOR(ONE), strlen(VECTOR(ONE))));
    response_finish(r, &result);
    assert_int_equal(result.error.code, ERR_CANCELLED);
    response_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer__whole__reaches_the_sink_in_columns),
        cmocka_unit_test(answer__histograms_and_equal_times__skipped_and_counted),
        cmocka_unit_test(answer__with_warnings__partial_and_with_infos_not),
        cmocka_unit_test(answer__of_an_error__in_the_words_of_the_server),
        cmocka_unit_test(answer__that_is_none__says_what_it_is),
        cmocka_unit_test(answer__over_a_cap__limit),
        cmocka_unit_test(answer__of_the_other_endpoints__reaches_the_sink),
        cmocka_unit_test(buildinfo__version_and_application__kept),
        cmocka_unit_test(answer__cut_anywhere__never_a_success),
        cmocka_unit_test(answer__long__same_in_pieces_of_any_size),
        cmocka_unit_test(sink__that_stops__cancels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
