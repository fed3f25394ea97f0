#!/usr/bin/env python3
"""Writes a promtool test of the signals that look at yesterday and at a week ago: clock_signals.py SIGNALS_DIR OUT.yaml. The queries are those of the rules."""
import re
import sys

DAY, HOUR = 144, 6  # slots of ten minutes
SIGNALS, OUT = sys.argv[1:3]
AT = 8 * 24 * 60 + 230  # 03:50 of the ninth day, in minutes
LATE = AT - 60


def query(name, profile, file):
    text = open(f"{SIGNALS}/{file}.yaml", encoding="utf-8").read()
    start = text.index("query: >-", text.index(f"- profile: {profile}", text.index(f"\n  {name}:\n"))) + len("query: >-")
    end = start + re.search(r"\n      - profile|\n\n", text[start:]).start()
    return " ".join(text[start:end].split()).replace("{$match}", "")


def daily(hours, value):
    return [value if slot // HOUR in hours else 0 for slot in range(DAY)]


NIGHT, REST = daily([1], 1), [0] * (DAY - 9 * HOUR)
MEMBERS = {
    "nightly": NIGHT * 9,
    "missed": NIGHT * 8 + [0] * DAY,
    "always": [3] * (8 * DAY + 18) + [0] * 12,           # stopped an hour ago
    "new-protocol": [0] * (9 * DAY),                      # alive, but said to have no members
    "second-outage": [3] * (7 * DAY + 60) + [0] * 94 + [3] * 4 + [0] * 16,  # away since yesterday 10:00, but for forty minutes
    "young": [0] * (8 * DAY - 2 * HOUR) + [3] * (HOUR * 4) + [0] * 12,      # its first run
}


def written(values):
    return " ".join(map(str, values))


def expression(text, at, expected, label):
    samples = "".join(f"\n          - {{labels: '{{{label}=\"{name}\"}}', value: {value}}}" for name, value in expected.items())
    return f"      - expr: >-\n          {text}\n        eval_time: {at}m\n        exp_samples:{samples}\n"


with open(OUT, "w", encoding="utf-8") as out:
    out.write("rule_files: []\nevaluation_interval: 10m\ntests:\n  - interval: 10m\n    input_series:\n")
    for name, values in MEMBERS.items():
        out.write(f"      - {{series: 'kafka_consumergroup_members{{consumergroup=\"{name}\"}}', values: '{written(values)}'}}\n")
    out.write("    promql_expr_test:\n")
    rests, missing = (query(n, "kafka_exporter", "group") for n in ("group_rests", "group_run_missing"))
    quiet = dict.fromkeys(MEMBERS, 0)
    out.write(expression(rests, AT, quiet | {"nightly": 1, "missed": 1}, "consumergroup"))
    out.write(expression(missing, LATE, quiet | {"missed": 1}, "consumergroup"))
