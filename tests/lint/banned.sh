#!/usr/bin/env bash
# Calls that overflow, keep hidden state or change the process for everyone; and words that stand for unfinished work.
cd "$(dirname "$0")/../.." || exit 1
bad=0

check() { # what, pattern, folders…
    local what=$1 pattern=$2
    shift 2
    if grep -rnE --include='*.[ch]' "$pattern" "$@"; then
        echo "^ $what"
        bad=1
    fi
}

check 'unbounded or stateful string calls' \
    '(^|[^[:alnum:]_])(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|strncpy|strncat|alloca)[[:space:]]*\(' src include tests
check 'conversions that cannot report an error (use base/number.h)' '(^|[^[:alnum:]_])(atoi|atol|atoll|atof)[[:space:]]*\(' src include tests
check 'calls that are not thread-safe (use the _r forms)' \
    '(^|[^[:alnum:]_])(gmtime|localtime|ctime|asctime|rand|tmpnam|mktemp)[[:space:]]*\(' src include
check 'setlocale changes how numbers are written' '(^|[^[:alnum:]_])setlocale[[:space:]]*\(' src include
check 'shell commands (start programs with an argument list)' '(^|[^[:alnum:]_])(system|popen)[[:space:]]*\(' src include
check 'unfinished work' '(^|[^[:alnum:]_])(TODO|FIXME|XXX|HACK)([^[:alnum:]_]|$)' src include tests
check 'assert_float_equal compares as float (use support/assert_near.h)' 'assert_float_equal[[:space:]]*\(' tests
check 'structs are not typedefed' '^[[:space:]]*typedef[[:space:]]+struct' src

if find src include -regex '.*/\(.*_\)?\(manager\|handler\|util\|utils\|common\|helper\|misc\)\(_.*\)?\.[ch]' | grep .; then
    echo "^ file names that say nothing"
    bad=1
fi
exit $bad
