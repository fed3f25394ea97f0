#!/usr/bin/env python3
"""Series for the test of Prometheus rule files, as OpenMetrics text and as promtool's input_series; and what the program said as promtool's expectations.

    rule_files.py metrics START            OpenMetrics on stdout
    rule_files.py promtool RULES EVENTS START   a unit test for promtool: at every slot exactly those alerts fire that the events say
"""
import json
import sys

STEP, SLOTS = 15, 241
MISSING = None


def lag(slot):  # over 100 three times: too shortly, long, and with a gap in the answers
    if 10 <= slot < 14 or 40 <= slot < 90 or 120 <= slot < 130 or 132 <= slot < 160:
        return 150 + slot
    return 20


SERIES = {
    ("queue_lag", ("group", "orders"), ("topic", "clicks")): lag,
    ("queue_lag", ("group", "mails"), ("topic", "clicks")): lambda s: 500 if s >= 200 else 0,
    ("queue_lag", ("group", "parcels"), ("topic", "sent")): lambda s: 900 if s < 60 else MISSING,
    ("node_alive", ("instance", "node-1:9100")): lambda s: 0 if 30 <= s < 100 else 1,
    ("node_alive", ("instance", "node-2:9100")): lambda s: 1 if s < 50 or s > 120 else MISSING,
    ("ratio_not_known", ("instance", "node-1:9100")): lambda s: float("nan"),
    ("heap_bytes", ("instance", "[::1]:9100")): lambda s: 123456789.0,
    ("small_ratio", ("instance", "node-3")): lambda s: 0.0123,
    ("uptime_seconds", ("instance", "node-3")): lambda s: 93784.5,
    ("started_at", ("instance", "node-3")): lambda s: 1767225600.25,
}


def labels(key):
    return "{" + ",".join(f'{n}="{v}"' for n, v in key[1:]) + "}"


def metrics(start):
    by_name = {}
    for key, f in SERIES.items():
        by_name.setdefault(key[0], []).append((key, f))
    for name, series in by_name.items():
        print(f"# TYPE {name} gauge")
        for key, f in series:
            for slot in range(SLOTS):
                if f(slot) is not MISSING:
                    print(f"{name}{labels(key)} {f(slot)} {start + slot * STEP}")
    print("# EOF")


def fired(events):  # (alert, labels) -> [(from, to, title, effect)]
    spans, open_ones = {}, {}
    for e in map(json.loads, open(events)):
        if e["event"] != "symptom" or e["state"] not in ("firing", "resolved"):
            continue
        key = (e["symptom"], tuple(sorted(e["entity"].items())))
        if e["state"] == "firing" and key not in open_ones:
            open_ones[key] = (e["time"], e["title"], e.get("effect", ""))
        elif e["state"] == "resolved":
            spans.setdefault(key, []).append((open_ones[key][0], e["time"], *open_ones.pop(key)[1:]))
    for key, (time, title, effect) in open_ones.items():
        spans.setdefault(key, []).append((time, 1 << 60, title, effect))
    return spans


def promtool(rules, events, start):
    spans = fired(events)
    severities = json.loads(open(rules + ".severities").read())
    tests = []
    for slot in range(SLOTS):
        for alert, severity in severities.items():
            at, expected = start + slot * STEP, []
            for (symptom, entity), times in spans.items():
                for begin, end, title, effect in times:
                    if symptom == alert and begin <= at < end:
                        annotations = {"summary": title}
                        if effect:
                            annotations["description"] = effect
                        expected.append({"exp_labels": {**dict(entity), "severity": severity}, "exp_annotations": annotations})
            tests.append({"eval_time": f"{slot * STEP}s", "alertname": alert, "exp_alerts": expected})
    series = []
    for key, f in SERIES.items():
        values = ["_" if f(s) is MISSING else str(f(s)).replace("nan", "NaN") for s in range(SLOTS)]
        series.append({"series": key[0] + labels(key), "values": " ".join(values)})
    json.dump({"rule_files": [rules], "evaluation_interval": f"{STEP}s",
               "tests": [{"interval": f"{STEP}s", "input_series": series, "alert_rule_test": tests}]}, sys.stdout)


if sys.argv[1] == "metrics":
    metrics(int(sys.argv[2]))
else:
    promtool(sys.argv[2], sys.argv[3], int(sys.argv[4]))
