/* The table of words, and values in it. */
#include "notify/words.h"

static const char *const table[WORD_COUNT][LANGUAGES] = {
#define X(id, en, ko) [id] = {[LANG_EN] = en, [LANG_KO] = ko},
    WORDS(X)
#undef X
};

const char *word(enum language lang, enum word w)
{
    return table[w][lang];
}

const char *word_severity(enum language lang, enum severity s)
{
    static const enum word words[SEVERITY_COUNT] = {W_INFO, W_WARNING, W_CRITICAL};
    return word(lang, words[s]);
}

const char *word_verdict(enum language lang, enum verdict v)
{
    static const enum word words[VERDICT_COUNT] = {W_CONFIRMED, W_LIKELY, W_POSSIBLE, W_RULED_OUT_WORD};
    return word(lang, words[v]);
}

const char *word_risk(enum language lang, enum risk r)
{
    static const enum word words[RISK_COUNT] = {W_READ_ONLY, W_SAFE, W_DISRUPTIVE, W_DATA_LOSS, W_IRREVERSIBLE};
    return word(lang, words[r]);
}

const char *word_fill(struct arena *a, enum language lang, enum word w, const char *v0, const char *v1, const char *v2)
{
    const char *const values[] = {v0, v1, v2};
    AUTO(strbuf) struct strbuf out = STRBUF_INIT(16 * 1024);
    for (const char *p = word(lang, w); *p; p++) {
        bool slot = p[0] == '{' && p[1] >= '0' && p[1] <= '2' && p[2] == '}';
        if (!slot) {
            strbuf_addc(&out, *p);
            continue;
        }
        const char *value = values[p[1] - '0'];
        strbuf_adds(&out, value ? value : "");
        p += 2;
    }
    return arena_strdup(a, out.buf);
}
