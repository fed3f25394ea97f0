/* nightbell completion: what a shell needs to complete commands and options, from the same tables as --help. */
#include <string.h>

#include "cli/cli.h"

/* The values of an option: of --format those of the command; of others the words of their argument, when it is a choice. */
static bool is_choice(const char *argument)
{
    return argument && strchr(argument, '|') && strspn(argument, "abcdefghijklmnopqrstuvwxyz|-") == strlen(argument);
}

static void put_words(const char *words, char separator, const char *between)
{
    for (; *words; words++)
        *words == separator ? fputs(between, stdout) : (void)putchar(*words);
}

static bool is_path(const struct option_row *r)
{
    return r->argument && (strcmp(r->argument, "FILE") == 0 || strcmp(r->argument, "PATH") == 0 || strstr(r->argument, "|FILE"));
}

/* Words of a command that are choices themselves: "list|retry|drop [ID…]". */
static size_t verbs_len(const struct command *c)
{
    size_t len = strcspn(c->words, " ");
    return len && strspn(c->words, "abcdefghijklmnopqrstuvwxyz|-") >= len ? len : 0;
}

/* ---- bash ---- */

static void bash_values(const struct command *c)
{
    for (size_t i = 0; i < option_rows_len; i++) {
        const struct option_row *r = &option_rows[i];
        bool format = strcmp(r->name, "format") == 0;
        if (!command_takes(c, r->name) || r->type == OPTION_FLAG)
            continue;
        printf("        %s:--%s", c->name, r->name);
        if (r->letter)
            printf("|%s:-%c", c->name, r->letter);
        fputs(") ", stdout);
        if (format || is_choice(r->argument)) {
            fputs("words=\"", stdout);
            put_words(format ? c->formats : r->argument, format ? ' ' : '|', " ");
            puts("\" ;;");
        } else {
            puts(is_path(r) ? "COMPREPLY=($(compgen -f -- \"$word\")); return ;;" : "return ;;");
        }
    }
}

static void bash_options(const struct command *c)
{
    printf("        %s) words=\"", c->name);
    for (size_t i = 0; i < option_rows_len; i++)
        if (command_takes(c, option_rows[i].name))
            printf("--%s ", option_rows[i].name);
    puts("\" ;;");
}

static void print_bash(void)
{
    puts("# bash completion of nightbell: source <(nightbell completion bash)\n"
         "_nightbell() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} words=\n"
         "    COMPREPLY=()\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    fputs("        words=\"", stdout);
    for (size_t i = 0; i < commands_len; i++)
        printf("%s ", commands[i].name);
    puts("--help --version\"\n"
         "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "        return\n"
         "    fi\n"
         "    case $command:$last in");
    for (size_t i = 0; i < commands_len; i++)
        bash_values(&commands[i]);
    puts("    esac\n"
         "    if [ -z \"$words\" ] && [[ $word == -* ]]; then\n"
         "        case $command in");
    for (size_t i = 0; i < commands_len; i++)
        bash_options(&commands[i]);
    puts("        esac\n"
         "    elif [ -z \"$words\" ]; then\n"
         "        case $command in");
    for (size_t i = 0; i < commands_len; i++) {
        size_t len = verbs_len(&commands[i]);
        if (!len)
            continue;
        printf("        %s) words=\"", commands[i].name);
        for (size_t k = 0; k < len; k++)
            putchar(commands[i].words[k] == '|' ? ' ' : commands[i].words[k]);
        puts("\" ;;");
    }
    puts("        *) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
         "        esac\n"
         "    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -F _nightbell nightbell");
}

/* ---- zsh ---- */

