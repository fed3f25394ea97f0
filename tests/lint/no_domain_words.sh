#!/usr/bin/env bash
# The engine is generic: what an expert of the watched system knows is in rules/. Also parts of identifiers count.
cd "$(dirname "$0")/../.." || exit 1
if grep -rniE 'kafka|broker|topic|partition|consumer|producer|zookeeper|kraft' src include; then
    echo "^ words of the watched system, which belong to rules/"
    exit 1
fi
