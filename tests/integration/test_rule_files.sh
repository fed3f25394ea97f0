#!/usr/bin/env bash
# Prometheus rule files as they are: the same alerts fire at the same times, with the same labels and texts, as in Prometheus's own rule engine (promtool test rules).
. "$(dirname "$0")/servers.sh"
need prometheus promtool

start=1767225600
end=$((start + 3600))

cat >"$work/rules.yml" <<'Y'
groups:
  - name: queues
    interval: 15s
    rules:
      - record: group:queue_lag:sum
        expr: sum by (group) (queue_lag)
      - alert: LagHigh
        expr: |
          sum by (group, topic) (queue_lag) > 100
        for: 2m
        labels: {severity: critical, team: data}
        annotations:
          summary: "group {{ $labels.group }} on {{ .Labels.topic | toUpper }} of {{ $labels.nothing }}"
          description: 'team {{ "{{" }}data{{ "}}" }} {{- " is" }} told'
      - alert: LagHighKept
        expr: queue_lag > 100
        for: 1m
        keep_firing_for: 4m
        labels: {severity: warning, group: "prefix-{{ $labels.group }}"}
        annotations: {summary: "{{ $labels.topic }}"}
  - name: nodes
    rules:
      - alert: NodeDown
        expr: node_alive == 0
        labels: {severity: warning}
        annotations: {summary: '{{ $labels.instance | stripPort | printf "%-10s|%8s|" "node" }} {{ $value }}'}
      - alert: NodeGone
        expr: absent_over_time(node_alive{instance="node-2:9100"}[2m]) and on() node_alive{instance="node-1:9100"}
        for: 30s
        labels: {severity: info}
        annotations: {summary: 'no word of {{ index $labels "instance" }}'}
      - alert: NotANumber
        expr: ratio_not_known != 1
        labels: {severity: info}
        annotations: {summary: "{{ $value }} {{ $value | humanize }} {{ printf \"%.1f\" $value }} of {{ $labels.instance }}"}
      - alert: Constant
        expr: vector(1e6) and on() heap_bytes
        labels: {severity: info}
        annotations: {summary: "{{ $value }} {{ $value | humanize }} {{ .Value | humanize1024 }}"}
      - alert: Heap
        expr: heap_bytes > 0
        labels: {severity: info}
        annotations:
          summary: "{{ $value }} {{ $value | humanize }} {{ $value | humanize1024 }}B {{ humanizeDuration $value }} {{ $labels.instance | stripPort }}"
          description: '{{ printf "%f %.0f %e %g %v %s %08.1f %+.2f %q 100%%" $value $value $value $value $value $labels.instance 12.34 5.0 "x" }}'
      - alert: Small
        expr: small_ratio - 0
        labels: {severity: info}
        annotations:
          summary: "{{ $value }} {{ $value | humanizePercentage }} {{ humanize $value }} {{ humanizeDuration $value }} {{ $value | humanize1024 }} of {{ $labels.instance }}"
      - alert: Uptime
        expr: uptime_seconds * -1
        labels: {severity: info}
        annotations: {summary: "{{ $value | humanizeDuration }} {{ humanize $value }} {{ ($value) | printf \"%9.3f\" }} of {{ $labels.instance }}"}
      - alert: Started
        expr: started_at * 1
        labels: {severity: info}
        annotations: {summary: "{{ $value | humanizeTimestamp }} {{ $labels.instance | title }}", description: "of {{ $labels }}"}
Y
echo '{"LagHigh": "critical", "LagHighKept": "warning", "NodeDown": "warning", "NodeGone": "info", "NotANumber": "info", "Constant": "info", "Heap": "info",
       "Small": "info", "Uptime": "info", "Started": "info"}' >"$work/rules.yml.severities"

make_series() {
    python3 "$here/rule_files.py" metrics $start >"$work/series.txt" && promtool tsdb create-blocks-from openmetrics "$work/series.txt" "$work/tsdb" >"$work/promtool.log" 2>&1
}

as_in_prometheus() {
    "$nightbell" backtest -s "$prometheus" -r "$work/rules.yml" --from $start --to $end --format jsonl >"$work/events" || return 1
    python3 "$here/rule_files.py" promtool "$work/rules.yml" "$work/events" $start >"$work/unit.yml" || return 1
    promtool test rules "$work/unit.yml" >"$work/unit.log" 2>&1 || { head -40 "$work/unit.log"; return 1; }
}

