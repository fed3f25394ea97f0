/*
 * A ruleset: what rules/ says, checked and ready to be evaluated. Immutable after loading; owns all its memory (one arena, one intern table). A reload builds a
 * new one whole and swaps.
 *
 * Expressions are typed nodes in one table; equal expressions over the same kind are one node, so that an evaluator computes each once a tick
 * (`expr.id` indexes its memo). Every node's value is a column over the rows of `kind`. Unknown is NaN; truths are 0, 1, NaN.
 *
 * Map: load.c (files to ruleset), mechanisms.c, source_check.c, alert.c alert_text.c (Prometheus rule files and their texts), lexer.c parser.c (text to
 * syntax tree), check.c (syntax tree to typed nodes), function.c (the table of functions), unit.c, template.c (texts with placeholders), lint.c lint_condition.c
 * lint_text.c lint_promql.c pitfall.c (what is legal but cannot be meant).
 */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/regex.h"
#include "config/config.h"
#include "model/entity.h"
#include "model/finding.h"
#include "rule/unit.h"

enum value_type { VALUE_NUMBER, VALUE_TRUTH };

enum expr_op {
    EXPR_NUMBER,    /* number */
    EXPR_PARAM,     /* param: a number that may differ by row (overrides) */
    EXPR_SIGNAL,    /* signal: its value in this slot */
    EXPR_FIRING,    /* symptom: fires for a related entity (state of the last tick) */
    EXPR_NEG, EXPR_NOT,
    EXPR_ADD, EXPR_SUB, EXPR_MUL, EXPR_DIV,
    EXPR_LT, EXPR_LE, EXPR_GT, EXPR_GE, EXPR_EQ, EXPR_NE,
    EXPR_AND, EXPR_OR,
    EXPR_ELSE,      /* args[0] where it is known, else args[1] */
    EXPR_KNOWN,     /* truth: args[0] is known; itself never unknown */
    EXPR_MIN2, EXPR_MAX2, EXPR_ABS,
    EXPR_WINDOW,    /* function over the samples of `signal`; args[0] = length in seconds, then the function's parameters in its order */
    EXPR_BEFORE,    /* `signal` (of the symptom's own kind): median around the onset of the row's finding; unknown while there is none */
    EXPR_SEASONAL,  /* `signal`: what it reached (REDUCE_MAX) or fell to (REDUCE_MIN) at this time both a day and a week ago; unknown unless both are known */
    EXPR_JOIN,      /* args[0] over a coarser kind, seen from the rows of `kind` */
    EXPR_REDUCE,    /* reducer over args[0] (a finer or unrelated kind) by the labels in common with `kind` */
    EXPR_PEERS,     /* args[0] / median of args[0] over the other rows of its kind */
    EXPR_SHARE,     /* args[0] / its sum over the rows that share the labels with `scope` kind */
    EXPR_OP_COUNT
};

enum reducer { REDUCE_ANY, REDUCE_ALL, REDUCE_COUNT, REDUCE_SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_AVG };

/* Functions over windows. The X-macro table with parameters and result units is in function.h. */
struct window_function;

struct signal;
struct symptom;
struct param;

struct expr {
    enum expr_op op;
    size_t id; /* index in ruleset.exprs */
    enum value_type type;
    struct unit unit;
    const struct entity_kind *kind;
    struct place place;
    const char *text; /* as written */
    const struct expr **args;
    size_t args_len;
    double number;
    const struct signal *signal;
    const struct symptom *symptom;
    const struct param *param;
    const struct window_function *function;
    enum reducer reducer;
    const struct entity_kind *scope; /* EXPR_SHARE */
};

static inline bool expr_is_comparison(const struct expr *e)
{
    return e->op >= EXPR_LT && e->op <= EXPR_NE;
}

enum nan_policy { NAN_UNKNOWN, NAN_ZERO, NAN_INFINITE }; /* what NaN (±Inf) in an answer means */
enum vanish_policy { VANISH_UNKNOWN, VANISH_ZERO };      /* what it means that the answer came whole and the entity, known before, is not in it */

struct label_rule { /* exporter's label -> ours */
    const char *to;
    const char **from; /* first that is present and not empty */
    size_t from_len;
    const struct regex *pattern; /* NULL = as it is; else the captured group */
};

struct profile { /* an exporter's way of naming */
    const char *id, *help;
    bool offered;        /* something that anyone may install; else it comes with a place to run in */
    const char *version; /* the metric whose label "version" tells it; "" = none does */
    const char *lacks;   /* what to do when it is there but does not give what it could; "" = nothing known */
    const char *scrape; /* a piece of a scrape configuration, to be shown to people; "" = none */
    const char **probe; /* metric names: any of them present = the profile is there */
    size_t probe_len;
    size_t index;
};

struct binding {
    const struct profile *profile;
    const char *query;         /* PromQL with $match, $rate, $rate_s */
    const char **metrics;      /* metric names in the query */
    size_t metrics_len;
    struct label_rule *labels; /* before the ruleset's */
    size_t labels_len;
    double scale;              /* answer * scale = the signal's unit in base units (s, bytes, ratio) */
    struct place place;
};

