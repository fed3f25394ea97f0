"""judge_timeline.py LABELS.json EVENTS.jsonl: what `backtest --format jsonl` says of a recording against what was done to the cluster. Prints what is wrong."""
import json
import sys

EARLY, GRACE, TAIL = 30, 180, 900

labels = json.load(open(sys.argv[1]))["labels"]
events = [e for e in map(json.loads, open(sys.argv[2])) if e["event"] == "symptom"]
fires = [e for e in events if e["state"] == "firing"]
faults = [l for l in labels if l["kind"] == "fault"]
wrong = []


def agree(label, event):
    for key, want in label["entities"].items():
        have = event["entity"].get(key)
        if have is not None and have not in ([want] if isinstance(want, str) else want):
            return False
    return True


def incidents_keep_their_names():
    told = {e["incident"] for e in events if e["state"] != "resolved"}
    over = [e for e in events if e["state"] == "resolved"]
    if not any(e["role"] in ("symptom", "impact") for e in over):
        wrong.append("nobody belonged to another's incident")
    wrong.extend(f"never told under that name: {e['incident']}" for e in over if e["incident"] not in told)


def judge(label):
    """Found, and its first cause is right; `undecided` labels may have another that is no more than possible."""
    during = [e for e in fires if agree(label, e) and label["start"] - EARLY <= e["time"] <= label["end"] + GRACE]
    found = [s for s in label["expect"] if any(e["symptom"] == s for e in during)]
    if not found:
        return f"{label['id']}: nothing of {label['expect']}"
    last = [e for e in during if e["symptom"] == found[0] and e["time"] >= label["start"] and e["causes"]][-1]
    causes = [c for c in last["causes"] if c["verdict"] != "ruled-out"]
    right = causes and (causes[0]["id"] in label["causes"] or label.get("undecided") and causes[0]["verdict"] == "possible")
    return None if right else f"{label['id']}: {found[0]} blames {causes[:1]}"


def rings():
    """The first event of each ring of warning or more: what goes on ringing is told again when its cause changes."""
    loud = {}
    for e in events:
        key = (e["symptom"], json.dumps(e["entity"], sort_keys=True))
        now = e["state"] in ("firing", "unknown") and e["severity"] != "info"
        if now and not loud.get(key):
            yield e
        loud[key] = now


def explained(event):
    calm = any(l["start"] <= event["time"] <= l["end"] + 120 for l in labels if l["kind"] == "planned")
    return any(agree(l, event) and (l["entities"] or not calm) and l["start"] - EARLY <= event["time"] <= l["end"] + l.get("tail", TAIL)
               and (event["symptom"] in l["expect"] + l["also"] or "*" in l["also"]) for l in faults)


incidents_keep_their_names()
wrong.extend(filter(None, (judge(l) for l in faults if l["expect"])))
wrong.extend(f"false: {e['time']} {e['symptom']} {e['entity']}" for e in rings() if not explained(e))
print("\n".join(wrong))
sys.exit(bool(wrong))
