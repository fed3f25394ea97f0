#!/usr/bin/env bash
# A week in which nothing is wrong: nobody is called (acceptance test F.5-6, with the group-run-missed tests of rules/tests/groups.yaml). One sample a minute (healthy_week.py --step 15 writes the usual resolution, which takes four times as long); two halves
# side by side, each with the hours before it that the rules look back on.
. "$(dirname "$0")/servers.sh"
export NO_COLOR=1
start=1767571200 middle=$((1767571200 + 84 * 3600)) end=$((1767571200 + 7 * 86400 - 60))

python3 "$here/healthy_week.py" "$work/week.nbr" --rules "$source_root/rules/signals" || exit 1

half() { # name, from, to
    "$nightbell" backtest -s "$work/week.nbr" -r "$source_root/rules" --format jsonl --from "$2" --to "$3" >"$work/$1.jsonl" 2>"$work/$1.err"
}
half first $start $middle & first=$!
half second $middle $end & second=$!
ok "the first half runs" wait $first
ok "the second half runs" wait $second
cat "$work"/*.err

nobody_called() {
    ! grep '"event":"symptom"' "$work/first.jsonl" "$work/second.jsonl" | grep '"state":"firing"' | grep -v '"severity":"info"'
}
ok "nothing above info" nobody_called
seen() { cat "$work"/first.jsonl "$work"/second.jsonl | grep '"state":"firing"' | grep -q "\"symptom\":\"$1\""; }
forget_week_before() { python3 -c 'import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute("DELETE FROM chunk WHERE from_ms < ?", (int(sys.argv[2]) * 1000,)); d.commit()' "$work/week.nbr" $start; }
batch_rings() { half tuesday $((start + 86400 + 5400)) $((start + 86400 + 9000)) && grep -q '"state":"firing".*"symptom":"producer-latency-surge".*"severity":"warning"' "$work/tuesday.jsonl"; }
ok "the week before is forgotten" forget_week_before
ok "then the nightly batch rings" batch_rings
ok "yet the leaders that moved were seen" seen leader-count-skewed
ok "and the failed scrapes" seen monitoring-blind
finish
