#!/usr/bin/env bash
# Coverage-guided fuzzing of the parsers of untrusted bytes, with AFL++ and SharpFuzz. Exit code 1: there are findings.
#   tests/e2e/fuzz.sh [MINUTES] [TARGET...]     default 60 minutes for each of query, gguf, safetensors, tokenizer, signature
# Prints a row for each target. A small input of each finding is written to tests/data/fuzz/TARGET/findings.
# Needs afl++ (installed with apt where that is possible) and the registry of .NET tools.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
minutes=${1:-60}; shift || true
targets=("$@"); [ $# -gt 0 ] || targets=(query gguf safetensors tokenizer signature)
if ! command -v afl-fuzz >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends afl++ >/dev/null
  else
    echo "skipped: afl++ is not installed" >&2
    exit 77
  fi
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -w /dev/shm ] && ram=$(mktemp -d /dev/shm/fuzz.XXXXXX) && trap 'rm -rf "$work" "$ram"' EXIT

dotnet build tests/Agent.Fuzz -c Release -v quiet --nologo >/dev/null
dotnet tool install --tool-path "$work/tool" SharpFuzz.CommandLine --version 2.3.0 >/dev/null
plain=tests/Agent.Fuzz/bin/Release/net10.0 instrumented="$work/instrumented"
cp -r "$plain" "$instrumented"
"$work/tool/sharpfuzz" "$instrumented/edge-agent.dll" EdgeAgent.Queries EdgeAgent.Import
for library in Bundles Tokenization Platform; do "$work/tool/sharpfuzz" "$instrumented/EdgeAgent.$library.dll"; done

export TMPDIR=${ram:-$work} AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
export AFL_FORKSRV_INIT_TMOUT=60000 DOTNET_GCHeapHardLimit=0x40000000 DOTNET_TieredPGO=0 DOTNET_gcConcurrent=0
found=0
printf '| target | minutes | runs | edges | inputs kept | findings |\n|---|---|---|---|---|---|\n'
for target in "${targets[@]}"; do
  data=tests/data/fuzz/$target out=$work/out/$target
  mkdir -p "$out" "$work/in/$target" && find "$data" -type f -exec cp {} "$work/in/$target" \;
  # the names that the seeds use, since no mutation would guess them
  cat "$data"/seeds/* | grep -aoE '[A-Za-z_][A-Za-z_0-9./-]{2,40}' | sort -u | head -400 | sed 's/.*/"&"/' >"$work/$target.words" || true
  status=0
  afl-fuzz -i "$work/in/$target" -o "$out" -x "$work/$target.words" -V $((minutes * 60)) -t 5000 -m none -- \
    dotnet "$instrumented/Agent.Fuzz.dll" run "$target" >"$work/$target.log" 2>&1 || status=$?
  stats="$out/default/fuzzer_stats"
  [ -f "$stats" ] || { echo "afl-fuzz ended with $status:" >&2; tail -20 "$work/$target.log" >&2; exit 2; }
  mapfile -t inputs < <(find "$out/default/crashes" "$out/default/hangs" -name 'id*' | sort)
  report=
  [ ${#inputs[@]} -eq 0 ] || report=$(dotnet "$plain/Agent.Fuzz.dll" triage "$target" "$data/findings" "${inputs[@]}") || found=1
  value() { awk -v name="$1" '$1 == name {print $3}' "$stats"; }
  printf '| %s | %s | %s | %s | %s | %s |\n' "$target" "$minutes" "$(value execs_done)" "$(value edges_found)" "$(value corpus_count)" \
    "$(printf '%s' "$report" | grep -c . || true)"
  [ -z "$report" ] || printf '%s\n' "$report"
done
exit $found
