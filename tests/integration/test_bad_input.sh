#!/usr/bin/env bash
# What cannot work is refused in words, with the exit code that cli.h promises; what must go on goes on: a full disk, a reload with mistakes.
. "$(dirname "$0")/servers.sh"
need python3
export NO_COLOR=1

start=1767225600
from=$((start + 38 * 60)) until=$((start + 7500))

refuses() { # exit code, pattern that is said, arguments…
    local expected=$1 pattern=$2 found
    shift 2
    timeout 20 "${as[@]}" "$nightbell" "$@" >"$work/out" 2>"$work/err"
    found=$?
    [ $found -eq "$expected" ] && grep -Ehq -- "$pattern" "$work/err" "$work/out" && ! grep -Eq 'Sanitizer|runtime error' "$work/err" && return 0
    echo "  exit $found instead of $expected, or not said: $pattern"
    head -n 5 "$work/err" "$work/out"
    return 1
}

lines() { # how many stderr had
    [ "$(wc -l <"$work/err")" -eq "$1" ] || { cat "$work/err"; return 1; }
}

config() { # text on stdin; sets $c
    c=$work/case.yaml
    cat >"$c"
}

as=()

# ---- configuration ----
ok "no such configuration" refuses 78 "$work/none.yaml.*No such file" check -c "$work/none.yaml"
ok "in one line" lines 1
config <<<'sorces: {a: {url: "http://127.0.0.1:1"}}'
ok "a key that is none, with the place and the right one" refuses 78 'case.yaml:1:1: .*sorces.*did you mean.*sources' check -c "$c"
config <<<'interval: 15 parsecs'
ok "a unit that is none" refuses 78 'case.yaml:1:11: ' check -c "$c"
config <<<'overrides: [{symptom: consumer-falling-behind, params: {min_lag_time: 30MiB}}]'
ok "an override in the wrong unit" refuses 78 'case.yaml:1:.*min_lag_time' check -s builtin -c "$c"
config <<<'overrides: [{symptom: consumer-faling-behind, disable: true}]'
ok "an override of nothing" refuses 78 'case.yaml:1:.*did you mean.*consumer-falling-behind' check -s builtin -c "$c"
config <<'Y'
sorces: {}
interval: never
language: xx
Y
ok "all mistakes at once" refuses 78 'case.yaml:3:' check -c "$c"
config <<<'a: [b'
ok "no YAML" refuses 78 'case.yaml:.*not valid YAML' check -c "$c"

# ---- rules ----
cat >"$work/rules.yaml" <<'Y'
entities: {shop: {labels: [shop]}}
profiles: {p: {help: p, probe: [a]}}
signals: {load: {help: h, unit: ratio, entity: shop, bindings: [{profile: p, query: a}]}}
symptoms:
  - {id: low, entity: shop, title: {en: x, ko: x}, when: 'load > 80% and load < 20%', severity: info, effect: {en: x, ko: x}}
Y
ok "a condition that cannot hold" refuses 1 'rules.yaml:5:' lint "$work/rules.yaml"
ok "rules that are not there" refuses 78 "$work/none" check -s builtin -r "$work/none"

# ---- sources ----
ok "check of nobody: unknown" refuses 3 'refused|no connection|connect' check -s http://127.0.0.1:1
ok "backtest of nobody" refuses 69 'refused|no connection|connect' backtest -s http://127.0.0.1:1
ok "a recording that is not there" refuses 65 "$work/none.nbr" check -s "$work/none.nbr"
head -c 100000 /dev/urandom >"$work/noise.nbr"
ok "a server without its scheme" refuses 65 'localhost:9090: No such file.* http://HOST:PORT' check -s localhost:9090
ok "a folder" refuses 65 'no file that could be a recording' check -s "$work"
ok "a recording that is none" refuses 65 'noise.nbr' check -s "$work/noise.nbr"
python3 - "$source_root/tests/recordings/demo.nbr" "$work/hole.nbr" <<'P'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[8192:] = b"\xa5" * (len(data) - 8192)
open(sys.argv[2], "wb").write(data)
P
ok "a recording that was damaged" refuses 65 'hole.nbr: .*damaged' check -s "$work/hole.nbr"

# ---- state ----
state_case() { printf 'state: %s\nsources: {a: {url: "http://127.0.0.1:1"}}\nclusters: {c: {source: a}}\n' "$1" | config; }
sql() { python3 -c 'import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.executescript(sys.argv[2]); d.close()' "$@"; }

sql "$work/foreign.db" 'PRAGMA application_id = 7; CREATE TABLE songs(name TEXT)'
cp "$work/foreign.db" "$work/foreign.before"
state_case "$work/foreign.db"
ok "another program's database" refuses 65 'foreign.db' run -c "$c"
ok "it is left as it was" cmp "$work/foreign.db" "$work/foreign.before"

