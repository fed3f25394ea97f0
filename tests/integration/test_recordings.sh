#!/usr/bin/env bash
# What the shipped rules say of recordings of other stacks than the one inside; NAME.labels.json says what was done, to whom, and when.
#   kraft    Kafka 4.1 in KRaft mode with a controller of its own, JMX agent 1.0, scraped every 15 s: twelve faults of clients side by side, five of brokers and of the
#            controller, a rolling restart
#   outages  the same Kafka by Strimzi's JMX rules, Micrometer and kminion's names, every 30 s, on a machine that is busy throughout: a hanging transaction, records lost
#            to retention, a consumer quota, an exporter and a Prometheus that stop, a disk and a CPU that are slow, ISRs that flap, partitions without leader and below
#            min.insync.replicas, an unclean election, a failed log directory; a deploy, a reassignment, offsets set back and a rolling restart, of which nobody is told
#   edge     Kafka 3.9 in KRaft mode, JMX agent 1.0, every 10 s, brokers with heaps of 300 MB and without node_exporter: a wrong password, records too large, a poison
#            record, a log directory whose file system fills up, a cold reader; a rolling restart, of which nobody is told
. "$(dirname "$0")/servers.sh"
export NO_COLOR=1
for name in kraft outages edge; do
    recording=$source_root/tests/recordings/$name
    ok "$name: the timeline" code 0 backtest -s "$recording.nbr" -r "$source_root/rules" --format jsonl
    ok "$name: what is over bears the name of the incident under which it was told, every fault is found with its cause, and nothing else rings" \
        python3 "$source_root/tests/integration/judge_timeline.py" "$recording.labels.json" "$work/out"
done

finish
