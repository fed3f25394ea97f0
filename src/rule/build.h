/*
 * What a ruleset needs while it is made, and again for ruleset_expr(): the sections as read, the tables that make equal things one, the names for
 * "did you mean". Lives as long as its ruleset; private to this floor.
 *
 * Map: load.c reads the files into sections; entities.c, signals.c, symptoms.c, causes.c, mechanisms.c, overrides.c turn sections into structs; scope.c check.c
 * call.c window.c compile expressions with the help of nodes.c.
 */
#ifndef RULE_BUILD_H
#define RULE_BUILD_H

#include "base/alloc.h"
#include "rule/function.h"
#include "rule/lint.h"
#include "rule/rule.h"
#include "rule/syntax.h"

#define WINDOW_UNKNOWN_MS (15 * 60 * 1000) /* room for a window whose length is computed: longer ones are cut */
#define WINDOW_BEFORE_MS (30 * 60 * 1000)  /* how long after its onset before() still finds its samples */
#define WINDOW_SHOWN_MS (30 * 60 * 1000)   /* an evidence chart */
#define WINDOW_LONGEST_MS (24 * 3600 * 1000)

struct definition { /* of one id: the latest wins, the place in the order stays */
    const char *id; /* interned */
    const struct node *node;
    struct place place;
    size_t round; /* which of the paths it came from: twice in one is a mistake */
};

struct section {
    VEC(struct definition) items;
};

enum section_id { SECTION_ENTITIES, SECTION_PROFILES, SECTION_SIGNALS, SECTION_SYMPTOMS, SECTION_CAUSES, SECTION_LABELS, SECTION_SHAPES, SECTION_MECHANISMS, SECTION_CHECKS, SECTION_PITFALLS, SECTIONS };

enum let_state { LET_NEW, LET_BUSY, LET_GOOD, LET_BAD };

struct let {
    const char *name; /* interned */
    struct source source;
    const struct expr *expr;
    enum let_state state;
    bool used;
};

/* Names that expressions of one symptom (and its causes) may use. */
struct scope {
    struct symptom *symptom; /* NULL: an expression on its own */
    const struct entity_kind *kind;
    struct let *lets;
    size_t lets_len;
};

struct unused {
    const char *name;
    struct place place;
};

struct alert_node { /* in a Prometheus rule file */
    const struct node *group, *rule;
};

struct build {
    struct section sections[SECTIONS];
    const struct node *cluster_labels, *kept_names; /* roots of the files that have them */
    double shapes[FN_COUNT][FUNCTION_PARAMS_MAX];
    struct intern keys;     /* of expressions: their structure as text */
    struct map exprs;       /* address of the key -> expr */
    struct map derived;     /* id of the expression + 1 -> signal */
    struct map used_params; /* address -> address */
    struct map used_causes;
    VEC(const struct expr *) expr_list;
    VEC(struct signal *) signal_list;
    VEC(struct regex *) regexes;
    VEC(struct alert_node) alerts;
    VEC(struct recorded) recorded;
    VEC(struct param_override) overrides;
    VEC(struct unused) unused_lets;
};

/* The pieces of an expression while it is compiled. */
struct check {
    struct ruleset *rules;
    struct build *build;
    struct mistakes *mistakes;
    struct scope *scope;
    const struct source *source;
    const struct entity_kind *kind; /* whose rows the value is wanted for */
    const char *reducer;            /* name of the reducer around, NULL = none */
    bool in_window;                 /* its value is kept every slot */
};

/* nodes.c: one node per meaning */
const struct expr *node_make(struct check *c, const struct expr *model, const struct syntax *at);
const struct expr *node_number(struct check *c, double number, struct unit unit, const struct syntax *at);
const struct expr *node_over(struct check *c, const struct expr *e, const struct entity_kind *kind, const struct syntax *at);
struct signal *node_signal(struct check *c, const struct expr *e);
/* The greatest value that a constant or a parameter with its overrides can take; NaN when it depends on samples. */
double node_greatest(const struct check *c, const struct expr *e);
/* Its value when it depends on no samples and no overrides; NaN else. */
double expr_constant(const struct expr *e);

/* kinds.c: what kinds an expression speaks of */
#define KINDS_MAX 16
struct kinds {
    struct {
        const struct entity_kind *kind;
        const struct syntax *by;
    } items[KINDS_MAX];
    size_t len;
    bool contextual; /* has parts that take whatever kind they stand in */
};
void kinds_collect(struct check *c, const struct syntax *x, struct kinds *ret);
void kinds_add(struct kinds *k, const struct entity_kind *kind, const struct syntax *by);
/* The kind that has the labels of all others, or NULL; `ret_a`, `ret_b`: two that do not go together. */
const struct entity_kind *kinds_finest(const struct kinds *k, size_t *ret_a, size_t *ret_b);
bool is_reducer(const char *name, enum reducer *ret);
bool call_is_reducer(const struct syntax *x, enum reducer *ret);
bool call_is_window(const struct syntax *x);

