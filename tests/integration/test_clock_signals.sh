#!/usr/bin/env bash
# What runs by the clock, told by yesterday and a week ago: the queries of such signals against histories of nine days. Who runs each night rests; who stopped, who was away
# for long, who began today and whose members are never shown do not.
. "$(dirname "$0")/servers.sh"
need promtool

python3 "$here/clock_signals.py" "$source_root/rules/signals" "$work/clock.yaml" || exit 1
holds() { promtool test rules "$work/clock.yaml" >"$work/out" 2>&1 || { grep -v '^$' "$work/out" | cut -c1-400 | head -n 20; return 1; }; }
ok "as they should be" holds
sed -i 's/consumergroup="nightly"}'"'"', value: 1/consumergroup="nightly"}'"'"', value: 0/' "$work/clock.yaml"
ok "and nothing else would do" sh -c '! promtool test rules "$1" >/dev/null 2>&1' sh "$work/clock.yaml"
finish
