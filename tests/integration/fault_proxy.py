#!/usr/bin/env python3
"""Stands before a Prometheus server and behaves badly for questions about a certain time.

usage: fault_proxy.py UPSTREAM FROM TO MODE [FROM TO MODE]…        (Unix seconds, both included)

Prints its port and ends when its stdin is closed. What a question is about is its `time` or `end`; others pass unchanged.
"""
import http.client
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

upstream = urlsplit(sys.argv[1]).netloc
faults = [(float(a), float(b), mode) for a, b, mode in zip(sys.argv[2::3], sys.argv[3::3], sys.argv[4::3])]


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, body, status=200, kind="application/json", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def pass_on(self):
        if not hasattr(self, "upstream"):
            self.upstream = http.client.HTTPConnection(upstream, timeout=20)
        headers = {"Content-Type": self.headers.get("Content-Type", "")} if self.body else {}
        self.upstream.request(self.command, self.path, self.body or None, headers)
        r = self.upstream.getresponse()
        return r.status, r.read()

    def mode_for(self, form):
        at = form.get("time") or form.get("end")
        for bad_from, bad_to, mode in faults:
            if at is not None and bad_from <= float(at) <= bad_to and (mode != "missing" or "_lag" in form.get("query", "")):
                return mode
        return None

    def do_GET(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        form = dict(parse_qsl(urlsplit(self.path).query) + parse_qsl(self.body.decode()))
        try:
            mode = self.mode_for(form)
            if mode:
                getattr(self, "mode_" + mode)(form)
            else:
                status, body = self.pass_on()
                self.answer(body, status)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_POST = do_GET

    def mode_hangup(self, form):
        self.close_connection = True

    def mode_slow(self, form):
        time.sleep(4)
        self.answer(self.pass_on()[1])

    def mode_unavailable(self, form):
        self.answer(b"Service Unavailable", 503, "text/plain")

    def mode_throttled(self, form):
        self.answer(b'{"status":"error","errorType":"too_many_requests","error":"slow down"}', 429, **{"Retry-After": "30"})

    def mode_error(self, form):
        self.answer(b'{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}')

    def mode_html(self, form):
        self.answer(b"<html><body>Sign in to go on</body></html>", 200, "text/html")

    def mode_truncated(self, form):
        body = self.pass_on()[1]
        self.answer(body[: len(body) // 2], length=len(body))
        self.close_connection = True

    def mode_cut(self, form):
        body = self.pass_on()[1]
        self.answer(body[: len(body) - 4])

    def mode_warnings(self, form):
        self.answer(json.dumps({**json.loads(self.pass_on()[1]), "warnings": ["store-2: connection refused"]}).encode())

    def mode_partial(self, form):
        self.answer(json.dumps({**json.loads(self.pass_on()[1]), "isPartial": True}).encode())

    def mode_redirect(self, form):
        self.answer(b"", 302, Location="/login")

    def mode_empty(self, form):
        answer = json.loads(self.pass_on()[1])
        answer["data"] = [] if isinstance(answer["data"], list) else {**answer["data"], "result": []}
        self.answer(json.dumps(answer).encode())

    mode_missing = mode_empty


server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
