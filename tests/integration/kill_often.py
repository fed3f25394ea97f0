#!/usr/bin/env python3
"""Runs the daemon over a past, kills it at random moments and starts it again, until the past is over; then lets it end by itself.

usage: kill_often.py PROGRAM CONFIG STATE FROM UNTIL KILLS [SEED]
"""
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

program, config, state, start, until, kills = sys.argv[1:4] + [int(x) for x in sys.argv[4:7]]
seed = int(sys.argv[7]) if len(sys.argv) > 7 else int.from_bytes(os.urandom(4), "big")
dice = random.Random(seed)
print(f"seed {seed}")


def last_slot():
    try:
        rows = sqlite3.connect(f"file:{state}?mode=ro", uri=True, timeout=5).execute("SELECT value FROM meta WHERE name = 'last_slot_ms'").fetchall()
        return int(rows[0][0]) // 1000 if rows else 0
    except sqlite3.Error:
        return 0


def life(clock):
    return subprocess.Popen([program, "run", "-c", config, "--until", str(until), "--log-level", "error"], env={**os.environ, "NIGHTBELL_CLOCK": str(clock)})


done = 0
for _ in range(kills * 5):
    at = last_slot()
    if at >= until or done >= kills:
        break
    # back in the same slot, the next, or after a short absence
    p = life(at + 15 * dice.randrange(4) if at else start)
    born = time.time()
    # most lives get beyond their beginning, by a few slots; some do not
    reach = at + 15 * dice.randrange(1, max(2, (until - start) // 15 // kills * 2))
    while time.time() - born < 20 and last_slot() < reach and p.poll() is None and dice.random() > 0.01:
        time.sleep(0.01)
    time.sleep(dice.random() * 0.05)
    done += p.poll() is None
    p.send_signal(signal.SIGKILL)
    p.wait()
print(f"{done} kills, at slot {last_slot() - start} s")
at = last_slot()
p = life(at + 15 if at else start)
sys.exit(p.wait() or done < kills * 3 // 4)
