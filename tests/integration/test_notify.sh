#!/usr/bin/env bash
# Delivery, see notify.sh.
exec bash "$(dirname "$0")/notify.sh" "${NIGHTBELL_BUILD:?the build folder}"
