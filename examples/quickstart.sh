#!/usr/bin/env bash
# Nightbell's first five minutes: installs the distribution's packages, builds a release binary and lets it judge the recording
# of real incidents that is built into it. No server is needed, nothing is asked, and it can be run again at any time.
# For Debian 12 (written for Debian 13 and Ubuntu 24.04 as well, not tried there), as root or with sudo. NIGHTBELL=PROGRAM: shows only the demonstration, with that program.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(gcc libc6-dev cmake make pkg-config libcurl4-openssl-dev libjansson-dev libyaml-dev libsqlite3-dev zlib1g-dev)
build=build/release
moment=1795384050 # 2026-11-22 21:47:30 UTC: four minutes after several clients of the recording began to fail
group=inventory-updater

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi

heading() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; }
command_line() { printf '%s$ %s%s\n\n' "$dim" "$*" "$plain"; }
fail() {
    echo "quickstart: $1" >&2
    exit 1
}

install_packages() {
    local package missing=() sudo=() log=build/quickstart-apt.log
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        echo "all there"
        return
    fi
    command -v apt-get >/dev/null || fail "no apt-get here; needed: a C compiler, cmake 3.25, make, pkg-config, and libcurl, jansson, libyaml, sqlite3, zlib with headers"
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || fail "not root, and sudo wants a password; run this first: sudo apt-get install -y ${missing[*]}"
        sudo=(sudo -n)
    fi
    echo "${missing[*]}"
    "${sudo[@]}" apt-get update -q >"$log" 2>&1 || echo "apt-get update failed, trying with the lists that are here ($log)"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >>"$log" 2>&1 || {
        tail -5 "$log" >&2
        fail "packages cannot be installed, the whole story is in $log"
    }
}

# Reads make's output; shows its percentage in place on a terminal, now and then elsewhere.
show_progress() {
    local line percent shown=-25
    while IFS= read -r line; do
        [[ $line =~ ^\[\ *([0-9]+)%\] ]] || continue
        percent=${BASH_REMATCH[1]}
        if [ -t 1 ]; then
            printf '\rcompiling %3d %%' "$percent"
        elif [ "$percent" -ge $((shown + 25)) ]; then
            shown=$percent
            echo "compiling $percent %"
        fi
    done
    if [ -t 1 ]; then printf '\r                \r'; fi
}

build_program() {
    local log=build/quickstart-build.log
    cmake --preset release -DNIGHTBELL_TESTS=OFF >"$log" 2>&1 || {
        tail -15 "$log" >&2
        fail "cmake failed, the whole story is in $log"
    }
    cmake --build "$build" --target nightbell -j "$(nproc)" 2>&1 | tee -a "$log" | show_progress || {
        grep -A6 'error:' "$log" | head -30 >&2
        fail "the build failed, the whole story is in $log"
    }
    echo "$build/nightbell, made with $(gcc --version | head -1)"
}

# A Slack payload as a reader sees it: its texts in their order, without marks. Fields ("*label*\nvalue") become one line.
slack_text() {
    grep -oE '"text":"([^"\\]|\\.)*"' | tail -n +2 | sed -E \
        -e 's/^"text":"(.*)"$/\1/' \
        -e 's/^\*([^*]+)\*\\n([^\\]*)$/\1: \2/' \
        -e 's/<!date[^|>]*\|([^>]*)>/\1/g; s/<([^|>]*)\|([^>]*)>/\2 (\1)/g' \
        -e 's/^\*([^*]+)\*\\n/\\n\1\\n/; s/\*([^*]+)\*/\1/g; s/`//g' \
        -e 's/\\n/\n/g; s/\\"/"/g; s/\\\\/\\/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' | sed 's/^/  | /'
}

# A long subject stands in encoded words on several lines.
mail_subject() {
    local line word
    tr -d '\r' | awk '/^Subject: / { on = 1; sub(/^Subject: /, ""); print; next } on && /^ / { sub(/^ /, ""); print; next } { on = 0 }' |
        while IFS= read -r line; do
            word=${line#=\?UTF-8\?B\?}
            if [ "$word" = "$line" ]; then
                printf '%s' "$line"
            else
                base64 -d <<<"${word%\?=}"
            fi
        done
}

# The headers that a reader sees and the beginning of the text part of a mail.
mail_text() {
    local mail=$1 text
    grep -E '^(From|To|Date): ' <<<"$mail" | tr -d '\r' | sed 's/^/  | /'
    echo "  | Subject: $(mail_subject <<<"$mail")"
    echo '  |'
    text=$(awk '/^Content-Transfer-Encoding: base64/ { n++ } n == 1 && /^[A-Za-z0-9+\/=]+\r?$/ { print }' <<<"$mail" | tr -d '\r' | base64 -d | tr -d '\r')
    head -16 <<<"$text" | sed 's/^/  | /'
    echo "  | … $(($(wc -l <<<"$text") - 16)) more lines, the same as HTML, and what makes mails of one incident a thread"
}

demonstrate() { # program
    local program=$1 slack mail code=0
    heading "What is wrong, in one line each"
    echo "A recording of a Kafka cluster of three brokers, at 21:47 UTC, minutes after some of its clients were broken on purpose."
    command_line "$program check --source builtin --at $moment"
    "$program" check --source builtin --at "$moment" || code=$?
    echo
    echo "${dim}exit code $code: 0 well, 1 warning, 2 critical, 3 unknown${plain}"
    [ "$code" -le 3 ] || fail "check failed"

    heading "Why, and what to do: the whole reasoning for one consumer group"
    command_line "$program diagnose group=$group --source builtin --at $moment"
    "$program" diagnose "group=$group" --source builtin --at "$moment"

    heading "The message to Slack, as it is read there"
    slack=$("$program" diagnose "group=$group" --source builtin --at "$moment" --format slack | head -1)
    slack_text <<<"$slack"
    echo
    echo "As it is sent (${#slack} bytes, the beginning):"
    head -c 360 <<<"$slack" | iconv -c -f UTF-8 -t UTF-8
    echo ' …'

    heading "The mail"
    mail=$("$program" diagnose "group=$group" --source builtin --at "$moment" --format email)
    mail_text "$mail"
}

tell_what_next() { # program
    heading "Next"
    cat <<EOT
All of the recording, 52 minutes:    $1 backtest --source builtin
In Korean:                           $1 diagnose group=$group --source builtin --at $moment --lang ko
Your Prometheus, now:                $1 check --source http://localhost:9090
Your Prometheus, what happened:      $1 backtest --source http://localhost:9090 --from -6h
On duty, with Slack and mail:        $1 run -c nightbell.yaml      (begin with examples/nightbell.yaml)
The tests:                           tests/run.sh
More:                                README.md
EOT
}

begin=$SECONDS
if [ -n "${NIGHTBELL:-}" ]; then
    program=$NIGHTBELL
else
    mkdir -p build
    heading "Packages"
    install_packages
    heading "Build"
    build_program
    program=$build/nightbell
fi
demonstrate "$program"
tell_what_next "$program"
echo
echo "Done in $((SECONDS - begin)) s."
