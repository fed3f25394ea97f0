#!/usr/bin/env bash
# Each symptom has at least four tests in rules/tests/, told by their names: `symptom firing: …`, `symptom quiet: …`, `symptom twin: …` (the benign thing that looks most like
# it: nothing of warning or above) and `symptom missing: …` (it fires, and what tells of it is gone: neither resolved nor silent about it). A quiet one may also be the health
# of a whole file, where it names the symptom. A name alone is not enough: the test must expect that very state. And each acceptance test of the design is found as F.5-1 … F.5-12.
# Prints the table: how many tests of each kind a symptom has.
cd "$(dirname "$0")/../.." || exit 1
symptoms=$(awk 'FNR == 1 { in_symptoms = 0 } /^[a-z]+:/ { in_symptoms = /^symptoms:/ } in_symptoms && /^  - id: / { print $3 }' rules/kafka/*.yaml) || exit 1
[ -n "$symptoms" ] || { echo "no symptoms found in rules/kafka" >&2; exit 1; }

# shellcheck disable=SC2086 # a word a symptom
awk -v all="$(echo $symptoms)" '
    function ended() {
        if (kind && proven)
            count[symptom, kind]++
        else if (kind) {
            printf "%s:%d: \"%s %s\" does not expect what its name says\n", file, line, symptom, kind
            bad = 1
        }
        kind = ""
    }
    BEGIN {
        count_of = split(all, symptoms, " ")
        for (i in symptoms)
            known[symptoms[i]] = 1
        kinds = split("firing quiet twin missing", kind_names, " ")
        state["firing"] = "firing"; state["quiet"] = "inactive"; state["twin"] = "inactive"; state["missing"] = "unknown"
    }
    FNR == 1 || /^  - name: / { ended(); health = 0 }
    /^  - name: / {
        health = /name: health/
        proven = 0
        if (match($0, /"[a-z-]+ (firing|quiet|twin|missing): /)) {
            split(substr($0, RSTART + 1, RLENGTH - 3), word, " ")
            symptom = word[1]; kind = word[2]; file = FILENAME; line = FNR
            if (!known[symptom]) {
                printf "%s:%d: there is no symptom %s\n", file, line, symptom
                bad = 1
            }
        }
    }
    /^      - \{.*symptom: / {
        match($0, /symptom: [a-z-]+/)
        of = substr($0, RSTART + 9, RLENGTH - 9)
        match($0, /state: [a-z]+/)
        is = substr($0, RSTART + 7, RLENGTH - 7)
        if (kind && of == symptom && is == state[kind])
            proven = 1
        if (health && is == "inactive")
            count[of, "quiet"]++
    }
    /^      - \{.*quiet: true/ { if (kind == "quiet" || kind == "twin") proven = 1 }
    END {
        ended()
        printf "%-34s %7s %6s %5s %8s\n", "tests of", "firing", "quiet", "twin", "missing"
        for (i = 1; i <= count_of; i++) {
            s = symptoms[i]
            printf "%-34s %7d %6d %5d %8d\n", s, count[s, "firing"], count[s, "quiet"], count[s, "twin"], count[s, "missing"]
            for (k = 1; k <= kinds; k++)
                if (!count[s, kind_names[k]]) {
                    printf "  no test is named \"%s %s: …\"\n", s, kind_names[k]
                    bad = 1
                }
        }
        exit bad
    }' rules/tests/*.yaml
bad=$?
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
    grep -rqE "F\.5-$n([^0-9]|\$)" rules/tests tests/unit tests/integration tests/golden || { echo "no test says that it is F.5-$n"; bad=1; }
done
exit $bad
