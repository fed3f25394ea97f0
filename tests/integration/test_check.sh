#!/usr/bin/env bash
# check in pipelines: what is known already, what is unknown, asking again, and whom it tells: a watchdog and a real Pushgateway.
. "$(dirname "$0")/servers.sh"
export NO_COLOR=1
incident=2026-11-22T21:46:45Z later=2026-11-22T21:50:00Z

rules=$source_root/tests/golden/cli/rules.yaml # three symptoms: what is tried here is not the rules
check() { code "$1" check -s builtin -r "$rules" "${@:2}"; }
unanswered=http://127.0.0.1:1

# ---- what is known ----
ok "save: exit code is that of the check" check 1 --at $incident --save "$work/before.json"
ok "save: nothing else is left there" test "$(cd "$work" && echo before.json*)" = before.json
ok "baseline: what is known does not fail" check 0 --at $incident --baseline "$work/before.json"
ok "baseline: but is said" says out '^known since 2026-11-22T21:46:45Z:$'
ok "baseline: result" says out '^RESULT ok: ([0-9]+) findings, \1 of them known, 0 gone since, '
ok "baseline: what is new fails" check 1 --at $later --baseline "$work/before.json" --format json
ok "baseline: what is known and what is new add up" python3 - "$work/before.json" "$work/out" <<'P'
import json, sys
before, now = (json.load(open(f)) for f in sys.argv[1:])
key = lambda f: (f["symptom"], f["cluster"], *sorted(f["entity"].items()))
order = ["info", "warning", "critical"]
old = {key(f): order.index(f["severity"]) for f in before["findings"]}
for f in now["findings"]:
    assert f["known"] == (key(f) in old and order.index(f["severity"]) <= old[key(f)]), f["symptom"]
assert now["baseline"]["known"] == sum(f["known"] for f in now["findings"]) > 0
assert now["baseline"]["gone"] == len(old.keys() - {key(f) for f in now["findings"]}) > 0
assert now["clusters"] == before["clusters"] and now["clusters"]
P
ok "baseline: nagios counts only what is new" check 0 --at $incident --baseline "$work/before.json" --format nagios
ok "baseline: nagios says so" says out '^NIGHTBELL OK - nothing new fires, .* critical=0;;0;0 warning=0;0;;0 info=0;.* known=[1-9][0-9]*;;;0$'
ok "baseline: github has notices only" check 0 --at $incident --baseline "$work/before.json" --format github
ok "baseline: no warning there" sh -c '! grep -E "^::(warning|error)" "$1"' sh "$work/out"
ok "baseline: junit has no failure" sh -c '"$1" check -s builtin -r "$4" --at "$2" --baseline "$3" --format junit | grep -q "failures=\"0\""' sh "$nightbell" $incident "$work/before.json" "$rules"
sed 's/"severity": "warning"/"severity": "info"/' "$work/before.json" >"$work/milder.json"
ok "baseline: what became more severe fails" check 1 --at $incident --baseline "$work/milder.json"
sed '/"clusters"/,/]/s/"prod-a"/"elsewhere"/' "$work/before.json" >"$work/other.json"
ok "baseline: of another cluster is refused" check 65 --at $incident --baseline "$work/other.json"
ok "baseline: says of which" says err 'other clusters \(elsewhere\)'
ok "baseline: of another cluster that is there too, by its name" check 65 --at $incident --baseline "$work/other.json" --cluster prod-a
sed 's/"symptom": "group-behind"/"symptom": "no-such-rule"/' "$work/before.json" >"$work/ruleless.json"
ok "baseline: what can no longer be judged is not gone" check 0 --at $later --baseline "$work/ruleless.json" --unknown ok --fail-on critical
ok "baseline: but out of sight" says out ' gone since, [1-9][0-9]* out of sight, '
ok "baseline: what is not asked for is neither" check 0 --symptom moonstruck --baseline "$work/before.json" --unknown ok
ok "baseline: no word of it" says out '^RESULT [a-z]+: 0 findings, 0 of them known, 0 gone since, [0-9]+ of [0-9]+ symptoms'
ok "baseline: without an answer nothing is gone" code 3 check -r "$rules" -s $unanswered --baseline "$work/before.json" --format json
ok "baseline: all is out of sight" python3 -c 'import json, sys; b = json.load(open(sys.argv[1]))["baseline"]; sys.exit(b["gone"] != 0 or b["unseen"] == 0)' "$work/out"
ok "baseline: no such file" check 65 --baseline "$work/none.json"
ok "baseline: another file" check 65 --baseline "$source_root/README.md"
cp "$work/before.json" "$work/kept.json"
ok "save: without an answer" code 3 check -r "$rules" -s $unanswered --save "$work/kept.json"
ok "save: the old file stays" cmp "$work/before.json" "$work/kept.json"
ok "save: where nothing can be written" check 73 --save "$work/none/x.json"
mkdir "$work/folder"
ok "save: a folder is no file" check 73 --save "$work/folder"
ok "save: nothing half is left" test ! -e "$work/folder.new"

