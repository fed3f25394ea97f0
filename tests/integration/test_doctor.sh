#!/usr/bin/env bash
# `doctor` on set-ups as they are met: every exporter, kafka_exporter alone, the JMX exporter's example rules, nothing of Kafka, and one with faults. UPDATE_GOLDEN=1 writes the goldens.
. "$(dirname "$0")/servers.sh"
need prometheus promtool

golden=$source_root/tests/golden/cli
start=1767225600
end=$((start + 900))

serve() { # set-up
    python3 "$here/doctor_setups.py" "$1" $start >"$work/$1.txt" &&
        promtool tsdb create-blocks-from openmetrics "$work/$1.txt" "$work/$1" >"$work/promtool.log" 2>&1 && start_prometheus "$work/$1"
}

doctor() { # exit code, options…
    local code=$1
    shift
    "$nightbell" doctor -s "$prometheus" --at $end "$@" >"$work/out" 2>"$work/err"
    [ $? -eq "$code" ] || { tail -3 "$work/out" "$work/err"; return 1; }
}

same() { # golden file: the report, without what differs by machine
    sed -E 's,http://127\.0\.0\.1:[0-9]+,http://prometheus.example.org:9090,; s/^(  answers).*/\1/' "$work/out" >"$work/shown"
    if [ -n "${UPDATE_GOLDEN:-}" ]; then cp "$work/shown" "$golden/$1"; fi
    diff -u "$golden/$1" "$work/shown"
}

scrape_configuration() { # what --suggest prints is one that Prometheus takes
    python3 - "$work/out" >"$work/scrape.yml" <<'P'
import sys
text = open(sys.argv[1]).read()
print("scrape_configs:")
print("\n".join("  " + line for line in text[text.index("\n# "):text.index("\nRESULT")].splitlines()))
P
    promtool check config "$work/scrape.yml" >"$work/promtool.log" 2>&1 || { cat "$work/promtool.log"; return 1; }
}

says() { grep -Eq -- "$1" "$work/out" || { cat "$work/out"; return 1; }; }

codes="everything:0 kafka_exporter:1 j2:1 nothing:1 faulty:1"
for setup in $codes; do
    name=${setup%:*}
    ok "$name: served" serve "$name"
    ok "$name: doctor" doctor "${setup#*:}" --suggest
    ok "$name: as expected" same "doctor_$name.txt"
    if grep -q '^- job_name' "$work/out"; then ok "$name: the suggestion is a scrape configuration" scrape_configuration; fi
done
for fault in target-down jmx-partial clock-skew kafka-exporter-twice brokers-partly controllers-unscraped rate-of-gauge; do
    ok "faulty: $fault" says "^    fault    $fault: "
done
ok "faulty: an old exporter is a note" says '^    note     kafka-exporter-old: kafka_exporter 1\.7\.0'
ok "faulty: in Korean" doctor 1 --lang ko
ok "faulty: the same find" says 'clock-skew: kafka-2:9100의 시계'
ok "faulty: as JSON" doctor 1 --format json
ok "faulty: JSON has checks, versions, entities" python3 - "$work/out" <<'P'
import json, sys
(c,) = json.load(open(sys.argv[1]))["clusters"]
assert c["checks"]["target-down"]["state"] == "fault" and c["checks"]["target-down"]["found"] == 1
assert c["checks"]["scrape-rare"]["state"] == "well" and c["checks"]["window-short"]["state"] == "well"
assert "clock-ahead" not in c["checks"]  # --at is not now
assert {p["id"]: p for p in c["profiles"]}["kafka_exporter"] == {"id": "kafka_exporter", "targets": 2, "versions": "1.7.0"}
assert c["entities"]["broker"] == 3
P

cat >"$work/short.yaml" <<'YAML'
symptoms:
  - {id: hasty, entity: host, title: {en: hasty, ko: hasty}, effect: {en: x, ko: x}, params: {window: {default: 20s, help: short}}, when: 'avg(host_cpu[$window]) > 0.9', for: 30s, severity: warning}
YAML
ok "windows: looked at" doctor 1 -r builtin -r "$work/short.yaml"
ok "windows: shorter than two samples" says '^    fault    window-short: windows of these rules hold fewer than two samples, which come every 15s: hasty$'

now() { # fault, seconds by which the samples are off this clock; a small set-up
    start=$(($(date +%s) - 900 + $2))
    rm -rf "$work/nothing"
    serve nothing && { "$nightbell" doctor -s "$prometheus" >"$work/out" 2>"$work/err"; says "^    fault    $1: "; }
}
ok "now: this clock is behind" now clock-behind 240
ok "now: this clock is ahead" now clock-ahead -200
finish
