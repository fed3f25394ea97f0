#!/usr/bin/env bash
# What can be told about examples/ without starting it: the unit's exposure, Prometheus' configuration, YAML. Skips what it has no tool for.
cd "$(dirname "$0")/../../examples" || exit 1
bad=0 done=0

if command -v systemd-analyze >/dev/null; then
    done=1
    systemd-analyze security --offline=true --threshold=20 --no-pager nightbell.service >/tmp/nightbell-exposure.$$ 2>&1 || {
        cat /tmp/nightbell-exposure.$$
        echo "^ nightbell.service is exposed more than 2.0"
        bad=1
    }
    rm -f /tmp/nightbell-exposure.$$
fi
if command -v promtool >/dev/null; then
    done=1
    promtool check config prometheus.yml || bad=1
fi
if python3 -c 'import yaml' 2>/dev/null; then
    done=1
    python3 -c 'import sys, yaml
for path in sys.argv[1:]:
    list(yaml.safe_load_all(open(path)))' ./*.yaml ./*.yml ci/*.y*ml || bad=1
fi
[ $done -eq 1 ] || exit 77
exit $bad
