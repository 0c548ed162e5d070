#!/usr/bin/env bash
# Installs the one npm package beside this test when it is missing. Two tests use it, perhaps at once: one installs, the other waits.
set -euo pipefail
cd "$(dirname "$0")"
exec 9<package-lock.json
flock 9
[[ -d node_modules/ajv ]] || npm ci --no-audit --no-fund --silent
