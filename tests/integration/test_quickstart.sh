#!/usr/bin/env bash
# The demonstration of examples/quickstart.sh shows what it promises, with the program of this build and without colours.
[ -x "$NIGHTBELL" ] || exit 77
cd "$(dirname "$0")/../.." || exit 1
shown=$(examples/quickstart.sh 2>&1) || { echo "$shown"; exit 1; }
bad=0
expect() {
    grep -qE -- "$1" <<<"$shown" || { echo "not shown: $1"; bad=1; }
}
expect '^warning .*inventory-updater is falling behind on inventory .*too few members'
expect '^RESULT warning: [0-9]+ findings'
expect '^exit code 1'
expect '^  1\. too few members for the load \(confirmed'
expect '^  \| WARNING · inventory-updater is falling behind'
expect '^  \| Likely causes$'
expect '^  \| kafka-consumer-groups.sh --bootstrap-server'
expect '^\{"text":"\[WARNING\] inventory-updater'
expect '^  \| Subject: \[nightbell prod-a\] inventory-updater is falling behind on inventory$'
expect '^  \| Records wait '
expect 'check --source http://localhost:9090'
if grep -qE $'\e|\\*[A-Z][a-z]+ [a-z]+\\*|\\\\n|&lt;|=\\?UTF-8' <<<"$(grep '^  |' <<<"$shown")"; then
    echo "marks or escapes are left in the messages"
    bad=1
fi
[ $bad -eq 0 ] || echo "$shown"
exit $bad
