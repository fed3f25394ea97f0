# Sourced by the tests of this folder: a place for files, servers on free ports that end with the test, and counting.
#
#   $NIGHTBELL (or the build folder as the first argument) is the program, $work a folder that is removed at the end.

nightbell=${NIGHTBELL:-${1:+$1/nightbell}}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_root=$(cd "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/nightbell-test.XXXXXX")
pids=()
fails=0

cleanup() {
    local pid
    for pid in "${pids[@]}"; do
        kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    if mountpoint -q "$work/small" 2>/dev/null; then umount -l "$work/small"; fi
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

skip() {
    echo "SKIP $*"
    exit 77
}

need() { # programs…
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "$program is not here"
    done
}

ok() { # what holds, command…
    local what=$1
    shift
    if "$@"; then
        echo "PASS $what"
    else
        echo "FAIL $what"
        fails=$((fails + 1))
    fi
}

code() { # expected exit code, arguments of the program…: leaves $work/out and $work/err
    local expected=$1 found
    shift
    "$nightbell" "$@" >"$work/out" 2>"$work/err"
    found=$?
    [ "$found" -eq "$expected" ] || { echo "exit $found instead of $expected"; head -5 "$work/out" "$work/err"; return 1; }
}

says() { # out or err, pattern
    grep -Eq -- "$2" "$work/$1" || { head -20 "$work/$1"; return 1; }
}

finish() {
    [ "$fails" -eq 0 ] || { echo "$fails failed"; exit 1; }
    exit 0
}

wait_for() { # seconds, command…: until it succeeds
    local left=$(($1 * 20))
    shift
    until "$@" 2>/dev/null; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.05
    done
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

http_ok() { # url
    python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2).read()' "$1" 2>/dev/null
}

start_prometheus() { # folder of a TSDB; sets $prometheus to its URL
    local port try
    echo 'global: {}' >"$work/prometheus.yml"
    for try in 1 2 3; do
        port=$(free_port)
        prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$1" --storage.tsdb.retention.time=50y \
            --web.listen-address=127.0.0.1:"$port" >"$work/prometheus.log" 2>&1 &
        pids+=($!)
        prometheus=http://127.0.0.1:$port
        wait_for 20 http_ok "$prometheus/-/ready" && return 0
    done
    tail -3 "$work/prometheus.log"
    return 1
}

make_history() { # folder, start, end, "daily" = with what comes every day
    python3 "$here/history.py" "$2" "$3" 1 "${4:-}" >"$work/history.txt" &&
        promtool tsdb create-blocks-from openmetrics "$work/history.txt" "$1" >"$work/promtool.log" 2>&1
}

small_rules() { # file: symptoms of make_history that look back a minute only, so that a daemon is at work at once; two of them, so that there are two incidents
    python3 - "$1" <<'P'
import json, sys
groups = {"parcel": "parcel-tracker", "archive": "archiver"}
signal = lambda group: {"help": "records not yet read", "unit": "records", "entity": "reader", "bindings": [{
    "profile": "exporter", "query": f'sum by (consumergroup, topic) (kafka_consumergroup_lag{{consumergroup="{group}",$match}})', "labels": {"consumergroup": "group"}}]}
symptom = lambda word: {"id": f"{word}-behind", "entity": "reader", "title": {"en": "{group} is falling behind on {topic}", "ko": "{group}"}, "effect": {"en": "e", "ko": "e"},
                        "when": f"avg({word}_lag[30s]) > 5000", "for": "0s", "severity": "warning", "causes": []}
json.dump({"entities": {"reader": {"labels": ["group", "topic"]}}, "profiles": {"exporter": {"help": "lag", "probe": ["kafka_consumergroup_lag"]}},
           "signals": {f"{word}_lag": signal(group) for word, group in groups.items()}, "symptoms": [symptom(word) for word in groups]}, open(sys.argv[1], "w"))
P
}

start_sink() { # name; sets $sink to the URL of a mail provider that writes to $work/NAME.mails
    mkfifo "$work/$1.in"
    python3 "$here/mail_sink.py" "$work/$1.mails" <"$work/$1.in" >"$work/$1.port" 2>"$work/$1.err" &
    pids+=($!)
    exec {hold}>"$work/$1.in"
    wait_for 10 test -s "$work/$1.port" || return 1
    sink=http://127.0.0.1:$(cat "$work/$1.port")
}

start_silent() { # sets $silent to the URL of a source that takes the question and never answers
    python3 - "$work/silent.port" <<'P' &
import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(50)
open(sys.argv[1], "w").write(str(s.getsockname()[1]))
time.sleep(120)
P
    pids+=($!)
    wait_for 10 test -s "$work/silent.port" || return 1
    silent=http://127.0.0.1:$(cat "$work/silent.port")
}

[ -x "$nightbell" ] || skip "no program: set NIGHTBELL or give the build folder"
need python3
