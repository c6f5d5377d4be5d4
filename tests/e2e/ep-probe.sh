#!/usr/bin/env bash
# Builds native/ep-probe and runs it against the ONNX Runtime package of this build.
#   tests/e2e/ep-probe.sh           x86-64: build, run, exit codes, and at most GLIBC 2.35. ARM64: the same, under emulation, where the cross
#                                   compiler and qemu are installed
#   tests/e2e/ep-probe.sh --full    also every exported form of the bundled student on both, the sanitizers, and clang-tidy
# Exit code: 0 as promised, 1 not so, 77 cmake, g++ or the package is missing here.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
full=false
[ "${1:-}" != --full ] || full=true
version=$(sed -n 's/.*"Microsoft.ML.OnnxRuntime" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
package=${NUGET_PACKAGES:-$HOME/.nuget/packages}/microsoft.ml.onnxruntime/$version
if [ ! -d "$package" ] || ! command -v cmake >/dev/null || ! command -v g++ >/dev/null; then
  echo "ep-probe: cmake, g++ or the package ONNX Runtime $version is missing; skipped"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "ep-probe: FAILED: $1" >&2; exit 1; }

# build FOLDER CMAKE_ARGUMENTS...
build() {
  local folder=$1
  shift
  cmake -S native -B "$folder" -DONNXRUNTIME_ROOT="$package" "$@" >"$work/cmake.log" || { cat "$work/cmake.log"; fail "cmake $*"; }
  cmake --build "$folder" -j 2 >"$work/build.log" 2>&1 || { cat "$work/build.log"; fail "the build with $*"; }
}

# The newest C library that a program needs: JetPack 6 has 2.35.
glibc() {
  local highest
  highest=$("$1" -T "$2" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1 | cut -d_ -f2)
  [ "$(printf '%s\n2.35\n' "$highest" | sort -V | tail -1)" = 2.35 ] || fail "$2 needs GLIBC $highest, expected at most 2.35"
  ! "$1" -T "$2" | grep -q 'GLIBCXX_' || fail "$2 needs the C++ library, which it should bring along"
  echo "ep-probe: $2 needs GLIBC $highest"
}

# expect EXIT TEXT ARGUMENTS...: runs $probe
expect() {
  local expected=$1 text=$2 code=0
  shift 2
  timeout 300 $probe "$@" >"$work/report.json" 2>"$work/report.err" || code=$?
  [ "$code" = "$expected" ] && grep -qF -- "$text" "$work/report.json" && return 0
  cat "$work/report.json" "$work/report.err" >&2
  fail "$probe $*: expected exit code $expected and $text, found $code"
}

# What a library without GPU providers must do, on either processor.
promises() {
  local library=$1
  expect 0 '"agrees":true' --library "$library" --allocate 64
  expect 4 'built without TensorrtExecutionProvider' --library "$library" --provider tensorrt
  expect 4 'built without CUDAExecutionProvider' --library "$library" --provider cuda
  expect 3 'cannot be loaded' --library /nonexistent/libonnxruntime.so
  expect 2 '"exit":2' --library "$library" --provider abacus
  expect 5 'cannot open the model' --library "$library" --model /nonexistent.onnx
  expect 6 'MiB available' --library "$library" --allocate 1048576
  if $full; then
    for form in "$work"/forms/*/; do
      for graph in "$form"*.onnx; do
        expect 0 '"agrees":true' --library "$library" --model "$graph" --rows 2 --runs 3 --warmup 1 --threads 1
        echo "  $(basename "$form")/$(basename "$graph"): $(grep -o '"max_abs_difference":[^,]*' "$work/report.json"), $(grep -o '"median_ms":[^,]*' "$work/report.json")"
      done
      case $form in # half precision, compared with the same form in float32
        *-fp16/) graph=$(ls "$form"decode.onnx "$form"model.onnx 2>/dev/null | head -1 || true)
          expect 0 '"agrees":true' --library "$library" --model "$graph" --reference "${form%-fp16/}-fp32/$(basename "$graph")" --rows 2 --runs 1 --warmup 0 ;;
      esac
    done
  fi
}

if $full; then
  agent=$(ls agent/bin/Release/net10.0/edge-agent.dll tests/Agent.Tests/bin/Release/net10.0/edge-agent.dll 2>/dev/null | head -1 || true)
  [ -n "$agent" ] || fail "build the agent first: dotnet build Agent.sln -c Release"
  for form in cpu cuda tensorrt tensorrt-10.3; do
    for precision in fp32 fp16; do
      [ "$form-$precision" != cpu-fp16 ] || continue
      dotnet "$agent" model export provisioning/models/cell-student --form $form --precision $precision --rows 2 --context 128 --chunk 16 \
        --out "$work/forms/$form-$precision" >/dev/null
    done
  done
fi

build "$work/x64"
glibc objdump "$work/x64/ep-probe"
probe=$work/x64/ep-probe
[ "$(uname -m)" != x86_64 ] || promises "$package/runtimes/linux-x64/native/libonnxruntime.so"
echo "ep-probe: x86-64 as promised"

if command -v aarch64-linux-gnu-g++ >/dev/null && command -v qemu-aarch64-static >/dev/null && [ -d /usr/aarch64-linux-gnu/lib ]; then
  build "$work/arm64" -DCMAKE_TOOLCHAIN_FILE="$PWD/native/aarch64.cmake"
  glibc aarch64-linux-gnu-objdump "$work/arm64/ep-probe"
  tests/e2e/arm64-prefix.sh "$work/prefix"
  export QEMU_LD_PREFIX=$work/prefix
  probe="qemu-aarch64-static -cpu cortex-a76 $work/arm64/ep-probe"
  promises "$package/runtimes/linux-arm64/native/libonnxruntime.so"
  echo "ep-probe: ARM64 as promised, under emulation"
else
  echo "ep-probe: ARM64 not tried: apt install g++-aarch64-linux-gnu qemu-user-static"
fi

if $full; then
  build "$work/sanitized" -DSANITIZE=ON -DCMAKE_BUILD_TYPE=Debug
  # the library keeps what it allocates once; the probe's own leaks would show in the library's absence
  probe=$work/sanitized/ep-probe
  export LSAN_OPTIONS="suppressions=$work/lsan" UBSAN_OPTIONS=print_stacktrace=1
  printf 'leak:libonnxruntime\n' >"$work/lsan"
  promises "$package/runtimes/linux-x64/native/libonnxruntime.so"
  echo "ep-probe: address and undefined-behaviour sanitizers found nothing"
  if command -v clang-tidy >/dev/null; then
    clang-tidy --quiet -p "$work/x64" native/ep-probe/*.cpp >"$work/tidy.log" 2>/dev/null || { cat "$work/tidy.log"; fail "clang-tidy"; }
    echo "ep-probe: clang-tidy found nothing"
  else
    echo "ep-probe: clang-tidy not tried: apt install clang-tidy"
  fi
fi
