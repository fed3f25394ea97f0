#!/usr/bin/env python3
"""An alert storm, seen by nightbell and by Debian's vmalert (package victoria-metrics), one after the other on this machine: N series that fire in one rule, asked
every 15 s from the same mock server. Prints for each: seconds an evaluation took as the program itself counts them, CPU seconds in all, peak memory; then ratios.

    beside_vmalert.py NIGHTBELL [N=100000] [SECONDS=75]
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
NIGHTBELL = sys.argv[1]
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
SECONDS = int(sys.argv[3]) if len(sys.argv) > 3 else 75
WORK = tempfile.mkdtemp(prefix="nightbell-storm-")

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    PORT = free.getsockname()[1]

CONFIG = """sources: {{storm: {{url: "{url}"}}}}
rules: [{here}/storm.yaml]
state: {work}/state.db
interval: 15s
receivers: {{out: [{{stdout: {{}}}}]}}
route: {{receiver: out}}
"""
RULES = """groups:
- name: storm
  interval: 15s
  rules:
  - alert: high
    expr: level > 0.8
    labels: {severity: warning}
    annotations: {summary: "{{ $labels.device }} is high"}
"""


def write(name, text):
    path = os.path.join(WORK, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def serve():
    port = os.path.join(WORK, "port")
    server = subprocess.Popen([sys.executable, os.path.join(HERE, "storm_server.py"), str(COUNT), port, os.path.join(WORK, "asked")])
    while not os.path.exists(port) or not open(port).read():
        time.sleep(0.1)
    return server, "http://127.0.0.1:" + open(port).read()


def measure(name, command, ask):
    """Runs `command` for SECONDS; `ask` gives its evaluations' seconds just before it is stopped. CPU has the children it waited for."""
    log = open(os.path.join(WORK, name + ".log"), "w")
    child = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        time.sleep(SECONDS)
        took = ask()
    finally:
        os.kill(child.pid, signal.SIGTERM)
        _, _, usage = os.wait4(child.pid, 0)
    if not took:
        sys.exit(f"{name}: no evaluation ended within {SECONDS} s: give more SECONDS")
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    print(f"{name}: {len(took)} evaluations of {', '.join(f'{t:.2f}' for t in took)} s; CPU {cpu:.1f} s in {SECONDS} s; peak {peak:.0f} MB")
    return max(took), cpu, peak


def nightbell_ticks():
    text = open(os.path.join(WORK, "nightbell.log")).read()
    return [int(t) / 1000 for t in re.findall(r"the tick took (\d+) ms", text)]


def vmalert_iterations():
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics") as answer:
        text = answer.read().decode()
    total = re.search(r"iteration_duration_seconds_sum{.*} (\S+)", text)
    if not total:
        return []
    total = float(total.group(1))
    count = int(re.search(r"iteration_duration_seconds_count{.*} (\d+)", text).group(1))
    return [total / count] * count  # a summary: no more than their mean is known


def main():
    server, url = serve()
    try:
        config = write("nightbell.yaml", CONFIG.format(url=url, here=HERE, work=WORK))
        ours = measure("nightbell", [NIGHTBELL, "run", "-c", config, "--log-level", "debug"], nightbell_ticks)
        rules = write("rules.yaml", RULES)
        theirs = measure("vmalert", ["vmalert", f"-rule={rules}", f"-datasource.url={url}", f"-notifier.url={url}", f"-httpListenAddr=127.0.0.1:{PORT}"], vmalert_iterations)
        print("vmalert / nightbell: longest evaluation %.1f, CPU %.1f, memory %.1f" % tuple(b / a for a, b in zip(ours, theirs)))
    finally:
        server.terminate()


main()
