#!/usr/bin/env bash
# No function longer than 60 lines, no file longer than 700. A body is what stands between "{" and "}" in the first column.
cd "$(dirname "$0")/../.." || exit 1
find src -name '*.[ch]' -print0 | sort -z | xargs -0 awk '
    function close_file() {
        if (name != "" && lines > 700) {
            print name ":" lines ": the file has " lines " lines, more than 700"
            bad = 1
        }
    }
    FNR == 1 { close_file(); name = FILENAME; start = 0 }
    { lines = FNR }
    /^\{/ { start = FNR; head = before }
    /^\}/ {
        if (start && FNR - start - 1 > 60) {
            print FILENAME ":" start ": " FNR - start - 1 " lines, more than 60: " head
            bad = 1
        }
        start = 0
    }
    { before = $0 }
    END { close_file(); exit bad }
'
