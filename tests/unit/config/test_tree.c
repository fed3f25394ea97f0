/* YAML as a tree: places, scalars, what is refused, typed readers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/tree.h"

struct fixture {
    struct arena arena;
    struct mistakes mistakes;
    struct node *root;
};

static void read_text_len(struct fixture *f, const char *text, size_t len)
{
    *f = (struct fixture){.arena = ARENA_INIT("test"), .mistakes = MISTAKES_INIT};
    f->root = tree_read_text(text, len, "test.yaml", &f->arena, &f->mistakes);
}

static void read_text(struct fixture *f, const char *text)
{
    read_text_len(f, text, strlen(text));
}

static void drop(struct fixture *f)
{
    mistakes_free(&f->mistakes);
    arena_free(&f->arena);
}

/* All mistakes as text; the caller frees. */
static char *print(struct fixture *f)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    mistakes_print(&f->mistakes, out);
    fclose(out);
    return text;
}

static void assert_mistakes(struct fixture *f, const char *expected)
{
    char *text = print(f);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_place(struct place at, int line, int col)
{
    assert_string_equal(at.file, "test.yaml");
    assert_int_equal(at.line, line);
    assert_int_equal(at.col, col);
}

static void read__map_and_list__every_value_has_its_place(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, "# comment\na: 1\nliste: [x, 'y']\nm:\n  k\xC3\xA9: v\n");
    assert_non_null(f.root);
    assert_int_equal(f.root->type, NODE_MAP);
    assert_int_equal(f.root->len, 3);
    assert_place(f.root->place, 2, 1);
    assert_place(f.root->key_places[1], 3, 1);
    assert_place(tree_get(f.root, "a")->place, 2, 4);

    const struct node *list = tree_get(f.root, "liste");
    assert_int_equal(list->type, NODE_LIST);
    assert_int_equal(list->len, 2);
    assert_place(list->place, 3, 8);
    assert_place(list->items[1]->place, 3, 12);
    assert_string_equal(list->items[1]->text, "y");
    assert_true(list->items[1]->quoted);
    assert_false(list->items[0]->quoted);

    const struct node *map = tree_get(f.root, "m");
    assert_string_equal(map->keys[0], "k\xC3\xA9");
    assert_place(map->items[0]->place, 5, 7); /* columns are characters, not bytes */
    assert_int_equal(f.mistakes.len, 0);
    drop(&f);
}

static void read__byte_order_mark__is_no_column(void **state)
{
    (void)state;
    struct fixture f;
    read_text(&f, "\xEF\xBB\xBF" "a: 1\n");
    assert_non_null(f.root);
    assert_place(tree_get(f.root, "a")->place, 1, 4);
    drop(&f);
}

static void read__nulls__only_when_unquoted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_null;
    } cases[] = {
        {"a:\n", true}, {"a: ~\n", true}, {"a: null\n", true}, {"a: ''\n", false}, {"a: \"null\"\n", false}, {"a: no\n", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        read_text(&f, cases[i].text);
        assert_non_null(f.root);
        if (tree_get(f.root, "a")->is_null != cases[i].is_null)
            fail_msg("%s: is_null is %d", cases[i].text, !cases[i].is_null);
        drop(&f);
    }
}

static void read__block_scalars__tell_where_text_starts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        size_t indent;
        const char *value;
    } cases[] = {
        {"when: |\n  a >\n    b\n", 1, 3, "a >\n  b\n"},
        {"x: 1\nwhen: >-\n      a\n      b\n", 2, 7, "a b"},
        {"when: | # why\n\n    a\n", 1, 5, "\na\n"},
        {"when: |2\n    a\n   b\n", 1, 3, "  a\n b\n"},
        {"\"\xE2\x82\xAC\": \"\xE2\x82\xAC\"\nwhen: |\r\n   a\r\n", 2, 4, "a\n"},
        {"when: 'a'\n", 1, 0, "a"},
        {"when: a\n", 1, 0, "a"},
        {"when: |\n", 1, 0, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        read_text(&f, cases[i].text);
        const struct node *n = tree_get(f.root, "when");
        assert_non_null(n);
        if (n->block_indent != cases[i].indent || n->place.line != cases[i].line || strcmp(n->text, cases[i].value) != 0)
            fail_msg("%s: line %d indent %zu text \"%s\"", cases[i].text, n->place.line, n->block_indent, n->text);
        assert_true(n->is_null == false);
        drop(&f);
    }
}

