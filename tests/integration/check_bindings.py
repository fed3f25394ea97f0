#!/usr/bin/env python3
"""Runs every query of a rule pack against a Prometheus server and says what it answers.

    check_bindings.py --url http://127.0.0.1:9090 [--time UNIX] [--match 'cluster="a"'] [--rate 60] [--profile P]... [--show SIGNAL]... rules/

Per binding: the number of rows, or what is wrong: an error, an answer without the entity's labels, two rows for one entity, NaN or infinite values. Profiles that
the server does not have are only checked for syntax. Exit status 1 when anything is wrong; empty answers of a profile that is there are listed, not an error.
"""
import argparse
import json
import math
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

import yaml


def load(folder):
    pack = {"labels": {}, "entities": {}, "profiles": {}, "signals": {}}
    for path in sorted(pathlib.Path(folder).rglob("*.yaml")):
        if "tests" in path.parts:
            continue
        document = yaml.safe_load(path.read_text()) or {}
        for key in pack:
            pack[key].update(document.get(key) or {})
    return pack


def ask(url, query, time):
    parameters = {"query": query} | ({"time": time} if time else {})
    try:
        with urllib.request.urlopen(url + "/api/v1/query?" + urllib.parse.urlencode(parameters)) as answer:
            return json.load(answer)["data"]["result"], None
    except urllib.error.HTTPError as error:
        return [], json.load(error).get("error", str(error))


def fill(query, match, rate):
    query = query.replace("$match,", match + "," if match else "").replace("$match", match)
    return query.replace("$rate_s", str(rate)).replace("$rate", f"{rate}s")


def identity(metric, labels, general, special):
    """The values of an entity's labels in an answer's row; None where one is missing."""
    values = []
    for label in labels:
        rule = general.get(label, {})
        sources = [s for s, to in special.items() if to == label] + rule.get("from", [label])
        value = next((metric[s] for s in sources if metric.get(s)), None)
        if value is not None and "pattern" in rule:
            found = re.fullmatch(rule["pattern"], value)
            value = found.group(1) if found else None
        values.append(value)
    return tuple(values)


def judge(rows, labels, general, special):
    seen, faults, odd = {}, [], 0
    for row in rows:
        key = identity(row["metric"], labels, general, special)
        if None in key:
            faults.append(f"row without {labels[key.index(None)]}: {row['metric']}")
        elif key in seen:
            faults.append(f"two rows for {key}")
        seen[key] = float(row["value"][1])
        odd += not math.isfinite(seen[key])
    return seen, sorted(set(faults))[:3], odd


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--time")
    parser.add_argument("--match", default="")
    parser.add_argument("--rate", type=int, default=60)
    parser.add_argument("--profile", action="append")
    parser.add_argument("--show", action="append", default=[])
    parser.add_argument("rules")
    options = parser.parse_args()
    pack = load(options.rules)
    present = {
        name: any(ask(options.url, f"count({probe})", options.time)[0] for probe in profile["probe"])
        for name, profile in pack["profiles"].items()
    }
    print("profiles:", ", ".join(name for name, there in present.items() if there) or "none")
    wrong = count = 0
    for name, signal in pack["signals"].items():
        kind = pack["entities"].get(signal["entity"])
        if kind is None:
            wrong += 1
            print(f"{name}: unknown entity {signal['entity']}")
            continue
        for binding in signal.get("bindings", []):
            profile = binding["profile"]
            if options.profile and profile not in options.profile:
                continue
            count += 1
            query = fill(binding["query"], options.match, options.rate)
            rows, error = ask(options.url, query, options.time)
            seen, faults, odd = judge(rows, kind["labels"], pack["labels"], binding.get("labels") or {})
            if not present.get(profile): # its names may mean something else here
                faults = []
            if profile not in present:
                faults.append("unknown profile")
            if error:
                faults.append(error)
            wrong += bool(faults)
            note = "" if rows or not present.get(profile) else " EMPTY"
            if faults or present.get(profile) or name in options.show:
                spread = f" {min(seen.values()):.6g} .. {max(seen.values()):.6g}" if seen else ""
                print(f"{name} [{profile}]: {len(rows)} rows{spread} {binding.get('unit', signal['unit'])}{f' NaN/Inf {odd}' if odd else ''}{note}")
            for fault in faults:
                print("   ", fault)
            if faults:
                print("   ", query)
            if name in options.show:
                for key, value in seen.items():
                    print("   ", *key, f"{value:.6g}")
    print(f"{len(pack['signals'])} signals, {count} bindings, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
