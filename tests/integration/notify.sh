#!/usr/bin/env bash
# Delivery against a fake Slack, a real SMTP dialogue, a sink for webhooks and a real Alertmanager. Usage: notify.sh BUILD_DIR (holding libnb_*.a). One PASS or FAIL a line; exit 1 when any failed.
# shellcheck disable=SC2317  # the conditions are called by name
here=$(cd "$(dirname "$0")" && pwd)
source_dir=$(cd "$here/../.." && pwd)
build=${1:?usage: notify.sh BUILD_DIR}
work=$(mktemp -d)
failed=0
servers=()

finish() {
    for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null; done
    rm -rf "$work"
}
trap finish EXIT

say() { # name, status
    if [ "$2" -eq 0 ]; then
        echo "PASS $1"
    else
        echo "FAIL $1"
        failed=1
        sed 's/^/    | /' "$work/out" 2>/dev/null | head -20
    fi
}

build_driver() {
    local sanitize
    sanitize=$(sed -n 's/^NIGHTBELL_SANITIZE:[^=]*=//p' "$build/CMakeCache.txt" 2>/dev/null)
    local libs=()
    for floor in notify store net config model base; do
        local lib
        lib=$(find "$build" -name "libnb_$floor.a" | head -1)
        [ -n "$lib" ] && libs+=("$lib")
    done
    # shellcheck disable=SC2046,SC2086  # lists of flags
    ${CC:-cc} -std=gnu17 -g -I"$source_dir/src" -I"$source_dir/include" ${sanitize:+-fsanitize=$sanitize} ${NOTIFY_CFLAGS:-} \
        "$here/notify_driver.c" -Wl,--start-group "${libs[@]}" ${NOTIFY_LIBS:-} -Wl,--end-group \
        $(pkg-config --libs libcurl jansson yaml-0.1 sqlite3 zlib) -lm -lpthread -o "$work/driver"
}

wait_for() { # file
    for _ in $(seq 100); do
        [ -s "$1" ] && return 0
        sleep 0.1
    done
    return 1
}

slack() { # answers…: sets $slack_port, $log
    rm -f "$work/port"
    log=$work/log.$RANDOM$RANDOM
    : >"$log"
    python3 "$here/fake_slack.py" "$work/port" "$log" "$@" &
    servers+=($!)
    wait_for "$work/port"
    slack_port=$(cat "$work/port")
}

smtp() { # options…: sets $smtp_port, $log
    rm -f "$work/port"
    log=$work/log.$RANDOM$RANDOM
    : >"$log"
    /usr/bin/python3 "$here/smtp_sink.py" "$work/port" "$log" "$@" 2>"$work/smtp.err" &
    servers+=($!)
    wait_for "$work/port"
    smtp_port=$(cat "$work/port")
}

drive() { # options… <<< lines
    timeout 60 "$work/driver" "$@" >"$work/out" 2>"$work/err"
    cat "$work/err" >>"$work/out"
}

bot() { drive --slack-api "http://127.0.0.1:$slack_port/api" --token-file "$work/token" --channel '#oncall' "$@"; }
hook() { drive --slack-hook-file "$work/hook" "$@"; }
mail() { drive --smtp "smtp://127.0.0.1:$smtp_port" "$@"; }

# Is `expression` true? `log` is the list of requests, `out` what the driver said.
holds() { # name, expression
    WORK=$work LOG=$log python3 - "$2" <<'PY'
import base64, hmac, json, os, sys

def mac(e): # of Standard Webhooks, with the key in $work/secret
    key = base64.b64decode(open(os.environ["WORK"] + "/secret").read().strip().removeprefix("whsec_"))
    text = e["headers"]["webhook-id"] + "." + e["headers"]["webhook-timestamp"] + "." + e["raw"]
    return base64.b64encode(hmac.new(key, text.encode(), "sha256").digest()).decode()

log = [json.loads(line) for line in open(os.environ["LOG"], encoding="utf-8")]
out = open(os.environ["WORK"] + "/out", encoding="utf-8").read()
paths = [entry.get("path") for entry in log]
try:
    good = bool(eval(sys.argv[1]))
except Exception as error:
    print("   ", error)
    good = False
if not good:
    print("    false:", sys.argv[1])
    print("    log:", [(e.get("path"), e.get("answer"), e.get("problems")) for e in log])
sys.exit(not good)
PY
    say "$1" $?
}

