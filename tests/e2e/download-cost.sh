#!/usr/bin/env bash
# What a download costs the device that serves meanwhile: memory above serving, and CPU at a bandwidth.
#   tests/e2e/download-cost.sh [MEGABYTES] [BANDWIDTH]     default 4096, no limit; e.g. 100 2MB/s
# Needs mosquitto and openssl; the broker holds the chunks in its memory, the device's own broker is not used.
set -euo pipefail
cd "$(dirname "$0")/../.."
megabytes=${1:-4096} bandwidth=${2:-}
dotnet build agent -c Release -v q >/dev/null
agent="dotnet agent/bin/Release/net10.0/edge-agent.dll"
work=$(mktemp -d); pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/keys"
openssl ecparam -name prime256v1 -genkey -noout -out "$work/key.pem" && openssl ec -in "$work/key.pem" -pubout -out "$work/keys/test.pem" 2>/dev/null
cp -r provisioning/models/cell-student "$work/bundle"
sed -i 's/"release": *[0-9]*/"release": 1000/' "$work/bundle/student.json"
head -c "$((megabytes << 20))" /dev/urandom >"$work/bundle/padding.bin"
$agent model sign key --private-key "$work/key.pem" --serialization shards --shard-size 1048576 --signature "$work/bundle/model.sig" "$work/bundle" >/dev/null
port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])' 2>/dev/null || echo 18899)
printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100\n' "$port" >"$work/m.conf"
mosquitto -c "$work/m.conf" >/dev/null 2>&1 & pids+=($!)
EDGE_AGENT__UPDATES__TRIALSECONDS=2 EDGE_AGENT__UPDATES__WANTSECONDS=1 $agent run --broker "mqtt://127.0.0.1:$port" --state "$work/state" --keys "$work/keys" >"$work/agent.log" 2>&1 & device=$!; pids+=($device)
until grep -q ready "$work/agent.log"; do sleep 0.2; done
sleep 3
rss() { awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$device/status"; }
ticks() { awk '{print $14 + $15}' "/proc/$device/stat"; }
for _ in 1 2 3 4 5; do $agent ask "What does alarm SP-24 mean?" --broker "mqtt://127.0.0.1:$port" >/dev/null; done
serving=$(rss)
sha=$($agent fleet publish "$work/bundle" --broker "mqtt://127.0.0.1:$port")
bytes=$(awk -v b="${bandwidth%MB/s}" 'BEGIN {print int(b * 1000000)}')
mosquitto_pub -h 127.0.0.1 -p "$port" -q 1 -r -t edge/v1/local/edge-1/cmd/model-update/u1 -m "{\"bundle\":\"$sha\",\"bandwidth\":$bytes}"
start=$(date +%s%N) before=$(ticks) most=0
until grep -q '"state":"verifying"' "$work/state/updates/journal.log" 2>/dev/null; do
  now=$(rss); [ "$now" -gt "$most" ] && most=$now
  sleep 0.2
  kill -0 "$device"
done
seconds=$(awk "BEGIN {print ($(date +%s%N) - $start) / 1e9}") cpu=$(awk "BEGIN {print ($(ticks) - $before) / $(getconf CLK_TCK)}")
awk "BEGIN {printf \"%d MB in %.1f s (%.1f MB/s): memory %d MB while serving, at most %d MB while downloading (+%d MB); CPU %.1f s, %.1f %% of one core\n\", $megabytes, $seconds, $megabytes / $seconds, $serving, $most, $most - $serving, $cpu, 100 * $cpu / $seconds}"
until grep -q '"state":"committed"\|"state":"failed"' "$work/state/updates/journal.log"; do sleep 0.5; done
grep -o '"state":"committed"' "$work/state/updates/journal.log" | tail -1
