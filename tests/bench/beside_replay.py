#!/usr/bin/env python3
"""Alerts over a week of history, by `nightbell backtest` and by Debian's `vmalert -replay` (package victoria-metrics), one after the other on the same Prometheus and rule
file. Prints for each: seconds, CPU seconds of the program itself, times that an alert began to fire; then ratios. Both ask the same server, so the seconds hold its work too.

    beside_replay.py NIGHTBELL [SERIES=50] [DAYS=7]
"""
import http.server
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

NIGHTBELL = sys.argv[1]
SERIES = int(sys.argv[2]) if len(sys.argv) > 2 else 50
DAYS = int(sys.argv[3]) if len(sys.argv) > 3 else 7
STEP, START = 60, 1767571200
END = START + DAYS * 86400
RULES = 10
WORK = tempfile.mkdtemp(prefix="nightbell-replay-")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def write_history():
    """A seeded walk for each series that crosses 80 now and then."""
    rng = random.Random(7)
    with open(f"{WORK}/history.txt", "w", encoding="utf-8") as out:
        out.write("# TYPE depth gauge\n")
        for i in range(SERIES):
            level = rng.uniform(20, 60)
            for t in range(START, END, STEP):
                level += rng.gauss(0, 1.5) + (45 - level) * 0.01
                out.write(f'depth{{queue="q{i}"}} {level:.3f} {t}\n')
        out.write("# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", f"{WORK}/history.txt", f"{WORK}/tsdb"], check=True, stdout=subprocess.DEVNULL)
    with open(f"{WORK}/rules.yml", "w", encoding="utf-8") as out:
        out.write("groups:\n- name: depth\n  interval: 60s\n  rules:\n")
        for k in range(RULES):
            out.write(f"  - alert: Deep{k}\n    expr: avg_over_time(depth[5m]) > {50 + 2 * k}\n    for: 5m\n    labels: {{severity: warning}}\n    annotations: {{summary: deep}}\n")


class Sink(http.server.BaseHTTPRequestHandler):
    """Takes what vmalert writes back and forgets it."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


def timed(argv, out):
    began = time.monotonic()
    with open(out, "w", encoding="utf-8") as to:
        child = subprocess.Popen(argv, stdout=to, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{argv[0]} failed, see {out}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime


def main():
    write_history()
    url = f"http://127.0.0.1:{free_port()}"
    server = subprocess.Popen(["prometheus", "--config.file=/dev/null", f"--storage.tsdb.path={WORK}/tsdb", "--storage.tsdb.retention.time=50y",
                               f"--web.listen-address={url[7:]}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sink = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(url + "/-/ready", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        with open(f"{WORK}/config.yaml", "w", encoding="utf-8") as out:
            out.write(f"sources: {{past: {{url: \"{url}\"}}}}\nclusters: {{all: {{}}}}\nrules: [{WORK}/rules.yml]\ninterval: 60s\n")
        ours = timed([NIGHTBELL, "backtest", "-c", f"{WORK}/config.yaml", "--from", str(START + 600), "--to", str(END - STEP), "--format", "jsonl"], f"{WORK}/ours")
        at = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
        theirs = timed(["vmalert", f"-rule={WORK}/rules.yml", f"-datasource.url={url}", f"-remoteWrite.url=http://127.0.0.1:{sink.server_address[1]}",
                        f"-replay.timeFrom={at(START + 600)}", f"-replay.timeTo={at(END - STEP)}", "-replay.disableProgressBar", "-replay.maxDatapointsPerQuery=11000",
                        "-replay.rulesDelay=0"], f"{WORK}/theirs")
    finally:
        server.kill()
    fired = len(re.findall(r'"event":"symptom","state":"firing"', open(f"{WORK}/ours", encoding="utf-8").read()))
    print(f"{RULES} alerts, {SERIES} series, {DAYS} days, one evaluation a minute")
    print(f"nightbell backtest {ours[0]:.1f} s, CPU {ours[1]:.1f} s, {fired} times firing")
    print(f"vmalert -replay    {theirs[0]:.1f} s, CPU {theirs[1]:.1f} s")
    print(f"ratio {ours[0] / theirs[0]:.2f} of its time, {ours[1] / theirs[1]:.2f} of its CPU")


main()
