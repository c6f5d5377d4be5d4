#!/usr/bin/env bash
# The GPU package of ONNX Runtime on a machine without an NVIDIA GPU: it restores and builds, the demo answers on the CPU, and the agent says in
# a sentence why TensorRT and CUDA do not serve, without ONNX Runtime's own messages on the console.
# On a machine with a GPU the same build may choose CUDA: the trial says so and ends.
# Exit code: 0 as promised, 1 not so, 77 the package cannot be restored here.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
[ "$(uname -m)" = x86_64 ] || { echo "gpu-package: the package is for x86-64; skipped"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$work" 2>/dev/null || true # a tree of its own: other packages, other outputs
cd "$work"
if ! dotnet restore agent/Agent.csproj -r linux-x64 -p:OnnxRuntime=Gpu -p:LockFiles="$work/locks" -v quiet >"$work/restore.log" 2>&1; then
  echo "gpu-package: Microsoft.ML.OnnxRuntime.Gpu cannot be restored here; skipped"
  grep -m 3 error "$work/restore.log" || true
  exit 77
fi
dotnet publish agent/Agent.csproj -c Release -r linux-x64 --self-contained false --no-restore --nologo -v quiet -warnaserror \
  -p:OnnxRuntime=Gpu -p:LockFiles="$work/locks" -o "$work/out"
test -f "$work/out/libonnxruntime_providers_cuda.so"

"$work/out/edge-agent" bench --generate 4 --concurrency 1 --json >"$work/bench.json" 2>"$work/bench.err"
echo "gpu-package: $(grep -o '"provider":"[^"]*"' "$work/bench.json"), $(grep -o '"provider_why":\[[^]]*\]' "$work/bench.json")"
if ! grep -q '"provider":"Cpu"' "$work/bench.json"; then
  echo "gpu-package: another provider serves here; the fallback is not tried"
  exit 0
fi
fail() { echo "gpu-package: FAILED: $1" >&2; sed 's/^/  /' "$2" >&2; exit 1; }
grep -q 'TensorRT: the library lib[^ ]* is missing' "$work/bench.json" || fail "the missing library of TensorRT is not named" "$work/bench.json"
grep -q 'Cuda: the library lib[^ ]* is missing' "$work/bench.json" || fail "the missing library of CUDA is not named" "$work/bench.json"
[ ! -s "$work/bench.err" ] || fail "something was written on the console" "$work/bench.err"
"$work/out/edge-agent" demo --fast >"$work/demo.log" 2>&1 || fail "the demo failed" "$work/demo.log"
! grep -q 'onnxruntime_src\|\[E:onnxruntime\|ONNXRuntimeError' "$work/demo.log" || fail "ONNX Runtime's own messages" "$work/demo.log"
echo "gpu-package: as promised"