static void read__empty_file__is_an_empty_map(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "# only a comment\n", "---\n", "---\n...\n", "~\n"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct fixture f;
        read_text(&f, texts[i]);
        assert_non_null(f.root);
        assert_int_equal(f.root->type, NODE_MAP);
        assert_int_equal(f.root->len, 0);
        assert_int_equal(f.mistakes.len, 0);
        drop(&f);
    }
}

static void nested(char *text, size_t depth)
{
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = '\0';
}

static void read__depth__32_is_allowed_33_is_not(void **state)
{
    (void)state;
    char text[100];
    struct fixture f;

    nested(text, 32);
    read_text(&f, text);
    assert_non_null(f.root);
    drop(&f);

    nested(text, 33);
    read_text(&f, text);
    assert_null(f.root);
    assert_mistakes(&f, "test.yaml:1:33: nested deeper than 32 levels\n");
    drop(&f);
}

static void read__hostile_depth__is_refused_quickly(void **state)
{
    (void)state;
    size_t len = 1 << 20;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, '[', len);
    struct fixture f;
    read_text_len(&f, text, len);
    assert_null(f.root);
    assert_int_equal(f.mistakes.errors, 1);
    drop(&f);
    free(text);
}

struct refusal {
    const char *text, *expected;
    bool readable; /* the rest of the tree is still there */
};

static void check_refusals(const struct refusal *cases, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct fixture f;
        read_text(&f, cases[i].text);
        assert_mistakes(&f, cases[i].expected);
        if ((f.root != NULL) != cases[i].readable)
            fail_msg("%s: tree is %s", cases[i].text, f.root ? "there" : "NULL");
        drop(&f);
    }
}

static void read__what_is_not_allowed__is_reported_and_the_rest_read(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"a: *x\nb: &y 1\n",
         "test.yaml:1:4: aliases (*x) are not allowed, write the value out\n"
         "test.yaml:2:4: anchors (&y) are not allowed, write the value out\n", true},
        {"a: !!str 1\nb: !x [1]\n",
         "test.yaml:1:4: tags (tag:yaml.org,2002:str) are not allowed\ntest.yaml:2:4: tags (!x) are not allowed\n", true},
        {"a: 1\nb: 2\na: 3\nm: {c: 1, c: 2}\n",
         "test.yaml:3:1: duplicate key \"a\", first given at line 1\n"
         "test.yaml:4:11: duplicate key \"c\", first given at line 4\n", true},
        {"a: \"x\\0y\"\n", "test.yaml:1:4: a text cannot contain a NUL character\n", true},
    };
    check_refusals(cases, ARRAY_LEN(cases));
}

static void read__not_yaml__says_where_and_why(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"a: 1\n---\nb: 1\n", "test.yaml:2:1: a second document: a file holds one\n", false},
        {"a:\n  - 1\n b: 2\n",
         "test.yaml:3:2: not valid YAML: did not find expected key (while parsing a block mapping that began at line 1)\n", false},
        {"a:\n\tb: 1\n",
         "test.yaml:2:1: not valid YAML: a tab cannot indent, use spaces (while scanning for the next token that began at line 2)\n",
         false},
        {"{a: [1, 2}: 3}\n",
         "test.yaml:1:10: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence that began at line 1)\n", false},
        {"? [a]\n: 1\n", "test.yaml:1:3: a key must be a plain text\n", false},
        {"ok: 1\nb: \xC3\x28\n", "test.yaml:2:5: not valid UTF-8 text: invalid trailing UTF-8 octet\n", false},
        {"\xE2\x82\xAC: \xFF\n", "test.yaml:1:4: not valid UTF-8 text: invalid leading UTF-8 octet\n", false},
        {"a: \x01\n", "test.yaml:1:4: not valid UTF-8 text: control characters are not allowed\n", false},
    };
    check_refusals(cases, ARRAY_LEN(cases));
}

