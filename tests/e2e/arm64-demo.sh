#!/usr/bin/env bash
# Builds the ARM64 archive and runs its `demo --fast` under user-mode emulation. Exit code 0: it worked.
#   tests/e2e/arm64-demo.sh [ARCHIVE]
# Needs qemu-user-static, libc6-arm64-cross and libstdc++6-arm64-cross (installed with apt where that is possible).
set -eu -o pipefail
cd "$(dirname "$0")/../.."
if ! command -v qemu-aarch64-static >/dev/null || [ ! -d /usr/aarch64-linux-gnu/lib ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross >/dev/null
  else
    echo "skipped: qemu-user-static and the ARM64 C libraries are not installed" >&2
    exit 77
  fi
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archive=${1:-}
if [ -z "$archive" ]; then
  ./build-arm64.sh "$work/dist"
  archive=$(ls "$work"/dist/*.tar.gz)
fi
tar -C "$work" -xzf "$archive"
app=$(ls -d "$work"/edge-agent-*)

prefix="$work/prefix"
tests/e2e/arm64-prefix.sh "$prefix"

# W^X makes .NET crash under plain user-mode emulation
export DOTNET_EnableWriteXorExecute=0 QEMU_LD_PREFIX="$prefix"
file_type=$(od -An -tx1 -j18 -N2 "$app/edge-agent" | tr -d ' ')
[ "$file_type" = "b700" ] || { echo "edge-agent is not an ARM64 executable (e_machine $file_type)" >&2; exit 1; }
timeout 300 qemu-aarch64-static -cpu cortex-a76 "$app/edge-agent" demo --fast
echo "the packaged ARM64 demo ended with exit code 0"
