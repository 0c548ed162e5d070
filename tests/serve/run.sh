#!/usr/bin/env bash
# Runs the test with Node's built-ins only. Where there is no Node it prints SKIPPED and why; CI never skips.
# With words after the program only the files so named are run: tests/serve/run.sh build/handrail limits chat
set -euo pipefail
program="$(realpath "$1")"
shift
cd "$(dirname "$0")"
if ! command -v node >/dev/null; then
  echo "SKIPPED: node is not installed"
  if [[ "${CI:-}" == "true" ]]; then exit 1; fi
  exit 0
fi
exec node run.mjs "${program}" "$@"