static void read__many_keys__each_duplicate_found(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    for (int i = 0; i < 20000; i++)
        fprintf(out, "k%d: %d\n", i, i);
    fputs("k777: again\n", out);
    fclose(out);
    struct fixture f;
    read_text_len(&f, text, len);
    assert_non_null(f.root);
    assert_int_equal(f.root->len, 20000);
    assert_mistakes(&f, "test.yaml:20001:1: duplicate key \"k777\", first given at line 778\n");
    assert_string_equal(tree_get(f.root, "k777")->text, "777"); /* the first stays */
    drop(&f);
    free(text);
}

static void read_file__missing__is_one_mistake_with_the_path(void **state)
{
    (void)state;
    struct fixture f = {.arena = ARENA_INIT("test"), .mistakes = MISTAKES_INIT};
    assert_null(tree_read_file("/nonexistent/rules.yaml", &f.arena, &f.mistakes));
    assert_int_equal(f.mistakes.errors, 1);
    char *text = print(&f);
    assert_non_null(strstr(text, "/nonexistent/rules.yaml"));
    assert_non_null(strstr(text, "No such file"));
    free(text);
    drop(&f);
}

static void check_keys__unknown__suggests_or_names_the_thing(void **state)
{
    (void)state;
    static const char *const known[] = {"when", "for", "severity"};
    struct fixture f;
    read_text(&f, "severty: x\nwhen: y\nzzzzzz: 1\nlist: []\n");
    assert_false(tree_check_keys(f.root, "symptom", known, ARRAY_LEN(known), &f.mistakes));
    assert_mistakes(&f, "test.yaml:1:1: unknown key \"severty\", did you mean \"severity\"?\n"
                        "test.yaml:3:1: unknown key \"zzzzzz\" in symptom\n"
                        "test.yaml:4:1: unknown key \"list\" in symptom\n");
    drop(&f);

    read_text(&f, "[a]\n");
    assert_false(tree_check_keys(f.root, "symptom", known, ARRAY_LEN(known), &f.mistakes));
    assert_mistakes(&f, "test.yaml:1:1: symptom must be a map (key: value)\n");
    drop(&f);
}

static void readers__right_types__give_the_values(void **state)
{
    (void)state;
    static const char *const levels[] = {"low", "high"};
    struct fixture f;
    read_text(&f, "t: text\nb: true\nn: -2.5e3\nd: 1h30m\nc: high\nl: [a, b]\none: a\nnothing:\n");
    struct mistakes *m = &f.mistakes;
    size_t len;
    assert_string_equal(tree_text(f.root, "t", NULL, m), "text");
    assert_string_equal(tree_need_text(f.root, "t", "thing", m), "text");
    assert_true(tree_bool(f.root, "b", false, m));
    assert_true(tree_number(f.root, "n", 0, m) == -2500);
    assert_true(tree_duration_ms(f.root, "d", 0, m) == 5400000);
    assert_int_equal(tree_choice(f.root, "c", levels, 2, -1, m), 1);
    const char **list = tree_texts(f.root, "l", &len, &f.arena, m);
    assert_int_equal(len, 2);
    assert_string_equal(list[1], "b");
    list = tree_texts(f.root, "one", &len, &f.arena, m);
    assert_int_equal(len, 1);
    assert_string_equal(list[0], "a");
    assert_int_equal(m->len, 0);
    drop(&f);
}

