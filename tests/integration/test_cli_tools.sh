#!/usr/bin/env bash
# What an operator types: check in every format, doctor, explain, history, completion; on the recording inside the program and, where there is one, a server.
. "$(dirname "$0")/servers.sh"
need python3
export NO_COLOR=1
incident=2026-11-22T22:10:00Z # in the middle of the demo's incident

lines() { [ "$(wc -l <"$work/out")" -eq "$1" ]; }

check() { code "$1" check -s builtin "${@:2}"; }

# ---- check ----
"$nightbell" check -s builtin --at "$incident" --format json >"$work/out"
worst=$(python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "nightbell.check/1"
order = ["info", "warning", "critical"]
print(max((order.index(f["severity"]) for f in d["findings"]), default=-1))' "$work/out")
ok "the recording shows an incident at that time" test "$worst" -ge 1
ok "check: its exit code is the worst severity" check "$worst" --at "$incident"
ok "check: text ends in the result" says out '^RESULT (warning|critical): [0-9]+ findings, [0-9]+ of [0-9]+ symptoms judged$'
ok "check --fail-on info: what is minor counts" check 1 --fail-on info
ok "check --fail-on critical: what is less does not count" check $((worst == 2 ? 2 : 0)) --at "$incident" --fail-on critical
ok "check: a source that does not answer is unknown" code 3 check -s http://127.0.0.1:1 --format json
ok "check: and still JSON" python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); sys.exit(d["result"] != "unknown")' "$work/out"

ok "check nagios: exit code" check "$worst" --at "$incident" --format nagios
ok "check nagios: one line with performance data" lines 1
ok "check nagios: shape" says out '^NIGHTBELL (WARNING|CRITICAL) - [^|]+ \| critical=[0-9]+;;0;0 warning=[0-9]+;0;;0 info=[0-9]+;;;0 judged=[0-9]+;;;0;[0-9]+ unreadable=0;;;0$'
ok "check nagios: no answer" code 3 check -s http://127.0.0.1:1 --format nagios
ok "check nagios: says unknown" says out '^NIGHTBELL UNKNOWN - '

ok "check github: exit code" check "$worst" --at "$incident" --format github
ok "check github: annotations" says out '^::(error|warning) title=[a-z-]+::'
ok "check github: at most ten of a kind" test "$(grep -c '^::notice' "$work/out")" -le 10

junit() { # file
    python3 - "$1" <<'P'
import sys, xml.etree.ElementTree as xml
root = xml.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites", root.tag
suites = list(root)
assert suites and all(s.tag == "testsuite" for s in suites)
for suite in suites:
    cases = list(suite)
    assert all(c.tag == "testcase" and c.get("name") and c.get("classname") and c.get("time") for c in cases)
    for attribute, tag in ("tests", None), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"):
        n = len([c for c in cases if tag is None or c.find(tag) is not None])
        assert int(suite.get(attribute)) == n, (attribute, suite.get(attribute), n)
    for c in cases:
        assert len(c) <= 1 and all(e.tag in ("failure", "error", "skipped", "system-out") for e in c), c.get("name")
        assert all(e.get("message") for e in c if e.tag != "system-out")
print(sum(int(s.get("failures")) for s in suites), sum(int(s.get("errors")) for s in suites))
P
}
ok "check junit: exit code" check "$worst" --at "$incident" --format junit
ok "check junit: well formed, numbers are right" junit "$work/out"
ok "check junit: findings are failures" test "$(junit "$work/out" | cut -d' ' -f1)" -ge 1
code 3 check -s http://127.0.0.1:1 --format junit
ok "check junit: no answer is an error" test "$(junit "$work/out")" = "0 1"
cat >"$work/t.yaml" <<'Y'
tests:
  - name: nothing is known & nobody is called
    input_series: [{series: 'members{group="a"}', values: '3x20'}]
    expect: [{from: 0s, to: 5m, quiet: true}]
  - name: a fault that is none
    input_series: [{series: 'members{group="a"}', values: '3x20'}]
    expect: [{at: 4m, symptom: group-stalled, state: firing}]
Y
echo 'tests: [{name: 1' >"$work/broken.yaml"
code 65 test -r "$source_root/rules" "$work/t.yaml" "$work/broken.yaml" --format junit
ok "test junit: counts, one that fails, a file that cannot be read" test "$(junit "$work/out")" = "1 1"

