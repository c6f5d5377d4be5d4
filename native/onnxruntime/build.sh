#!/usr/bin/env bash
# Builds ONNX Runtime with the CUDA and TensorRT providers for a Jetson Orin (aarch64, SM87), on the Jetson itself.
#   native/onnxruntime/build.sh --jetpack 7.2|6.2 [--dry-run] [--jobs N] [--work DIR] [--out DIR] [--source DIR] [--root DIR]
#     --dry-run   prints every step and checks the machine against it; changes nothing. Exit code 0 also where something is missing
#     --strict    with --dry-run: exit code 1 where something is missing
#     --jobs      compilers at once (default: as many as cores and memory allow)
#     --work      sources and objects (default: ./build/onnxruntime), --out the result (default: ./build/onnxruntime-jetpack-VERSION)
#     --source    a checkout of the pinned version, instead of cloning
#     --root      where CUDA, TensorRT, /proc/meminfo and the board's files are looked for (default: /)
# Exit code: 0 built, or dry run; 1 the machine lacks something; 2 usage; 3 a step failed.
set -eu -o pipefail

# Version and commit are those that the NuGet package Microsoft.ML.OnnxRuntime 1.31.1 names in its .nuspec: the agent's own library.
version=1.31.1
commit=41d4d61f14b9c1dd0b2ccda1e9b85dd415fd0496
repository=https://github.com/microsoft/onnxruntime.git

# What ONNX Runtime asks for: GCC onnxruntime#24148, CMake #24571, Python build_args.py, CUDA #27570.
min_gcc=11.1 min_cmake=3.28 min_python=3.10
# nvcc takes 4 GiB a job on average and 6 at the peak (onnxruntime#17419); sources, objects and libraries of one build fill most of the disk space.
job_mib=6144 min_disk_mib=40960

usage() { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }

jetpack="" dry=false strict=false jobs="" work="" out="" source_dir="" root=""
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry=true; shift; continue ;;
    --strict) strict=true; shift; continue ;;
  esac
  [ $# -ge 2 ] || usage
  case $1 in
    --jetpack) jetpack=$2 ;;
    --jobs) jobs=$2 ;;
    --work) work=$2 ;;
    --out) out=$2 ;;
    --source) source_dir=$2 ;;
    --root) root=${2%/} ;;
    *) usage ;;
  esac
  shift 2
done
case $jetpack in
  7.2) l4t=39 cuda=13.2 tensorrt=10.16 glibc=2.39 ;;
  6.2) l4t=36 cuda=12.6 tensorrt=10.3 glibc=2.35 ;;
  *) echo "--jetpack expects 7.2 or 6.2, found '$jetpack'" >&2; usage ;;
esac
case $jobs in *[!0-9]* | 0) echo "--jobs expects a whole number above 0, found '$jobs'" >&2; usage ;; esac
here=$(cd "$(dirname "$0")" && pwd)
work=${work:-$PWD/build/onnxruntime}
out=${out:-$PWD/build/onnxruntime-jetpack-$jetpack}
source_dir=${source_dir:-$work/source}
cuda_home=$root/usr/local/cuda include=$root/usr/include/aarch64-linux-gnu libraries=$root/usr/lib/aarch64-linux-gnu

findings=0
step=0
say() { printf '%s\n' "$*"; }
begin() { step=$((step + 1)); say; say "$step. $*"; }
good() { say "   ok       $*"; }
lacks() { findings=$((findings + 1)); say "   MISSING  $*"; }
# check NAME FOUND EXPECTED: FOUND is EXPECTED or newer
at_least() {
  if [ -z "$2" ]; then lacks "$1: expected $3 or newer, found none"
  elif [ "$(printf '%s\n%s\n' "$3" "$2" | sort -V | head -1)" = "$3" ]; then good "$1 $2 (expected $3 or newer)"
  else lacks "$1: expected $3 or newer, found $2"; fi
}
# exactly NAME FOUND EXPECTED: FOUND is EXPECTED, or EXPECTED and a dot and more
exactly() {
  case $2 in
    "$3" | "$3".*) good "$1 $2 (expected $3)" ;;
    "") lacks "$1: expected $3, found none" ;;
    *) lacks "$1: expected $3, found $2" ;;
  esac
}
# version_of COMMAND PATTERN: the first number that follows the pattern in what the command says of itself
version_of() { { command -v "$1" >/dev/null && "$1" --version 2>/dev/null || true; } | sed -n "s/.*$2\([0-9][0-9.]*\).*/\1/p" | head -1; }
define() { { sed -n "s/^#define $2 \([0-9][0-9]*\).*/\1/p" "$1" 2>/dev/null || true; } | head -1; }
# run COMMAND...: prints it, and runs it unless this is a dry run
run() {
  say "   \$ $*"
  $dry || "$@" || { echo "failed: $*" >&2; exit 3; }
}

