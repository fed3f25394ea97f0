#!/usr/bin/env python3
"""A mail provider's HTTP API that writes down what it took: one JSON line a message, on disk before it answers.

usage: mail_sink.py FILE        Prints its port, ends when its stdin is closed. Answers after a short while that differs from message to message.
"""
import json
import os
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

out = open(sys.argv[1], "a", buffering=1)
lock = threading.Lock()
dice = random.Random(7)


class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            mail = json.loads(body)
            line = json.dumps({"id": mail["message_id"], "subject": mail["subject"], "text": mail["text"]})
        except (ValueError, KeyError): # cut by a kill: nothing was said
            self.close_connection = True
            return
        with lock:
            out.write(line + "\n")
            os.fsync(out.fileno())
            wait = dice.random() * 0.05
        time.sleep(wait)
        try:
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()
        except (BrokenPipeError, ConnectionResetError):
            pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
