#!/usr/bin/env python3
"""Takes webhooks (Alertmanager's, ours) and keeps them. Usage: am_sink.py PORT_FILE LOG_FILE [ANSWER…]; ANSWER: a status (default, and when used up: 200).

The log has one JSON object a request: path, headers, raw (the body as text), body, answer, time.
"""
import http.server
import json
import os
import sys
import threading
import time

PORT_FILE, LOG_FILE, ANSWERS = sys.argv[1], sys.argv[2], sys.argv[3:]
LOCK = threading.Lock()
COUNT = 0


class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        global COUNT
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        with LOCK:
            status = int(ANSWERS[COUNT]) if COUNT < len(ANSWERS) else 200
            COUNT += 1
            with open(LOG_FILE, "a", encoding="utf-8") as log:
                log.write(json.dumps({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "raw": raw, "body": json.loads(raw),
                                      "answer": status, "time": time.time()}) + "\n")
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
server.daemon_threads = True
with open(PORT_FILE + ".new", "w", encoding="utf-8") as out:
    out.write(str(server.server_address[1]))
os.rename(PORT_FILE + ".new", PORT_FILE)
server.serve_forever()
