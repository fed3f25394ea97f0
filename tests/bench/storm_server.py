#!/usr/bin/env python3
"""Prometheus's query API with one metric of N series, all at 0.9, and a notifier that swallows alerts: storm_server.py N PORTFILE LOG.

LOG gets a line a question of the metric: seconds since the epoch."""
import http.server
import sys
import time
import urllib.parse

COUNT, PORTFILE, LOG = int(sys.argv[1]), sys.argv[2], open(sys.argv[3], "w", buffering=1)
BUILD = b'{"status":"success","data":{"version":"2.42.0","revision":"","goVersion":""}}'
EMPTY = b'{"status":"success","data":{"resultType":"vector","result":[]}}'


def storm(at):
    rows = ('{"metric":{"__name__":"level","device":"device-%d","job":"devices"},"value":[%s,"0.9"]}' % (i, at) for i in range(COUNT))
    return ('{"status":"success","data":{"resultType":"vector","result":[%s]}}' % ",".join(rows)).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def route(self, text):
        url = urllib.parse.urlsplit(self.path)
        asked = urllib.parse.parse_qs(text) | urllib.parse.parse_qs(url.query)
        query = asked.get("query", [""])[0]
        if url.path.endswith("/query"):
            if "level" not in query:
                return self.answer(EMPTY)
            LOG.write("%.3f\n" % time.time())
            return self.answer(storm(asked.get("time", [str(int(time.time()))])[0]))
        if url.path.endswith("/label/__name__/values"):
            return self.answer(b'{"status":"success","data":["level"]}')
        if url.path.endswith("/buildinfo"):
            return self.answer(BUILD)
        if url.path.endswith("/alerts"):
            return self.answer(b"{}")
        return self.answer(b'{"status":"success","data":[]}')

    def do_GET(self):
        self.route("")

    def do_POST(self):
        self.route(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open(PORTFILE, "w").write(str(server.server_port))
server.serve_forever()
