#!/usr/bin/env bash
# The watch over ourselves: the heartbeat beats while cycles are complete and says why one was not; what one destination does not take is told through another.
. "$(dirname "$0")/servers.sh"
need prometheus promtool

cat >"$work/listen.py" <<'P' # keeps "path body" of every request; /hook/refuse refuses until $2 is there
import http.server, os, sys
class Listener(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        refused = self.path == "/hook/refuse" and not os.path.exists(sys.argv[2])
        with open(sys.argv[1], "a") as log:
            log.write(f"{self.path} {body}\n")
        self.send_response(500 if refused else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
print(server.server_address[1], flush=True)
server.serve_forever()
P
python3 "$work/listen.py" "$work/heard" "$work/mended" >"$work/port" &
pids+=($!)
ok "somebody listens" wait_for 10 test -s "$work/port"
touch "$work/heard"
listener=http://127.0.0.1:$(cat "$work/port")
start=$((($(date +%s) - 50 * 60) / 15 * 15))
ok "a history up to now can be made" make_history "$work/tsdb" $start $((start + 5400))
ok "prometheus serves it" start_prometheus "$work/tsdb"
source_pid=${pids[-1]}
small_rules "$work/rules.yaml"
(umask 077 && echo "$listener/beat/123" >"$work/url")
cat >"$work/config.yaml" <<Y
state: $work/state.db
interval: 1s
rules: [$work/rules.yaml]
sources: {past: {url: "$prometheus", timeout: 2s}}
clusters: {prod: {match: {cluster: prod}}}
receivers: {oncall: [{webhook: {url: "$listener/hook/refuse"}}], others: [{webhook: {url: "$listener/hook/take"}}]}
route: {receiver: oncall, group_wait: 0s, routes: [{match: {group: nobody}, receiver: others}]}
heartbeat: {url_file: $work/url, every: 2s}
Y
"$nightbell" run -c "$work/config.yaml" >"$work/out" 2>"$work/log" &
pids+=($!)
daemon=$!
heard() { grep -q -- "$1" "$work/heard"; }
ok "the heart beats" wait_for 20 heard '^/beat/123 $'
ok "what one destination does not take is told through another" wait_for 60 heard '^/hook/take .*delivery-failing.*oncall/webhook/0'
touch "$work/mended"
kill -9 "$source_pid"
ok "source down: the heartbeat says so and why" wait_for 30 heard '^/beat/123/fail source past does not answer'
beats=$(grep -c '^/beat/123 $' "$work/heard")
sleep 3
ok "and does not beat meanwhile" test "$(grep -c '^/beat/123 $' "$work/heard")" -eq "$beats"
kill "$daemon"
wait "$daemon"
ok "the daemon ends well" test $? -eq 0
ok "no secret is logged" sh -c '! grep -q "beat/123" "$1"' sh "$work/log"
finish