# ---- what is unknown ----
ok "unknown ok: passes" code 0 check -r "$rules" -s $unanswered --unknown ok
ok "unknown ok: is still called unknown" says out '^RESULT unknown: '
ok "unknown ok: a skipped case" code 0 check -r "$rules" -s $unanswered --unknown ok --format junit
ok "unknown ok: no error in it" says out 'errors="0" skipped="1"'
ok "unknown fail: fails" code 2 check -r "$rules" -s $unanswered --unknown fail --format nagios
ok "unknown fail: word and exit code agree" says out '^NIGHTBELL CRITICAL - unknown: '
ok "unknown: wrong word" check 64 --unknown maybe
ok "unknown: nothing there at that time" check 3 --at 2026-11-20T00:00:00Z
ok "unknown: is one line, not a list of all" says out '^prod-a: nothing can be judged: what the rules read is not there at that time'
ok "cluster: one that is not there is unknown" check 3 --cluster prod-b
ok "cluster: says which was meant" says out '^RESULT unknown: there is no cluster "prod-b", did you mean "prod-a"\?$'

# ---- again, and later ----
printf 'interval: 1s\n' >"$work/fast.yaml"
began=$SECONDS
ok "retries: in the end unknown" code 3 check -r "$rules" -c "$work/fast.yaml" -s $unanswered --retries 2
ok "retries: so often" test "$(grep -c "^nightbell: $unanswered" "$work/err")" -eq 3
ok "retries: an interval apart" test $((SECONDS - began)) -ge 2
ok "retries: not of a recording" sh -c 'timeout 20 "$1" check -s builtin -r "$2" --cluster prod-b --retries 50 >/dev/null; [ $? -eq 3 ]' sh "$nightbell" "$rules"
ok "retries: no number" check 64 --retries often
began=$SECONDS
ok "settle: waits" check 0 --settle 2s
ok "settle: so long" test $((SECONDS - began)) -ge 2
ok "settle: not in the past" check 64 --settle 1m --at $incident
ok "settle: a word is no time" check 64 --settle soon

