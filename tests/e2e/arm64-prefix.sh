#!/usr/bin/env bash
# Prepares a folder for QEMU_LD_PREFIX: the ARM64 C libraries, and an ARM64 /proc/cpuinfo, without which ONNX Runtime's ARM64 library crashes
# on the host's.
#   tests/e2e/arm64-prefix.sh FOLDER
set -eu
mkdir -p "$1/proc"
ln -sfn /usr/aarch64-linux-gnu/lib "$1/lib"
for core in $(seq 0 $(($(nproc) - 1))); do
  printf 'processor\t: %s\nBogoMIPS\t: 62.50\nFeatures\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\nCPU part\t: 0xd0b\nCPU revision\t: 1\n\n' "$core"
done >"$1/proc/cpuinfo"
