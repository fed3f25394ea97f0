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
seen() { cat "$work"/*.jsonl | grep '"state":"firing"' | grep -q "\"symptom\":\"$1\""; }
ok "yet the leaders that moved were seen" seen leader-count-skewed
ok "and the failed scrapes" seen monitoring-blind
finish
