#!/usr/bin/env bash
# Live and backtest give the same events on the same data: a made-up history and, where there is one, a recording of a real system.
. "$(dirname "$0")/servers.sh"
need prometheus promtool

start=1767225600 # 2026-01-01
end=$((start + 5400))

differences() { # two files of events: where they differ, however deep
    python3 - "$@" <<'P'
import itertools, json, sys
left, right = ([json.loads(line) for line in open(path)] for path in sys.argv[1:])
def differ(a, b, path):
    if isinstance(a, dict) and isinstance(b, dict):
        for k in {**a, **b}:
            yield from differ(a.get(k), b.get(k), f"{path}.{k}")
    elif isinstance(a, list) and isinstance(b, list):
        for i, (x, y) in enumerate(itertools.zip_longest(a, b)):
            yield from differ(x, y, f"{path}[{i}]")
    elif a != b:
        yield f"  {path}: {a!r} | {b!r}"
told = [line for n, (a, b) in enumerate(itertools.zip_longest(left, right, fillvalue={}), 1)
        for line in differ(a, b, f"line {n} {a.get('time')} {a.get('symptom')}")]
print(*told[:12], sep="\n")
P
}

compare() { # name, from, to
    "$nightbell" backtest -s "$prometheus" --from "$2" --to "$3" --format jsonl >"$work/$1.backtest" || return 1
    printf 'state: %s\nsources: {past: {url: "%s"}}\n' "$work/$1.db" "$prometheus" >"$work/$1.yaml"
    NIGHTBELL_CLOCK=$2 timeout 280 "$nightbell" run -c "$work/$1.yaml" --until "$3" --events "$work/$1.run" 2>"$work/$1.log" ||
        { cat "$work/$1.log"; return 1; }
    cmp "$work/$1.backtest" "$work/$1.run" || { differences "$work/$1.backtest" "$work/$1.run"; tail -n 5 "$work/$1.log"; return 1; }
}

has() { # file, symptom, entity's value, states in order…
    python3 - "$@" <<'P'
import json, sys
path, symptom, value, *wanted = sys.argv[1:]
seen = [e["state"] for e in map(json.loads, open(path)) if e["event"] == "symptom" and e["symptom"] == symptom and value in e["entity"].values()]
i = 0
for state in seen:
    i += i < len(wanted) and state == wanted[i]
if i < len(wanted):
    print(f"{symptom} of {value}: {seen}")
    sys.exit(1)
P
}

only() { # file, values…: whatever fired is about one of these
    python3 - "$@" <<'P'
import json, sys
path, *values = sys.argv[1:]
wrong = {(e["symptom"], *e["entity"].values()) for e in map(json.loads, open(path)) if e["event"] == "symptom" and e["state"] == "firing" and not set(values) & set(e["entity"].values())}
if wrong:
    print("rang too:", *wrong)
    sys.exit(1)
P
}

ok "a history can be made" make_history "$work/tsdb" $start $end daily
ok "prometheus serves it" start_prometheus "$work/tsdb"
ok "made-up history: live is backtest" compare history $((start + 1800)) $end
events=$work/history.backtest
ok "the slow group is found and resolved" has "$events" consumer-falling-behind parcel-tracker firing resolved
ok "the stopped group is found and resolved" has "$events" consumer-falling-behind invoice-renderer firing resolved
ok "the drop of input is found and resolved" has "$events" consumer-input-drop welcome-mails firing resolved
ok "nothing else rings" only "$events" archiver archives parcel-tracker parcels invoice-renderer invoices welcome-mails signups
ok "so it was every day at this time" test "$(grep -c night-report "$events")" -eq 0
"$nightbell" check -s "$prometheus" --at $((start + 53 * 60)) >"$work/check"
ok "check says so by its exit code" test $? -eq 1

recordings=${NIGHTBELL_RECORDINGS:-$source_root/../shared/recordings}
archive=$recordings/dev/tsdb.tar.zst
if [ -e "$archive" ] && command -v zstd >/dev/null; then
    span=$(python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(-(-d["start"] // 15) * 15, d["end"])' "$recordings/dev/labels.json")
    mkdir "$work/dev"
    tar --zstd -xf "$archive" -C "$work/dev"
    ok "prometheus serves the recording" start_prometheus "$work/dev"
    # shellcheck disable=SC2086
    ok "recording: live is backtest" compare dev $span
    ok "recording: something was found" grep -q '"state":"firing"' "$work/dev.backtest"
else
    echo "SKIP no recording in $recordings"
fi
finish
