#!/usr/bin/env bash
# Opens the kiosk of the built agent in a headless Chromium and uses it as a visitor would; prints k of N.
#   tests/e2e/pages/run.sh [ARTIFACT_DIRECTORY]      screenshots are kept there; default: a new directory below /tmp
# Needs Chromium (installed with apt where that is possible).
#   exit code 77: npm's packages, a browser or the pages are missing; CHROMIUM names the browser (default /usr/bin/chromium)
set -eu -o pipefail
cd "$(dirname "$0")"
artifacts=$(mkdir -p "${1:-/tmp/edge-agent-pages}" && cd "${1:-/tmp/edge-agent-pages}" && pwd)
browser=${CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$browser" ] && [ -z "${CHROMIUM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-noto-cjk >/dev/null || true
fi
[ -x "$browser" ] || { echo "there is no browser at $browser (apt install chromium): not run"; exit 77; }
if ! command -v npm >/dev/null || ! npm ci --no-audit --no-fund --silent; then
  echo "playwright-core and axe-core could not be installed from npm: not run"
  exit 77
fi
root=$(cd ../../.. && pwd)
if [ -z "${EDGE_AGENT:-}" ]; then
  dotnet build "$root/agent" -c Release -v quiet --nologo
  EDGE_AGENT=$root/agent/bin/Release/net10.0/edge-agent.dll
fi
[ -f "$(dirname "$EDGE_AGENT")/pages/index.html" ] || { echo "the pages were not built: not run"; exit 77; }
EDGE_AGENT=$EDGE_AGENT CHROMIUM=$browser ARTIFACTS=$artifacts MANUALS=$root/provisioning/manuals/cell node trials.mjs
