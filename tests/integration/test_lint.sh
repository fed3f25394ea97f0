#!/usr/bin/env bash
# lint for programs: one result in four forms, and the rules that are shipped give no warning.
. "$(dirname "$0")/servers.sh"
cd "$source_root" || exit 1

# ---- what is shipped ----
ok "the shipped rules" code 0 lint rules
ok "the shipped rules: no warning" says out '^ok: [0-9]+ symptoms, [0-9]+ causes, [0-9]+ signals, 0 warnings$'
cp "$work/out" "$work/folder"
ok "the rules inside are the same" code 0 lint
ok "and say the same" cmp "$work/folder" "$work/out"
ok "the rules inside have no signal without a use, or a reason to be there" test "$("$nightbell" lint --verbose | grep -c "used by no rule")" -eq 0
ok "the rules for something else" code 0 lint examples/web -f json
ok "neither mistake nor warning" python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); sys.exit(d["errors"] + d["warnings"] != 0)' "$work/out"

# ---- what is wrong ----
mkdir "$work/a b"
cat >"$work/a b/rules.yaml" <<'Y'
entities: {shop: {labels: [shop], help: a shop}}
profiles: {counter: {help: counts, probe: [people]}}
signals:
  queue: {help: waiting, unit: people, entity: shop, bindings: [{profile: counter, query: "sum by (shop) (people{$match})"}]}
  spare: {help: nobody asks, unit: people, entity: shop, bindings: [{profile: counter, query: "sum by (shop) (spares{$match})"}]}
symptoms:
  - id: long-queue
    entity: shop
    title: {en: "a queue, 100%: long", ko: "{shop} 대기"}
    when: queue > 5 and queue < 3
    severity: warning
    causes: []
Y
printf 'symptoms:\n  - id: x\n    entity: nowhere\n    severity: dire\n' >"$work/broken.yaml"
cd "$work" || exit 1
ok "text: a mistake" code 1 lint "a b"
ok "text: place, then what" says out '^a b/rules\.yaml:10:25: this can never hold: queue > 5 and queue < 3$'
ok "text: a warning is called one" says out '^a b/rules\.yaml:7:5: warning: symptom "long-queue" names no cause$'
ok "text: how much" says out '^1 mistake, [0-9]+ warnings? in 1 file$'
ok "text: what may be meant is only counted" says out '^and 1 notes \(--verbose\)$'
ok "text: or said" code 1 lint "a b" --verbose
ok "text: as a note" says out '^a b/rules\.yaml:5:3: note: signal "spare" is used by no rule$'
ok "json: exit code" code 1 lint "a b" -f json
ok "json: place, check and text" python3 - "$work/out" <<'P'
import json, sys
d = json.load(open(sys.argv[1]))
assert d["schema"] == "nightbell.lint/1" and d["result"] == "mistakes" and d["rules"]["symptoms"] == 1
by = {}
for m in d["mistakes"]:
    by.setdefault(m["level"], []).append(m)
assert [d["errors"], d["warnings"], d["notes"]] == [len(by[k]) for k in ("error", "warning", "note")]
(error,) = by["error"]
assert (error["file"], error["line"], error["column"], error["check"]) == ("a b/rules.yaml", 10, 25, "constant-condition")
P
ok "github: exit code" code 1 lint "a b" -f github
ok "github: beside the line" says out '^::error file=a b/rules\.yaml,line=10,col=25,title=constant-condition::this can never hold: queue > 5 and queue < 3$'
ok "github: warnings too" says out '^::warning file=a b/rules\.yaml,line=7,'
ok "github: a file that is no rule" code 1 lint broken.yaml -f github
ok "github: says where" says out '^::error file=broken\.yaml,line=3,col=[0-9]+,title=unusable::'

