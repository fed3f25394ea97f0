#!/usr/bin/env bash
# config show: what is in force, where it came from, and that it is a configuration again.
. "$(dirname "$0")/servers.sh"
cd "$work" || exit 1
unset STATE_DIRECTORY

ok "the defaults" code 0 config show
ok "the defaults: are called so" says out '^interval: 15s +# default$'
ok "the defaults: where systemd says that states belong" env STATE_DIRECTORY=/somewhere "$nightbell" config show
STATE_DIRECTORY=/somewhere "$nightbell" config show >out
ok "the defaults: which is said" grep -Eq '^state: /somewhere/nightbell\.db +# STATE_DIRECTORY$' out

cat >whole.yaml <<'Y'
interval: 30s
rules: builtin
sources:
  prod:
    url: http://prometheus.example.org:9090
    headers: {X-Scope-OrgID: "team: a"}
    bearer_token_file: /run/secrets/prometheus
    tls: {ca_file: /etc/ssl/own.pem}
    max_bytes: 64MiB
clusters:
  orders: {match: {cluster: orders}}
  spare:
receivers:
  oncall:
    - webhook: {url: "https://hooks.example.org/x?token=dontshow"}
    - stdout:
  mail:
    - email: {smtp: "smtps://mail.example.org", from: a@example.org, to: [b@example.org, c@example.org]}
    - stdout: {language: ko}
route:
  receiver: oncall
  escalate: {after: 15m, to: [mail]}
  repeat_interval: 2h
  routes:
    - matchers: ['severity="info"', 'group=~"batch-.*"']
      receiver: mail
      mute_time_intervals: [nights]
    - match: {group: "a\"b\\c"}
      continue: true
      repeat_interval: 1h
      routes:
        - {match_re: {topic: "x|y"}, receiver: mail}
    - {}
time_intervals:
  - name: nights
    time_intervals:
      - {times: [{start_time: "00:00", end_time: "06:00"}, {start_time: "22:00", end_time: "24:00"}], weekdays: ["monday:friday"], location: Asia/Seoul}
      - {years: ["2026"]}
overrides:
  - {symptom: consumer-falling-behind, match: {group: "batch-.*"}, params: {min_lag_time: 1h}}
  - {symptom: broker-memory-pressure, disable: true}
facts:
  - {name: host_network_capacity, value: 10Gbit/s, match: {host: "kafka-.*"}}
client_groups: {"payments-worker-[0-9]+": payments}
Y
ok "a whole one is good" code 0 config check -c whole.yaml
ok "a whole one" code 0 config show -c whole.yaml
cp out whole.shown
ok "what the file says" says out '^interval: 30s +# whole\.yaml:1$'
ok "in a list" says out '^      matchers: \["severity=\\"info\\"", "group=~\\"batch-\.\*\\""\] +# whole\.yaml:25$'
ok "what follows from the file" says out '^timeout: 30s +# default$'
ok "what a route takes from the one around it" says out '^          repeat_interval: 1h +# as the route around it$'
ok "no secret" sh -c '! grep -q dontshow out'
ok "and is said to be cut" says out '^        url: "https://hooks\.example\.org/x\?\.\.\." +# whole\.yaml:15$'
ok "every value says where it came from" sh -c '! grep -Ev "^ *(- )?(\"[^\"]*\"|[a-z0-9_-]+):( \{\})?$|^ *- \{\}$| # (whole\.yaml:[0-9]+|default|as the route around it)$" out'
ok "it is a configuration again" code 0 config check -c whole.shown
ok "which says the same" code 0 config show -c whole.shown
values() { sed 's/ *# [^#]*$//' "$1"; }
ok "value for value" diff <(values whole.shown) <(values out)
ok "so are its routes" diff <("$nightbell" config routes -c whole.yaml) <("$nightbell" config routes -c whole.shown)
ok "the example, too" code 0 config show -c "$source_root/examples/nightbell.yaml"
cp out example.shown
ok "is one again" code 0 config check -c example.shown

ok "one with mistakes is not shown" sh -c 'echo "intervall: 1s" >bad.yaml; "$1" config show -c bad.yaml >out 2>err; [ $? -eq 78 ] && [ ! -s out ] && grep -q "did you mean \"interval\"" err' sh "$nightbell"
ok "nothing to do" code 64 config
ok "too much to do" code 64 config show everything
finish