ok "check openmetrics: exit code" check "$worst" --at "$incident" --format openmetrics
ok "check openmetrics: ends as it must" test "$(tail -1 "$work/out")" = "# EOF"
ok "check openmetrics: result" says out "^nightbell_check_result $worst\$"
if command -v promtool >/dev/null; then
    ok "check openmetrics: promtool finds nothing" sh -c 'promtool check metrics <"$1" && ! promtool check metrics <"$1" 2>&1 | grep .' sh "$work/out"
fi

ok "check --symptom: one of them" check 0 --symptom partitions-offline --format json
ok "check --symptom: counts only it" python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); sys.exit(d["coverage"]["symptoms"] != 1)' "$work/out"
ok "check --symptom: unknown one" check 64 --symptom partitions-ofline
ok "check --symptom: says which was meant" says err 'did you mean "partitions-offline"'
ok "check --format: unknown one" check 64 --format jnit
ok "check --format: says which was meant" says err 'did you mean "junit"'
ok "check --fail-on: wrong word" check 64 --fail-on never
start_silent
began=$SECONDS
ok "check --timeout: unknown" code 3 check -s "$silent" --timeout 1s --format nagios
ok "check --timeout: in time" test $((SECONDS - began)) -le 4
ok "check --timeout: says so" says out '^NIGHTBELL UNKNOWN - not done within 1s$'
ok "check --timeout: a word is no time" check 64 --timeout soon

# ---- doctor ----
golden=$source_root/tests/golden/cli
same() { # golden file; NIGHTBELL_UPDATE=1 writes it
    if [ -n "${NIGHTBELL_UPDATE:-}" ]; then cp "$work/out" "$golden/$1"; fi
    diff -u "$golden/$1" "$work/out"
}
reduce() { # to, signals to take away…
    python3 - "$source_root/tests/recordings/demo.nbr" "$@" <<'P'
import shutil, sqlite3, sys
shutil.copy(sys.argv[1], sys.argv[2])
db = sqlite3.connect(sys.argv[2])
for name in sys.argv[3:]:
    db.execute("DELETE FROM chunk WHERE series IN (SELECT s.id FROM series s JOIN signal g ON g.id = s.signal WHERE g.name = ?)", (name,))
    db.execute("DELETE FROM series WHERE signal IN (SELECT id FROM signal WHERE name = ?)", (name,))
db.commit()
P
}

ok "doctor: something is blind" code 1 doctor -s builtin -r "$golden/rules.yaml" --suggest
ok "doctor: as expected" same doctor.txt
reduce "$work/less.nbr" consumer_lag host_cpu members
(cd "$work" && code 1 doctor -s less.nbr -r "$golden/rules.yaml" --verbose)
ok "doctor: on less, as expected" same doctor_less.txt
ok "doctor: all can be seen" code 0 doctor -s builtin -r "$source_root/tests/golden/cli/rules.yaml" -c "$golden/no_moon.yaml"
ok "doctor: a source that does not answer" code 3 doctor -s http://127.0.0.1:1
ok "doctor: says why" says out '^  does not answer: .*127\.0\.0\.1'
ok "doctor: no password is shown" code 3 doctor -s http://me:secret@127.0.0.1:1
ok "doctor: nowhere" sh -c '! grep -q secret "$1" "$2"' sh "$work/out" "$work/err"
"$nightbell" doctor -s "$work/less.nbr" --format json >"$work/out"
ok "doctor json: holds together" python3 - "$work/out" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "nightbell.doctor/1" and d["result"] == "blind"
(c,) = d["clusters"]
assert c["profiles"] is None and c["next"]
missing = {n for n, s in c["signals"].items() if s["state"] == "missing"}
assert {"consumer_lag", "host_cpu", "members"} <= missing
for kind in "symptoms", "causes":
    for name, one in c[kind].items():
        assert set(one["missing"]) <= missing, name
        assert bool(one["missing"]) == (one["state"] in ("blind", "partly")), (name, one)