# ---- a watchdog ----
python3 "$here/hook_sink.py" "$work/beats" >"$work/port" &
pids+=($!)
wait_for 10 test -s "$work/port"
watchdog=http://127.0.0.1:$(cat "$work/port")
ok "heartbeat: well" check 0 --heartbeat-url "$watchdog/secret"
ok "heartbeat: a warning is no failure of the run" check 1 --at $incident --heartbeat-url "$watchdog/secret"
printf '%s\n' "$watchdog/secret" >"$work/url"
chmod 600 "$work/url"
ok "heartbeat: unknown, the address from a file" code 3 check -r "$rules" -s $unanswered --heartbeat-url "@$work/url"
cut -f1 "$work/beats" | tr '\n' ' ' >"$work/paths"
ok "heartbeat: what was told, in order" test "$(cat "$work/paths")" = "/secret /secret /secret/fail "
ok "heartbeat: the result in words" sh -c 'tail -1 "$1" | cut -f2 | grep -q "^RESULT unknown: "' sh "$work/beats"
ok "heartbeat: one that is not there changes nothing" check 1 --at $incident --heartbeat-url $unanswered/secret
ok "heartbeat: is said without its path" sh -c 'grep -q heartbeat-url "$1" && ! grep -q secret "$1"' sh "$work/err"
start_silent
began=$SECONDS
ok "timeout: in the end unknown, which may pass" code 0 check -r "$rules" -s "$silent" --timeout 1s --unknown ok --heartbeat-url "$watchdog/late/?run=1"
ok "timeout: in time" test $((SECONDS - began)) -le 4
ok "timeout: the watchdog hears of it" grep -q '^/late/?run=1.RESULT unknown: not done within 1s$' "$work/beats"
ok "timeout: a failure is told as one" code 3 check -r "$rules" -s "$silent" --timeout 1s --heartbeat-url "$watchdog/late/?run=1"
ok "timeout: before what the address asks" grep -q '^/late/fail?run=1.RESULT unknown: ' "$work/beats"
ok "timeout: nothing is left running" sh -c '! pgrep -f -- "[-]s $1 --timeout" >/dev/null' sh "$silent"
ok "timeout: time enough" check 1 --at $incident --timeout 100s
ok "timeout: the worker's words are the result" says out '^RESULT warning: '
chmod 644 "$work/url"
ok "heartbeat: a secret that everybody reads is refused" check 1 --at $incident --heartbeat-url "@$work/url"
ok "heartbeat: and said to be" says err '^nightbell: --heartbeat-url: .*url'

# ---- a Pushgateway ----
ok "pushgateway: one that is not there" check 69 --pushgateway $unanswered
ok "pushgateway: hides nothing" check 1 --at $incident --pushgateway $unanswered
if ! command -v prometheus-pushgateway >/dev/null; then
    echo "SKIP pushgateway: prometheus-pushgateway is not here"
    finish
fi
gateway=http://127.0.0.1:$(free_port)
prometheus-pushgateway --web.listen-address="${gateway#http://}" >"$work/gateway.log" 2>&1 &
pids+=($!)
ok "pushgateway: starts" wait_for 20 http_ok "$gateway/-/ready"
held() { python3 -c 'import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1] + "/metrics", timeout=5).read().decode())' "$gateway" | grep '^nightbell_check' >"$work/held"; }
ok "pushgateway: takes it" check 1 --at $incident --pushgateway "$gateway/"
held
ok "pushgateway: the result" grep -q '^nightbell_check_result{instance="",job="nightbell_check"} 1$' "$work/held"
ok "pushgateway: the findings" test "$(grep -c '^nightbell_check_finding{' "$work/held")" -eq "$("$nightbell" check -s builtin -r "$rules" --at $incident --format openmetrics | grep -c '^nightbell_check_finding{')"
ok "pushgateway: what is over goes away" check 0 --pushgateway "$gateway"
held
ok "pushgateway: nothing fires there now" sh -c 'grep -q "^nightbell_check_result.* 0$" "$1" && ! grep -q "^nightbell_check_finding{" "$1"' sh "$work/held"
ok "pushgateway: a cluster is a group of its own" check 1 --at $incident --cluster prod-a --pushgateway "$gateway"
held
ok "pushgateway: by its name" grep -q '^nightbell_check_result{cluster="prod-a",instance="",job="nightbell_check"} 1$' "$work/held"
ok "pushgateway: no answer is pushed too" code 3 check -r "$rules" -s $unanswered --pushgateway "$gateway"
held
ok "pushgateway: as unknown" grep -q '^nightbell_check_result{instance="",job="nightbell_check"} 3$' "$work/held"
ok "pushgateway: too late is pushed too" code 2 check -r "$rules" -s "$silent" --timeout 1s --unknown fail --cluster late --pushgateway "$gateway"
held
ok "pushgateway: as unknown, in the cluster's group" grep -q '^nightbell_check_result{cluster="late",instance="",job="nightbell_check"} 3$' "$work/held"
if command -v promtool >/dev/null; then
    "$nightbell" check -s builtin -r "$rules" --at $incident --baseline "$work/before.json" --format openmetrics >"$work/metrics"
    ok "promtool finds nothing" sh -c '[ -z "$(promtool check metrics <"$1" 2>&1)" ]' sh "$work/metrics"
fi
finish
