#!/usr/bin/env bash
# Builds the ARM64 appliance archive: a self-contained edge-agent with the bundled student and its systemd unit.
#   ./build-arm64.sh [OUTPUT_DIRECTORY]     default: dist
#   ONNXRUNTIME=Gpu ./build-arm64.sh        with the GPU package of ONNX Runtime, where a registry serves it
set -eu -o pipefail
cd "$(dirname "$0")"
out=$(mkdir -p "${1:-dist}" && cd "${1:-dist}" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
name="edge-agent-$version-linux-arm64"

dotnet publish agent/Agent.csproj -c Release -r linux-arm64 --self-contained true --nologo -v quiet \
  -p:OnnxRuntime="${ONNXRUNTIME:-Cpu}" -p:PublishReadyToRun=true -p:DebugType=none -p:LockFiles="$stage/locks" \
  -o "$stage/$name"
cp provisioning/edge-agent.service "$stage/$name/"
test -x "$stage/$name/edge-agent"
test -f "$stage/$name/libonnxruntime.so"
test -f "$stage/$name/models/cell-student/weights.safetensors"
# the same input gives the same archive: sorted names, one owner, the commit's time
stamp=$(git log -1 --format=%ct 2>/dev/null || echo 0)
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$stamp" -C "$stage" -czf "$out/$name.tar.gz" "$name"
echo "$out/$name.tar.gz $(du -h "$out/$name.tar.gz" | cut -f1)"
