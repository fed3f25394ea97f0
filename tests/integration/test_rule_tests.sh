#!/usr/bin/env bash
# nightbell test: exit codes, and what it says of what is not as expected. The rules here are about shops, the pack's own tests run beside (rules/*).
. "$(dirname "$0")/servers.sh"
export NO_COLOR=1

cat >"$work/rules.yaml" <<'YAML'
entities:
  shop: {labels: [shop], help: a shop}
profiles: {tills: {help: tills, probe: [guests]}}
signals:
  guests: {entity: shop, unit: guests, help: who is in, bindings: [{profile: tills, query: 'guests'}]}
  limit: {entity: shop, unit: guests, help: how many may be, fact: true}
symptoms:
  - {id: crowded, entity: shop, title: {en: crowded, ko: crowded}, effect: {en: x, ko: x}, when: guests > (limit else 10), for: 30s, severity: warning}
YAML

write_test() { # expectation, more lines of the test
    cat >"$work/t.yaml" <<YAML
tests:
  - name: a bus arrives
    input_series: [{series: 'guests{shop="north"}', values: '3x19 30x20 3x20'}, {series: 'guests{shop="south"}', values: '3x60'}]
    expect:
      - $1
${2:-}
YAML
}

run() { # expected exit code, files…
    local expected=$1 found
    shift
    "$nightbell" test --rules "$work/rules.yaml" "$@" >"$work/out" 2>"$work/err"
    found=$?
    [ "$found" -eq "$expected" ] || { echo "exit $found instead of $expected"; cat "$work/out" "$work/err"; return 1; }
}


holds() { write_test "$@"; run 0 "$work/t.yaml" && says out '^1 passed, 0 failed$'; }
fails() { write_test "$1"; run 1 "$work/t.yaml" && says out "$2"; }
wrong() { write_test "$1"; run 65 "$work/t.yaml" && says err "$2"; }

ok "before" holds '{from: 0s, to: 4m45s, quiet: true}'
ok "pending" holds '{at: 5m, symptom: crowded, state: pending}'
ok "firing, by entity and severity" holds '{at: 6m, symptom: crowded, state: firing, entity: {shop: north}, severity: warning}'
ok "the other one is not" holds '{from: 0s, to: 15m, symptom: crowded, state: inactive, entity: {shop: south}}'
ok "resolved" holds '{at: 12m, symptom: crowded, state: resolved, entity: {shop: north}}'
ok "a failing query is unknown" holds '{at: 9m, symptom: crowded, state: unknown}' '    failing: [{signals: [guests], from: 8m, to: 9m}]'
ok "facts count" holds '{from: 0s, to: 15m, quiet: true}' '    facts: [{name: limit, value: "40", match: {shop: north}}]'

ok "not firing: where, what, what is" fails '{at: 3m, symptom: crowded, state: firing, entity: {shop: north}}' \
    't.yaml:5:9: a bus arrives: at 3m: expected crowded firing for shop=north, but it is inactive$'
ok "a picture of the series" says out '^    [^ ]+  3 guests  guests\{shop="north"\}$'
ok "and of no other" test "$(grep -c 'guests{shop=' "$work/out")" -eq 1
ok "not quiet: says what fires" fails '{from: 0s, to: 15m, quiet: true}' 'at 5m30s: expected quiet, but crowded fires for shop=north \(warning\)$'
ok "wrong severity" fails '{at: 6m, symptom: crowded, state: firing, severity: critical}' 'severity critical, but its severity is warning$'
ok "an entity that is not there" fails '{at: 6m, symptom: crowded, state: inactive, entity: {shop: east}}' 'but there is no such shop$'

ok "one incident, one message" holds '{from: 0s, to: 15m, messages: 1}'
ok "an incident of at least one" holds '{at: 6m, symptom: crowded, state: firing, members: 1}'
ok "other messages than expected" fails '{from: 0s, to: 15m, messages: 0}' 'at 15m: expected 0 messages, but there would have been 1$'
ok "messages so far" holds '{from: 0s, to: 4m, messages: 0}'
ok "too few in the incident" fails '{at: 6m, symptom: crowded, state: firing, members: 2}' 'at least 2 in its incident, but its incident has 1$'
ok "messages are of all symptoms" wrong '{from: 0s, to: 4m, messages: 0, symptom: crowded}' 'is about all symptoms'

