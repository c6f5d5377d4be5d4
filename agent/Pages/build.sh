#!/usr/bin/env bash
# Builds the pages into a directory. Called by the build of agent/Agent.csproj (Pages.targets).
#   agent/Pages/build.sh OUTPUT_DIRECTORY
# Without npm, or without a registry to take the packages of package-lock.json from, it says so and ends with 0: the agent then serves its
# API alone. A fault in the sources ends with another code.
set -eu -o pipefail
out=${1:?expected the output directory}
cd "$(dirname "$0")"
missing() {
  rm -rf "$out"
  echo "edge-agent: the pages are not built: $1. The agent serves its API alone." >&2
  exit 0
}
command -v npm >/dev/null || missing "npm is not installed (it comes with Node.js)"
node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
  process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)' ||
  missing "Node.js is $(node --version), and 20.19, 22.12 or later is needed"
if [ ! package-lock.json -ot node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund --fetch-retries=0 --fetch-timeout=20000 --loglevel=error >&2 ||
    missing "npm could not install the packages of agent/Pages/package-lock.json"
fi
node_modules/.bin/tsc --noEmit
node_modules/.bin/vite build --logLevel warn --outDir "$out" --emptyOutDir