struct alert_rule; /* rule/alert.h */

struct signal {
    const char *name; /* interned; derived ones: the expression's text */
    const char *help;
    size_t index; /* in ruleset.signals */
    struct unit unit;
    const struct entity_kind *kind;
    enum nan_policy nan;
    enum vanish_policy vanishes;
    struct binding *bindings; /* in order of preference; of several that answer the first has the entity */
    size_t bindings_len;
    bool is_fact;             /* from the configuration */
    const struct alert_rule *alert; /* what an alert of a rule file keeps: whether its expression holds, or its value; else NULL */
    const struct expr *derived; /* computed each tick from other signals, else NULL; comes after what it reads */
    int64_t window_ms;        /* the longest window that any expression reads, baseline included */
    bool used;                /* by an expression, or shown */
    bool seasonal;            /* an expression asks what it was a day and a week ago */
    bool follows;             /* other signals make its entities (`made_by`): it tells of those only, once they have made any */
    const char *absent;       /* when it is no fault that nobody gives it; "" = always one */
    const char *spare;        /* what it is kept for although no rule reads it: `record` keeps it, rules of one's own may read it; "" = it is to be read */
    struct place place;
};

struct param {
    const char *name, *help;
    double value; /* base unit */
    struct unit unit;
    const struct symptom *symptom;
    struct place place;
};

struct param_override { /* later ones win */
    const struct param *param;
    double value;
    const struct label_match *match;
    size_t match_len;
};

struct label_match {
    const char *label;
    const struct regex *regex;
};

enum value_format { FORMAT_NUMBER, FORMAT_DURATION, FORMAT_PERCENT, FORMAT_RATE, FORMAT_BYTES, FORMAT_TEXT, FORMAT_WORDS };

struct template_part { /* literal, label, or expression */
    const char *literal;
    const char *label;          /* {group}; also cluster, bootstrap */
    const struct expr *value;
    enum value_format format;
    const char **words;         /* FORMAT_WORDS: one for each of the values 1, 2, …; else [one|many]: by what this value and format show as */
    size_t words_len;
};

struct template {
    struct template_part *parts;
    size_t len;
};

struct texts_template {
    struct template in[LANGUAGES]; /* a missing language falls back to English (lint warns) */
    bool given;
};

struct evidence {
    const struct expr *when;
    double db, else_db; /* decibels when true, when false; 0 = says nothing */
    bool exclude;       /* true rules the cause out */
    const char *family; /* interned; its own text when not given */
    struct texts_template says, else_says; /* not given: the condition's text with its values */
    struct place place;
};

/* What names a piece of evidence of a cause in what is kept: by what it asks, so that other weights and another order leave it what it is. */
uint32_t evidence_key(const struct evidence *e);

struct remedy {
    struct texts_template text;
    struct template command; /* values are shell-quoted on rendering */
    const struct expr *only_if;
    enum risk risk;
    struct place place;
};

struct cause {
    const char *id;
    size_t index; /* in the ruleset */
    struct texts_template title;  /* placeholders: labels only */
    struct texts_template by_hand; /* how to tell without the missing signals */
    const char *class_name;
    struct place place;
};

/* How a cause shows elsewhere: what it explains is one incident with it. */
struct mechanism {
    const struct cause *root;
    const char **scope; /* labels on which what it explains agrees with it; none: all of the cluster */
    size_t scope_len;
    int64_t within_ms;  /* an effect begins at most so long after it */
    bool *covers;       /* by cause index: it shows as that cause, directly or through others; itself included */
    struct place place;
};

/* A cause as one symptom sees it: evidence and remedies compiled over the symptom's kind. */
struct suspect {
    const struct cause *cause;
    double prior_db;
    struct evidence *evidence;
    size_t evidence_len;
    struct remedy *remedies;
    size_t remedies_len;
    struct template by_hand_command;
};

struct escalation {
    const struct expr *when;
    enum severity severity;
};

struct shown { /* an evidence chart */
    const struct signal *signal; /* of the symptom's kind (hoisted when it is not a signal) */
    const char *name;
    struct texts_template label;
};

struct symptom {
    const char *id; /* interned */
    size_t index;
    int seed;       /* row of the source document, 0 = none */
    const struct entity_kind *kind;
    struct texts_template title, effect;
    struct param **params;
    size_t params_len;
    const struct expr *when, *clear_when; /* clear_when NULL: not when */
    int64_t for_ms, keep_firing_for_ms;
    int64_t lost_after_ms; /* blind for so long ends it as lost sight of; default 1 h */
    int64_t settle_ms;     /* how long after a resolve its samples stay out of baselines; default 5 min */
    enum severity severity;
    struct escalation *escalate;
    size_t escalate_len;
    struct suspect *suspects;
    size_t suspects_len;
    struct shown *show;
    size_t show_len;
    bool impact;           /* never folded into another finding's message: it is the harm itself */
    bool disabled;         /* wholly, by the config */
    const struct alert_rule *alert; /* it comes from a Prometheus rule file, whose words it uses; else NULL */
    struct place place;
};

