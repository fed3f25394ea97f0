#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"

#define COMMON "config source cluster rules lang no-color log-level help"

const struct command commands[] = {
    {"run", "", "the daemon: watches, keeps state, delivers", COMMON " until events", "",
     "Evaluates every interval, keeps its state in the configuration's `state` file and sends findings to the receivers.\n"
     "SIGHUP reloads configuration and rules (mistakes keep the old ones), SIGTERM and SIGINT stop it.\n",
     cmd_run},
    {"check", "", "one shot: exit code 0 well, 1 warning, 2 critical, 3 unknown", COMMON " at format fail-on unknown symptom baseline save settle retries timeout notify heartbeat-url pushgateway",
     "text json junit nagios github openmetrics",
     "Looks at enough history to judge the state now (or --at), prints what fires, and says in its exit code how it is.\n"
     "Sends nothing unless --notify. --save FILE before a deployment and --baseline FILE after it fail on what is new only.\n",
     cmd_check},
    {"doctor", "", "what can be seen from here: exporters, signals, which rules are blind and why", COMMON " at format verbose suggest", "text json",
     "With --verbose also what is well. Exit code 0 when nothing is blind, 1 when some symptom or cause is, 3 when a source does not answer.\n",
     cmd_doctor},
    {"diagnose", "[LABEL=VALUE…]", "the full reasoning for everything that fires, or for one entity", COMMON " at alertmanager format pending verbose why",
     "text json slack email",
     "Symptoms, causes with evidence, what is ruled out, what to do next. Of an incident its lead is told, with --verbose or an entity every finding.\n"
     "With --alertmanager what its alerts are about, five minutes after the last of them began, unless --at says another time.\n",
     cmd_diagnose},
    {"explain", "[ID…]", "a symptom, a cause or a signal in words, from the rules", "config rules lang help", "",
     "Without ID lists them all.\n",
     cmd_explain},
    {"backtest", "[LABEL=VALUE…]", "the same engine over history", COMMON " from to symptom diff noise explain format verbose", "text jsonl json",
     "Prints a timeline, or one JSON object a line (--format jsonl, schema nightbell.event/1). Instead of it, as text or json:\n"
     "--diff PATH compares with other rules (exit code 1 when they would have done something else), --noise counts, --explain TIME shows the reasoning.\n",
     cmd_backtest},
    {"history", "", "what the daemon has found, from its state file", "config state cluster symptom from to lang no-color help format", "text json",
     "Oldest first, with what people answered by feedback; the daemon may be running. json is one event a line, as backtest --format jsonl writes.\n",
     cmd_history},
    {"record", "", "saves all signals of a period into one file, usable as --source anywhere", COMMON " from to output note anonymise", "",
     "With --anonymise the file can be given away: every word of a name has one replacement in the whole file, numbers and what joins words stay, so rules see\n"
     "what they saw. The --note is kept as written; parts of a configuration that speak of names (facts, overrides, client groups) no longer meet any.\n"
     "-s FILE -o OTHER --anonymise does it to a recording that exists.\n",
     cmd_record},
    {"test", "FILE…", "runs tests of rules: signals in promtool's notation, expected symptoms and causes", "config rules coverage update format verbose log-level help",
     "text junit",
     "Exit code 1 when something is not as expected, 65 when a file cannot be read. The file's format: rules/README.md.\n",
     cmd_test},
    {"lint", "[FILE…]", "checks rules (and the configuration's overrides): all mistakes at once", "config rules source cluster from to format verbose log-level help",
     "text json github sarif",
     "Without FILE the built-in rules are checked. Exit code 1 when there is a mistake. With --verbose also notes: what is no mistake and may be meant.\n"
     "With --source its data of a day (--from, --to) are looked at as well: signals without series, symptoms that could not be judged, windows shorter than\n"
     "two scrapes, conditions that never held.\n",
     cmd_lint},
    {"config", "check|show|routes [LABEL=VALUE…]", "checks a configuration file; shows what is in force, and who is told what", "config at help", "",
     "check says all mistakes at once. show prints every value with where it came from, as YAML (without FILE the defaults). routes prints the tree of routes; with labels (severity=critical group=payments symptom=…) it marks the routes that such\n"
     "an incident takes, and says which destinations are told, and whether times hold that back now (or --at).\n",
     cmd_config},
    {"notify", "test", "a sample message to every destination of the configuration", "config lang dry-run log-level help", "",
     "Says a test message and that it is over, and how each destination took it. With --dry-run the message is only\n"
     "printed, and Slack's is checked against what Slack takes.\n",
     cmd_notify},
    {"silence", "add|list|expire [MATCHER…|ID…]", "keeps messages back for a while", "config state for comment author all format log-level help", "text json",
     "add: matchers as in Alertmanager, all of which must match (group=payments 'symptom=~\"disk-.*\"' severity=warning); labels: symptom, cluster,\n"
     "severity, incident_id and those of the entity. Lasts an hour unless --for. What is silenced goes on being watched and kept; when a silence ends\n"
     "while it still fires, it is told; that something is over is always told to whom it was told. expire ends silences and acknowledgements.\n"
     "For planned work the configuration's `maintenance` is safer: it keeps back what passes, and lets ring what lasts too long or is harm itself.\n"
     "The daemon may be running: it looks every interval.\n",
     cmd_silence},
    {"ack", "INCIDENT", "says that somebody is at it: no reminders", "config state for comment author log-level help", "",
     "INCIDENT: its id, the id of one of its findings, or the first four or more characters. Messages show who and until when; changes are still told.\n"
     "Lasts eight hours unless --for, or until nightbell silence expire ID. The daemon may be running.\n",
     cmd_ack},
    {"feedback", "INCIDENT right|wrong|none, INCIDENT other CAUSE, list", "what an incident's cause turned out to be", "config state comment author format rules log-level help",
     "text json",
     "INCIDENT: the first four or more characters of its id, as history shows it. right and wrong are about the cause that was named first, other says what it\n"
     "was, none takes the answer back; the last answer counts. It is kept with the evidence as it was judged, shown by history, and counted by calibrate.\n"
     "The daemon may be running.\n",
     cmd_feedback},
    {"calibrate", "[CAUSE…]", "what the answers of feedback say about the weights of evidence", "config state rules format log-level help", "text json",
     "Per piece of evidence: how often it was true where its cause was the cause, and where it was not, and how many decibels that is worth (one is added to\n"
     "each count, so that few answers say little). Changes nothing: weights stand in the rules.\n",
     cmd_calibrate},
    {"outbox", "list|retry|drop [ID…]", "messages that wait or were given up", "config format log-level help", "text json",
     "list prints them; retry sends the named ones again at once; drop forgets them. The daemon may be running.\n",
     cmd_outbox},
    {"db", "check|backup", "the state file: whether it is sound, or a copy of it", "config state output log-level help", "",
     "check looks at all of it and changes nothing; backup copies it as of one moment. The daemon may be running. To restore: stop the daemon, put the copy\n"
     "in its place, remove FILE-wal and FILE-shm. Exit code 65 when something is wrong with the file.\n",
     cmd_db},
    {"completion", "bash|zsh|fish", "what the shell needs to complete commands and options", "help", "",
     "bash: source <(nightbell completion bash)\n",
     cmd_completion},
    {"man", "", "the manual page", "help", "",
     "nightbell man | man -l -\n",
     cmd_man},
    {"version", "", "version and what it was built with", "help", "", "", cmd_version},
};
const size_t commands_len = ARRAY_LEN(commands);

static void help(FILE *out)
{
    fputs("Nightbell watches a system through Prometheus and says what is wrong, since when, why, and what to do next.\n\n"
          "usage: nightbell COMMAND [options]\n\ncommands:\n",
          out);
    for (size_t i = 0; i < commands_len; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\nnightbell COMMAND --help says more. First try: nightbell check --source http://localhost:9090\n", out);
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < commands_len; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void unknown_command(const char *name)
{
    const char *names[ARRAY_LEN(commands)];
    for (size_t i = 0; i < commands_len; i++)
        names[i] = commands[i].name;
    const char *near = did_you_mean(name, names, commands_len);
    print_error(near ? "unknown command \"%s\", did you mean \"%s\"?" : "unknown command \"%s\"; see nightbell --help", name, near);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        help(stdout);
        return EXIT_OK;
    }
    const struct command *c = find(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
    if (!c) {
        unknown_command(argv[1]);
        return EXIT_USAGE;
    }
    if (!options_parse(c, argc - 2, argv + 2, &o))
        return EXIT_USAGE;
    if (o.help) {
        options_help(c);
        return EXIT_OK;
    }
    int code = c->run(&o);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        print_error("cannot write the result: %m");
        return EXIT_CANNOT_WRITE;
    }
    return code;
}
