/* nightbell man: the manual page, from the tables that --help comes from. The build installs it. */
#include <string.h>

#include "cli/cli.h"

static const struct {
    enum exit_code code;
    const char *meaning;
} exits[] = {
    {EXIT_OK, "well; of lint and test: no mistake; of backtest --diff: the same"},
    {EXIT_WARNING, "check: something is at warning; lint, test: there are mistakes; doctor: something is blind; backtest --diff: something differs"},
    {EXIT_CRITICAL, "check: something is critical"},
    {EXIT_UNKNOWN, "cannot be judged; of check also: the source does not answer"},
    {EXIT_USAGE, "wrong use of the command line"},
    {EXIT_INPUT, "a file or recording that cannot be used"},
    {EXIT_UNREACHABLE, "a source or server does not answer"},
    {EXIT_INTERNAL, "a fault of the program"},
    {EXIT_CANNOT_WRITE, "something cannot be written"},
    {EXIT_CONFIG, "wrong configuration or rules"},
};

static const struct {
    const char *name, *meaning;
} variables[] = {
    {"NO_COLOR", "set: no colours, as with --no-color"},
    {"STATE_DIRECTORY", "where the state file is when the configuration does not say (systemd sets it)"},
};

static const struct {
    const char *command, *meaning;
} examples[] = {
    {"nightbell doctor --source http://localhost:9090", "What can be seen from here, and what is missing."},
    {"nightbell check --source http://localhost:9090", "How it is now, as an exit code."},
    {"nightbell diagnose --source builtin --at 2026-11-22T21:46:45Z", "The full reasoning, on the recording inside the program."},
    {"nightbell run -c /etc/nightbell/nightbell.yaml", "The daemon."},
};

/* Text as roff wants it: no line begins with a control character, a hyphen is one that can be copied. */
static void put_roff(const char *text)
{
    bool at_start = true;
    for (; *text; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
        at_start = *text == '\n';
    }
}

static void put_bold(const char *text)
{
    fputs("\\fB", stdout);
    put_roff(text);
    fputs("\\fR", stdout);
}

static void put_italic(const char *text)
{
    fputs(" \\fI", stdout);
    put_roff(text);
    fputs("\\fR", stdout);
}

static void put_item(const char *name, const char *meaning)
{
    puts(".TP");
    put_bold(name);
    putchar('\n');
    put_roff(meaning);
    putchar('\n');
}

static void put_head(void)
{
    fputs(".TH NIGHTBELL 1 \"\" \"nightbell ", stdout);
    put_roff(NIGHTBELL_VERSION);
    puts("\" \"User Commands\"\n"
         ".nh\n"
         ".SH NAME\n"
         "nightbell \\- says what is wrong with a system that Prometheus watches, since when, why, and what to do next\n"
         ".SH SYNOPSIS\n"
         ".B nightbell\n"
         ".I COMMAND\n"
         "[options]\n"
         ".PP\n"
         ".B nightbell\n"
         ".I COMMAND\n"
         ".B \\-\\-help\n"
         ".SH DESCRIPTION\n"
         "Results go to standard output, everything else to standard error. Commands that read data take a configuration (\\fB\\-c\\fR) or, without one, a\n"
         "server or recording (\\fB\\-\\-source\\fR). What is not known is never taken to be well.");
}

static void put_command(const struct command *c)
{
    const char *between = "";
    fputs(".SS \"nightbell ", stdout);
    put_roff(c->name);
    fputs(c->words[0] ? " " : "", stdout);
    put_roff(c->words);
    puts("\"");
    put_roff(c->summary);
    puts(".");
    if (c->help[0]) {
        puts(".PP");
        put_roff(c->help);
    }
    if (c->formats[0]) {
        fputs(".PP\nFormats: ", stdout);
        for (const char *f = c->formats; *f; f++)
            *f == ' ' ? fputs(", ", stdout) : (void)putchar(*f);
        puts(".");
    }
    fputs(".PP\nTakes ", stdout);
    for (size_t i = 0; i < option_rows_len; i++) {
        if (!command_takes(c, option_rows[i].name))
            continue;
        printf("%s\\fB\\-\\-", between);
        put_roff(option_rows[i].name);
        fputs("\\fR", stdout);
        between = ", ";
    }
    puts(".");
}

static void put_option(const struct option_row *r)
{
    puts(".TP");
    if (r->letter)
        printf("\\fB\\-%c\\fR, ", r->letter);
    fputs("\\fB\\-\\-", stdout);
    put_roff(r->name);
    fputs("\\fR", stdout);
    if (r->argument)
        put_italic(r->argument);
    putchar('\n');
    put_roff(r->help);
    putchar('\n');
}

int cmd_man(const struct options *o)
{
    char code[8];
    (void)o;
    put_head();
    puts(".SH COMMANDS");
    for (size_t i = 0; i < commands_len; i++)
        put_command(&commands[i]);
    puts(".SH OPTIONS");
    for (size_t i = 0; i < option_rows_len; i++)
        put_option(&option_rows[i]);
    puts(".SH EXIT STATUS");
    for (size_t i = 0; i < ARRAY_LEN(exits); i++) {
        snprintf(code, sizeof(code), "%d", exits[i].code);
        put_item(code, exits[i].meaning);
    }
    puts(".SH ENVIRONMENT");
    for (size_t i = 0; i < ARRAY_LEN(variables); i++)
        put_item(variables[i].name, variables[i].meaning);
    puts(".SH EXAMPLES");
    for (size_t i = 0; i < ARRAY_LEN(examples); i++)
        put_item(examples[i].command, examples[i].meaning);
    return EXIT_OK;
}