struct disable_rule { /* the config switched a symptom off for some rows, or changed its severity */
    const struct symptom *symptom; /* NULL = every */
    const struct label_match *match;
    size_t match_len;
    bool disable;
    bool has_severity;
    enum severity severity;
};

struct fact {
    const struct signal *signal;
    double value; /* base unit */
    const struct label_match *match;
    size_t match_len;
};

/* How a derived label is found, tried in order until one gives a value that exists. */
struct derivation {
    const struct entity_kind *kind;
    size_t label;                  /* index in kind->labels */
    const char *from;              /* source label among the identity */
    const struct regex *pattern;   /* captured group of it (NULL = the value itself) */
    bool use_map;                  /* the config's client_groups: first regex that matches */
    const struct entity_kind *known_in; /* accept only a value that a row of this kind has for the label; NULL = any */
    /* or: the only value that `through` (a finer kind with this kind's identity) and `to` allow: rows of `through` give `via`; rows of `to` with that `via` give the label */
    const struct entity_kind *through, *to;
    const char *via;
};

struct alert_text;

struct source_check { /* a question whose answer, when there is one, is something wrong with what is scraped and how */
    const char *id, *ask; /* PromQL with $match, $rate, $rate_s, $look_back */
    bool fault;           /* makes rules blind or wrong; else worth a note */
    bool live;            /* about this moment: not asked as of another */
    struct alert_text *says, *fix; /* by language; of the first series of the answer */
    struct place place;
};

enum pitfall_use { PITFALL_NAMED, PITFALL_COMPARED, PITFALL_AVERAGED, PITFALL_NONE, PITFALL_NEARLY_ALL };

struct pitfall { /* a name that rules and texts from elsewhere use wrongly: for lint */
    const char *id;
    const char *text;            /* words in a text or command; NULL = it is about a metric */
    const struct regex *metric;
    enum pitfall_use use;        /* how an alert's expression uses the metric */
    int64_t least_for_ms;        /* only of an alert that waits less */
    const char *says;
};

struct recorded { /* recording rules in a Prometheus rule file: the server's matter */
    struct place place; /* of the first */
    size_t len;
};

struct build;

struct ruleset {
    struct arena arena;
    struct intern intern;
    struct entity_kind **kinds; /* [0] is the cluster kind */
    size_t kinds_len;
    struct derivation *derivations;
    size_t derivations_len;
    const char **cluster_labels;
    size_t cluster_labels_len;
    const char **kept_names; /* words and names that are nobody's: they stay when a recording is made anonymous */
    size_t kept_names_len;
    struct label_rule *labels; /* default renames */
    size_t labels_len;
    struct profile *profiles;
    size_t profiles_len;
    struct signal **signals; /* bound ones first, then derived in order of evaluation */
    size_t signals_len;
    struct symptom **symptoms;
    size_t symptoms_len;
    struct cause **causes;
    size_t causes_len;
    struct mechanism **mechanisms; /* by cause index; NULL where the cause stands for itself only */
    struct param_override *param_overrides;
    size_t param_overrides_len;
    struct disable_rule *disables;
    size_t disables_len;
    const struct maintenance_config *maintenance; /* the configuration's, which lives longer */
    size_t maintenance_len;
    struct fact *facts;
    size_t facts_len;
    struct source_check *checks;
    size_t checks_len;
    struct pitfall *pitfalls;
    size_t pitfalls_len;
    struct alert_rule **alerts; /* of Prometheus rule files, in their order */
    size_t alerts_len;
    struct recorded *recorded;  /* by file */
    size_t recorded_len;
    struct name_values client_map; /* of the config: regex = value; compiled beside */
    const struct regex **client_map_regex;
    const struct expr **exprs;
    size_t exprs_len;
    int64_t rate_ms;           /* $rate; at least four scrape intervals; default 60 s */
    uint64_t hash;             /* of all texts that were read: tells recordings and states which rules made them */
    struct build *build;       /* private to this floor: what making it, and ruleset_expr(), need */
};

/*
 * Reads "builtin" (embedded), files and folders (*.yaml, sorted, not below tests/) in order; later definitions of the same id replace earlier ones. `config` may be NULL.
 * NULL when there was any error in `m`; warnings may be there either way.
 */
struct ruleset *ruleset_load(const char *const *paths, size_t len, const struct config *config, struct mistakes *m);
void ruleset_free(struct ruleset *r);
const struct signal *ruleset_signal(const struct ruleset *r, const char *name);
const struct symptom *ruleset_symptom(const struct ruleset *r, const char *id);
const struct entity_kind *ruleset_kind(const struct ruleset *r, const char *name);
/* What is legal but cannot be meant, and what `known` (may be `r`) warns of; adds to `m`. */
void ruleset_lint(const struct ruleset *r, const struct ruleset *known, struct mistakes *m);
/* How much history the alerts of rule files need to know for how long they have held. */
int64_t alerts_look_back_ms(const struct ruleset *r);
/* One expression text in the context of a kind: for tests, `show:` and tools. NULL with mistakes. The ruleset must be under construction or the caller accepts that it grows. */
const struct expr *ruleset_expr(struct ruleset *r, const char *text, const struct entity_kind *kind, struct mistakes *m);

#endif