begin "The board: JetPack $jetpack on Orin"
exactly "architecture" "$(uname -m)" aarch64
exactly "Jetson Linux (/etc/nv_tegra_release)" "$(sed -n 's/^# R\([0-9]*\) .*/\1/p' "$root/etc/nv_tegra_release" 2>/dev/null)" "$l4t"
exactly "C library" "$(ldd --version 2>/dev/null | sed -n '1s/.* \([0-9.]*\)$/\1/p')" "$glibc"

begin "Compilers and tools"
at_least "g++" "$(g++ -dumpfullversion 2>/dev/null || true)" $min_gcc
at_least "cmake" "$(version_of cmake 'version ')" $min_cmake
at_least "python3" "$(version_of python3 'Python ')" $min_python
at_least "git" "$(version_of git 'version ')" 2.25
say "            older cmake on JetPack 6.2: python3 -m pip install --user 'cmake>=$min_cmake,<4', then put ~/.local/bin first in PATH"

begin "CUDA, cuDNN and TensorRT (sudo apt install nvidia-jetpack)"
exactly "CUDA compiler" "$({ [ -x "$cuda_home/bin/nvcc" ] && "$cuda_home/bin/nvcc" --version || true; } | sed -n 's/.*release \([0-9.]*\).*/\1/p')" "$cuda"
cudnn_header=$(ls "$include"/cudnn_version.h "$include"/cudnn_version_v*.h "$root"/usr/include/cudnn_version.h 2>/dev/null | head -1 || true)
at_least "cuDNN" "$(define "${cudnn_header:-/nonexistent}" CUDNN_MAJOR)" 9
nvinfer=$include/NvInferVersion.h
major=$(define "$nvinfer" NV_TENSORRT_MAJOR) minor=$(define "$nvinfer" NV_TENSORRT_MINOR)
[ -n "$major" ] || { major=$(define "$nvinfer" TRT_MAJOR_ENTERPRISE); minor=$(define "$nvinfer" TRT_MINOR_ENTERPRISE); }
exactly "TensorRT" "${major:+$major.$minor}" "$tensorrt"

begin "Memory and disk"
memory_mib=$(awk '/^(MemAvailable|SwapFree):/ { kib += $2 } END { print int(kib / 1024) }' "$root/proc/meminfo")
cores=$(nproc)
fitting=$((memory_mib / job_mib))
[ "$fitting" -le "$cores" ] || fitting=$cores
if [ "$fitting" -lt 1 ]; then
  lacks "memory: expected $job_mib MiB with swap for one compiler, found $memory_mib MiB; add a swap file, close other programs"
  fitting=1
else
  good "memory $memory_mib MiB with swap: $fitting compilers of $job_mib MiB on $cores cores"
fi
if [ -n "$jobs" ] && [ "$jobs" -gt "$fitting" ]; then lacks "memory for --jobs $jobs: expected $((jobs * job_mib)) MiB, found $memory_mib MiB"; fi
jobs=${jobs:-$fitting}
nearest=$work
while [ ! -d "$nearest" ]; do nearest=$(dirname "$nearest"); done
disk_mib=$(df -Pm "$nearest" | awk 'NR == 2 { print $4 }')
if [ "$disk_mib" -ge $min_disk_mib ]; then good "disk $disk_mib MiB free below $nearest (expected $min_disk_mib)"
else lacks "disk: expected $min_disk_mib MiB free below $nearest, found $disk_mib"; fi

if ! $dry && [ "$findings" -gt 0 ]; then
  say; say "$findings things are missing on this machine; nothing was built."
  exit 1
fi

