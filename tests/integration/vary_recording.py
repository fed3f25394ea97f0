#!/usr/bin/env python3
"""Writes a variation of what a Prometheus holds as OpenMetrics, to see that detection does not hang on one set-up's names, loads or intervals.

usage: vary_recording.py URL FROM TO RULES_SIGNALS_DIR OUT.om [option=value …]
  step=S         one sample each S seconds          drop=REGEX  without these metric names      keep=REGEX  only these
  agent1         JMX agent 1.x names (no _total)    clients     client ids that do not name their group, half of them quoted
  dots           topics a.b, client metrics twice   cluster=LABEL|none                          twin=NAME   the same again as another cluster
  load=F         traffic F times as large           lat=F       latencies F times as long

Then: promtool tsdb create-blocks-from openmetrics OUT.om DIR; prometheus --storage.tsdb.path=DIR --storage.tsdb.retention.time=50y --query.lookback-delta=3*scrape
(an import has no stale markers, so the look-back must be short); nightbell backtest --source … --from FROM --to TO."""
import glob, hashlib, json, re, sys, urllib.parse, urllib.request

LOAD = re.compile(r'brokertopicmetrics_count|kafka_log_log_value|partition_(current|oldest)_offset|consumergroup_(current_offset|lag)|record_(send|retry|error)_|byte_(rate|total)'
                  r'|_(records|bytes)_consumed_total|records_(lag|per_request)|node_network_(receive|transmit)_bytes|fetch_size|fetcherlagmetrics')
LATENCY = re.compile(r'_latency_(avg|max)|queue_time_(avg|max)|heartbeat_response_time|requestmetrics_(mean|99thpercentile)')


def ask(url, path, **query):
    return json.load(urllib.request.urlopen(f'{url}/api/v1/{path}?{urllib.parse.urlencode(query)}'))['data']


def metric_names(url, rules):
    words = set()
    for path in glob.glob(f'{rules}/*.yaml'):
        words |= set(re.findall(r'[a-zA-Z_]\w+', open(path, encoding='utf-8').read()))
    return [n for n in ask(url, 'label/__name__/values') if n in words]


def client_name(client):
    digest = hashlib.md5(client.encode()).hexdigest()
    return f'app-{digest[:4]}-1' if int(digest[4], 16) % 2 else f'"svc{digest[:4]}@site-1"'


def variants(metric, opt):
    """The label sets under which a series is written."""
    m = dict(metric)
    if 'clients' in opt and not m.get('client_id', '0').isdigit():
        m['client_id'] = client_name(m['client_id'])
    if 'agent1' in opt and re.match('kafka_(consumer|producer)_', m['__name__']):
        m['__name__'] = m['__name__'].removesuffix('_total')
    if 'agent1' in opt:
        m['__name__'] = re.sub(r'^jvm_memory_bytes_(\w+)$', r'jvm_memory_\1_bytes', m['__name__'])
    if 'cluster' in opt:
        name = m.pop('cluster', None)
        if name and opt['cluster'] != 'none':
            m[opt['cluster']] = name
    result = [m]
    if 'dots' in opt and 'topic' in m and not m['topic'].startswith('__'):
        m['topic'] = f'shop.{m["topic"]}'
        if m['__name__'].startswith('kafka_consumer_'):
            result.append(dict(m, topic=m['topic'].replace('.', '_')))
    return result + ([dict(r, cluster=opt['twin']) for r in result] if 'twin' in opt else [])


def factor(metric, opt):
    if LOAD.search(metric['__name__']) and 'Requests' not in metric.get('name', ''):
        return float(opt.get('load', 1))
    return float(opt.get('lat', 1)) if LATENCY.search(metric['__name__']) else 1


def write(out, metric, points):
    labels = ','.join('%s="%s"' % (k, v.replace('\\', '\\\\').replace('"', '\\"')) for k, v in sorted(metric.items()) if k != '__name__')
    out.write(''.join(f'{metric["__name__"]}{{{labels}}} {v} {t:.3f}\n' for t, v in points))


def main():
    url, start, end, rules, path = sys.argv[1:6]
    opt = dict((a.split('=', 1) + [''])[:2] for a in sys.argv[6:])
    step = float(opt.get('step', 0))
    with open(path, 'w', encoding='utf-8') as out:
        for name in metric_names(url, rules):
            if re.search(opt.get('drop', '^$'), name) or not re.search(opt.get('keep', ''), name):
                continue
            for series in ask(url, 'query', query=f'{name}[{int(end) - int(start)}s]', time=end)['result']:
                by = factor(series['metric'], opt)
                points, slot = [], None
                for t, v in series['values']:
                    if step and t // step == slot:
                        continue
                    slot = t // step if step else None
                    points.append((t, v if by == 1 or float(v) < 0 else repr(float(v) * by)))
                for metric in variants(series['metric'], opt):
                    write(out, metric, [(t, v.replace('nan', 'NaN')) for t, v in points])
        out.write('# EOF\n')


if __name__ == '__main__':
    main()