assert c["symptoms"]["consumer-falling-behind"]["state"] == "blind"
assert all(o["symptoms"] + o["causes"] > 0 for o in c["next"])
P
if command -v prometheus >/dev/null && command -v promtool >/dev/null; then
    make_history "$work/tsdb" 1767225600 1767229200
    ok "doctor: a server" start_prometheus "$work/tsdb"
    ok "doctor: a server with little" code 1 doctor -s "$prometheus" --at 1767229000
    ok "doctor: its version" says out '^  answers: [0-9]+\.[0-9]+'
    ok "doctor: its exporter" says out '^  exporters  kafka_exporter '
    ok "doctor: what is bound is no longer missing" sh -c '! grep -q "missing  consumer_lag " "$1"' sh "$work/out"
    ok "doctor: what is not" says out 'blind    producer-send-rate-drop +lacks +send_rate'
    ok "doctor: what to install" says out '^  next       [a-z_]+ \(.*\): [0-9]+ signals; [0-9]+ more symptoms'

    # ---- history ----
    printf 'state: %s\nsources: {past: {url: "%s"}}\n' "$work/state.db" "$prometheus" >"$work/run.yaml"
    NIGHTBELL_CLOCK=1767227400 timeout 200 "$nightbell" run -c "$work/run.yaml" --until 1767229200 --events "$work/events" 2>"$work/log"
    ok "history: of a run" code 0 history -c "$work/run.yaml" --from 1767225600 --to 1767229300
    ok "history: what fired is there" says out '^2026-01-01T00:[0-9:]+Z  firing +[a-z]+ +[0-9a-f]{16}  parcel-tracker is falling behind'
    ok "history: in order of time" sort -c -k1,1 "$work/out"
    ok "history json: exit code" code 0 history --state "$work/state.db" --from 1767225600 --to 1767229300 --format json
    ok "history json: what fired is what the run told" python3 - "$work/out" "$work/events" <<'P'
import json, sys
kept, told = ({(e["time"], e["symptom"], *sorted(e["entity"].items())) for e in map(json.loads, open(f)) if e["event"] == "symptom" and e["state"] == "firing"}
              for f in sys.argv[1:])
sys.exit(not kept or not kept <= told)
P
    ok "history --symptom: only that" code 0 history --state "$work/state.db" --from 1767225600 --to 1767229300 --symptom consumer-falling-behind --format json
    ok "history --symptom: nothing else" sh -c '! grep -v "\"symptom\":\"consumer-falling-behind\"" "$1"' sh "$work/out"

    # ---- feedback, calibrate ----
    incident=$(python3 -c 'import json, sys; print([e["incident"] for e in map(json.loads, open(sys.argv[1])) if e["role"] in ("root", "single") and e["causes"]][0])' "$work/out")
    cause=$(python3 -c 'import json, sys; print([e["causes"][0]["id"] for e in map(json.loads, open(sys.argv[1])) if e["incident"] == sys.argv[2] and e["causes"]][0])' "$work/out" "$incident")
    hand() { local code=$1; shift; code "$code" "$@" --state "$work/state.db"; }
    ok "calibrate: nothing yet" hand 0 calibrate
    ok "calibrate: says so" says out '^nothing was answered yet'
    ok "feedback: what it was, by the first characters" hand 0 feedback "${incident:0:8}" other "$cause" --author kim --comment "seen in the logs"
    ok "feedback: says what it took" says out "^incident $incident, .*; it was $cause$"
    ok "feedback list" hand 0 feedback list
    ok "feedback list: who, what and why" says out "  $incident  it was $cause, says kim \(seen in the logs\)$"
    ok "history: shows it" hand 0 history --from 1767225600 --to 1767229300
    ok "history: with who speaks for the incident" says out "$incident  .*  \[it was $cause, says kim\]$"
    ok "history json: has it" hand 0 history --from 1767225600 --to 1767229300 --format json
    ok "history json: as an object" says out "\"feedback\":{\"verdict\":\"other\",\"cause\":\"$cause\",\"by\":\"kim\",\"comment\":\"seen in the logs\"}"
    ok "calibrate" hand 0 calibrate
    ok "calibrate: counts it" says out "^1 answers: 0 right, 0 wrong, 1 something else$"
    ok "calibrate: for that cause" says out "^cause $cause: it was it in 1 of 1 answers that know"
    ok "calibrate json" hand 0 calibrate "$cause" --format json
    ok "calibrate json: the same counts" python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "nightbell.calibration/1" and r["answers"] == {"right": 0, "wrong": 0, "other": 1} and r["causes"][0]["was"] == 1
assert r["evidence"] and all(e["cause"] == sys.argv[2] and not any(e["without"].values()) for e in r["evidence"])' "$work/out" "$cause"
    ok "feedback: no such cause" hand 64 feedback "$incident" other "${cause}x"
    ok "feedback: says which was meant" says err "did you mean \"$cause\""
    ok "feedback: no such incident" hand 65 feedback 0000ffff00001111 right
    ok "feedback: too short" hand 64 feedback "${incident:0:3}" right
    ok "feedback: no such word" hand 64 feedback "$incident" rigth
    ok "feedback: taken back" hand 0 feedback "$incident" none
    ok "feedback: once only" hand 65 feedback "$incident" none
    ok "history: of another time" code 0 history --state "$work/state.db" --from 1700000000 --to 1700000100
    ok "history: says that there was nothing" says out '^nothing was found'
    python3 - "$work/state.db" "$work/writing" <<'P' & # as the daemon does: holds the lock file, and commits again and again
