#!/usr/bin/env python3
"""Writes a quarter of an hour of a set-up as OpenMetrics, out of one moment of a real system (tests/recordings/instant.txt.gz: three brokers, 0.17.2 agents, ZooKeeper).

    doctor_setups.py SETUP START     everything | kafka_exporter | j2 | nothing | faulty
"""
import gzip
import os
import re
import sys

STEP, SAMPLES = 15, 61
HERE = os.path.dirname(os.path.abspath(__file__))


def moment():
    for line in gzip.open(f"{HERE}/../recordings/instant.txt.gz", "rt"):
        head, value = line.rstrip("\n").rsplit(" ", 1)
        name, labels = head[:-1].split("{", 1)
        yield name, dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)), value


def as_j2(name, labels):
    """What the JMX exporter's example kafka-2_0_0.yml makes of a bean; None where none of its rules takes it."""
    bean = labels.pop("name", None)
    if labels["job"] != "kafka-broker" or not name.startswith("kafka_"):
        return name
    attribute = name.rsplit("_", 1)[1]
    if bean is None:
        return None
    base = f'{name.rsplit("_", 1)[0]}_{bean.lower()}'.replace("-", "_")
    if attribute == "count" and bean.endswith("PerSec"):
        return f"{base.removesuffix('persec')}_total"
    if attribute == "count":
        return f"{base}_count"
    if attribute == "99thpercentile":
        labels["quantile"] = "0.99"
        return base
    return base if attribute == "value" else None


def setup(which):
    for name, labels, value in moment():
        job = labels["job"]
        if which == "kafka_exporter" and job != "kafka-exporter" or which == "nothing" and job != "node":
            continue
        if which == "j2":
            name = None if job == "kafka-clients" else as_j2(name, labels)
        if which == "faulty":
            if labels["instance"] == "kafka-3:7071" and name != "up":
                continue
            if name == "up" and labels["instance"] == "kafka-3:7071":
                value = "0"
            if "ActiveControllerCount" in labels.values():
                value = "0"
            if name == "kafka_exporter_build_info":
                labels["version"] = "1.7.0"
            if name == "jmx_scrape_error" and labels["instance"] == "kafka-1:7071":
                value = "1"
            if job == "kafka-exporter":
                yield name, dict(labels, instance="other-exporter:9308"), value
        if name:
            yield name, labels, value


def main():
    which, start = sys.argv[1], int(sys.argv[2])
    series = {}
    for name, labels, value in setup(which):
        key = name, ",".join(f'{k}="{v}"' for k, v in sorted(labels.items()))
        series.setdefault(key, (labels, value))
    for (name, text), (labels, value) in sorted(series.items()):
        for i in range(SAMPLES):
            at = start + i * STEP
            if name == "node_time_seconds":
                value = str(at - 42 if which == "faulty" and labels["instance"] == "kafka-2:9100" else at) + ".0"
            moves = re.search(r"_(total|count|current_offset)$", name) and value.isdigit()
            falls = which == "faulty" and "kafka-1:7071" in text and 'name="MessagesInPerSec"' in text and moves
            print(f"{name}{{{text}}} {int(value) + (i % 3 if falls else 3 * i) if moves else value} {at}")
    print("# EOF")


main()
