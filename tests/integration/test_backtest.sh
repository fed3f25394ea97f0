#!/usr/bin/env bash
# backtest asked other questions: how noisy are the rules, what would others have done, why did this ring. On the recording inside the program.
. "$(dirname "$0")/servers.sh"
export NO_COLOR=1
rules=$source_root/tests/golden/cli/rules.yaml
backtest() { code "$1" backtest -s builtin -r "$rules" "${@:2}"; }
ok "the timeline" backtest 0 --format jsonl
cp "$work/out" "$work/events"

# ---- noise ----
ok "noise: exit code" backtest 0 --noise
ok "noise: a row a symptom" says out '^group-behind +[1-9][0-9]* +[0-9.,]+ +[0-9]+ % '
ok "noise: what is blind is not called quiet" says out '^2 symptoms never fired; 2 of them because they could not be judged'
ok "noise: a short time is said to be one" says out 'too short a time'
ok "noise json: exit code" backtest 0 --noise --format json
ok "noise json: what the timeline has" python3 - "$work/out" "$work/events" <<'P'
import json, statistics, sys
d, events = json.load(open(sys.argv[1])), [json.loads(l) for l in open(sys.argv[2])]
assert d["schema"] == "nightbell.noise/1" and d["silent"] == d["blind"] == 2
fires, lengths, firings, who = {}, [], 0, set()
for e in events:
    if e["event"] != "symptom":
        continue
    key = (e["symptom"], *sorted(e["entity"].items()))
    if e["state"] == "firing" and key not in fires:
        fires[key] = e["time"]
        firings += 1
        who.add(key)
    elif e["state"] == "resolved" and key in fires:
        lengths.append(e["time"] - fires.pop(key))
(row,) = d["symptoms"]
assert row["firings"] == d["all"]["firings"] == firings and row["entities"] == len(who) and row["ended"] == len(lengths)
assert row["under_5m"] == sum(l < 300 for l in lengths) and row["median_s"] == statistics.median(lengths)
week = (d["to"] - d["from"]) / (7 * 86400)
assert abs(row["per_week"] * week - firings) < 1e-6
opened = {e["incident"] for e in events if e["event"] == "symptom" and e["state"] == "firing" and e["severity"] != "info"}
assert row["pages"] == len(opened) and abs(row["pages_per_shift"] * week * 21 - len(opened)) < 1e-6
P
ok "noise: one symptom that is blind" backtest 0 --noise --symptom moonstruck
ok "noise: says so" says out '^1 symptoms never fired; 1 of them because'

# ---- other rules ----
ok "diff: the same rules" backtest 0 --diff "$rules"
ok "diff: are the same" says out '^RESULT same: 0 more, 0 less, 0 earlier, 0 later, 0 of another cause, 0 of another severity, [1-9][0-9]* the same$'
sed 's/for: 1m$/for: 3m/; s/id: moonstruck/id: moonsick/; s/severity: warning$/severity: info/; s/max(members) < 2/max(members) < 0/' "$rules" >"$work/other.yaml"
ok "diff: other rules" backtest 1 --diff "$work/other.yaml"
ok "diff: what rings later" says out '^[0-9TZ:-]+  later +warning +.* \[group-behind\]  \(by 2 min; .*severity warning -> info\)$'
ok "diff: what no longer rings" says out '^[0-9TZ:-]+  less +warning +.* \[group-behind\]  \(for [0-9]'
ok "diff: another cause" says out 'cause readers-left -> '
ok "diff: symptoms of one side" says out '^only in .*other\.yaml: moonsick$'
ok "diff: and of the other" says out '^only in the rules now: moonstruck$'
ok "diff json: exit code" backtest 1 --diff "$work/other.yaml" --format json
ok "diff json: adds up" python3 - "$work/out" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "nightbell.diff/1"
c, rows = d["counts"], d["differences"]
assert c["less"] == sum(r["other"] is None for r in rows) > 0 and c["more"] == sum(r["now"] is None for r in rows) == 0
both = [r for r in rows if r["now"] and r["other"]]
assert c["later"] == sum(r["other"]["fired"] > r["now"]["fired"] for r in both) > 0 and c["earlier"] == 0
assert all(r["later_by"] == r["other"]["fired"] - r["now"]["fired"] for r in both)
assert c["severity"] == sum(r["other"]["severity"] != r["now"]["severity"] for r in both) > 0
assert c["cause"] == sum(r["other"]["cause"] != r["now"]["cause"] for r in both)
assert d["now"]["firings"] == c["same"] + len(both) + c["less"] and d["other"]["firings"] == c["same"] + len(both) + c["more"]
assert d["now"]["lacks"] == ["moonsick"] and d["other"]["lacks"] == ["moonstruck"] and d["now"]["judged"] == d["other"]["judged"] == 1
P
ok "diff: the other way round" code 1 backtest -s builtin -r "$work/other.yaml" --diff "$rules"
ok "diff: what rings earlier" says out '^[0-9TZ:-]+  earlier +info .*\(by 2 min'
ok "diff: what rings anew" says out '^[0-9TZ:-]+  more +warning '
ok "diff: rules that are not there" backtest 78 --diff "$work/none.yaml"

