#!/usr/bin/env bash
# VictoriaMetrics instead of Prometheus: the same series give the same findings.
. "$(dirname "$0")/servers.sh"
need prometheus promtool victoria-metrics

start=1767225600
from=$((start + 1800)) to=$((start + 5400))

start_victoria() { # sets $victoria
    local port
    port=$(free_port)
    victoria-metrics -storageDataPath="$work/victoria" -httpListenAddr=127.0.0.1:"$port" -retentionPeriod=100y -search.latencyOffset=0s -search.disableCache \
        >"$work/victoria.log" 2>&1 &
    pids+=($!)
    victoria=http://127.0.0.1:$port
    wait_for 20 http_ok "$victoria/health"
}

import_history() { # OpenMetrics has seconds, the import API milliseconds
    python3 - "$work/history.txt" "$victoria" <<'P'
import sys, urllib.request
lines = []
for line in open(sys.argv[1]):
    if not line.startswith("#"):
        head, at = line.rsplit(" ", 1)
        lines.append(f"{head} {int(at) * 1000}\n")
urllib.request.urlopen(sys.argv[2] + "/api/v1/import/prometheus", "".join(lines).encode(), timeout=60).read()
urllib.request.urlopen(sys.argv[2] + "/internal/force_flush", timeout=60).read()
P
}

fired() { # url, file: what fired when, to half a minute
    "$nightbell" backtest -s "$1" --from $from --to $to --format jsonl >"$2.jsonl" 2>"$2.err" || { cat "$2.err"; return 1; }
    python3 - "$2.jsonl" >"$2" <<'P'
import json, sys
for e in map(json.loads, open(sys.argv[1])):
    if e["event"] == "symptom" and e["state"] in ("firing", "resolved") and e["severity"] != "info":
        print(e["symptom"], *e["entity"].values(), e["state"], e["time"])
P
}

alike() { # the same findings in the same order of each, at most a minute apart: both servers count the edges of a rate differently
    python3 - "$work/prometheus.fired" "$work/victoria.fired" <<'P'
import sys
def read(path):
    first = {}
    for line in open(path):
        *what, at = line.split()
        first.setdefault(tuple(what), int(at))
    return first
a, b = read(sys.argv[1]), read(sys.argv[2])
apart = {k: (a.get(k), b.get(k)) for k in set(a) | set(b) if k not in a or k not in b or abs(a[k] - b[k]) > 60}
if not a or apart:
    print(" ", apart or "nothing fired")
    sys.exit(1)
P
}

ok "a history can be made" make_history "$work/tsdb" $start $to daily
ok "prometheus serves it" start_prometheus "$work/tsdb"
ok "victoria-metrics starts" start_victoria
ok "it takes the history" import_history
ok "backtest on prometheus" fired "$prometheus" "$work/prometheus.fired"
ok "backtest on victoria-metrics" fired "$victoria" "$work/victoria.fired"
ok "the same fires" alike
"$nightbell" check -s "$victoria" --at $((start + 53 * 60)) >"$work/check" 2>&1
ok "check says so by its exit code" test $? -eq 1
ok "and names the group" grep -q 'parcel-tracker' "$work/check"
finish
