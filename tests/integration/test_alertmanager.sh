#!/usr/bin/env bash
# The daemon beside a real Alertmanager: what fires stands there under our labels, through a kill -9 and while the source is down; what is silenced there is
# told nowhere else; and the operator's commands `notify test` and `outbox`. How alerts are grouped, muted and resolved: notify.sh.
. "$(dirname "$0")/servers.sh"
need prometheus promtool prometheus-alertmanager

start=$((($(date +%s) - 50 * 60) / 15 * 15)) # now: parcel-tracker slow since 5 min, archiver since 10

start_alertmanager() {
    alertmanager=http://127.0.0.1:$(free_port)
    prometheus-alertmanager --config.file="$source_root/examples/alertmanager.yml" --storage.path="$work/am" --web.listen-address="${alertmanager#http://}" \
        --cluster.listen-address= >"$work/am.log" 2>&1 &
    pids+=($!)
    wait_for 20 http_ok "$alertmanager/-/ready" || { cat "$work/am.log"; return 1; }
}

daemon() { # sets $victim
    "$nightbell" run -c "$work/config.yaml" >>"$work/told" 2>>"$work/log" &
    victim=$!
    pids+=($victim)
}

alerts() { # python expression over `alerts` (ours that fire, newest state), `ends` (seconds until each would end by itself)
    python3 - "$alertmanager" "$1" <<'P'
import datetime, json, sys, urllib.request
alerts = [a for a in json.load(urllib.request.urlopen(sys.argv[1] + "/api/v2/alerts", timeout=5)) if "incident_id" in a["labels"]]
now = datetime.datetime.now(datetime.timezone.utc)
ends = [(datetime.datetime.fromisoformat(a["endsAt"].replace("Z", "+00:00")) - now).total_seconds() for a in alerts]
groups = {a["labels"].get("group"): a for a in alerts}
sys.exit(not eval(sys.argv[2]))
P
}

kill_daemon() {
    kill -9 "$victim"
    wait "$victim" 2>/dev/null
    return 0
}

ok "a history up to now can be made" make_history "$work/tsdb" $start $((start + 5400))
ok "prometheus serves it" start_prometheus "$work/tsdb"
source_pid=${pids[-1]}
ok "an alertmanager" start_alertmanager
cat >"$work/config.yaml" <<Y
state: $work/state.db
interval: 5s
sources: {past: {url: "$prometheus", timeout: 3s}}
clusters: {prod: {match: {cluster: prod}}}
receivers: {oncall: [{alertmanager: {url: "$alertmanager", honour_silences: true}}, {stdout: {}}]}
route: {receiver: oncall}
Y
silence=$(python3 - "$alertmanager" <<'P'
import datetime, json, sys, urllib.request
at = lambda hours: (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).strftime("%FT%TZ")
body = {"matchers": [{"name": "group", "value": "arch.*", "isRegex": True}], "startsAt": at(0), "endsAt": at(2), "createdBy": "kim", "comment": "moving"}
q = urllib.request.Request(sys.argv[1] + "/api/v2/silences", json.dumps(body).encode(), {"Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(q, timeout=5))["silenceID"])
P
)
told() { grep -q "$1" "$work/told"; }
daemon
ok "what fires stands there" wait_for 40 alerts '{"archiver", "parcel-tracker"} <= set(groups)'
ok "under our labels, with what a reader needs" alerts 'all(a["labels"]["alertname"] == a["labels"]["symptom"] and a["labels"]["cluster"] == "prod" and len(a["labels"]["incident_id"]) == 16 and a["labels"]["role"] in ("root", "symptom", "impact", "single") and a["annotations"]["summary"] and a["annotations"]["description"] for a in alerts)'
ok "for some minutes only, if nobody says it again" alerts 'all(200 < e <= 301 for e in ends)'
ok "what is silenced there stands there, and is shown as such" wait_for 20 alerts 'groups["archiver"]["status"]["state"] == "suppressed"'
ok "what is not is told here too" wait_for 20 told 'parcel-tracker is falling behind'
ok "what is silenced there is not" sh -c '! grep -q "archiver is falling behind" "$1"' sh "$work/told"
ok "silence list: whose it is" sh -c '"$1" silence list -c "$2" | grep -q "^1 silence, in force, .*by kim in oncall/alertmanager/0: group=~\"arch.\*\" (moving)$"' sh "$nightbell" "$work/config.yaml"
ok "it can end" python3 -c 'import sys, urllib.request; urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="DELETE"), timeout=5)' "$alertmanager/api/v2/silence/$silence"
ok "what still fires is told then" wait_for 40 told 'archiver is falling behind'
kill_daemon
before=$(date -u +%FT%TZ)
daemon
ok "after a kill -9 the same alerts are told again" wait_for 40 alerts 'all(groups[g]["updatedAt"] > "'"$before"'" for g in ("archiver", "parcel-tracker")) and len(alerts) == len({a["fingerprint"] for a in alerts})'
kill -9 "$source_pid"
ok "source down: seen to be blind" wait_for 90 alerts '"CANNOT SEE" in groups["archiver"]["annotations"]["summary"]'
kill_daemon
before=$(date -u +%FT%TZ)
daemon
ok "restarted while the source is down: told all the same" wait_for 60 alerts 'groups["archiver"]["updatedAt"] > "'"$before"'" and min(ends) > 200'
kill_daemon

"$nightbell" notify test -c "$work/config.yaml" --dry-run >"$work/out" 2>&1
ok "notify test --dry-run prints the message" grep -q '"alertname":"notify-test"' "$work/out"
"$nightbell" notify test -c "$work/config.yaml" >"$work/out" 2>&1
ok "notify test says that it was taken" grep -qx 'oncall/alertmanager/0: sent' "$work/out"
sed "s,alertmanager: {url: [^}]*},webhook: {url: \"http://127.0.0.1:$(free_port)/\"}," "$work/config.yaml" >"$work/dead.yaml"
timeout 100 "$nightbell" notify test -c "$work/dead.yaml" >"$work/out" 2>&1
ok "notify test says by its exit code that nobody took it" test $? -eq 69

python3 - "$work/state.db" <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("INSERT INTO finding(id, time_ms, listed, json) VALUES(990, 1, 0, '{}')")
for at, status in ((991, "dead"), (992, "dead")):
    db.execute("INSERT INTO outbox(id, incident, destination, kind, revision, repeat_ms, created_ms, next_ms, attempts, finding_id, last_error, done_ms, status) "
               "VALUES(?, ?, 'oncall/webhook/0', 'open', 1, 0, 1000, 1000, 3, 990, 'HTTP 500', 2000, ?)", (at, f"{at:016x}", status))
db.commit()
P
outbox() { "$nightbell" outbox "$@" -c "$work/config.yaml" >"$work/out" 2>"$work/err"; }
listed() { outbox list && [ "$(cut -d' ' -f1,2 "$work/out" | paste -sd,)" = "$1" ]; }
ok "outbox list: what was given up" listed "991 dead,992 dead"
ok "outbox retry: queued again" outbox retry 991
ok "outbox drop: gone" outbox drop 992
ok "outbox list: what is left" listed "991 queued"
outbox drop 992
ok "outbox drop of what is not there is refused" test $? -eq 65
finish
