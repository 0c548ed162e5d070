#!/usr/bin/env bash
# Runs the test with the npm package that packages.sh installs beside it. Where that cannot be done it prints SKIPPED and why;
# CI never skips.
set -euo pipefail
cd "$(dirname "$0")"
give_up() {
  echo "SKIPPED: $1"
  if [[ "${CI:-}" == "true" ]]; then exit 1; fi
  exit 0
}
command -v node >/dev/null || give_up "node is not installed"
./packages.sh || give_up "the npm registry cannot be reached"
exec node run.mjs "$@"
