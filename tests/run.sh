#!/usr/bin/env bash
# Builds Nightbell with sanitizers and as a release, runs every test, and ends with "N passed, N failed, N skipped" alone on a line.
# Works on a bare Debian 12 as root, where it installs what is missing. --quick: the sanitizer build alone.
# Exit status 0 only when something passed and nothing failed. BUILD_DIR (build/) and JOBS (number of CPUs) may be set.
set -u
cd "$(dirname "$0")/.." || exit 1

passed=0 failed=0 skipped=0
quick=
case ${1:-} in
'') ;;
--quick) quick=1 ;;
*)
    echo "usage: tests/run.sh [--quick]" >&2
    exit 2
    ;;
esac

build_dir=${BUILD_DIR:-$PWD/build}
jobs=${JOBS:-$(nproc)}
needed=(gcc libc6-dev cmake make pkg-config libcurl4-openssl-dev libjansson-dev libyaml-dev libsqlite3-dev zlib1g-dev libcmocka-dev python3)
wanted=(prometheus prometheus-alertmanager prometheus-pushgateway victoria-metrics python3-aiosmtpd groff-base sqlite3 zstd curl ca-certificates openssl procps) # their tests skip without them

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

missing() { # packages…: those that are not installed
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || echo "$package"
    done
}

apt_install() {
    # no service may start on its own: the tests start the servers they need
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made=1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/tmp/nightbell-apt.log 2>&1
    local status=$?
    [ -n "$made" ] && rm -f $policy
    [ $status -eq 0 ] || tail -5 /tmp/nightbell-apt.log
    return $status
}

install_packages() {
    local lacking
    mapfile -t lacking < <(missing "${needed[@]}" "${wanted[@]}")
    [ ${#lacking[@]} -eq 0 ] && return 0
    echo "== missing packages: ${lacking[*]}"
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "not root, so they are not installed"
    else
        apt-get update -q >/dev/null 2>&1
        if ! apt_install "${lacking[@]}"; then # one that cannot be had must not keep the others away
            local package
            for package in "${lacking[@]}"; do
                apt_install "$package"
            done
        fi
    fi
    mapfile -t lacking < <(missing "${needed[@]}")
    [ ${#lacking[@]} -eq 0 ] && return 0
    echo "cannot build without: ${lacking[*]}"
    return 1
}

# Adds up ctest's lines "1/9 Test #1: name .... Passed", "***Skipped", "***Failed", "***Timeout", …
count() { # log preset
    local p f s
    p=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#[0-9]+: .* Passed ' "$1")
    s=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#[0-9]+: .*\*\*\*Skipped' "$1")
    f=$(grep -E '^ *[0-9]+/[0-9]+ Test +#[0-9]+: ' "$1" | grep -vcE ' Passed |\*\*\*Skipped')
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    echo "== $2: $p passed, $f failed, $s skipped"
}

run_preset() { # preset, arguments for ctest…
    local preset=$1 dir=$build_dir/$1 log
    shift
    log=$dir/tests.log
    echo "== $preset: build"
    if ! cmake --preset "$preset" -B "$dir" >"$build_dir/$preset-configure.log" 2>&1; then
        tail -20 "$build_dir/$preset-configure.log"
        failed=$((failed + 1))
        return
    fi
    if ! cmake --build "$dir" -j "$jobs" -- -k >"$build_dir/$preset-build.log" 2>&1; then
        grep -E -A6 'error:|undefined reference|\*\*\*' "$build_dir/$preset-build.log" | head -60
        failed=$((failed + 1)) # and the tests that could be built still run
    fi
    echo "== $preset: tests"
    ctest --test-dir "$dir" -j $((jobs + 2)) --output-on-failure "$@" 2>&1 | tee "$log" # the longest of them mostly wait
    count "$log" "$preset"
}

install_packages || { failed=1; finish; }
mkdir -p "$build_dir"
run_preset asan
[ -n "$quick" ] || run_preset release -LE lint # the sources were read once
finish