import fcntl, sqlite3, sys, time
lock = open(sys.argv[1] + ".lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for _ in range(200):
    db.execute("BEGIN IMMEDIATE")
    db.execute("DELETE FROM finding")
    open(sys.argv[2], "w").write("now")
    time.sleep(0.3)
    db.execute("ROLLBACK")
    time.sleep(0.3)
P
    pids+=($!)
    ok "history: somebody writes" wait_for 10 test -s "$work/writing"
    ok "history: while the daemon runs" code 0 history --state "$work/state.db" --from 1767225600 --to 1767229300
    ok "history: what fired is still there" says out 'parcel-tracker is falling behind'
    ok "db check: while the daemon runs" code 0 db check -c "$work/run.yaml"
    ok "db check: what is in it" says out '^  [1-9][0-9]* states, [1-9][0-9]* findings in the history, 0 messages wait, 0 were given up$'
    ok "db backup: while the daemon runs" code 0 db backup -c "$work/run.yaml" -o "$work/copy.db"
    ok "db backup: has what fired" sh -c '"$1" history --state "$2" --from 1767225600 --to 1767229300 | grep -q "parcel-tracker is falling behind"' sh "$nightbell" "$work/copy.db"
fi

# ---- explain ----
explain() { (cd "$source_root" && code 0 explain -r tests/golden/cli/rules.yaml "$@"); }
ok "explain: a symptom" explain group-behind
ok "explain: as expected" same explain_symptom.txt
ok "explain: a cause" explain host-busy
ok "explain: as expected" same explain_cause.txt
ok "explain: in Korean" explain host-busy --lang ko
ok "explain: as expected" same explain_cause_ko.txt
ok "explain: a signal" explain consumer_lag
ok "explain: as expected" same explain_signal.txt
ok "explain: what is not there" code 65 explain consumer-faling-behind
ok "explain: says which was meant" says err 'did you mean "consumer-falling-behind"'
everything() { # each id that the list names can be explained
    local id
    "$nightbell" explain | awk '/^  /{print $1}' >"$work/ids"
    [ "$(wc -l <"$work/ids")" -gt 200 ] || return 1
    mapfile -t ids <"$work/ids"
    code 0 explain "${ids[@]}"
}
ok "explain: everything that it lists" everything

ok "history: no such file" code 65 history --state "$work/none.db"
ok "history: and none was made" test ! -e "$work/none.db"

# ---- config routes ----
cat >"$work/routes.yaml" <<'Y'
receivers: {oncall: [{stdout: {}}], quiet: [{stdout: {}}], lead: [{stdout: {}}]}
time_intervals: [{name: nights, time_intervals: [{times: [{start_time: "00:00", end_time: "06:00"}], location: Asia/Seoul}]}]
route:
  receiver: oncall
  severity_bypass: critical
  routes: [{match: {severity: critical}, receiver: lead, continue: true}, {matchers: ['group=~"batch-.*"', topic!=x], receiver: quiet, mute_time_intervals: [nights]}]
Y
routes() { code 0 config routes -c "$work/routes.yaml" "$@"; }
ok "config routes: the tree" routes
ok "config routes: every node" says out '^    {group=~"batch-.*",topic!="x"}  receiver: quiet  wait 30s, repeat 4h  muted: nights$'
ok "config routes: of an incident" routes group=batch-a severity=critical
ok "config routes: who is told" says out '^told: lead/stdout/0, quiet/stdout/0$'
ok "config routes: at a time" routes group=batch-a --at 2026-11-25T15:00:00Z
ok "config routes: what holds it" says out '^\*   {group.*\(held now: nights\)$'
ok "config routes: what no other takes" routes group=payments
ok "config routes: goes to the first" says out '^told: oncall/stdout/0$'
ok "config routes: no label" code 64 config routes -c "$work/routes.yaml" batch-a
ok "config routes: no severity" code 64 config routes -c "$work/routes.yaml" severity=inf
ok "config routes: says which was meant" says err 'did you mean "info"'
sed -i 's/topic!=x/topc!=x/' "$work/routes.yaml"
ok "config check: a label that no finding has" code 0 config check -c "$work/routes.yaml"
ok "config check: says where and which was meant" says out 'routes.yaml:6:[0-9]+: warning: no rule gives its findings a label "topc", did you mean "topic"'

# ---- completion ----
complete() { # words…: what bash offers for the last one
    bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nightbell; printf "%s\n" "${COMPREPLY[@]}"' bash "$work/bash" "$@" | sort | tr '\n' ' '
}
for shell in bash zsh fish; do
    ok "completion: $shell" code 0 completion $shell
    mv "$work/out" "$work/$shell"
done
ok "completion: bash understands it" bash -n "$work/bash"
if command -v zsh >/dev/null; then ok "completion: zsh understands it" zsh -n "$work/zsh"; fi
if command -v fish >/dev/null; then ok "completion: fish understands it" fish -n "$work/fish"; fi
ok "completion: no such shell" code 64 completion tcsh
"$nightbell" --help | awk '/^commands:/{on = 1; next} on && /^  /{print $1}' >"$work/commands"
ok "completion: there are commands" test "$(wc -l <"$work/commands")" -ge 14
ok "completion: bash offers all commands" test "$(complete nightbell '')" = "$( (cat "$work/commands"; echo --help; echo --version) | sort | tr '\n' ' ')"
offered() { # every command and option that --help names is in all three
    local command option bad=0
    while read -r command; do
        grep -q -- "-a $command " "$work/fish" && grep -q "'$command:" "$work/zsh" || { echo "$command is not offered"; bad=1; }
        for option in $("$nightbell" "$command" --help | grep -oE '^  (-.,|   ) --[a-z-]+' | grep -oE -- '--[a-z-]+'); do
            case " $(complete nightbell "$command" --) " in *" $option "*) ;; *) echo "bash: $command $option"; bad=1 ;; esac
            grep -q -- "from $command' -l ${option#--} " "$work/fish" || { echo "fish: $command $option"; bad=1; }
            awk -v c="    $command)" '$0 == c {on = 1} on {print} on && /;;$/ {exit}' "$work/zsh" | grep -qE -- "$option[['}]" || { echo "zsh: $command $option"; bad=1; }
        done
    done <"$work/commands"
    return $bad
}
ok "completion: every command and option of --help" offered
ok "completion: formats of a command" test "$(complete nightbell check --format '')" = "github json junit nagios openmetrics text "
ok "completion: values of an option" test "$(complete nightbell check --fail-on w)" = "warning "
ok "completion: verbs of a command" test "$(complete nightbell outbox re)" = "retry "