sarif() { # file: what the schema of SARIF 2.1.0 asks of what is used of it
    python3 - "$1" <<'P'
import json, re, sys
def members(o, required, optional=()):
    assert isinstance(o, dict) and set(required) <= set(o) <= set(required) | set(optional), (required, list(o))
levels = ["none", "note", "warning", "error"]
d = json.load(open(sys.argv[1]))
members(d, ["version", "runs"], ["$schema"])
assert d["version"] == "2.1.0" and re.match(r"https://", d["$schema"]) and len(d["runs"]) == 1
run = d["runs"][0]
members(run, ["tool"], ["results", "invocations", "columnKind"])
assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
for i in run["invocations"]:
    members(i, ["executionSuccessful"])
    assert i["executionSuccessful"] is True
members(run["tool"], ["driver"])
driver = run["tool"]["driver"]
members(driver, ["name"], ["version", "rules"])
ids = [r["id"] for r in driver["rules"]]
assert len(set(ids)) == len(ids)
for r in driver["rules"]:
    members(r, ["id"], ["shortDescription", "defaultConfiguration"])
    members(r["shortDescription"], ["text"])
    assert r["shortDescription"]["text"][-1] == "."
    assert r["defaultConfiguration"]["level"] in levels
for r in run["results"]:
    members(r, ["message"], ["ruleId", "ruleIndex", "level", "locations"])
    members(r["message"], ["text"])
    assert ids[r["ruleIndex"]] == r["ruleId"] and r["level"] in levels and r["message"]["text"]
    for l in r.get("locations", []):
        members(l, ["physicalLocation"])
        members(l["physicalLocation"], ["artifactLocation"], ["region"])
        members(l["physicalLocation"]["artifactLocation"], ["uri"])
        assert re.fullmatch(r"(file://)?[A-Za-z0-9/\-._~%]+", l["physicalLocation"]["artifactLocation"]["uri"])
        members(l["physicalLocation"].get("region", {"startLine": 1}), ["startLine"], ["startColumn"])
        assert all(type(v) is int and v >= 1 for v in l["physicalLocation"].get("region", {}).values())
print(len(run["results"]), *sorted({r["ruleId"] for r in run["results"]}), *sorted({l["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"] for l in r["locations"]}))
P
}
ok "sarif: exit code" code 1 lint "a b" -f sarif
ok "sarif: as the schema asks" sarif "$work/out"
sarif "$work/out" >"$work/said"
ok "sarif: mistake, warnings and notes, where they are" grep -q '^3 constant-condition .*unused-signal a%20b/rules\.yaml$' "$work/said"
ok "sarif: a file that is no rule" code 1 lint "$work/broken.yaml" -f sarif
ok "sarif: as the schema asks too" sarif "$work/out"
sarif "$work/out" >"$work/said"
ok "sarif: an absolute path" grep -q " unusable file://$work/broken.yaml\$" "$work/said"
ok "sarif: nothing wrong" code 0 lint "$source_root/examples/web" -f sarif
ok "sarif: is a result as well" sarif "$work/out"
printf 'receivers: {nobody: [{webhook: {url: "http://127.0.0.1:1/"}}]}\n' >"$work/doubt.yaml"
ok "sarif: what is doubtful in a configuration" code 0 lint -c "$work/doubt.yaml" -f sarif
ok "sarif: as the schema asks there" sarif "$work/out"
ok "sarif: is a warning" says out '"ruleId": "doubtful"'
# ---- with data ----
rules=$source_root/tests/golden/cli/rules.yaml
ok "source: exit code is that of mistakes" code 0 lint -s builtin "$rules"
ok "source: what nothing gives" says out 'rules\.yaml:46:3: note: signal "moonlight" has no series \(moon\)$'
ok "source: who is blind by it" says out 'warning: symptom "moonstruck" could not be judged once in 52 min: it lacks moonlight$'
ok "source: who is blind though it has series" says out 'warning: symptom "group-hot" could not be judged once in 52 min: never known: moonlight > 99%$'
ok "source: what was looked at" says out '^looked at 52 min of prod-a$'
ok "source: what fires has nothing to be said of" sh -c '! grep group-behind "$1"' sh "$work/out"
sed 's/rising(consumer_lag\[5m\])/rising(consumer_lag[5m]) and max(consumer_lag[20s]) > 1e9 and consumer_lag < 2e9/; s/, readers-left\]$/, readers-left] # here/' "$rules" >"$work/tight.yaml"
ok "source: a condition that never held" code 0 lint -s builtin "$work/tight.yaml"
ok "source: which part of it" says out 'tight\.yaml:[0-9]+:[0-9]+: note: this never held in 52 min \([1-9][0-9,]* times false\): max\(consumer_lag\[20s\]\) > 1e9$'
ok "source: only that" test "$(grep -c 'never held' "$work/out")" -eq 1
ok "source: a window shorter than two samples" says out 'warning: the window is shorter than two samples, which come every 15 s: consumer_lag\[20s\]|: max\(consumer_lag\[20s\]\)$'
sed 's/when: consumer_lag > .min_lag and rising.*/when: consumer_lag < 100 and min(consumer_lag[1m]) > 10000/' "$rules" >"$work/apart.yaml"
ok "source: parts that never hold together" code 0 lint -s builtin "$work/apart.yaml"
ok "source: said so" says out 'note: each part of this held in 52 min, but never all at once: '
ok "source: json" code 0 lint -s builtin "$work/tight.yaml" -f json
ok "source: json says what was looked at" python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); sys.exit(d["seen"] != "52 min of prod-a" or {"never-held", "no-series", "blind-symptom", "short-window"} - {m["check"] for m in d["mistakes"]} != set())' "$work/out"
ok "source: sarif" code 0 lint -s builtin "$work/tight.yaml" -f sarif
ok "source: as the schema asks" sarif "$work/out"
ok "source: a recording begins when it begins" code 0 lint -s builtin --from 2030 "$rules"
ok "source: a year is no time" code 64 lint -s http://127.0.0.1:1 --from 2030 "$rules"
ok "source: no answer" code 69 lint -s http://127.0.0.1:1 "$rules"
ok "source: but what needs none is said" says out '^ok: 3 symptoms'
ok "source: a cluster that is not there" code 65 lint -s builtin --cluster prod-b "$rules"
ok "source: rules with mistakes are not tried" code 1 lint -s builtin "$work/broken.yaml"
ok "a form that is not there" code 64 lint -f sarfi
ok "says which was meant" says err 'did you mean "sarif"'
finish
