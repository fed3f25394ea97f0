#!/usr/bin/env python3
"""A Slack (and HTTP mail provider) that answers by a script and checks what it gets.

Usage: fake_slack.py PORT_FILE LOG_FILE [ANSWER…]   ANSWER: ok 429:SECONDS 500 302 hang drop garbage error:NAME (default when used up: ok)
Paths: /api/chat.postMessage /api/chat.update /hook /mail. The log has one JSON object a request: path, authorization, body, problems, answer.
"""
import http.server
import json
import os
import sys
import threading
import time

from slack_validate import validate

PORT_FILE, LOG_FILE, ANSWERS = sys.argv[1], sys.argv[2], sys.argv[3:]
LOCK = threading.Lock()
COUNT = 0


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body, headers=()):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def is_api(self):
        return self.path.startswith("/api/")

    def success(self, body, number):
        if not self.is_api():
            return self.reply(200, "ok")
        ts = body.get("ts") or f"1795000125.{number:06d}"
        self.reply(200, json.dumps({"ok": True, "channel": "C0EXAMPLE", "ts": ts}))

    def answer(self, how, body, number):
        kind, _, value = how.partition(":")
        if kind == "ok":
            self.success(body, number)
        elif kind == "429":
            self.reply(429, "ratelimited", [("Retry-After", value or "1")])
        elif kind == "302":
            self.reply(302, "", [("Location", "http://127.0.0.1:1/")])
        elif kind == "500":
            self.reply(500, "oops")
        elif kind == "error":
            self.reply(200 if self.is_api() else 400, json.dumps({"ok": False, "error": value}) if self.is_api() else value)
        elif kind == "garbage":
            self.reply(200, "<html>a proxy's page</html>")
        elif kind == "hang":
            time.sleep(20)
        self.close_connection = kind in ("hang", "drop")

    def do_POST(self):
        global COUNT
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        method = self.path.rsplit("/", 1)[-1]
        problems = [] if method == "mail" else validate(raw, "webhook" if method == "hook" else method)
        body = json.loads(raw) if raw else {}
        with LOCK:
            number, COUNT = COUNT, COUNT + 1
            how = ANSWERS[number] if number < len(ANSWERS) else "ok"
            if problems:
                how = "error:invalid_blocks"
            with open(LOG_FILE, "a", encoding="utf-8") as log:
                log.write(json.dumps({"path": self.path, "authorization": self.headers.get("Authorization"), "key": self.headers.get("Idempotency-Key"),
                                      "body": body, "problems": problems, "answer": how, "time": time.time()}) + "\n")
        self.answer(how, body, number)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
server.daemon_threads = True
with open(PORT_FILE + ".new", "w", encoding="utf-8") as out:
    out.write(str(server.server_address[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
