#!/usr/bin/env bash
# Acceptance test F.5-12: what lint says of rules that cannot do what they are for: those that were found in published packs (tests/golden/lint/NN-*.yaml), and of sound ones. UPDATE_GOLDEN=1 writes.
cd "$(dirname "$0")/lint" || exit 1
failed=0
for file in *.yaml; do
    found=$("${NIGHTBELL:-nightbell}" lint "$file")
    if [ -n "$UPDATE_GOLDEN" ]; then
        printf '%s\n' "$found" >"${file%.yaml}.expected"
    elif ! diff -u "${file%.yaml}.expected" - <<<"$found"; then
        failed=1
    fi
done
exit $failed
