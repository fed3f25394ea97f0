#!/usr/bin/env bash
# Includes obey src/LAYERS: a folder includes itself and lower lines, never its line's neighbours.
cd "$(dirname "$0")/../.." || exit 1
find src -name '*.[ch]' -print0 | sort -z | xargs -0 awk '
    FILENAME == "src/LAYERS" {
        if ($0 ~ /^[a-z]/)
            for (i = 1; i <= NF; i++)
                level[$i] = FNR
        next
    }
    FNR == 1 {
        split(FILENAME, part, "/")
        floor = part[2]
        if (!(floor in level)) {
            print FILENAME ":1: folder \"" floor "\" is not in src/LAYERS"
            bad = 1
        }
    }
    /^[ \t]*#[ \t]*include[ \t]*"/ {
        split($0, quoted, "\"")
        target = quoted[2]
        slash = index(target, "/")
        to = slash ? substr(target, 1, slash - 1) : ""
        if (to == "nightbell") next # the public headers
        if (!(to in level)) {
            print FILENAME ":" FNR ": \"" target "\" does not begin with a floor (the include root is src/)"
            bad = 1
        } else if (to != floor && level[to] >= level[floor]) {
            print FILENAME ":" FNR ": " floor " includes " target ", which is not below it"
            bad = 1
        }
    }
    END { exit bad }
' src/LAYERS