# ---- why ----
fired=$(python3 -c '
import json, sys
e = next(e for e in map(json.loads, open(sys.argv[1])) if e["event"] == "symptom" and e["state"] == "firing")
print(e["time"], e["entity"]["group"])' "$work/events")
read -r time group <<<"$fired"
ok "explain: exit code" backtest 0 --explain "$time" group="$group"
ok "explain: who and since when" says out "^group-behind  group=$group topic=[a-z-]+  \\(prod-a\\)\$"
ok "explain: the condition with its values" says out '^    true      consumer_lag > \$min_lag   \([0-9,.]+ records against 1,000 records\)$'
ok "explain: evidence" says out '^      (true|false|unknown) .*max\(host_cpu\) > 90%   \([0-9.]+ %\)$'
ok "explain: what is unknown stays so" says out '^      unknown +max\(moonlight\) > 50%   \(unknown\)$'
ok "explain: nobody else" sh -c '! grep "^group-behind" "$1" | grep -v "group=$2 "' sh "$work/out" "$group"
ok "explain json: exit code" backtest 0 --explain "$time" --format json
ok "explain json: what fires has a condition that holds, piece by piece" python3 - "$work/out" "$time" "$group" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "nightbell.explanation/1" and d["time"] == int(sys.argv[2]) and d["coverage"] == {"symptoms": 3, "judged": 1}
(one,) = [f for f in d["findings"] if f["entity"]["group"] == sys.argv[3]]
assert one["state"] == "firing" and one["fired"] == d["time"] and one["onset"] < one["held_since"] < one["fired"]
def walk(c):
    values = [p for p in c["parts"] if "value" in p]
    assert len(values) in (0, 2)
    if values and " > " in c["text"]:
        a, b = (p["value"] for p in values)
        assert c["holds"] == (None if a is None or b is None else a > b), c
    elif " and " in c["text"] and not values:
        assert c["holds"] == all(p["holds"] for p in c["parts"]), c
    for p in c["parts"]:
        if "holds" in p:
            walk(p)
walk(one["fires_when"])
assert one["fires_when"]["holds"] is True and one["clears_when"]["holds"] is False
for cause in one["causes"]:
    total = 0
    for e in cause["evidence"]:
        walk(e)
        if e["counted"] and e["holds"] is not None:
            total += e["db"] if e["holds"] else e["else_db"]
    assert abs(total - cause["score_db"]) < 1e-9, cause
P
ok "explain: why it did not ring" backtest 0 --explain $((time - 600)) --symptom group-behind group="$group"
ok "explain: it was quiet" says out '^  inactive$'
ok "explain: what did not hold" says out '^    false '
ok "explain: a time that nobody saw is not well" backtest 3 --explain 2030-01-01T00:00:00Z
ok "explain: says that nothing could be judged" says out '\(0 of 3 symptoms could be judged\)'

# ---- wrong use ----
ok "two questions at once" backtest 64 --noise --explain now
ok "a form that the timeline does not have" backtest 64 --format json
ok "says which it has" says err 'text or jsonl$'
ok "a word that names nobody" backtest 64 --noise payments
ok "a time that is none" backtest 64 --explain yesterday
ok "a symptom that is not there" backtest 64 --noise --symptom group-behnd
ok "says which was meant" says err 'backtest: unknown symptom "group-behnd", did you mean "group-behind"\?$'
# ---- planned work ----
printf 'maintenance: [{name: patching, matchers: ["group!=nobody"], from: "2026-11-22T21:30:00Z", to: "2026-11-22T22:40:00Z", deadline: 2m}]\n' >"$work/planned.yaml"
ok "a window" backtest 0 -c "$work/planned.yaml" --format jsonl
ok "what begins in it is information, and rings when it outlasts the deadline" python3 - "$work/out" "$work/events" <<'P'
import json, sys
read = lambda path: [e for e in map(json.loads, open(path)) if e["event"] == "symptom" and e["state"] == "firing"]
key = lambda e: (e["symptom"], *sorted(e["entity"].items()))
began, rang = {}, 0
for e in read(sys.argv[1]):
    if e["severity"] == "info":
        assert e["planned"] == "patching"
        began.setdefault(key(e), e["time"])
    elif key(e) in began:
        assert e["time"] == began.pop(key(e)) + 120 and "planned" not in e
        rang += 1
without = [e for e in read(sys.argv[2]) if e["severity"] != "info"]
assert rang and without and {key(e) for e in read(sys.argv[1])} == {key(e) for e in read(sys.argv[2])}
P

# ---- a recording that can be given away ----
half=1795384500
ok "record --anonymise" code 0 record -s builtin --to $half -o "$work/given.nbr" --anonymise --note "slow since noon"
ok "it is a recording" code 0 backtest -s "$work/given.nbr" --format jsonl
mv "$work/out" "$work/given"
ok "the original" code 0 backtest -s builtin --to $half --format jsonl
ok "the same is found, with the same causes, at the same times" python3 - "$work/out" "$work/given" <<'P'
import json, sys
def shape(path):
    number = {}
    for e in map(json.loads, open(path)):
        causes = [(c["id"], c["verdict"], c["probability"], c["coverage"]) for c in e.get("causes", [])]
        entity = [(k, number.setdefault((k, v), len(number))) for k, v in e.get("entity", {}).items()]
        incident = number.setdefault(e["incident"], len(number))
        yield e["time"], e["event"], e["state"], e.get("symptom", e.get("root")), e["severity"], e.get("onset"), e.get("role"), e.get("reason"), incident, entity, causes
original, given = (list(shape(p)) for p in sys.argv[1:])
assert original == given and sum(row[2] == "firing" for row in original) > 20
P
ok "no name is left" python3 - "$source_root/tests/recordings/demo.nbr" "$work/given.nbr" "$source_root/rules/entities.yaml" <<'P'
import json, re, sqlite3, sys
def words(path):
    found = set()
    for cluster, identity in sqlite3.connect(path).execute("SELECT cluster, identity FROM series"):
        for name in [cluster, *json.loads(identity).values()]:
            found.update(w for w in re.split(r"[\W_]+", name) if not w.isdigit())
    return found
kept = set(re.split(r"[\W_]+", re.search(r"^kept_names: \[(.*)\]", open(sys.argv[3]).read(), re.M)[1])) | {""}
before, after = words(sys.argv[1]), words(sys.argv[2])
assert len(after) > 30 and not (before & after) - kept, (before & after) - kept
P

finish