begin "Sources: ONNX Runtime $version, pinned by its commit"
if [ ! -d "$source_dir" ]; then
  run git clone --quiet --depth 1 --branch "v$version" --recurse-submodules --shallow-submodules "$repository" "$source_dir"
fi
say "   \$ git -C $source_dir rev-parse HEAD     # must be $commit"
if [ -d "$source_dir" ]; then
  found=$(git -C "$source_dir" rev-parse HEAD 2>/dev/null || echo none)
  if [ "$found" = $commit ]; then good "the commit is the pinned one"
  else lacks "sources: expected commit $commit, found $found"; $dry || exit 3; fi
fi

begin "Build, $jobs compilers at once"
flags=(--config Release --build_dir "$work/objects" --update --build --skip_tests --skip_submodule_sync --build_shared_lib
  --parallel "$jobs" --nvcc_threads 1 --compile_no_warning_as_error --allow_running_as_root
  --use_cuda --cuda_home "$cuda_home" --cuda_version "$cuda" --cudnn_home "$libraries" --use_tensorrt --tensorrt_home "$libraries"
  --use_tensorrt_builtin_parser --cmake_extra_defines CMAKE_CUDA_ARCHITECTURES=87 onnxruntime_BUILD_UNIT_TESTS=OFF)
if [ -f "$source_dir/tools/ci_build/build_args.py" ]; then
  for flag in "${flags[@]}"; do
    case $flag in
      --*) grep -q -- "\"$flag\"" "$source_dir/tools/ci_build/build_args.py" || { lacks "flag $flag: this version's build.py does not know it"; $dry || exit 3; } ;;
    esac
  done
  good "build.py of the sources knows every flag"
else
  say "            the flags are checked against the sources' build.py once they are there"
fi
run env CUDACXX="$cuda_home/bin/nvcc" "$source_dir/build.sh" "${flags[@]}"

begin "Collect what the agent needs in $out"
built=$work/objects/Release
files=("$built/libonnxruntime.so.$version" "$built/libonnxruntime_providers_shared.so" "$built/libonnxruntime_providers_cuda.so"
  "$built/libonnxruntime_providers_tensorrt.so")
run mkdir -p "$out/lib" "$out/include"
for file in "${files[@]}"; do run install -m 755 -s "$file" "$out/lib/"; done
run ln -sfn "libonnxruntime.so.$version" "$out/lib/libonnxruntime.so.1"
run ln -sfn "libonnxruntime.so.$version" "$out/lib/libonnxruntime.so"
run cp -r "$source_dir/include/onnxruntime/core/session/." "$out/include/"
run cp "$source_dir/LICENSE" "$source_dir/ThirdPartyNotices.txt" "$source_dir/VERSION_NUMBER" "$out/"
say "   \$ (cd $out/lib && sha256sum of every file) > $out/SHA256SUMS     # nobody has published sums of this build: keep those of your first one"
$dry || (cd "$out/lib" && find . -type f -printf '%P\n' | sort | xargs sha256sum >../SHA256SUMS)

begin "Check the result"
say "   \$ objdump -T ... | GLIBC_ at most $glibc"
if ! $dry; then
  highest=$(objdump -T "$out"/lib/*.so | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1 | cut -d_ -f2)
  if [ "$(printf '%s\n%s\n' "${highest:-0}" "$glibc" | sort -V | tail -1)" = "$glibc" ]; then good "GLIBC ${highest:-0}, at most $glibc"
  else echo "failed: the libraries need GLIBC $highest, expected at most $glibc" >&2; exit 3; fi
fi
run cmake -S "$here/.." -B "$work/probe" "-DONNXRUNTIME_ROOT=$out"
run cmake --build "$work/probe"
for provider in cpu cuda tensorrt; do
  run "$work/probe/ep-probe" --library "$out/lib/libonnxruntime.so" --provider $provider
done

say
if $dry; then
  say "Dry run: $step steps, $findings findings on this machine. Never run on a Jetson: see native/README.md."
  if $strict && [ "$findings" -gt 0 ]; then exit 1; fi
else
  say "Built: $out. Licences: LICENSE and ThirdPartyNotices.txt are in it; CUDA, cuDNN and TensorRT stay NVIDIA's and are not copied."
fi