build_driver || { echo "FAIL the driver cannot be built"; exit 1; }
printf 'xoxb-example' >"$work/token"
chmod 600 "$work/token"

python3 "$here/slack_validate.py" --self-test; say "validator refuses what it should" $?
python3 "$here/slack_validate.py" "$source_dir"/tests/golden/notify/*slack*.json; say "golden Slack payloads are valid" $?

slack
bot <<<"$(printf 'open firing 1 warning\ndrain 10\nupdate firing 2 warning\ndrain 10\nupdate firing 3 critical\ndrain 10\nresolve resolved 4\ndrain 20\n')"
holds "slack: one message, edited, with a line for what is notable" \
    'paths == ["/api/chat.postMessage", "/api/chat.update", "/api/chat.update", "/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage"]'
holds "slack: edits go to the channel and ts of the first answer" 'all(e["body"]["ts"] == "1795000125.000000" and e["body"]["channel"] == "C0EXAMPLE" for e in log if e["path"].endswith("update"))'
holds "slack: rise to critical is told to the channel" 'log[3]["body"]["reply_broadcast"] is True and log[3]["body"]["thread_ts"] == "1795000125.000000"'
holds "slack: resolve replies in the thread" '"Resolved after 41 min" in log[5]["body"]["text"]'
holds "slack: token from its file, and every payload valid" 'all(e["authorization"] == "Bearer xoxb-example" and not e["problems"] for e in log)'
holds "slack: counted as sent" '"sent=4 failed=0 dead=0" in out'

slack
bot <<<"$(printf 'open hostile 1\ndrain 10\nresolve lost 2\ndrain 10\n')"
holds "slack: hostile names and lost sight are valid payloads" 'len(log) == 3 and not any(e["problems"] for e in log) and "Lost sight" in log[2]["body"]["text"]'

slack
bot --charts yes <<<"$(printf 'open firing 1\ndrain 10\nupdate firing 2\ndrain 10\nresolve resolved 3\ndrain 10\n')"
holds "slack: a new message's chart follows in its thread, once" \
    '[p.rsplit("/", 1)[-1] for p in paths[:5]] == ["chat.postMessage", "files.getUploadURLExternal", "upload?id=1", "files.completeUploadExternal", "chat.update"] and sum("upload" in p for p in paths) == 1 and not any(e["problems"] for e in log) and log[3]["body"]["thread_ts"] == "1795000125.000000"'

slack ok error:missing_scope
bot --charts yes <<<"$(printf 'open firing 1\ndrain 10\n')"
holds "slack: a chart that is refused is left out, and the message stands" 'len(log) == 2 and "sent=1 failed=0 dead=0" in out and "files:write" in out'

slack ok ok 500
bot --charts yes <<<"$(printf 'open firing 1\ndrain 10\n')"
holds "slack: a chart that cannot be stored is not named" 'len(log) == 3 and "sent=1 failed=0 dead=0" in out'

slack 429:2 ok
( printf 'open firing 1\ndrain 1\n'; sleep 4; printf 'drain 5\n' ) | bot
holds "slack: 429 then ok: sent once, not earlier" '[e["answer"] for e in log] == ["429:2", "ok"] and log[1]["time"] - log[0]["time"] >= 2 and "sent=1 failed=1" in out'

slack 500 ok
( printf 'open firing 1\ndrain 1\n'; sleep 3; printf 'drain 5\n' ) | bot
holds "slack: 500 is tried again" '[e["answer"] for e in log] == ["500", "ok"] and "sent=1 failed=1 dead=0" in out'

slack error:invalid_auth
bot <<<"$(printf 'open firing 1\ndrain 5\noutbox\n')"
holds "slack: invalid_auth is given up and says so" 'len(log) == 1 and "dead=1" in out and "invalid_auth" in out and "left" not in out'

slack error:channel_not_found
bot <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "slack: channel_not_found is given up" 'len(log) == 1 and "dead=1" in out'

slack ok error:message_not_found ok
bot <<<"$(printf 'open firing 1\ndrain 5\nupdate firing 2 warning\ndrain 5\nupdate firing 3 warning\ndrain 9\n')"
holds "slack: a deleted message is posted anew and edited from then on" \
    'paths == ["/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage", "/api/chat.update"] and log[3]["body"]["ts"] == "1795000125.000002"'

slack error:invalid_blocks ok
bot <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "slack: refused blocks are said as plain text once" 'len(log) == 2 and "blocks" not in log[1]["body"] and "payments" in log[1]["body"]["text"] and "sent=1" in out'

slack error:invalid_blocks error:invalid_blocks
bot <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "slack: plain text refused too: given up" 'len(log) == 2 and "dead=1" in out'

slack hang
bot --timeout-ms 700 <<<"$(printf 'open firing 1\ndrain 5\noutbox\n')"
holds "slack: no answer may have been taken: waits long before it may come twice" \
    'len(log) == 1 and "failed=1" in out and int(out.split("in=")[1].split("s")[0]) >= 28'

slack drop
bot <<<"$(printf 'open firing 1\ndrain 5\noutbox\n')"
holds "slack: connection lost before the answer: the same" 'len(log) == 1 and int(out.split("in=")[1].split("s")[0]) >= 28'

slack 302
bot <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "slack: redirects are not followed" 'len(log) == 1 and "dead=1" in out'

slack
bot --store "$work/twice.db" <<<"$(printf 'open firing 1\ndrain 5\n')"
bot --store "$work/twice.db" <<<"$(printf 'open firing 1\ndrain 5\nupdate firing 2 critical\ndrain 5\n')"
holds "slack: a restart neither repeats nor forgets the message" 'paths == ["/api/chat.postMessage", "/api/chat.update"]'

slack hang ok
printf 'open firing 1\ndrain 20\n' >"$work/lines"
"$work/driver" --slack-api "http://127.0.0.1:$slack_port/api" --token-file "$work/token" --channel '#oncall' --store "$work/kill.db" \
    <"$work/lines" >/dev/null 2>&1 &
victim=$!
wait_for "$log"
kill -9 "$victim"
wait "$victim" 2>/dev/null
bot --store "$work/kill.db" <<<"$(printf 'drain 5\n')"
holds "slack: killed while sending: said by who comes next" '[e["answer"] for e in log] == ["hang", "ok"] and "sent=1" in out'

slack
printf 'http://127.0.0.1:%s/hook' "$slack_port" >"$work/hook"
chmod 600 "$work/hook"
hook <<<"$(printf 'open firing 1 warning\ndrain 5\nupdate firing 2 warning\ndrain 5\nupdate firing 3 critical\ndrain 5\nresolve resolved 4\ndrain 9\n')"
holds "webhook: open, notable update and resolve are posted, the rest is not" 'paths == ["/hook"] * 3 and not any(e["problems"] for e in log) and "sent=4" in out'

slack error:no_service
printf 'http://127.0.0.1:%s/hook' "$slack_port" >"$work/hook"
hook <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "webhook: revoked: given up" 'len(log) == 1 and "dead=1" in out and "no_service" in out'

slack garbage
printf 'http://127.0.0.1:%s/hook' "$slack_port" >"$work/hook"
hook <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "webhook: 200 without ok is no success" 'len(log) == 1 and "sent=0" in out'

slack
drive --mail-url "http://127.0.0.1:$slack_port/mail" --to a@example.org --to b@example.org <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "mail by HTTP: the generic form" 'set(log[0]["body"]) == {"from", "to", "subject", "text", "html", "message_id"} and log[0]["body"]["to"] == ["a@example.org", "b@example.org"] and log[0]["key"] == log[0]["body"]["message_id"]'

slack 500 ok
( printf 'open firing 1\ndrain 1\n'; sleep 3; printf 'drain 5\n' ) | drive --mail-url "http://127.0.0.1:$slack_port/mail" --to a@example.org
holds "mail by HTTP: 500 is tried again with the same key" 'len(log) == 2 and log[0]["key"] == log[1]["key"]'

smtp
mail --to a@example.org --to b@example.org <<<"$(printf 'open firing 1\ndrain 5\nresolve resolved 2\ndrain 5\n')"
holds "smtp: two mails to all recipients" 'len(log) == 2 and log[0]["to"] == ["a@example.org", "b@example.org"] and "sent=2" in out'
holds "smtp: well-formed to the byte" 'not any(m["problems"] for m in log)'
holds "smtp: one thread: same subject and root, other ids" \
    'log[0]["headers"]["subject"] == log[1]["headers"]["subject"] and log[0]["headers"]["references"] == log[1]["headers"]["references"] and log[0]["headers"]["message-id"] != log[1]["headers"]["message-id"]'
holds "smtp: the texts say it" '"CRITICAL · payments is falling behind" in log[0]["text"] and "Resolved after 41 min" in log[1]["text"] and "<b>Cluster</b>" in log[0]["html"]'

smtp
mail --to a@example.org <<<"$(printf 'open firing 1\ndrain 5\nupdate firing 2\ndrain 5\n')"
holds "smtp: an update that is no news is no mail" 'len(log) == 1 and "sent=2" in out'

smtp
mail --lang ko --to a@example.org <<<"$(printf 'open firing 1\ndrain 5\nrepeat hostile 2\ndrain 5\n')"
holds "smtp: Korean subject and hostile names stay one mail each" 'len(log) == 2 and not any(m["problems"] for m in log) and all("\n" not in m["headers"]["subject"] for m in log) and "<script>" not in log[-1]["html"]'

smtp
mail --to refused@example.org --to b@example.org <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "smtp: one refused recipient does not silence the other" 'len(log) == 1 and log[0]["to"] == ["b@example.org"] and "sent=1" in out'

smtp
mail --to refused@example.org <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "smtp: nobody takes it: given up" 'len(log) == 0 and "dead=1" in out'

smtp
( printf 'open firing 1\ndrain 2\n'; sleep 3; printf 'drain 5\n' ) | mail --to later@example.org
holds "smtp: greylisted is tried again" 'len(log) == 1 and "sent=1 failed=1" in out'

smtp
mail --to a@example.org --from "$(printf 'x@example.org\r\nRCPT TO:<evil@example.org>')" <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "smtp: line break in an address is refused" 'len(log) == 0 and "dead=1" in out'

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' >/dev/null 2>&1
printf 'word' >"$work/password"
chmod 600 "$work/password"
smtp --tls "$work/cert.pem" "$work/key.pem" --user bell --password word
mail --to a@example.org --require-tls 1 --user bell --password-file "$work/password" --ca-file "$work/cert.pem" <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "smtp: STARTTLS and login" 'len(log) == 1 and log[0]["tls"] and log[0]["login"]'
printf 'wrong' >"$work/password"
mail --to a@example.org --require-tls 1 --user bell --password-file "$work/password" --ca-file "$work/cert.pem" <<<"$(printf 'open firing 1\ndrain 5\noutbox\n')"
holds "smtp: wrong password is a mistake in the settings" 'len(log) == 1 and "dead=1" in out and "wrong" not in out'

sink() { # statuses…: sets $sink, $log
    rm -f "$work/port"
    log=$work/log.$RANDOM$RANDOM
    : >"$log"
    python3 "$here/am_sink.py" "$work/port" "$log" "$@" &
    servers+=($!)
    wait_for "$work/port"
    sink=http://127.0.0.1:$(cat "$work/port")
}

printf 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n' >"$work/secret"
chmod 600 "$work/secret"
sink 503 200
( printf 'open firing 1\ndrain 1\n'; sleep 3; printf 'drain 5\nresolve resolved 2\ndrain 5\n' ) | drive --webhook-url "$sink/hook" --secret-file "$work/secret"
holds "json webhook: the finding and the kind of message" 'log[0]["body"]["schema"] == "nightbell.finding/1" and [e["body"]["kind"] for e in log] == ["open", "open", "resolve"] and "sent=2 failed=1" in out'
holds "json webhook: one id for every try of a revision" 'log[0]["headers"]["webhook-id"] == log[1]["headers"]["webhook-id"] == log[1]["headers"]["idempotency-key"] != log[2]["headers"]["webhook-id"]'
holds "json webhook: signed over id, time and body" 'all(e["headers"]["webhook-signature"] == "v1," + mac(e) and abs(int(e["headers"]["webhook-timestamp"]) - e["time"]) < 3 for e in log)'

sink
drive --webhook-url "$sink/hook" <<<"$(printf 'open hostile 1\ndrain 5\n')"
holds "json webhook: without a secret not signed, hostile names stay data" '"webhook-signature" not in log[0]["headers"] and "<!channel>" in log[0]["raw"] and "sent=1" in out'

sink
printf 'short' >"$work/secret"
drive --webhook-url "$sink/hook" --secret-file "$work/secret" <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "json webhook: a secret that is too short is a mistake in the settings" 'not log and "dead=1" in out and "mend its settings" in out'

sink 410
drive --webhook-url "$sink/hook" <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "json webhook: 410 is given up" 'len(log) == 1 and "dead=1" in out'

printf '0123456789abcdef0123456789abcdef\n' >"$work/routing"
chmod 600 "$work/routing"
sink 202 429 202 202
( printf 'open firing 1\ndrain 5\nupdate firing 2\ndrain 1\n'; sleep 6; printf 'drain 5\nresolve resolved 3\ndrain 5\n' ) | drive --pagerduty-url "$sink/v2/enqueue" --routing-key-file "$work/routing"
holds "pagerduty: trigger, again after 429, resolve; one dedup_key" \
    '[e["body"]["event_action"] for e in log] == ["trigger", "trigger", "trigger", "resolve"] and len({e["body"]["dedup_key"] for e in log}) == 1 and "sent=3 failed=1" in out'
holds "pagerduty: the key from its file, never told" 'all(e["body"]["routing_key"] == "0123456789abcdef" * 2 for e in log) and "0123456789abcdef" not in out'
holds "pagerduty: causes are in the details" '"processing one record became slower" in log[0]["raw"] and log[0]["body"]["payload"]["severity"] == "critical"'

rm "$work/routing"
sink
drive --pagerduty-url "$sink/v2/enqueue" --routing-key-file "$work/routing" <<<"$(printf 'open firing 1\ndrain 1\noutbox\n')"
holds "pagerduty: a key's file that is not there is waited for" 'not log and "left open" in out and "dead=0" in out'

start_alertmanager() { # sets $alertmanager; its notifications go to the sink
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    sed -e "s,http://127.0.0.1:8080/,$sink/," -e 's/group_wait: .*/group_wait: 2s/' -e 's/group_interval: .*/group_interval: 2s/' \
        "$source_dir/examples/alertmanager.yml" >"$work/alertmanager.yml"
    prometheus-alertmanager --config.file="$work/alertmanager.yml" --storage.path="$work/am" --web.listen-address="127.0.0.1:$port" \
        --cluster.listen-address= >"$work/am.log" 2>&1 &
    servers+=($!)
    alertmanager=http://127.0.0.1:$port
    for _ in $(seq 100); do
        python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' "$alertmanager/-/ready" 2>/dev/null && return 0
        sleep 0.1
    done
    cat "$work/am.log"
    return 1
}