brief() { # a daemon that lives for two seconds
    NIGHTBELL_CLOCK=$from timeout 30 "$nightbell" run -c "$c" --until $((from + 60)) >"$work/out" 2>"$work/err"
}
state_case "$work/own.db"
ok "a daemon without a source lives" brief
sql "$work/own.db" 'PRAGMA user_version = 999'
ok "a newer version's database" refuses 65 'own.db.*newer|newer.*own.db' run -c "$c"
printf 'not a database at all, but long enough to be one %.0s' {1..50} >"$work/broken.db"
state_case "$work/broken.db"
ok "a corrupt database: the daemon lives" brief
ok "and says where it put the old one" grep -q "broken.db.corrupt-" "$work/err"
ok "which is there" test -e "$(compgen -G "$work/broken.db.corrupt-*")"
state_case "$work/no/such/folder.db"
ok "a folder that is not there" refuses 73 'no/such/folder.db' run -c "$c"
state_case "$work/busy.db"
python3 -c 'import fcntl, sys, time
f = open(sys.argv[1], "w"); fcntl.flock(f, fcntl.LOCK_EX); print("locked", flush=True); time.sleep(60)' "$work/busy.db.lock" >"$work/locked" &
pids+=($!)
wait_for 10 test -s "$work/locked"
ok "a second daemon on the same state" refuses 73 'busy.db is in use' run -c "$c"

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chmod 755 "$work"
    if "${as[@]}" test -x "$nightbell"; then
        mkdir "$work/closed" && chmod 755 "$work/closed"
        state_case "$work/closed/state.db" && chmod 644 "$c"
        ok "a folder that may not be written" refuses 73 'closed/state.db.*Permission denied' run -c "$c"
        chmod 600 "$c"
        ok "a configuration that may not be read" refuses 78 'case.yaml.*Permission denied' check -c "$c"
    else
        echo "SKIP another user cannot reach the program"
    fi
    as=()
fi

# ---- what goes on ----
if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null; then
    echo "SKIP no prometheus"
    finish
fi

daemon() { # name, state file; runs over the whole past
    configure "$1" "$2"
    NIGHTBELL_CLOCK=$from "$nightbell" run -c "$work/$1.yaml" --until $until 2>"$work/$1.log"
}

configure() { # name, state
    cat >"$work/$1.yaml" <<Y
state: $2
sources: {past: {url: "$prometheus"}}
receivers: {oncall: [{email_webhook: {url: "$sink", from: nightbell@example.org, to: [oncall@example.org]}}]}
route: {receiver: oncall}
Y
}

same_ends() { # name, once?: every incident of the calm run, ended as there; with "once" no mail twice
    python3 - "$work/calm.mails" "$work/$1.mails" "${2:-}" <<'P'
import json, sys
def read(path):
    ends, ids = {}, []
    for m in map(json.loads, open(path)):
        ends[m["id"].split(".")[1]] = m["text"].startswith("RESOLVED")
        ids.append(m["id"])
    return ends, ids
calm, other = read(sys.argv[1]), read(sys.argv[2])
twice = sorted({i for i in other[1] if other[1].count(i) > 1})
if calm[0] != other[0] or not calm[0] or (sys.argv[3] and twice):
    print(" ", calm[0], other[0], twice)
    sys.exit(1)
P
}

hup_often() { # name: HUP again and again, with a good file, a broken one and one whose state cannot be opened in turn, until the past is over
    local pid i=0
    configure "$1" "$work/$1.db"
    cp "$work/$1.yaml" "$work/$1.good"
    NIGHTBELL_CLOCK=$from "$nightbell" run -c "$work/$1.yaml" --until $until 2>"$work/$1.log" &
    pid=$!
    pids+=($pid)
    wait_for 20 grep -q watching "$work/$1.log"
    while kill -0 $pid 2>/dev/null; do
        case $((i % 3)) in
        0) echo 'interval: never' >"$work/$1.new" ;;
        1) cp "$work/$1.good" "$work/$1.new" ;;
        2) sed "s,^state: .*,state: $work/no/folder/$1.db," "$work/$1.good" >"$work/$1.new" ;;
        esac
        mv "$work/$1.new" "$work/$1.yaml"
        kill -HUP $pid 2>/dev/null
        i=$((i + 1))
        sleep 0.4
    done
    wait $pid || { tail -n 5 "$work/$1.log"; return 1; }
}

ok "a history can be made" make_history "$work/tsdb" $start $((start + 7800))
ok "prometheus serves it" start_prometheus "$work/tsdb"
ok "a sink for mails" start_sink calm
ok "a run on a good day" daemon calm "$work/calm.db"

ok "another sink" start_sink hup
ok "reloads in the middle" hup_often hup
ok "mistakes kept the old rules" grep -q 'old ones stay in force' "$work/hup.log"
ok "nor is a state taken that cannot be opened" grep -q 'state: .*/no/folder/hup.db' "$work/hup.log"
ok "a good file was taken" grep -q 'reloaded' "$work/hup.log"
ok "nothing was told twice or forgotten" same_ends hup once

if [ "$(id -u)" -eq 0 ] && mkdir "$work/small" && mount -t tmpfs -o size=384k none "$work/small" 2>/dev/null; then
    ok "a third sink" start_sink full
    ok "a run on a disk that becomes full" daemon full "$work/small/state.db"
    ok "the log says so" grep -q 'cannot be saved, alerts go on from memory' "$work/full.log"
    ok "and everything is told" same_ends full
else
    echo "SKIP no small disk can be mounted"
fi
finish