# ---- the state file by hand ----
ok "db check: no such file" code 65 db check --state "$work/none.db"
ok "db check: and none was made" test ! -e "$work/none.db"
ok "db check: another file" code 65 db check --state "$source_root/README.md"
ok "db backup: without a place" code 64 db backup --state "$work/none.db"
ok "db: nothing to do" code 64 db

# ---- the manual page ----
ok "man: exit code" code 0 man
mv "$work/out" "$work/nightbell.1"
ok "man: every command and option of --help, and no other" python3 - "$nightbell" "$work/nightbell.1" "$work/commands" <<'P'
import re, subprocess, sys
page = open(sys.argv[2]).read().replace("\\-", "-")
commands = open(sys.argv[3]).read().split()
parts = dict(re.findall(r'^\.SS "nightbell ([a-z]+)[^\n]*\n(.*?)(?=^\.S[SH])', page, re.S | re.M))
assert list(parts) == commands, set(parts) ^ set(commands)
options = re.findall(r"\\fB(--[a-z-]+)\\fR", re.search(r"^\.SH OPTIONS\n(.*?)^\.SH", page, re.S | re.M)[1])
known = set()
for command, part in parts.items():
    help = subprocess.run([sys.argv[1], command, "--help"], capture_output=True, text=True).stdout
    takes = set(re.findall(r"^  (?:-.,|   ) (--[a-z-]+)", help, re.M))
    assert takes and takes == set(re.findall(r"\\fB(--[a-z-]+)\\fR", part)), command
    known |= takes
assert known == set(options) and len(options) == len(set(options)), known ^ set(options)
P
ok "man: every exit code of the README" sh -c 'for c in $(sed -n "/^### Exit codes/,/^## /s/^| \([0-9][0-9]*\) |.*/\1/p" "$1"); do grep -qx "\\\\fB$c\\\\fR" "$2" || exit 1; done' sh "$source_root/README.md" "$work/nightbell.1"
if command -v groff >/dev/null; then
    ok "man: groff has nothing to say" test -z "$(groff -man -Tutf8 -Kutf8 -ww -z "$work/nightbell.1" 2>&1)"