restarted() { # what happened to findings; a restart forgets what was pending no more than what fired
    local half=$((start + 61 * 15))
    printf 'state: %s\nrules: [%s]\nsources: {past: {url: "%s"}}\n' "$work/state.db" "$work/rules.yml" "$prometheus" >"$work/run.yaml"
    NIGHTBELL_CLOCK=$start timeout 60 "$nightbell" run -c "$work/run.yaml" --until $half --events "$work/first" 2>"$work/run.log" &&
        NIGHTBELL_CLOCK=$half timeout 60 "$nightbell" run -c "$work/run.yaml" --until $end --events "$work/second" 2>>"$work/run.log" || { tail -5 "$work/run.log"; return 1; }
    python3 - "$work/events" "$work/first" "$work/second" <<'P'
import json, sys
def told(*paths):
    return sorted((e["time"], e["state"], e["symptom"], str(sorted(e["entity"].items()))) for p in paths for e in map(json.loads, open(p))
                  if e["event"] == "symptom" and e["state"] in ("firing", "resolved"))
a, b = told(sys.argv[1]), told(*sys.argv[2:])
a, b = set(a), set(b)
for row in sorted(a ^ b)[:8]:
    print("only in backtest" if row in a else "only in run", row)
sys.exit(a != b)
P
}

exits() { # code, command…
    local code=$1
    shift
    "$@" >"$work/out" 2>"$work/err"
    [ $? -eq "$code" ] || { head -5 "$work/out" "$work/err"; return 1; }
}

says() { # text: in the last output
    grep -qF -- "$1" "$work/out" "$work/err" || { cat "$work/out" "$work/err"; return 1; }
}


quiet_summary() {
    printf 'groups: [{name: g, rules: [{alert: A, expr: "queue_lag > 100", labels: {severity: critical, team: x}, annotations: {summary: lag}}]}]\n' >"$work/summary.yml"
    exits 2 "$nightbell" check -s "$prometheus" -r "$work/summary.yml" --at $((start + 80 * 15)) && says "lag (group=orders, topic=clicks)"
}

ok "series can be made" make_series
ok "prometheus serves them" start_prometheus "$work/tsdb"
ok "promtool takes the rules" promtool check rules "$work/rules.yml" >/dev/null
ok "the same alerts, times, labels and texts as Prometheus's rule engine" as_in_prometheus
ok "something fired and something ended" grep -q '"state":"resolved","symptom":"LagHighKept"' "$work/events"

ok "the daemon, stopped in the middle and started again, says the same" restarted
ok "check: a critical alert" exits 2 "$nightbell" check -s "$prometheus" -r "$work/rules.yml" --at $((start + 80 * 15))
ok "check: in the words of its summary" says "group orders on CLICKS of"
ok "diagnose: labels and links" exits 0 "$nightbell" diagnose -s "$prometheus" -r "$work/rules.yml" --at $((start + 80 * 15)) group=orders
ok "a summary that names nobody is followed by the labels" quiet_summary
ok "beside the built-in rules" exits 2 "$nightbell" check -s "$prometheus" -r builtin -r "$work/rules.yml" --at $((start + 80 * 15))

printf 'groups: [{name: g, rules: [{alert: Nothing, expr: "queue_lag > 1e9", labels: {severity: critical}}]}]\n' >"$work/quiet.yml"
ok "nothing fires: judged and well" exits 0 "$nightbell" check -s "$prometheus" -r "$work/quiet.yml" --at $end
printf 'groups: [{name: g, rules: [{alert: Wrong, expr: "sum(", labels: {severity: critical}}]}]\n' >"$work/wrong.yml"
ok "an expression that the server refuses: unknown, not well" exits 3 "$nightbell" check -s "$prometheus" -r "$work/wrong.yml" --at $end
ok "and why" says "parse error"
ok "a recording has no series to ask" exits 3 "$nightbell" check -s builtin -r "$work/rules.yml"
ok "and that is said" says "alerts of Prometheus rule files are blind here"
printf 'groups:\n  - name: g\n    rules:\n      - alert: A\n        exp: up\n' >"$work/bad.yml"
ok "a file that cannot be read" exits 1 "$nightbell" lint "$work/bad.yml"
ok "with its place" says 'bad.yml:5:9: unknown key "exp", did you mean "expr"?'
ok "lint: recording rules are not ours" exits 0 "$nightbell" lint "$work/rules.yml"
ok "and says so" says "left to Prometheus"
finish
