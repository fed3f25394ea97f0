#!/usr/bin/env python3
"""A Slack (and HTTP mail provider) that answers by a script and checks what it gets.

Usage: fake_slack.py PORT_FILE LOG_FILE [ANSWER…]   ANSWER: ok 429:SECONDS 500 302 hang drop garbage error:NAME (default when used up: ok)
Paths: /api/chat.postMessage /api/chat.update /hook /mail, and a file's three: /api/files.getUploadURLExternal /upload /api/files.completeUploadExternal. The log has one JSON object a request: path, authorization, body, problems, answer.
"""
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse

from slack_validate import validate

PORT_FILE, LOG_FILE, ANSWERS = sys.argv[1], sys.argv[2], sys.argv[3:]
LOCK = threading.Lock()
COUNT = 0


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    file_length = 0

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
        if self.file_answer:
            return self.reply(200, self.file_answer)
        if not self.is_api():
            return self.reply(200, "ok")
        ts = body.get("ts") or f"1795000125.{number:06d}"
        self.reply(200, json.dumps({"ok": True, "channel": "C0EXAMPLE", "ts": ts}))

    def do_file(self, method, raw):
        """One of the three steps of a file: what is wrong with it, and the answer."""
        if method == "upload":
            good = raw.startswith(b"\x89PNG\r\n\x1a\n") and len(raw) == Answer.file_length and "Authorization" not in self.headers
            return {"bytes": len(raw)}, [] if good else ["not the picture that was announced, or with a token"], "OK"
        if method == "files.getUploadURLExternal":
            form = dict(urllib.parse.parse_qsl(raw.decode(), strict_parsing=True))
            Answer.file_length = int(form["length"])
            url = f"http://127.0.0.1:{server.server_address[1]}/upload?id=1"
            return form, [] if form["alt_txt"] and form["filename"] else ["no name"], json.dumps({"ok": True, "upload_url": url, "file_id": "F0EXAMPLE"})
        body = json.loads(raw)
        good = body["files"][0]["id"] == "F0EXAMPLE" and body["files"][0]["title"] and body["channel_id"] == "C0EXAMPLE" and body["thread_ts"]
        return body, [] if good else ["not that file"], json.dumps({"ok": True, "files": [{"id": "F0EXAMPLE"}]})

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
        method = self.path.rsplit("/", 1)[-1].split("?")[0]
        self.file_answer = None
        if method == "upload" or method.startswith("files."):
            body, problems, self.file_answer = self.do_file(method, raw)
        else:
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