fi
# ---- what is not there is no good news ----
ok "diagnose: an entity that is known" code 0 diagnose -s builtin group=inventory-updater
ok "diagnose: one that is not" code 3 diagnose -s builtin group=nobody
ok "diagnose: says so" says err 'nothing is known that has group=nobody$'
ok "diagnose: a label that nothing has" code 64 diagnose -s builtin grup=inventory-updater
ok "diagnose: which may be meant" says err 'diagnose: nothing has a label "grup", did you mean "group"\?$'
ok "backtest: a label that nothing has" code 64 backtest -s builtin grup=payments
ok "backtest: a time before the recording" code 64 backtest -s builtin --from 2020-01-01T00:00:00Z --to 2020-01-02T00:00:00Z
ok "backtest: says that the recording begins later" says err 'the recording begins after --to$'
ok "diagnose: a cluster that is not there" code 3 diagnose -s builtin --cluster nope
ok "diagnose: which there are" says err 'there is no cluster "nope"; there are: prod-a$'
ok "backtest: a cluster that is not there" code 65 backtest -s builtin --cluster nope --to 2026-11-22T21:35:00Z
ok "an empty value of an option is none" code 64 check --source=
echo "state: $work/none/state.db" >"$work/nowhere.yaml"
ok "run: no folder for the state" code 73 run -s builtin -c "$work/nowhere.yaml"
ok "run: says what to do" says err 'its folder must exist'

# ---- record, interrupted ----
interrupted() { # as soon as its file is there
    "$nightbell" record -s builtin -o "$work/half.nbr" >/dev/null &
    local writer=$!
    while [ ! -e "$work/half.nbr" ] && kill -0 $writer 2>/dev/null; do :; done
    kill -TERM $writer 2>/dev/null
    wait $writer
    [ ! -e "$work/half.nbr" ] || "$nightbell" record -s "$work/half.nbr" -o "$work/copy.nbr" # it was quicker: then it is whole
}
ok "record: interrupted, no half file is left" interrupted
ok "record: a line when it is done" code 0 record -s builtin -o "$work/whole.nbr"
ok "record: says what" says out '/whole.nbr: 52 min 15 s of prod-a$'

# ---- diagnose --alertmanager ----
body() { # value of a label, version
    printf '{"version":"%s","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"Late","consumergroup":"%s","instance":"exporter:9308"},%s}]}' \
        "$2" "$1" '"startsAt":"2026-11-22T21:44:10Z","endsAt":"0001-01-01T00:00:00Z"'
}
asked() { body "$1" 4 | "$nightbell" diagnose -s builtin --alertmanager - "${@:2}" >"$work/out" 2>"$work/err"; }
ok "diagnose --alertmanager: answers" asked inventory-updater
ok "diagnose --alertmanager: says what the alert is about, by our names" says out '^alert Late, firing since 2026-11-22T21:44:10Z about group=inventory-updater$'
ok "diagnose --alertmanager: about that, at its time" says out '^WARNING · inventory-updater is falling behind'
ok "diagnose --alertmanager: JSON is of that only" asked inventory-updater --format json
ok "diagnose --alertmanager: each finding is about it" python3 -c 'import json, sys; fs = [json.loads(x) for x in open(sys.argv[1])]; sys.exit(not fs or any(dict(f["entity"])["group"] != "inventory-updater" for f in fs))' "$work/out"
ok "diagnose --alertmanager: a name that nothing has" asked nobody
ok "diagnose --alertmanager: is said so" says out 'nothing is called .*group=nobody.* here: all of prod-a is looked at$'
broker='{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"Down","instance":"kafka-3:7071"},"startsAt":"2026-11-22T22:01:00Z"}]}'
asked_broker() { echo "$broker" | "$nightbell" diagnose -s builtin --alertmanager - >"$work/out" 2>"$work/err"; }
ok "diagnose --alertmanager: a broker by its address" asked_broker
ok "diagnose --alertmanager: named once, though several rules tell its name" says out '^alert Down, firing since 2026-11-22T22:01:00Z about broker=kafka-3, host=kafka-3$'
body inventory-updater 3 >"$work/body"
ok "diagnose --alertmanager: another version is refused" code 65 diagnose -s builtin --alertmanager "$work/body"
ok "diagnose --alertmanager: with the reason" says err 'version "3" of a webhook'

finish
