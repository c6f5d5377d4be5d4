#!/usr/bin/env bash
# Starts the agent on free ports and asks it with OpenAI's official client from npm and with curl.
#   tests/e2e/openai/run.sh       exit code 77: the client cannot be installed
set -eu -o pipefail
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
agent=
cleanup() {
  if [ -n "$agent" ]; then kill "$agent" 2>/dev/null && wait "$agent" || true; fi
  rm -rf "$work"
}
trap cleanup EXIT
cp package.json package-lock.json client.mjs "$work/"
if ! command -v npm >/dev/null || ! (cd "$work" && npm ci --no-audit --no-fund --silent); then
  echo "the openai client could not be installed from npm: not run"
  exit 77
fi
cd ../../..
dotnet build agent -c Release -v quiet --nologo
# learned answers would answer the second question of a kind without tokens
EDGE_AGENT__Answers__Learn=false dotnet agent/bin/Release/net10.0/edge-agent.dll run --listen 127.0.0.1:0 --http 127.0.0.1:0 --state "$work/state" \
  >"$work/out" 2>"$work/log" &
agent=$!
for _ in $(seq 600); do
  if grep -q '^edge-agent ready' "$work/out"; then break; fi
  kill -0 "$agent" || { cat "$work/log"; exit 1; }
  sleep 0.2
done
url=$(sed -n 's/.*, \(http:[^ ]*\)$/\1/p' "$work/out")
(cd "$work" && node client.mjs "$url")

post() { curl -sS --max-time 60 "$url/chat/completions" -H 'Content-Type: application/json' "$@"; }
question='{"messages":[{"role":"user","content":"Alarm SP-14?"}]}'
post -d "$question" | grep -q '"object":"chat.completion"'
post -N -d "${question%?},\"stream\":true}" >"$work/events"
tail -n 2 "$work/events" | grep -q '^data: \[DONE\]$'
grep -c '^data: ' "$work/events" >/dev/null
[ "$(post -o "$work/body" -w '%{http_code}' -H 'Host: evil.example' -d "$question")" = 403 ]
[ "$(curl -sS -o "$work/body" -w '%{http_code}' "$url/chat/completions" -d "$question")" = 415 ]
[ "$(curl -sS -o "$work/body" -w '%{http_code}' "${url%/v1}/health")" = 200 ]
curl -sS "${url%/v1}/metrics" | grep -q '^gen_ai_server_request_duration_seconds_count'
echo "curl: 6 checks passed"
