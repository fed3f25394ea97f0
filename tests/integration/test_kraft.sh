#!/usr/bin/env bash
# What the shipped rules say of a recording of another stack than the one inside: Kafka 4.1 in KRaft mode with a controller of its own, JMX agent 1.0, scraped every
# 15 s, names of its own. Twelve faults of clients side by side, five of brokers and of the controller, a rolling restart: kraft.labels.json says which and when.
. "$(dirname "$0")/servers.sh"
export NO_COLOR=1
recording=$source_root/tests/recordings/kraft
ok "the timeline" code 0 backtest -s "$recording.nbr" -r "$source_root/rules" --format jsonl
ok "what is over bears the name of the incident under which it was told, members too" python3 - "$work/out" <<'P'
import json, sys
events = [e for e in map(json.loads, open(sys.argv[1])) if e["event"] == "symptom"]
told = {e["incident"] for e in events if e["state"] != "resolved"}
over = [e for e in events if e["state"] == "resolved"]
assert any(e["role"] in ("symptom", "impact") for e in over), "nobody belonged to another's incident"
assert all(e["incident"] in told for e in over), [e for e in over if e["incident"] not in told][:1]
P
ok "every fault is found, its cause is right, and nothing else rings" python3 - "$recording.labels.json" "$work/out" <<'P'
import json, sys
EARLY, GRACE, TAIL = 30, 180, 900
labels = json.load(open(sys.argv[1]))["labels"]
events = [e for e in map(json.loads, open(sys.argv[2])) if e["event"] == "symptom"]
fires = [e for e in events if e["state"] == "firing"]


def agree(label, event):
    for key, want in label["entities"].items():
        have = event["entity"].get(key)
        if have is not None and have not in ([want] if isinstance(want, str) else want):
            return False
    return True


faults = [l for l in labels if l["kind"] == "fault"]
wrong = []
for l in (l for l in faults if l["expect"]):
    during = [e for e in fires if agree(l, e) and l["start"] - EARLY <= e["time"] <= l["end"] + GRACE]
    found = [s for s in l["expect"] if any(e["symptom"] == s for e in during)]
    if not found:
        wrong.append(f"{l['id']}: nothing of {l['expect']}")
        continue
    last = [e for e in during if e["symptom"] == found[0] and e["time"] >= l["start"] and e["causes"]][-1]
    causes = [c for c in last["causes"] if c["verdict"] != "ruled-out"]
    if not causes or causes[0]["id"] not in l["causes"]:
        wrong.append(f"{l['id']}: {found[0]} blames {causes[:1]}")
planned = [l for l in labels if l["kind"] == "planned"]
for e in (e for e in fires if e["severity"] != "info"):
    calm = any(l["start"] <= e["time"] <= l["end"] + 120 for l in planned)
    if not any(agree(l, e) and (l["entities"] or not calm) and l["start"] - EARLY <= e["time"] <= l["end"] + TAIL
               and (e["symptom"] in l["expect"] + l["also"] or "*" in l["also"]) for l in faults):
        wrong.append(f"false: {e['time']} {e['symptom']} {e['entity']}")
print("\n".join(wrong))
sys.exit(bool(wrong))
P

finish