static void readers__absent_or_null__fall_back_silently(void **state)
{
    (void)state;
    static const char *const levels[] = {"low", "high"};
    static const char *const keys[] = {"nothing", "absent"};
    struct fixture f;
    read_text(&f, "nothing:\n");
    struct mistakes *m = &f.mistakes;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t len = 9;
        assert_string_equal(tree_text(f.root, keys[i], "fallback", m), "fallback");
        assert_true(tree_bool(f.root, keys[i], true, m));
        assert_true(tree_number(f.root, keys[i], 7, m) == 7);
        assert_true(tree_duration_ms(f.root, keys[i], 8, m) == 8);
        assert_int_equal(tree_choice(f.root, keys[i], levels, 2, -1, m), -1);
        tree_texts(f.root, keys[i], &len, &f.arena, m);
        assert_int_equal(len, 0);
    }
    assert_null(tree_get(NULL, "x"));
    assert_null(tree_get(tree_get(f.root, "nothing"), "x"));
    assert_int_equal(m->len, 0);
    drop(&f);
}

static void readers__wrong_types__say_what_was_expected(void **state)
{
    (void)state;
    static const char *const levels[] = {"low", "high", "highest"};
    struct fixture f;
    read_text(&f, "t: [1]\nb: yes\nq: \"true\"\nn: 12x\nd: 15\nc: hihg\ne: zzz\nl: [a, [b], ~]\nm: {a: 1}\nw: {}\n");
    struct mistakes *m = &f.mistakes;
    size_t len;
    assert_string_equal(tree_text(f.root, "t", "fallback", m), "fallback");
    assert_false(tree_bool(f.root, "b", false, m));
    assert_false(tree_bool(f.root, "q", false, m));
    assert_true(tree_number(f.root, "n", 7, m) == 7);
    assert_true(tree_duration_ms(f.root, "d", 8, m) == 8);
    assert_int_equal(tree_choice(f.root, "c", levels, 3, 2, m), 2);
    assert_int_equal(tree_choice(f.root, "e", levels, 3, 2, m), 2);
    tree_texts(f.root, "l", &len, &f.arena, m);
    assert_int_equal(len, 1);
    tree_texts(f.root, "m", &len, &f.arena, m);
    assert_null(tree_need_text(f.root, "w", "a thing", m));
    assert_null(tree_need_text(f.root, "absent", "a thing", m));
    assert_mistakes(&f, "test.yaml:1:1: a thing needs \"absent\"\n"
                        "test.yaml:1:4: \"t\" must be a text, not a list\n"
                        "test.yaml:2:4: \"b\" must be true or false, not \"yes\"\n"
                        "test.yaml:3:4: \"q\" must be true or false, not \"true\" in quotes\n"
                        "test.yaml:4:4: \"n\" must be a number, not \"12x\"\n"
                        "test.yaml:5:4: \"d\" must be a duration like 15s, 5m or 1h30m, not \"15\"\n"
                        "test.yaml:6:4: \"c\" cannot be \"hihg\", did you mean \"high\"?\n"
                        "test.yaml:7:4: \"e\" must be low, high or highest, not \"zzz\"\n"
                        "test.yaml:8:8: \"l\" must be a list of texts, not of a list\n"
                        "test.yaml:8:13: \"l\" must be a list of texts, not of nothing\n"
                        "test.yaml:9:4: \"m\" must be a list of texts, not a map\n"
                        "test.yaml:10:4: \"w\" must be a text, not a map\n");
    drop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__map_and_list__every_value_has_its_place),
        cmocka_unit_test(read__byte_order_mark__is_no_column),
        cmocka_unit_test(read__nulls__only_when_unquoted),
        cmocka_unit_test(read__block_scalars__tell_where_text_starts),
        cmocka_unit_test(read__empty_file__is_an_empty_map),
        cmocka_unit_test(read__depth__32_is_allowed_33_is_not),
        cmocka_unit_test(read__hostile_depth__is_refused_quickly),
        cmocka_unit_test(read__what_is_not_allowed__is_reported_and_the_rest_read),
        cmocka_unit_test(read__not_yaml__says_where_and_why),
        cmocka_unit_test(read__many_keys__each_duplicate_found),
        cmocka_unit_test(read_file__missing__is_one_mistake_with_the_path),
        cmocka_unit_test(check_keys__unknown__suggests_or_names_the_thing),
        cmocka_unit_test(readers__right_types__give_the_values),
        cmocka_unit_test(readers__absent_or_null__fall_back_silently),
        cmocka_unit_test(readers__wrong_types__say_what_was_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
