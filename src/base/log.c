#include "base/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"

enum { LINE_LIMIT = 4000 }; /* below PIPE_BUF, so that lines of several threads do not mix */

static const struct {
    const char *name;
    int priority; /* of syslog(3) */
} levels[] = {
    [LOG_LEVEL_ERROR] = {"error", 3},
    [LOG_LEVEL_WARN] = {"warn", 4},
    [LOG_LEVEL_INFO] = {"info", 6},
    [LOG_LEVEL_DEBUG] = {"debug", 7},
};

static _Atomic int current_level = LOG_LEVEL_INFO;
static bool to_journal;

void log_set_level(enum log_level level)
{
    atomic_store(&current_level, (int)level);
}

bool log_level_parse(const char *name, enum log_level *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (strcmp(levels[i].name, name) == 0) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* systemd names the journal's socket as "device:inode"; a child whose stderr was redirected inherits the name but not the socket. */
static void find_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;
    to_journal = stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
                 st.st_ino == inode;
}

/* A text from outside must not be able to end the line or the quotes. */
static void quoted_add(struct strbuf *out, const char *text)
{
    strbuf_addc(out, '"');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            strbuf_addf(out, "\\%c", c);
        else if (c == '\n')
            strbuf_adds(out, "\\n");
        else if (c < 0x20 || c == 0x7F)
            strbuf_addf(out, "\\x%02x", c);
        else
            strbuf_addc(out, *p);
    }
    strbuf_addc(out, '"');
}

static PRINTF(2, 0) void log_line(enum log_level level, const char *fmt, va_list ap)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if ((int)level > atomic_load(&current_level))
        return;
    pthread_once(&once, find_journal);
    AUTO(strbuf) struct strbuf text = STRBUF_INIT(LINE_LIMIT / 2);
    AUTO(strbuf) struct strbuf line = STRBUF_INIT(LINE_LIMIT);
    strbuf_vaddf(&text, fmt, ap);
    if (to_journal) {
        strbuf_addf(&line, "<%d>", levels[level].priority);
    } else {
        strbuf_adds(&line, "ts=");
        time_format_utc(&line, clock_now_ms(&clock_system));
        strbuf_addc(&line, ' ');
    }
    strbuf_addf(&line, "level=%s msg=", levels[level].name);
    quoted_add(&line, text.buf);
    if (line.truncated) {
        line.truncated = false;
        line.limit = LINE_LIMIT + 8;
        strbuf_adds(&line, "\"");
    }
    line.limit = LINE_LIMIT + 9;
    strbuf_addc(&line, '\n');
    if (write(STDERR_FILENO, line.buf, line.len) < 0)
        return; /* nobody reads: there is no better place to tell it */
}

#define DEFINE_LOG(name, level)                                                                                                                    \
    void name(const char *fmt, ...)                                                                                                                \
    {                                                                                                                                              \
        va_list ap;                                                                                                                                \
        va_start(ap, fmt);                                                                                                                         \
        log_line(level, fmt, ap);                                                                                                                  \
        va_end(ap);                                                                                                                                \
    }

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warn, LOG_LEVEL_WARN)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
