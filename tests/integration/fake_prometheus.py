#!/usr/bin/env python3
"""A server that behaves as servers do on bad days. The first path segment is the behaviour: http://127.0.0.1:PORT/slow/api/v1/query.

Prints "PORT http smtp" on stdout and ends when its stdin is closed, so that no test leaves it behind.
"""
import json
import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

lock = threading.Lock()
inside = most = 0


def vector(**labels):
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": [{"metric": labels, "value": [1, "2"]}]}}).encode()


GOOD = vector(job="x")


class Fake(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, body, status=200, kind="application/json", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        mode = urlsplit(self.path).path.split("/")[1]
        try:
            getattr(self, "mode_" + mode, self.mode_missing)()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_POST = do_GET

    def mode_missing(self):
        self.answer(b"404 page not found\n", 404, "text/plain")

    def mode_good(self):
        self.answer(GOOD)

    def mode_echo(self):
        form = dict(parse_qsl(self.body.decode()) + parse_qsl(urlsplit(self.path).query))
        headers = {k.lower().replace("-", "_"): v for k, v in self.headers.items()}
        self.answer(vector(method=self.command, path=urlsplit(self.path).path, **form, **headers))

    def mode_post(self):  # a webhook: what came is what goes
        self.answer(self.body, 200, "text/plain")

    def mode_slow(self):
        time.sleep(3)
        self.answer(GOOD)

    def mode_drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(30):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.1)

    def mode_busy(self):  # how many at once?
        global inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.15)
        with lock:
            inside -= 1
        self.answer(vector(most=str(most)))

    def mode_bad(self):
        self.answer(b'{"status":"error","errorType":"bad_data","error":"1:5: parse error"}', 400)

    def mode_later(self):
        self.answer(b'{"status":"error","errorType":"unavailable","error":"starting"}', 503, Retry_After="7")

    def mode_later_date(self):
        self.answer(b"busy", 429, "text/plain", Retry_After=self.date_time_string(time.time() + 60))

    def mode_html(self):
        self.answer(b"<html><body>Sign in</body></html>", 200, "text/html")

    def mode_gateway(self):
        self.answer(b"<html><body>502 Bad Gateway</body></html>", 502, "text/html")

    def mode_short(self):  # promises more than it sends
        self.answer(GOOD, length=len(GOOD) + 100)
        self.close_connection = True

    def mode_shortchunk(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(GOOD), GOOD))
        self.close_connection = True

    def mode_cut(self):  # well-formed HTTP, half a JSON
        self.answer(GOOD[: len(GOOD) - 3])

    def mode_hangup(self):
        self.close_connection = True

    def mode_redirect(self):
        self.answer(b"", 302, "text/plain", Location="https://evil.example.org/steal?token=1")

    def mode_partial(self):
        self.answer(GOOD[:-1] + b',"isPartial":true}')

    def mode_warning(self):
        self.answer(GOOD[:-1] + b',"warnings":["one store is down"]}')

    def mode_huge(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        series = b'{"metric":{"a":"b"},"value":[1,"2"]},' * 1000
        head = b'{"status":"success","data":{"resultType":"vector","result":['
        self.wfile.write(b"%x\r\n%s\r\n" % (len(head), head))
        while True:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(series), series))


class FakeSmtp(socketserver.StreamRequestHandler):
    """Recipients choose: busy@ 451, gone@ 550. The mail that came last is shown by MAILS."""

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 fake")
        while line := self.rfile.readline():
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"EHLO":
                self.say("250 fake")
            elif verb == b"RCPT" and b"busy@" in line:
                self.say("451 try later")
            elif verb == b"RCPT" and b"gone@" in line:
                self.say("550 no such user")
            elif verb == b"DATA":
                self.say("354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                self.say("250 queued")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True


class HttpThreads(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


http = HttpThreads(("127.0.0.1", 0), Fake)
smtp = Threads(("127.0.0.1", 0), FakeSmtp)
for server in (http, smtp):
    threading.Thread(target=server.serve_forever, daemon=True).start()
print("PORT", http.server_address[1], smtp.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)
