#!/usr/bin/env bash
# Runs the playground's test with the npm packages of tests/browser, which are installed there when they are missing. Where
# that cannot be done it prints SKIPPED and why; CI never skips.
set -euo pipefail
program="$(realpath -m "${1:-$(dirname "$0")/../../build/handrail}")"
cd "$(dirname "$0")"
give_up() {
  echo "SKIPPED: $1"
  if [[ "${CI:-}" == "true" ]]; then exit 1; fi
  exit 0
}
command -v node >/dev/null || give_up "node is not installed"
[[ -x /usr/bin/chromium ]] || give_up "/usr/bin/chromium is not installed"
if [[ ! -d ../browser/node_modules/playwright-core || ! -d ../browser/node_modules/axe-core ]]; then
  (cd ../browser && npm ci --no-audit --no-fund --silent) || give_up "the npm registry cannot be reached"
fi
exec node playground_test.mjs "$program"
