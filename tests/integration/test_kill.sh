#!/usr/bin/env bash
# kill -9 at random moments, again and again: the same incidents are told as without, in order, none lost, none resolved that is not; only what was on
# its way may be told twice.
. "$(dirname "$0")/servers.sh"
need prometheus promtool

start=1767225600
from=$((start + 38 * 60)) until=$((start + 7500)) # parcels, signups, invoices come and go; archives resolve at the end
kills=${KILLS:-40} # wanted; the past may be over a few before

configure() { # name
    cat >"$work/$1.yaml" <<Y
state: $work/$1.db
sources: {past: {url: "$prometheus"}}
receivers: {oncall: [{email_webhook: {url: "$sink", from: nightbell@example.org, to: [oncall@example.org]}}]}
route: {receiver: oncall}
Y
}

undisturbed() {
    NIGHTBELL_CLOCK=$from "$nightbell" run -c "$work/calm.yaml" --until $until 2>"$work/calm.log"
}

compare() {
    python3 - "$work/calm.mails" "$work/killed.mails" "$kills" <<'P'
import json, re, sys

def read(path):
    lanes = {}
    for line in open(path):
        m = json.loads(line)
        _, incident, revision, *_ = m["id"].split(".")
        lanes.setdefault(incident, []).append((int(revision), m["text"].splitlines()[0], m["id"]))
    return lanes

def over(headline):
    return headline.startswith("RESOLVED")

calm, killed = read(sys.argv[1]), read(sys.argv[2])
faults, twice = [], 0
if len(calm) < 4 or not any(over(lane[-1][1]) for lane in calm.values()):
    faults.append("the run without kills has too little to tell: %s" % calm)
if set(calm) != set(killed):
    faults.append(f"incidents: {sorted(calm)} became {sorted(killed)}")
for incident in set(calm) & set(killed):
    lane = killed[incident]
    revisions = [r for r, _, _ in lane]
    if revisions != sorted(revisions):
        faults.append(f"{incident}: out of order: {lane}")
    twice += len(lane) - len({i for _, _, i in lane})
    ends = [over(s) for _, s, _ in lane]
    if over(calm[incident][-1][1]) != ends[-1] or (True in ends and False in ends[ends.index(True):]):
        faults.append(f"{incident}: ends as {lane[-1]}, without kills as {calm[incident][-1]}")
if twice > int(sys.argv[3]):
    faults.append(f"{twice} told twice")
fresh, calm_mails = sum(len({i for _, _, i in lane}) for lane in killed.values()), sum(map(len, calm.values()))
if fresh > calm_mails + int(sys.argv[3]) // 8:
    faults.append(f"{fresh} different mails where {calm_mails} would do: a restart is no news")
print(f"  {sum(map(len, killed.values()))} mails about {len(killed)} incidents, {twice} told twice; without kills {sum(map(len, calm.values()))}")
print("\n".join("  " + f for f in faults))
sys.exit(bool(faults))
P
}

ok "a history can be made" make_history "$work/tsdb" $start $((start + 7800))
ok "prometheus serves it" start_prometheus "$work/tsdb"
ok "a sink for mails" start_sink calm
configure calm
ok "a run without kills" undisturbed
ok "another sink" start_sink killed
configure killed
ok "$kills kills, then the end" timeout 250 python3 "$here/kill_often.py" "$nightbell" "$work/killed.yaml" "$work/killed.db" $from $until "$kills" ${SEED:+"$SEED"}
ok "the same was told" compare
finish
