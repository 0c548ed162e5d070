#!/usr/bin/env bash
# Installs the two npm packages beside the test when they are missing, then runs it. Where that cannot be done it prints
# SKIPPED and why; CI never skips.
set -euo pipefail
cd "$(dirname "$0")"
give_up() {
  echo "SKIPPED: $1"
  if [[ "${CI:-}" == "true" ]]; then exit 1; fi
  exit 0
}
command -v node >/dev/null || give_up "node is not installed"
[[ -x /usr/bin/chromium ]] || give_up "/usr/bin/chromium is not installed"
if [[ ! -d node_modules/playwright-core || ! -d node_modules/axe-core ]]; then
  npm ci --no-audit --no-fund --silent || give_up "the npm registry cannot be reached"
fi
exec node run.mjs "$@"
