#!/usr/bin/env bash
# Silences and acknowledgements beside a running daemon: what is silenced waits, what is acknowledged says by whom.
. "$(dirname "$0")/servers.sh"
need prometheus promtool

start=$((($(date +%s) - 50 * 60) / 15 * 15)) # now: parcel-tracker slow since 5 min, archiver since 10

small_rules "$work/rules.yaml"
cat >"$work/config.yaml" <<Y
state: $work/state.db
interval: 1s
rules: [$work/rules.yaml]
sources: {past: {url: "http://127.0.0.1:9", timeout: 3s}}
clusters: {prod: {match: {cluster: prod}}}
Y
hand() { "$nightbell" "$@" -c "$work/config.yaml" >"$work/hand" 2>"$work/hand.err"; }
refused() { # exit code, what it says, words…
    local wanted=$1 says=$2
    shift 2
    hand "$@"
    [ $? -eq "$wanted" ] && grep -q -- "$says" "$work/hand.err" || { cat "$work/hand.err"; return 1; }
}
told() { grep -q "$1" "$work/told"; }

ok "no state: nothing is made" refused 65 'the daemon keeps it' silence list
ok "and no file is left" test ! -e "$work/state.db"
ok "a history up to now can be made" make_history "$work/tsdb" $start $((start + 5400))
ok "prometheus serves it" start_prometheus "$work/tsdb"
sed -i "s,http://127.0.0.1:9,$prometheus," "$work/config.yaml"
daemon() { # sets $daemon
    "$nightbell" run -c "$work/config.yaml" >"$work/told" 2>>"$work/log" &
    daemon=$!
    pids+=($daemon)
}
daemon
ok "the daemon finds something" wait_for 20 sh -c '"$1" history -c "$2" | grep -q archiver' sh "$nightbell" "$work/config.yaml"
kill "$daemon"
wait "$daemon"
printf 'receivers: {oncall: [{stdout: {}}]}\nroute: {receiver: oncall}\n' >>"$work/config.yaml"

ok "silence add" hand silence add group=archiver 'severity=~"warning|critical"' --for 1h --comment "known; they are told" --author kim
ok "it says what it matches now" grep -qE '^silence 1 until .*Z; it matches [1-9][0-9]* of what fires now$' "$work/hand"
ok "silence list" hand silence list
ok "with who, what and why" grep -q '^1 silence, in force, until .*, by kim: group="archiver",severity=~"warning|critical" (known; they are told)$' "$work/hand"
daemon
ok "the other incident is told" wait_for 20 told 'parcel-tracker is falling behind'
sleep 2
ok "the silenced one is not" sh -c '! grep -q "archiver is falling behind" "$1"' sh "$work/told"
ok "silence list --format json" hand silence list --format json
ok "is JSON" python3 -c 'import json, sys; r = json.loads(open(sys.argv[1]).read()); assert r["author"] == "kim" and r["kind"] == "silence" and r["state"] == "in force"' "$work/hand"
ok "silence expire" hand silence expire 1
ok "what still fires is told now" wait_for 15 told 'archiver is falling behind'
ok "silence list: it is over" sh -c '"$1" silence list -c "$2" | grep -q . && exit 1; "$1" silence list --all -c "$2" | grep -q "^1 silence, ended"' sh "$nightbell" "$work/config.yaml"

incident=$("$nightbell" history -c "$work/config.yaml" --format json | python3 -c 'import json, sys; print([e["incident"] for e in map(json.loads, sys.stdin) if "archiver" in e["entity"].values()][-1])')
ok "ack by the first characters" hand ack "${incident:0:10}" --author lee --comment "looking at the disks" --for 2h
ok "says what it took" grep -q "^ack 2 of incident $incident by lee until " "$work/hand"
ok "messages say who is at it" wait_for 15 told 'Acknowledged: lee, until .*: looking at the disks'
ok "expire ends it too" hand silence expire 2
kill "$daemon"
wait "$daemon"
ok "the daemon ends well" test $? -eq 0

ok "refused: everything" refused 64 'this would silence everything' silence add 'group=~".*"'
ok "refused: no matcher" refused 64 'expected =, !=, =~ or !~' silence add archiver
ok "refused: no regular expression" refused 64 '' silence add 'group=~"("'
ok "refused: no time" refused 64 '--for takes a time' silence add group=archiver --for soon
noted() { # matcher, what is said of it
    "$nightbell" silence add "$1" --for 1s -c "$work/config.yaml" 2>&1 | grep -qF "$2"
}
ok "a symptom that no rule has is pointed out" noted symptom=archive-behnd 'no rule has a symptom that is "archive-behnd", did you mean "archive-behind"?'
ok "a severity that there is not is pointed out" noted severity=critcal 'no rule has a severity that is "critcal", did you mean "critical"?'
ok "a pattern that no symptom has is pointed out" noted 'symptom=~"lag-.*"' 'no rule has a symptom that is like "lag-.*"'
ok "a label that no finding has is pointed out" sh -c '"$1" silence add grop=archiver --for 1s -c "$2" 2>&1 | grep -q "did you mean \"group\""' sh "$nightbell" "$work/config.yaml"
ok "refused: no such silence" refused 65 'none of that number' silence expire 77
ok "refused: no number" refused 64 'not a number' silence expire x
ok "refused: no verb" refused 64 'say what to do' silence
ok "refused: an incident that is none" refused 65 'nothing that fires has an id' ack ffffffffff
ok "refused: too short" refused 65 'at least four characters' ack "${incident:0:3}"
finish
