#!/usr/bin/env bash
# 1,000 damaged documents (PDF, Word, HTML, Markdown, CSV; the same every time) through 'docs add': none crashes or hangs it, each is read
# or refused with its reason. Prints how many of each. Exit code 1: one of them was neither. Takes about 20 minutes on two cores.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
dotnet build tests/Agent.Tests -c Release -v quiet --nologo >/dev/null
EDGE_AGENT_FULL=1 dotnet test tests/Agent.Tests -c Release --no-build --nologo --logger "console;verbosity=detailed" \
  --filter "FullyQualifiedName~MutatedDocumentTests"
