#!/usr/bin/env python3
"""Unit tests of rules, by `nightbell test` and by `promtool test rules`, one after the other on this machine: RULES rules over the mean of a minute of one quantity of 10
entities, 181 steps of 15 s, each rule expected to fire at the end or not. Prints seconds and CPU seconds of the best of three runs each, and their ratio.

    beside_promtool.py NIGHTBELL [RULES=200]
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

NIGHTBELL = sys.argv[1]
RULES = int(sys.argv[2]) if len(sys.argv) > 2 else 200
STEPS, ENTITIES = 181, 10
END = f"{(STEPS - 1) * 15}s"
WORK = tempfile.mkdtemp(prefix="nightbell-tests-")


def path(name, content):
    """JSON is YAML."""
    full = os.path.join(WORK, name)
    with open(full, "w") as f:
        json.dump(content, f)
    return full


def values(k):
    return f"{k}+1x{STEPS - 1}"


def fires(rule):
    """All entities end between 180 and 199; the rule's line is below, or far above."""
    return rule % 2 == 0


def line(rule):
    return rule / 10 if fires(rule) else 1000 + rule


nightbell_rules = path("rules.yaml", {
    "entities": {"shop": {"labels": ["shop"]}},
    "profiles": {"p": {"help": "p", "probe": ["load"]}},
    "signals": {"load": {"help": "h", "unit": "guests", "entity": "shop", "bindings": [{"profile": "p", "query": "load"}]}},
    "symptoms": [{"id": f"rule-{r}", "entity": "shop", "title": {"en": "t", "ko": "t"}, "effect": {"en": "e", "ko": "e"}, "when": f"avg(load[1m]) > {line(r)}",
                  "for": "1m", "severity": "warning", "causes": []} for r in range(RULES)]})
nightbell_test = path("test.yaml", {
    "interval": "15s",
    "tests": [{"name": "all", "input_series": [{"series": f'load{{shop="s{k}"}}', "values": values(k)} for k in range(ENTITIES)],
               "expect": [{"at": END, "symptom": f"rule-{r}", "state": "firing" if fires(r) else "inactive", "entity": {"shop": f"s{k}"}}
                          for r in range(RULES) for k in range(ENTITIES)]}]})
path("alerts.yaml", {"groups": [{"name": "all", "rules": [{"alert": f"rule-{r}", "expr": f"avg_over_time(load[1m]) > {line(r)}", "for": "1m"} for r in range(RULES)]}]})
promtool_test = path("promtool.yaml", {
    "rule_files": ["alerts.yaml"], "evaluation_interval": "15s",
    "tests": [{"interval": "15s", "input_series": [{"series": f'load{{shop="s{k}"}}', "values": values(k)} for k in range(ENTITIES)],
               "alert_rule_test": [{"eval_time": END, "alertname": f"rule-{r}", "exp_alerts": [{"exp_labels": {"shop": f"s{k}"}} for k in range(ENTITIES)] if fires(r) else []}
                                   for r in range(RULES)]}]})


def measure(name, command):
    best = None
    for _ in range(3):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"{name}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best or (took, cpu), (took, cpu))
    print(f"{name}: {best[0]:.2f} s, {best[1]:.2f} s CPU")
    return best


ours = measure("nightbell test", [NIGHTBELL, "test", "-r", nightbell_rules, nightbell_test])
theirs = measure("promtool test rules", ["promtool", "test", "rules", promtool_test])
print(f"{RULES} rules x {STEPS} steps x {ENTITIES} series: nightbell / promtool: {ours[0] / theirs[0]:.2f} of the time, {ours[1] / theirs[1]:.2f} of the CPU")
