#!/usr/bin/env python3
"""Writes a recording of a week in which nothing is wrong: healthy_week.py OUT.nbr [--step SECONDS] [--days N] [--seed N]

Three brokers, four topics, five groups; load by day and night and at the weekend, noise that hangs together, scrapes that fail, and what people do: a rolling restart
(Wednesday 10:00), three minutes without kafka_exporter (Thursday 03:00), deploys of a producer (Tuesday 11:00) and of a group (Thursday 15:00), a campaign (Friday 18:00, twice the load for an hour), a batch that writes every
night and slows everybody else down, a group that runs every six hours, segments that retention removes. The week before was as this one, with a tenth less: of it only what the rules
ask of other days is written. Units and entities of the signals are read from the rules."""
import argparse, glob, math, random, re, sqlite3, struct, zlib

HOUR, DAY = 3600, 86400
CHUNK = 1000          # slots
MONDAY = 1767571200  # midnight UTC


class Week:
    def __init__(self, step, days, seed):
        self.step, self.slots, self.random = step, days * DAY // step, random.Random(seed)
        self.times = [i * step for i in range(self.slots)]
        self.series = {}     # (signal, identity) -> values
        self.targets = {}    # target -> slots in which it was not scraped
        night = (3 * DAY + 3 * HOUR) // step
        self.not_scraped('kafka-exporter').update(range(night, night + 180 // step))

    def noise(self, spread, memory=0.7):
        """Around 1, each value near the one before."""
        x, out, r = 0.0, [], self.random
        grain = spread * math.sqrt(1 - memory * memory)
        for _ in range(self.slots):
            x = memory * x + r.gauss(0, grain)
            out.append(math.exp(x - spread * spread / 2))
        return out

    def add(self, signal, values, target, **identity):
        if callable(values):
            values = [values(t) for t in self.times]
        elif not isinstance(values, list):
            values = [float(values)] * self.slots
        missing = self.not_scraped(target)
        self.series[signal, tuple(identity.items())] = [math.nan if i in missing else v for i, v in enumerate(values)]

    def noisy(self, signal, level, spread, target, **identity):
        noise = self.noise(spread)
        level = [level(t) for t in self.times] if callable(level) else level if isinstance(level, list) else [level] * self.slots
        self.add(signal, [a * b for a, b in zip(level, noise)], target, **identity)

    def not_scraped(self, target):
        if target not in self.targets:
            self.targets[target] = self.failed_scrapes()
        return self.targets[target]

    def failed_scrapes(self):
        """About one in two thousand, some for two minutes."""
        slots = set()
        for i in range(self.slots):
            if self.random.random() < self.step / 30000:
                slots |= set(range(i, i + self.random.choice((1, 1, 1, max(1, 120 // self.step)))))
        return slots

    def write_chunks(self, db, series, values, start):
        for i in range(0, self.slots, CHUNK):
            part = struct.pack(f'<{len(values[i:i + CHUNK])}d', *values[i:i + CHUNK])
            db.execute('INSERT INTO chunk VALUES(?, ?, ?, ?)', (series, (start + i * self.step) * 1000, len(part) // 8, zlib.compress(part, 1)))

    def write(self, path, rules, with_week_before):
        known = declared(rules)
        seasonal = asked_of_other_days(rules) if with_week_before else ()
        db = sqlite3.connect(path)
        db.executescript('CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) STRICT;'
                         'CREATE TABLE signal(id INTEGER PRIMARY KEY, name TEXT UNIQUE, entity TEXT, unit TEXT) STRICT;'
                         'CREATE TABLE series(id INTEGER PRIMARY KEY, cluster TEXT, signal INTEGER, identity TEXT, UNIQUE(cluster, signal, identity)) STRICT;'
                         'CREATE TABLE chunk(series INTEGER, from_ms INTEGER, slots INTEGER, "values" BLOB, PRIMARY KEY(series, from_ms)) STRICT;')
        signals = {}
        for (signal, identity), values in self.series.items():
            if signal not in signals:
                signals[signal] = db.execute('INSERT INTO signal(name, entity, unit) VALUES(?, ?, ?)', (signal, *known[signal])).lastrowid
            text = '{' + ','.join(f'"{k}":"{v}"' for k, v in identity) + '}'
            series = db.execute('INSERT INTO series(cluster, signal, identity) VALUES(?, ?, ?)', ('default', signals[signal], text)).lastrowid
            self.write_chunks(db, series, values, MONDAY)
            if signal in seasonal:
                self.write_chunks(db, series, [0.9 * v for v in values], MONDAY - 7 * DAY)
        for key, value in (('schema', 'nightbell.recording/1'), ('interval_ms', self.step * 1000), ('from_ms', MONDAY * 1000),
                           ('to_ms', (MONDAY + (self.slots - 1) * self.step) * 1000)):
            db.execute('INSERT INTO meta VALUES(?, ?)', (key, str(value)))
        db.commit()


def declared(folder):
    """The signals of the rules: name -> entity, unit."""
    found = {}
    for path in glob.glob(f'{folder}/*.yaml'):
        for name, body in re.findall(r'^  (\w+):((?:\n    .*| \{.*)+)', open(path, encoding='utf-8').read(), re.M):
            entity, unit = re.search(r'\bentity: (\w+)', body), re.search(r'\bunit: ([^\s,}]+)', body)
            if entity and unit:
                found[name] = entity[1], unit[1]
    return found


def asked_of_other_days(folder):
    found = set()
    for path in glob.glob(f'{folder}/../kafka/*.yaml'):
        found |= set(re.findall(r'\bseasonal_(?:max|min)\((\w+)\)', open(path, encoding='utf-8').read()))
    return found


def at(day, hour):
    return day * DAY + int(hour * HOUR)


def day_and_night(t):
    """Least at 04:00, most at 16:00; two thirds at the weekend."""
    of_day = 0.55 - 0.45 * math.cos((t % DAY / HOUR - 4) / 24 * 2 * math.pi)
    return of_day * (0.67 if t // DAY % 7 >= 5 else 1)


def campaign(t):
    start, length, ramp = at(4, 18), HOUR, 600
    if not start <= t < start + length:
        return 1
    return 1 + min(1, (t - start) / ramp, (start + length - t) / ramp)


def within(t, start, length):
    return start <= t < start + length


RESTARTS = {f'kafka-{i + 1}': at(2, 10) + i * 480 for i in range(3)}  # each is away for a minute, and has its leaders back five minutes later
BROKERS = list(RESTARTS)
AWAY, BACK = 60, 360
SHOP_DEPLOY = at(1, 11)          # away for forty seconds
PAYMENTS_DEPLOY = at(3, 15)      # two members, one after the other
NIGHTLY = (at(0, 2), 1200)       # a batch of twenty minutes
batch = lambda t: within(t % DAY, *NIGHTLY)
REPORTS = (at(0, 1), 6 * HOUR)   # a run every six hours


def leaders_of(broker, t):
    down = [b for b, start in RESTARTS.items() if within(t, start - 10, BACK)]
    if broker in down:
        return 0
    return 27 + (27 / 2 if down else 0)


def brokers(w):
    for n, b in enumerate(BROKERS):
        start = RESTARTS[b]
        up = lambda t: not within(t, start, AWAY)
        seen = lambda f: lambda t, up=up: f(t) if up(t) else math.nan
        target = f'kafka-broker {b}'
        add = lambda signal, f, target=target, **kw: w.add(signal, f if callable(f) else (lambda t: f), target, broker=b, **kw)
        missed = w.not_scraped(target)
        answers = [0.0 if i in missed or not up(t) else 1.0 for i, t in enumerate(w.times)]
        w.series['broker_up', (('broker', b),)] = answers
        w.series['target_up', (('job', 'kafka-broker'), ('instance', f'{b}:7071'))] = answers
        w.series['scraped_samples', (('job', 'kafka-broker'), ('instance', f'{b}:7071'))] = [8400.0 if a else 0.0 for a in answers]
        w.add('jmx_scrape_failed', seen(lambda t: 0.0), target, job='kafka-broker', instance=f'{b}:7071')
        add('broker_state', seen(lambda t: 3.0))
        add('broker_uptime', seen(lambda t: t - start - AWAY + 5.0 if t >= start + AWAY else 3e6 + t))
        add('leaders', seen(lambda t: float(leaders_of(b, t))))
        w.series['controller_active', (('broker', b),)] = [math.nan if not a else 1.0 if (b == 'kafka-2') == (t >= RESTARTS['kafka-1']) and b in ('kafka-1', 'kafka-2') else 0.0
                                                          for t, a in zip(w.times, answers)]
        add('controller_changes', seen(lambda t: 3.0 + (t >= RESTARTS['kafka-1']) if t < start else 0.0 + (b == 'kafka-1')))
        others = [RESTARTS[o] for o in BROKERS if o != b]
        add('under_replicated', seen(lambda t: 9.0 if any(within(t, s, AWAY + 40) for s in others) else 0.0))
        for zero in ('under_min_isr', 'offline_log_dirs', 'offline_replicas', 'unclean_elections', 'dead_fetchers', 'failed_fetcher_partitions', 'request_queue_size',
                     'produce_errors_not_enough_replicas', 'produce_errors_denied', 'produce_errors_timed_out', 'produce_errors_too_large', 'late_transactions',
                     'cleaner_dead_threads', 'uncleanable_partitions', 'reassigning_partitions', 'offset_commit_errors', 'zookeeper_disconnects', 'zookeeper_expires'):
            add(zero, seen(lambda t: 0.0))
        add('produce_errors_not_leader', seen(lambda t: 2.0 if any(within(t, s - 10, 60) for s in RESTARTS.values()) else 0.0))
        add('isr_shrink_rate', seen(lambda t: 0.3 if any(within(t, s, 60) for s in others) else 0.0))
        add('isr_shrinks', seen(lambda t: (40.0 if t < start else 0.0) + 9 * sum(t >= s for s in others)))
        add('replica_offset_gap', seen(lambda t: 20000.0 if within(t, start + AWAY, 40) else 0.0))
        load = [day_and_night(t) * campaign(t) * leaders_of(b, t) / 27 if up(t) else math.nan for t in w.times]
        after = [3.0 if within(t, start + AWAY, 120) else 1.0 for t in w.times]
        busy = {'produce_time': 30, 'produce_local_time': 60, 'produce_queue_time': 200, 'fetch_local_time': 40, 'fetch_queue_time': 200}
        for signal, level, spread in (('messages_in', 700, 0.04), ('produce_requests', 120, 0.04), ('fetch_requests', 160, 0.04), ('requests', 330, 0.04),
                                      ('bytes_in', 7e5, 0.05), ('bytes_out', 1.6e6, 0.06), ('replication_bytes_in', 1.2e6, 0.05), ('replication_bytes_out', 1.2e6, 0.05)):
            w.noisy(signal, [level * x for x in load], spread, target, broker=b)
        for signal, level, spread in (('produce_time', 0.006, 0.1), ('produce_local_time', 0.002, 0.1), ('produce_remote_time', 0.004, 0.1), ('produce_queue_time', 2e-4, 0.15),
                                      ('fetch_local_time', 8e-4, 0.1), ('fetch_queue_time', 2e-4, 0.15),
                                      ('metadata_time', 0.001, 0.3), ('offset_commit_time', 0.004, 0.15), ('broker_gc_time', 0.004, 0.3), ('controller_queue_time_p99', 0.003, 0.3),
                                      ('zookeeper_latency', 0.002, 0.2)):
            w.noisy(signal, [level * (1 + 0.3 * (x if x == x else 0)) * a * (busy.get(signal, 1) if batch(t) else 1) if u else math.nan
                             for x, a, u, t in zip(load, after, answers, w.times)], spread, target, broker=b)
        w.noisy('request_handler_idle', [0.97 - 0.08 * (x if x == x else 0) if u else math.nan for x, u in zip(load, answers)], 0.004, target, broker=b)
        w.noisy('network_processor_idle', [0.98 - 0.05 * (x if x == x else 0) if u else math.nan for x, u in zip(load, answers)], 0.003, target, broker=b)
        w.noisy('broker_heap_after_gc', lambda t: 0.35, 0.04, target, broker=b)
        w.noisy('connections', lambda t: 60, 0.02, target, broker=b)
        w.noisy('connection_creation_rate', lambda t: 3 if within(t, start + AWAY, 60) else 0.2, 0.3, target, broker=b)
        for topic, partitions in (('orders', 2), ('clicks', 1), ('invoices', 1)):
            add('topic_leaders', seen(lambda t, p=partitions: round(p * leaders_of(b, t) / 27)), topic=topic)
        host(w, b, n, load)


def host(w, b, n, load):
    target = f'node {b}'
    load = [x if x == x else 0.1 for x in load]
    w.add('host_up', 1.0, target, host=b)
    for signal, level, slope, spread in (('host_cpu', 0.08, 0.15, 0.1), ('host_disk_util', 0.03, 0.06, 0.15), ('host_iowait', 0.004, 0.004, 0.3), ('host_disk_write_wait', 0.0012, 2e-4, 0.15),
                                         ('host_disk_read_wait', 0.001, 1e-4, 0.3), ('host_retransmits', 4e-4, 0, 0.4),
                                         ('host_network_in', 2e5, 2e6, 0.05), ('host_network_out', 2e5, 3e6, 0.05), ('host_page_cache', 0.5, 0.02, 0.02)):
        w.noisy(signal, [0.9 if signal == 'host_cpu' and batch(t) else level + slope * x for x, t in zip(load, w.times)], spread / 5 if signal == 'host_cpu' else spread, target, host=b)
    w.noisy('host_memory_available', 0.62, 0.01, target, host=b)
    w.add('host_network_speed', 1.25e8, target, host=b)
    # Segments are removed each hour or so: a saw-tooth over a slow tide.
    w.add('host_disk_free', [0.46 - 0.05 * math.sin(t / DAY * 2 * math.pi) - 0.012 * ((t + n * 977) % 4000) / 4000 for t in w.times], target, host=b)
    w.add('host_disk_free_bytes', [4e11 * (0.46 - 0.05 * math.sin(t / DAY * 2 * math.pi)) for t in w.times], target, host=b)


def cluster(w):
    down = lambda t: any(within(t, s, AWAY) for s in RESTARTS.values())
    w.add('brokers', lambda t: 2.0 if down(t) else 3.0, 'kafka-exporter')
    w.add('brokers_registered', lambda t: 2.0 if down(t) else 3.0, 'kafka-broker kafka-2')
    led = [w.series['leaders', (('broker', b),)] for b in BROKERS]  # of those that answer
    w.series['leaders_total', ()] = [sum(0 if x != x else x for x in v) for v in zip(*led)]
    for zero in ('offline_partitions', 'fenced_brokers'):
        w.add(zero, 0.0, 'kafka-broker all')
    w.add('active_controllers', lambda t: 0.0 if within(t, RESTARTS['kafka-1'], 15) else 1.0, 'kafka-broker all')
    w.add('preferred_imbalance', lambda t: 27.0 if any(within(t, s, BACK) for s in RESTARTS.values()) else 0.0, 'kafka-exporter')
    w.add('exporter_partitions', 81.0, 'kafka-exporter')
    missed = w.not_scraped('kafka-exporter')
    w.series['target_up', (('job', 'kafka-exporter'), ('instance', 'exporter:9308'))] = [0.0 if i in missed else 1.0 for i in range(w.slots)]
    w.series['scraped_samples', (('job', 'kafka-exporter'), ('instance', 'exporter:9308'))] = [0.0 if i in missed else 1600.0 for i in range(w.slots)]


def producer(w, client, topic, rate):
    """Returns what it sends. `rate` by slot; not there while it is None."""
    target = f'app {client}'
    leaving = lambda t: any(within(t, s - 10, 30) for s in RESTARTS.values())
    sent = [math.nan if r is None else r * n for r, n in zip(rate, w.noise(0.05))]
    there = [x == x for x in sent]
    for signal in ('send_rate', 'send_attempt_rate'):
        w.add(signal, sent, target, client=client)
    w.add('topic_send_rate', sent, target, client=client, topic=topic)
    retries = [0.03 * x if leaving(t) else 0.0 if x == x else math.nan for x, t in zip(sent, w.times)]
    w.add('retry_rate', retries, target, client=client)
    for signal, value in (('send_error_rate', 0.0), ('buffer_available', 1.0), ('buffer_wait_ratio', 0.0), ('producer_throttle_time', 0.0), ('producer_connections', 4.0), ('batch_split_rate', 0.0)):
        w.add(signal, [value if u else math.nan for u in there], target, client=client)
    slow = [30.0 if batch(t) else 6.0 if leaving(t) else 1.0 for t in w.times]
    w.noisy('request_latency', [0.007 * s if u else math.nan for s, u in zip(slow, there)], 0.1, target, client=client)
    w.noisy('request_latency_max', [0.035 * s * 2 if u else math.nan for s, u in zip(slow, there)], 0.35, target, client=client)
    return [0 if x != x else x for x in sent]


def topic(w, name, partitions, rates):
    total = [sum(x) for x in zip(*rates)]
    w.add('input_rate', total, 'kafka-exporter', topic=name)
    w.add('topic_partitions', float(partitions), 'kafka-exporter', topic=name)
    w.add('topic_under_min_isr', 0.0, 'kafka-broker all', topic=name)
    w.noisy('topic_bytes_in', [1000 * x for x in total], 0.05, 'kafka-broker all', topic=name)
    for p in range(partitions):
        w.noisy('partition_input_rate', [x / partitions for x in total], 0.06, 'kafka-exporter', topic=name, partition=str(p))
    return total


def group(w, name, topic_name, partitions, arriving, members, capacity, commit_every=5, runs=lambda t: True, metrics=True, deploy=None, slowed=None):
    """Reads what arrives, at most `capacity` a second while it runs (during the nightly batch the share `slowed` of it); lag is what is left and what was read since the last commit."""
    lag, lags, done, offsets, offset, restarted = 0.0, [], [], [], 1e6, {}
    joining = lambda t: deploy is not None and within(t, deploy, 40 * members)
    for t, rate in zip(w.times, arriving):
        rest = 0.4 if joining(t) else 1.0
        handled = min(lag + rate * w.step, (slowed * rate if slowed is not None and batch(t) else capacity) * rest * w.step) if runs(t) else 0.0
        lag += rate * w.step - handled
        offset += handled
        lags.append(lag + rate * min(commit_every, w.step) * w.random.uniform(0.2, 0.9) if runs(t) else lag)
        done.append(handled / w.step)
        offsets.append(offset)
    mean10 = []
    sums, slots = 0.0, max(1, 600 // w.step)
    for i, rate in enumerate(arriving):
        sums += rate - (arriving[i - slots] if i >= slots else 0)
        mean10.append(sums / min(i + 1, slots))
    sub = dict(group=name, topic=topic_name)
    w.add('consumer_lag', lags, 'kafka-exporter', **sub)
    w.add('consumer_lag_time', [0.0 if not l else l / m if m > 1e-6 else math.nan for l, m in zip(lags, mean10)], 'kafka-exporter', **sub)
    w.add('committed_rate', done, 'kafka-exporter', **sub)
    w.add('committed_offset', offsets, 'kafka-exporter', **sub)
    w.add('subscription_partitions', float(partitions), 'kafka-exporter', **sub)
    w.add('consumer_lead', [2e7 + 1e6 * math.sin(t / 5000) - l for t, l in zip(w.times, lags)], 'kafka-exporter', **sub)
    w.add('members', lambda t: float(members - joining(t)) if runs(t) else 0.0, 'kafka-exporter', group=name)
    rests = lambda t: any(not runs(t + x) for x in range(-1800, 1801, 600)) and any(runs(t - x) for x in range(0, DAY, 600))
    w.add('group_rests', lambda t: float(rests(t)), 'kafka-exporter', group=name)
    ran = lambda t, length: any(runs(t - x) for x in range(0, length, 300))
    w.add('group_run_missing', lambda t: float(ran(t - 1800, HOUR) and not ran(t, 5400)), 'kafka-exporter', group=name)
    for p in range(partitions):
        part = dict(sub, partition=str(p))
        w.noisy('partition_lag', [l / partitions for l in lags], 0.15, 'kafka-exporter', **part)
        w.noisy('partition_committed_rate', [d / partitions for d in done], 0.08, 'kafka-exporter', **part)
    for m in range(members if metrics else 0):
        member(w, f'consumer-{name}-{m + 1}', m, topic_name, [d / members for d in done], members, capacity, runs, deploy)


def member(w, client, number, topic_name, rate, members, capacity, runs, deploy):
    target, who = f'app {client}', dict(client=client)
    own = deploy + 40 * number if deploy is not None else None
    there = [runs(t) and not (own is not None and within(t, own, 30)) for t in w.times]
    seen = lambda values: [v if u else math.nan for v, u in zip(values, there)]
    w.noisy('consumed_rate', seen(rate), 0.06, target, **who)
    w.noisy('topic_consumed_rate', seen(rate), 0.06, target, topic=topic_name, **who)
    busy = [min(0.97, r * members / capacity) for r in rate]
    w.noisy('poll_idle_ratio', seen([1 - b for b in busy]), 0.05, target, **who)
    w.noisy('time_between_polls', seen([0.1 + 0.4 * b for b in busy]), 0.1, target, **who)
    w.noisy('time_between_polls_max', seen([0.4 + 0.8 * b for b in busy]), 0.2, target, **who)
    for signal, value in (('last_poll_age', 0.0), ('consumer_throttle_time', 0.0), ('consumer_connections', 4.0)):
        w.add(signal, seen([value] * w.slots), target, **who)
    slow = [2.0 if any(within(t, s - 10, 30) for s in RESTARTS.values()) else 1.0 for t in w.times]
    w.noisy('fetch_latency', seen([(0.05 + 0.4 / (1 + r / 20)) * s for r, s in zip(rate, slow)]), 0.08, target, **who)
    w.noisy('fetch_latency_max', seen([0.52 * s for s in slow]), 0.03, target, **who)
    w.noisy('fetch_rate', seen([2 + min(12, r / 8) for r in rate]), 0.06, target, **who)
    w.noisy('fetch_size', seen([2000 + 40 * r for r in rate]), 0.08, target, **who)
    w.noisy('commit_rate', seen([0.2] * w.slots), 0.05, target, **who)
    w.noisy('commit_latency', seen([0.004 * s for s in slow]), 0.2, target, **who)
    w.noisy('consumer_process_cpu', seen([0.05 + 0.3 * b for b in busy]), 0.1, target, **who)
    w.noisy('consumer_gc_time', seen([0.003] * w.slots), 0.3, target, **who)
    moved = lambda t: sum(t >= s + AWAY for s in RESTARTS.values()) * (number % 2)
    shaken = lambda t: 0 if own is None else sum(t >= deploy + 40 * k + d for k in range(members) for d in (0, 30))
    w.add('rebalances', seen([float(2 + moved(t) + shaken(t)) if own is None or t < own else float(shaken(t) - shaken(own) + 1) for t in w.times]), target, **who)
    w.add('consumer_restarts', seen([1.0 if own is not None and within(t, own + 30, 600) else 0.0 for t in w.times]), target, **who)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('out')
    p.add_argument('--step', type=int, default=60)
    p.add_argument('--days', type=int, default=7)
    p.add_argument('--seed', type=int, default=7)
    p.add_argument('--rules', default='rules/signals')
    p.add_argument('--no-week-before', action='store_true', help='then the nightly batch rings')
    o = p.parse_args()
    w = Week(o.step, o.days, o.seed)
    brokers(w)
    shop = producer(w, 'web-shop', 'orders', [None if within(t, SHOP_DEPLOY, 40) else 200 * day_and_night(t) * campaign(t) for t in w.times])
    tracker = producer(w, 'tracker', 'clicks', [400 * day_and_night(t) * campaign(t) for t in w.times])
    nightly = producer(w, 'nightly-export', 'invoices', [300.0 if within(t % DAY, *NIGHTLY) else 0.0 for t in w.times])
    quiet = producer(w, 'heartbeats', 'status', [0.2 for t in w.times])
    orders, clicks, invoices, status = topic(w, 'orders', 3, [shop]), topic(w, 'clicks', 3, [tracker]), topic(w, 'invoices', 3, [nightly]), topic(w, 'status', 1, [quiet])
    group(w, 'payments', 'orders', 3, orders, 2, 900, deploy=PAYMENTS_DEPLOY, slowed=0.5)
    group(w, 'stats', 'clicks', 3, clicks, 1, 2000)
    group(w, 'ledger', 'invoices', 3, invoices, 1, 350)
    group(w, 'monitor', 'status', 1, status, 1, 50)
    runs = lambda t: (t - REPORTS[0]) % REPORTS[1] < 45 * 60
    group(w, 'reports', 'orders', 3, orders, 1, 3000, runs=runs, metrics=False)
    cluster(w)
    w.write(o.out, o.rules, not o.no_week_before)


if __name__ == '__main__':
    main()