/* Within '…' and within _arguments' own brackets. */
static void put_zsh(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_option(const struct command *c, const struct option_row *r)
{
    bool format = strcmp(r->name, "format") == 0, list = r->type == OPTION_LIST;
    fputs(" \\\n            '", stdout);
    if (r->letter && !list)
        printf("(-%c --%s)'{-%c,--%s}'", r->letter, r->name, r->letter, r->name);
    else if (r->letter)
        printf("*'{-%c,--%s}'", r->letter, r->name);
    else
        printf("--%s", r->name);
    putchar('[');
    put_zsh(r->help);
    putchar(']');
    if (r->type != OPTION_FLAG) {
        putchar(':');
        put_zsh(r->argument);
        putchar(':');
    }
    if (r->type != OPTION_FLAG && (format || is_choice(r->argument))) {
        putchar('(');
        put_words(format ? c->formats : r->argument, format ? ' ' : '|', " ");
        putchar(')');
    } else if (is_path(r)) {
        fputs("_files", stdout);
    }
    putchar('\'');
}

static void zsh_command(const struct command *c)
{
    size_t len = verbs_len(c);
    printf("    %s)\n        _arguments -s", c->name);
    for (size_t i = 0; i < option_rows_len; i++)
        if (command_takes(c, option_rows[i].name))
            zsh_option(c, &option_rows[i]);
    if (len) {
        fputs(" \\\n            '1:what:(", stdout);
        for (size_t k = 0; k < len; k++)
            putchar(c->words[k] == '|' ? ' ' : c->words[k]);
        fputs(")'", stdout);
    } else if (c->words[0]) {
        fputs(" \\\n            '*:file:_files'", stdout);
    }
    puts(" ;;");
}

static void print_zsh(void)
{
    puts("#compdef nightbell\n"
         "# zsh completion of nightbell: nightbell completion zsh > a folder of $fpath/_nightbell\n"
         "_nightbell() {\n"
         "    local -a commands\n"
         "    commands=(");
    for (size_t i = 0; i < commands_len; i++) {
        printf("        '%s:", commands[i].name);
        put_zsh(commands[i].summary);
        puts("'");
    }
    puts("    )\n"
         "    if (( CURRENT == 2 )); then\n"
         "        _describe command commands\n"
         "        return\n"
         "    fi\n"
         "    local command=$words[2]\n"
         "    shift words\n"
         "    (( CURRENT-- ))\n"
         "    case $command in");
    for (size_t i = 0; i < commands_len; i++)
        zsh_command(&commands[i]);
    puts("    esac\n"
         "}\n"
         "if [ \"$funcstack[1]\" = _nightbell ]; then _nightbell \"$@\"; else compdef _nightbell nightbell; fi");
}

/* ---- fish ---- */

static void put_fish(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

static void fish_option(const struct command *c, const struct option_row *r)
{
    bool format = strcmp(r->name, "format") == 0;
    printf("complete -c nightbell -n '__fish_seen_subcommand_from %s' -l %s", c->name, r->name);
    if (r->letter)
        printf(" -s %c", r->letter);
    if (r->type != OPTION_FLAG && (format || is_choice(r->argument))) {
        fputs(" -x -a '", stdout);
        put_words(format ? c->formats : r->argument, format ? ' ' : '|', " ");
        putchar('\'');
    } else if (r->type != OPTION_FLAG) {
        fputs(is_path(r) ? " -r -F" : " -x", stdout);
    }
    fputs(" -d ", stdout);
    put_fish(r->help);
    putchar('\n');
}

static void print_fish(void)
{
    puts("# fish completion of nightbell: nightbell completion fish > ~/.config/fish/completions/nightbell.fish\n"
         "complete -c nightbell -n __fish_use_subcommand -f");
    for (size_t i = 0; i < commands_len; i++) {
        printf("complete -c nightbell -n __fish_use_subcommand -a %s -d ", commands[i].name);
        put_fish(commands[i].summary);
        putchar('\n');
    }
    for (size_t i = 0; i < commands_len; i++) {
        size_t len = verbs_len(&commands[i]);
        if (len) {
            printf("complete -c nightbell -n '__fish_seen_subcommand_from %s' -f -a '", commands[i].name);
            for (size_t k = 0; k < len; k++)
                putchar(commands[i].words[k] == '|' ? ' ' : commands[i].words[k]);
            puts("'");
        }
        for (size_t k = 0; k < option_rows_len; k++)
            if (command_takes(&commands[i], option_rows[k].name))
                fish_option(&commands[i], &option_rows[k]);
    }
}

int cmd_completion(const struct options *o)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; o->words_len == 1 && i < ARRAY_LEN(shells); i++) {
        if (strcmp(shells[i].name, o->words[0]) == 0) {
            shells[i].print();
            return EXIT_OK;
        }
    }
    print_error("completion: say for which shell: bash, zsh or fish");
    return EXIT_USAGE;
}