ok "unknown symptom" wrong '{at: 6m, symptom: crowdd, state: firing}' 't.yaml:5:27: unknown symptom "crowdd", did you mean "crowded"\?'
ok "unknown state" wrong '{at: 6m, symptom: crowded, state: fireing}' 'did you mean "firing"\?'
ok "unknown label" wrong '{at: 6m, symptom: crowded, state: firing, entity: {till: a}}' 'has no label till'
ok "no time" wrong '{symptom: crowded, state: firing}' 'either `at`, or `from` and `to`'
ok "no state" wrong '{at: 6m, symptom: crowded}' 'needs a `state`'
ok "unknown cause" wrong '{at: 6m, symptom: crowded, state: firing, cause: bus}' 'crowded has no cause "bus"'
ok "a cause of what does not fire" wrong '{at: 6m, symptom: crowded, state: inactive, cause: bus}' 'only what fires has a cause'

printf 'tests:\n  - {name: nothing, input_series: []}\n' >"$work/t.yaml"
ok "a test that expects nothing" run 65 "$work/t.yaml"
ok "says so" says err 'expects nothing cannot fail'
ok "a file that is not there" run 65 "$work/missing.yaml"
ok "it is named once" says err '^[^:]*missing.yaml: No such file or directory$'
ok "no file named" run 64

# --update
cat >"$work/t.yaml" <<'YAML'
# a bus
tests:
  - name: "버스가 온다"   # and goes
    input_series: [{series: 'guests{shop="north"}', values: '3x19 30x20 3x20'}, {series: 'guests{shop="south"}', values: '3x60'}]
    expect:
      - {from: 0s, to: 4m45s, quiet: true}
      - {at: 3m, symptom: crowded, state: firing, entity: {shop: north}, severity: critical} # 세 손님
      - {severity: critical, at: 6m,   symptom: crowded, state: "pending", entity: {shop: north}}
      - at: 12m # over
        symptom: crowded
        state: firing
        severity: warning # a bus
        entity: {shop: north}
      - {from: 0s, to: 15m, messages: 3}   # few
      - {from: 0s, to: 15m, quiet: true}
      - {at: 6m, symptom: crowded, state: inactive}
YAML
cp "$work/t.yaml" "$work/before.yaml"
cat >"$work/expected.yaml" <<'YAML'
# a bus
tests:
  - name: "버스가 온다"   # and goes
    input_series: [{series: 'guests{shop="north"}', values: '3x19 30x20 3x20'}, {series: 'guests{shop="south"}', values: '3x60'}]
    expect:
      - {from: 0s, to: 4m45s, quiet: true}
      - {at: 3m, symptom: crowded, state: inactive, entity: {shop: north}} # 세 손님
      - {severity: warning, at: 6m,   symptom: crowded, state: firing, entity: {shop: north}}
      - at: 12m # over
        symptom: crowded
        state: resolved
        entity: {shop: north}
      - {from: 0s, to: 15m, messages: 1}   # few
      - {from: 0s, to: 15m, quiet: true}
      - {at: 6m, symptom: crowded, state: inactive}
YAML
ok "update: what a person must decide still fails" run 1 --update "$work/t.yaml"
ok "update: the values change, the rest stays" diff -u "$work/expected.yaml" "$work/t.yaml"
ok "update: the lines are shown" says out '^\+       - \{from: 0s, to: 15m, messages: 1\}   # few$'
ok "update: and counted" says out 't.yaml: 4 expectations rewritten, 2 left as they are$'
ok "update: why" says out 't.yaml:15:9: left as it is: that nothing fires is not what was seen'
ok "update: several differ" says out 't.yaml:16:9: left as it is: several that match differ'
ok "update: a second time finds nothing to do" run 1 --update "$work/t.yaml"
ok "update: and writes nothing" diff -u "$work/expected.yaml" "$work/t.yaml"
sed 's/symptom: crowded/symptom: crowdd/' "$work/before.yaml" >"$work/t.yaml"
cp "$work/t.yaml" "$work/before.yaml"
ok "update: a file with a mistake" run 65 --update "$work/t.yaml"
ok "update: is left alone" diff -u "$work/before.yaml" "$work/t.yaml"
cp "$work/expected.yaml" "$work/t.yaml"
chmod 600 "$work/t.yaml"
sed -i 's/messages: 1/messages: 2/' "$work/t.yaml"
ln -s t.yaml "$work/link.yaml"
ok "update: by a link" run 1 --update "$work/link.yaml"
ok "update: which stays one, with the rights of the file" test -L "$work/link.yaml" -a "$(stat -c %a "$work/t.yaml")" = 600
ok "update: the file it names is written" diff -u "$work/expected.yaml" "$work/t.yaml"
ok "update: not as JUnit" run 64 --update --format junit "$work/t.yaml"
finish
