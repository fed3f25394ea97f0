#!/usr/bin/env bash
# A source that behaves badly in the middle of an incident, in thirteen ways: nothing resolves, what fires is seen to be blind, and sight comes back.
# `check` never says "ok" of what it could not see.
. "$(dirname "$0")/servers.sh"
need prometheus promtool

start=1767225600
modes=(hangup slow unavailable throttled error html truncated cut warnings partial redirect empty missing)
first=$((start + 45 * 60)) # archiver is slow from 40 to 112 min; each way lasts longer than the windows remember, then 1.5 good minutes follow
slow_until=$((start + 112 * 60))
until=$((start + 125 * 60))

start_proxy() { # sets $proxy
    local i faults=()
    for i in "${!modes[@]}"; do
        faults+=($((first + i * 300)) $((first + i * 300 + 195)) "${modes[i]}")
    done
    mkfifo "$work/proxy.in"
    python3 "$here/fault_proxy.py" "$prometheus" "${faults[@]}" <"$work/proxy.in" >"$work/proxy.port" 2>"$work/proxy.err" &
    pids+=($!)
    exec 9>"$work/proxy.in"
    wait_for 10 test -s "$work/proxy.port" || return 1
    proxy=http://127.0.0.1:$(cat "$work/proxy.port")
}

daemon() {
    printf 'state: %s\nsources: {past: {url: "%s", timeout: 2s, max_in_flight: 64}}\n' "$work/state.db" "$proxy" >"$work/config.yaml"
    NIGHTBELL_CLOCK=$((start + 38 * 60)) timeout 250 "$nightbell" run -c "$work/config.yaml" --until $until --events "$work/events" 2>"$work/log" ||
        { cat "$work/log"; return 1; }
}

told() { # python expression over `told`: times and states of the finding, `others`: what else was told, `a`, `b`: from, to
    python3 - "$work/events" "$@" <<'P'
import json, sys
path, a, b, expression = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
events = [e for e in map(json.loads, open(path)) if e["event"] == "symptom"]
mine = [e for e in events if e["symptom"] == "consumer-falling-behind" and e["entity"]["group"] == "archiver"]
told = [(e["time"], e["state"]) for e in mine]
incidents = {e["incident"] for e in mine}
others = [(e["time"], e["symptom"], e["state"], e["entity"]) for e in events if e not in mine]
states = [s for t, s in told if a <= t <= b]
if not eval(expression):
    print("  told:", states, "of", told, others)
    sys.exit(1)
P
}

check_is_unknown() { # at, format
    "$nightbell" check -c "$work/config.yaml" --at "$1" --format "$2" >"$work/check" 2>"$work/check.err"
    local code=$?
    [ $code -eq 3 ] && grep -qE '^RESULT unknown|"result": "unknown"' "$work/check" && return 0
    echo "  exit code $code"
    tail -n 3 "$work/check" "$work/check.err"
    return 1
}

ok "a history can be made" make_history "$work/tsdb" $start $((start + 7800))
ok "prometheus serves it" start_prometheus "$work/tsdb"
ok "through a proxy" start_proxy
ok "the daemon lives through all of it" daemon
ok "it fires before" told $start $((first - 1)) 'states[-1] == "firing"'
for i in "${!modes[@]}"; do
    from=$((first + i * 300)) mode=${modes[i]}
    ok "$mode: the finding is blind" told $from $((from + 209)) 'states and states[-1] == "unknown" and "resolved" not in states'
    ok "$mode: and sees again" told $((from + 210)) $((from + 299)) 'states and states[-1] == "firing" and "resolved" not in states'
    ok "$mode: nothing is told of others while blind" told $from $((from + 209)) 'not [o for o in others if a <= o[0] <= b and o[2] != "unknown"]'
    [ "$mode" = missing ] || ok "$mode: check says unknown" check_is_unknown $((from + 180)) text
done
ok "check says unknown in JSON too" check_is_unknown $((first + 180)) json
ok "it is one incident" told 0 0 'len(incidents) == 1'
ok "it resolves once, when it is over" told $slow_until $until 'states.count("resolved") == 1 and [s for t, s in told].count("resolved") == 1'
finish
