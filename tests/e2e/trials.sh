#!/usr/bin/env bash
# Hostile messages, slow moments, kills, restarts, wrong clocks and floods, against the built agent and a real mosquitto on loopback.
#   tests/e2e/trials.sh [--full] [NAME...]      default: every trial with small numbers, 10 to 14 minutes; a table of k of N at the end
# Exit code 0: all as promised; 1: a trial failed; 2: an unknown name; 77: what the trials need cannot be installed.
# Needs Node.js with npm, mosquitto, openssl, python3 and libfaketime (installed with apt where that is possible).
set -eu -o pipefail
cd "$(dirname "$0")/../.."
missing=()
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
command -v npm >/dev/null || missing+=(npm)
command -v python3 >/dev/null || missing+=(python3)
command -v openssl >/dev/null || missing+=(openssl)
compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || missing+=(libfaketime)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null || true
fi
export PATH="$PATH:/usr/sbin" TRIALS_REPOSITORY="$PWD"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp tests/e2e/trials/package.json tests/e2e/trials/*.mjs "$work/"
if ! command -v mosquitto >/dev/null || ! command -v npm >/dev/null || ! (cd "$work" && npm install --no-audit --no-fund --silent); then
  echo "mosquitto, Node.js or its packages could not be installed: not run"
  exit 77
fi
[ -f agent/bin/Release/net10.0/edge-agent.dll ] || dotnet build agent -c Release -v quiet --nologo >/dev/null
node "$work/run.mjs" "$@"
