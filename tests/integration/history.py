#!/usr/bin/env python3
"""Writes a made-up past as OpenMetrics: what a lag exporter said of seven groups, of which some had bad times.

usage: history.py START END [SEED [daily]]      (Unix seconds)

  parcels   parcel-tracker reads 60 % slower from 45 to 55 min after the start, then catches up
  signups   70 % fewer records are written from 60 to 68 min, its reader keeps up
  invoices  invoice-renderer stands still from 65 to 72 min, then catches up
  archives  archiver reads 60 % slower from 40 to 112 min
  orders, searches, payments: nothing happens
  with "daily": statements, which night-report reads 60 % slower from 46 to 56 min, as it did a day and a week before
"""
import random
import sys

SCRAPE = 15
PARTITIONS = 3
MINUTE, HOUR, DAY = 60, 3600, 86400

# topic: (group, records/s, [(from, to, share of input)], [(from, to, share of what the group usually reads)])
TOPICS = {
    "orders": ("billing", 120, [], []),
    "searches": ("search-index", 400, [], []),
    "payments": ("ledger", 40, [], []),
    "parcels": ("parcel-tracker", 90, [], [(45 * MINUTE, 55 * MINUTE, 0.4)]),
    "archives": ("archiver", 60, [], [(40 * MINUTE, 112 * MINUTE, 0.4)]),
    "signups": ("welcome-mails", 80, [(60 * MINUTE, 68 * MINUTE, 0.3)], []),
    "invoices": ("invoice-renderer", 50, [], [(65 * MINUTE, 72 * MINUTE, 0.0)]),
}

DAILY = {"statements": ("night-report", 70, [], [(46 * MINUTE, 56 * MINUTE, 0.4)])}


def share(periods, t):
    for start, end, factor in periods:
        if start <= t < end:
            return factor
    return 1


def write(put, topics, times, zero, dice):
    """`zero`: what the minutes of the bad times count from."""
    written = {(topic, p): dice.randrange(10**6) for topic in topics for p in range(PARTITIONS)}
    read = dict(written)
    for at in times:
        if topics is TOPICS:
            put("up", at, 1)
            put("kafka_brokers", at, 3)
        for topic, (group, rate, inputs, speeds) in topics.items():
            put("kafka_topic_partitions", at, PARTITIONS, topic=topic)
            put("kafka_consumergroup_members", at, 2, consumergroup=group)
            for p in range(PARTITIONS):
                key, labels = (topic, p), {"topic": topic, "partition": p}
                mean = rate / PARTITIONS * SCRAPE
                written[key] += max(0, round(mean * share(inputs, at - zero) * dice.gauss(1, 0.05)))
                able = mean * share(speeds, at - zero) * dice.gauss(1.5 if share(speeds, at - zero) == 1 else 1, 0.03)
                read[key] = min(written[key] - round(mean * 0.02 * dice.random()), read[key] + max(0, round(able)))
                put("kafka_topic_partition_current_offset", at, written[key], **labels)
                put("kafka_consumergroup_current_offset", at, read[key], consumergroup=group, **labels)
                put("kafka_consumergroup_lag", at, written[key] - read[key], consumergroup=group, **labels)


def main():
    start, end = int(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    families = {}

    def put(name, at, value, **labels):
        text = ",".join(f'{k}="{v}"' for k, v in {"cluster": "prod", "instance": "exporter:9308", "job": "exporter", **labels}.items())
        families.setdefault(name, []).append(f"{name}{{{text}}} {value:g} {at}" if isinstance(value, float) else f"{name}{{{text}}} {value} {at}")

    write(put, TOPICS, range(start, end + 1, SCRAPE), start, random.Random(seed))
    if "daily" in sys.argv:
        for zero in (start - 7 * DAY, start - DAY, start):
            write(put, DAILY, range(zero - HOUR, zero + end - start + HOUR + 1, SCRAPE) if zero < start else range(start, end + 1, SCRAPE), zero, random.Random(zero))
    for name in sorted(families):
        print(f"# TYPE {name} gauge")
        print("\n".join(families[name]))
    print("# EOF")


main()
