#!/usr/bin/env bash
# Installs the one npm package beside the test when it is missing, then runs it. Where that cannot be done it prints SKIPPED
# and why; CI never skips.
set -euo pipefail
cd "$(dirname "$0")"
give_up() {
  echo "SKIPPED: $1"
  if [[ "${CI:-}" == "true" ]]; then exit 1; fi
  exit 0
}
command -v node >/dev/null || give_up "node is not installed"
if [[ ! -d node_modules/ajv ]]; then
  npm ci --no-audit --no-fund --silent || give_up "the npm registry cannot be reached"
fi
exec node run.mjs "$@"