/* check.c, call.c, window.c: NULL with mistakes reported */
/* An expression over one kind, wanted over c->kind. */
const struct expr *node_bring(struct check *c, const struct expr *e, const struct syntax *x);
const struct expr *compile(struct check *c, const struct syntax *x);
const struct expr *compile_over(struct check *c, const struct syntax *x, const struct entity_kind *kind);
const struct expr *compile_call(struct check *c, const struct syntax *x);
const struct expr *compile_window_call(struct check *c, const struct syntax *x);
const struct expr *compile_before(struct check *c, const struct syntax *x);
const struct expr *compile_let(struct check *c, struct let *let);
struct let *scope_let(const struct scope *s, const char *name);
struct param *scope_param(const struct scope *s, const char *name);
bool check_units(struct check *c, const struct syntax *x, const struct expr *a, const struct expr *b);
bool check_number(struct check *c, const struct syntax *x, const struct expr *e, const char *who);
bool check_truth(struct check *c, const struct syntax *x, const struct expr *e, const char *who);
/* A mistake at `offset` of the source; the same one at the same place is told once. */
void complain(struct check *c, size_t offset, const char *fmt, ...) PRINTF(3, 4);
const char *unit_words(struct check *c, const struct expr *e);
/* The names that an unknown one may have meant; in the arena. */
const char *suggest(struct check *c, const char *name);

struct expression { /* a text to be compiled */
    struct ruleset *rules;
    struct mistakes *mistakes;
    struct scope *scope;
};
/* Compiles over the scope's kind; `type` < 0: either. NULL with mistakes. */
const struct expr *expression_compile(const struct expression *ctx, const struct source *s, int type);
/* The signal of the scope's kind that has the expression's value every slot: itself, or a derived one. */
struct signal *expression_signal(const struct expression *ctx, const struct source *s);

/* template.c */
enum template_use {
    TEMPLATE_TEXT,    /* anything */
    TEMPLATE_LABELS,  /* labels of any kind only */
    TEMPLATE_COMMAND, /* a label that the kind lacks makes it unusable, without a word */
};
/* False with mistakes, or for an unusable command. */
bool template_compile(const struct expression *ctx, const struct source *s, enum template_use use, struct template *ret);
/* `node`: {en: …, ko: …} or a text. */
void texts_compile(const struct expression *ctx, const struct node *node, enum template_use use, struct texts_template *ret);
/* Reports a label in the texts that `kind` has not. */
void texts_check_labels(const struct texts_template *t, const struct entity_kind *kind, const char *what, struct place at, struct mistakes *m);

/* The sections to structs */
const struct definition *section_find(const struct section *s, const char *id);
void build_entities(struct ruleset *r, struct mistakes *m);
void build_derivations(struct ruleset *r, struct mistakes *m);
void build_labels(struct ruleset *r, struct mistakes *m);
struct label_rule *label_rules_read(struct ruleset *r, const struct node *map, size_t *ret_len, struct mistakes *m);
const struct regex *build_regex(struct ruleset *r, const char *pattern, struct place at, struct mistakes *m);
void build_profiles(struct ruleset *r, struct mistakes *m);
void build_shapes(struct ruleset *r, struct mistakes *m);
void build_signals(struct ruleset *r, struct mistakes *m);
const char **query_metrics(struct ruleset *r, const char *query, size_t *ret_len);
void symptoms_declare(struct ruleset *r, struct mistakes *m);
void symptoms_compile(struct ruleset *r, struct mistakes *m);
void causes_declare(struct ruleset *r, struct mistakes *m);
void suspects_compile(const struct expression *ctx, const struct node *list, struct symptom *s);
void overrides_read(struct ruleset *r, const struct config *config, struct mistakes *m);
void facts_read(struct ruleset *r, const struct config *config, struct mistakes *m);
const struct label_match *match_read(struct ruleset *r, const struct name_values *match, const struct entity_kind *kind, struct place at,
                                     size_t *ret_len, struct mistakes *m);
/* The entity that was meant, or NULL. */
const char *suggest_kind(const struct ruleset *r, const char *name);

/* alert.c: true when the file is one of Prometheus; then, after the signals, its alerts with kinds and signals of their own; then their symptoms. */
bool alerts_read(struct ruleset *r, const struct node *root, struct mistakes *m);
void alerts_declare(struct ruleset *r, struct mistakes *m);
void alerts_to_symptoms(struct ruleset *r);
void alerts_compile(struct ruleset *r, struct mistakes *m);

/* source_check.c */
void checks_read(struct ruleset *r, struct mistakes *m);

/* pitfall.c */
void pitfalls_read(struct ruleset *r, struct mistakes *m);

/* mechanisms.c: after the causes */
void mechanisms_read(struct ruleset *r, struct mistakes *m);

/* lint.c, lint_condition.c, lint_text.c, lint_promql.c */
struct lint {
    const struct ruleset *rules;
    const struct ruleset *known; /* whose pitfalls are looked for */
    struct mistakes *mistakes;
    bool *seen; /* by id of the expression: each is judged once */
};
void lint_alerts(struct lint *l);
/* What the expressions of alerts cannot mean. */
void lint_queries(struct lint *l);
/* What a text says that is no longer so, or that its rule does not bear out. */
void lint_words(struct lint *l, const char *text, const char *what, struct place at);
void lint_template(struct lint *l, const struct texts_template *t, const char *what, const struct symptom *s, struct place at);
/* A text of a symptom names the default of a parameter. */
void lint_defaults(struct lint *l, const char *text, const struct symptom *s, struct place at);
void lint_condition(struct lint *l, const struct expr *e);
/* The whole condition of a symptom is that nothing happens. */
void lint_silence(struct lint *l, const struct expr *e);
/* Adds a mistake unless the same is there already: causes are seen once per symptom. */
void lint_report(struct lint *l, enum lint_check_id check, struct place at, const char *fmt, ...) PRINTF(4, 5);

/* Marks a thing in a map of addresses; asks for it. */
void mark(struct map *marks, const void *thing);
bool is_marked(const struct map *marks, const void *thing);
/* `, did you mean "x"?` or "". In the arena. */
const char *hint_of(struct ruleset *r, const char *nearest);

#endif
