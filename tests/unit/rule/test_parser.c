#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "rule/syntax.h"

struct world {
    struct arena arena;
    struct intern names;
    struct mistakes mistakes;
};

static int begin(void **state)
{
    struct world *w = xcalloc(1, sizeof *w);
    w->arena = (struct arena)ARENA_INIT("test");
    *state = w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;
    mistakes_free(&w->mistakes);
    intern_free(&w->names);
    arena_free(&w->arena);
    free(w);
    return 0;
}

static struct syntax *parse(struct world *w, const char *text)
{
    struct source s = source_of_text(text, "t");
    return syntax_parse(&s, &w->arena, &w->names, &w->mistakes);
}

/* With all parentheses, operators as their number's name. */
static void print(const struct syntax *x, struct strbuf *out)
{
    static const char *const ops[EXPR_OP_COUNT] = {
        [EXPR_NEG] = "neg", [EXPR_NOT] = "not", [EXPR_ADD] = "+",   [EXPR_SUB] = "-", [EXPR_MUL] = "*",
        [EXPR_DIV] = "/",   [EXPR_LT] = "<",    [EXPR_LE] = "<=",   [EXPR_GT] = ">",  [EXPR_GE] = ">=",
        [EXPR_EQ] = "==",   [EXPR_NE] = "!=",   [EXPR_AND] = "and", [EXPR_OR] = "or", [EXPR_ELSE] = "else"};
    static const char *const types[] = {"number", "truth", "name", "param", "call", "window", "operation"};
    if (x->type == SYNTAX_NUMBER || x->type == SYNTAX_TRUTH)
        strbuf_addf(out, "%g", x->number);
    else if (x->type == SYNTAX_NAME)
        strbuf_adds(out, x->name);
    else if (x->type == SYNTAX_PARAM)
        strbuf_addf(out, "$%s", x->name);
    else {
        strbuf_addf(out, "(%s", x->type == SYNTAX_OPERATION ? ops[x->op] : x->type == SYNTAX_CALL ? x->name : types[x->type]);
        if (x->id)
            strbuf_addf(out, " #%s", x->id);
        for (size_t i = 0; i < x->args_len; i++) {
            strbuf_addf(out, " %s%s", x->arg_names[i] ? x->arg_names[i] : "", x->arg_names[i] ? "=" : "");
            print(x->args[i], out);
        }
        strbuf_addc(out, ')');
    }
}

static void parse__precedence__as_written_down(void **state)
{
    static const struct {
        const char *text, *tree;
    } cases[] = {
        {"a + b * c", "(+ a (* b c))"},
        {"a - b - c", "(- (- a b) c)"},
        {"not a and b or c", "(or (and (not a) b) c)"},
        {"not a < b", "(not (< a b))"},
        {"-a * b", "(* (neg a) b)"},
        {"a or b else c", "(else (or a b) c)"},
        {"a < b + 1 and c", "(and (< a (+ b 1)) c)"},
        {"rising(x[5m], by=20%)", "(rising (window x 300) by=0.2)"},
        {"(a + b)[1h30m]", "(window (+ a b) 5400)"},
        {"f(x[max(2m, 2 * gap)])", "(f (window x (max 120 (* 2 gap))))"},
        {"firing(queue-grows) and a", "(and (firing #queue-grows) a)"},
        {"x > $long", "(> x $long)"},
        {"a / 5/s", "(/ a 5)"},
        {"10/sum(x)", "(/ 10 (sum x))"},
        {"true", "1"},
    };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(strbuf) struct strbuf out = STRBUF_INIT(500);
        struct syntax *x = parse(w, cases[i].text);
        if (!x)
            fail_msg("%s: %s", cases[i].text, w->mistakes.items[0].text);
        print(x, &out);
        assert_string_equal(out.buf, cases[i].tree);
    }
}

static void parse__mistake__said_at_its_column(void **state)
{
    static const struct {
        const char *text;
        int col;
        const char *says;
    } cases[] = {
        {"", 1, "the expression ends here"},
        {"a +", 4, "the expression ends here"},
        {"(a", 3, "expected \")\""},
        {"a b", 3, "expected an operator or the end"},
        {"a && b", 3, "write \"and\""},
        {"!a", 1, "write \"not\""},
        {"a < b < c", 7, "comparisons do not chain"},
        {"x{shop=\"a\"}", 2, "no label matchers"},
        {"5parsec > x", 1, "no number with a unit"},
        {"f(a,", 5, "the expression ends here"},
        {"x[5m", 5, "expected \"]\""},
        {"firing()", 8, "the id of a symptom"},
        {"a > 'x'", 5, "texts cannot be compared"},
        {"a \x01 b", 3, "unexpected byte 0x01"},
        {"a = b", 3, "unexpected \"=\""},
    };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t before = w->mistakes.len;
        assert_null(parse(w, cases[i].text));
        if (w->mistakes.len != before + 1)
            fail_msg("%s: %zu mistakes", cases[i].text, w->mistakes.len - before);
        const struct mistake *m = &w->mistakes.items[before];
        if (m->place.col != cases[i].col || !strstr(m->text, cases[i].says))
            fail_msg("%s: %d: %s", cases[i].text, m->place.col, m->text);
    }
}

static void parse__nested_or_long_without_end__refused(void **state)
{
    struct world *w = *state;
    char text[20001];
    memset(text, '(', 20000);
    text[20000] = '\0';
    assert_null(parse(w, text));
    memset(text, '-', 20000);
    assert_null(parse(w, text));
    for (size_t i = 0; i < 20000; i += 2)
        memcpy(text + i, "1+", 2);
    text[19999] = '\0';
    assert_null(parse(w, text));
    assert_int_equal(w->mistakes.len, 3);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(strstr(w->mistakes.items[i].text, "nested too deeply"));
}

static void place__inside_a_block__line_and_column_of_the_file(void **state)
{
    (void)state;
    struct source s = source_of_text("a and\n  b c", "f.yaml");
    s.block_indent = 7;
    s.place.line = 10;
    struct place p = source_place(&s, 8);
    assert_int_equal(p.line, 12);
    assert_int_equal(p.col, 9);
    struct source part = source_part(&s, 8, 3);
    p = source_place(&part, 2);
    assert_int_equal(p.line, 12);
    assert_int_equal(p.col, 11);
}

static void syntax_text__white_space__made_single(void **state)
{
    struct world *w = *state;
    struct source s = source_of_text("a  +\n   b and c", "f.yaml");
    struct syntax *x = syntax_parse(&s, &w->arena, &w->names, &w->mistakes);
    assert_non_null(x);
    assert_string_equal(syntax_text(&s, x->args[0], &w->arena), "a + b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parse__precedence__as_written_down, begin, end),
        cmocka_unit_test_setup_teardown(parse__mistake__said_at_its_column, begin, end),
        cmocka_unit_test_setup_teardown(parse__nested_or_long_without_end__refused, begin, end),
        cmocka_unit_test_setup_teardown(place__inside_a_block__line_and_column_of_the_file, begin, end),
        cmocka_unit_test_setup_teardown(syntax_text__white_space__made_single, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