if command -v prometheus-alertmanager >/dev/null; then
    sink
    start_alertmanager
    say "alertmanager: takes examples/alertmanager.yml" $?
    ( printf 'active root symptom impact\ndrain 5\n'; sleep 5; printf 'active root\ndrain 5\n'; sleep 4; printf 'active\ndrain 5\n'; sleep 5 ) |
        drive --alertmanager-url "$alertmanager"
    roles='[sorted(a["labels"]["role"] for a in e["body"]["alerts"] if a["status"] == "firing") for e in log]'
    holds "alertmanager: one group an incident, the symptom of the root is muted" 'log[0]["body"]["groupLabels"] == {"incident_id": "3f2a9c017f3a91c2"} and '"$roles"'[0] == ["impact", "root"]'
    holds "alertmanager: labels and annotations arrive" 'all({"alertname", "severity", "cluster", "group", "topic", "symptom"} <= set(a["labels"]) and {"summary", "description", "cause", "verdict", "command"} <= set(a["annotations"]) for a in log[0]["body"]["alerts"])'
    holds "alertmanager: resolves what is no longer shown, and at last all" 'log[-1]["body"]["status"] == "resolved" and '"$roles"'[-1] == [] and ["root"] in '"$roles"
else
    echo "SKIP prometheus-alertmanager is not here"
fi

drive <<<"$(printf 'open firing 1\ndrain 5\n')"
holds "stdout: the text as in a terminal" '"CRITICAL · payments is falling behind on __payments_v1" in out and "sent=1" in out'

exit $failed
