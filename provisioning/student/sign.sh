#!/usr/bin/env bash
# Signs the bundled student with a key that is made for this signature and thrown away: nobody can sign another student with it.
# Run it after a change of cell-student, and commit both files that it writes.
#   provisioning/student/sign.sh [EDGE-AGENT]     default: the agent built in this checkout
set -eu -o pipefail
cd "$(dirname "$0")/../models"
agent=${1:-dotnet ../../agent/bin/Release/net10.0/edge-agent.dll}
key=$(umask 077 && mktemp)
trap 'rm -f "$key"' EXIT
openssl ecparam -name prime256v1 -genkey -noout -out "$key"
rm -f cell-student/model.sig
mkdir -p keys
# shellcheck disable=SC2086 # words on purpose
$agent model sign key --private-key "$key" --serialization shards --shard-size 1048576 --signature cell-student/model.sig cell-student
openssl ec -in "$key" -pubout -out keys/cell-student.pem 2>/dev/null
# shellcheck disable=SC2086
$agent model verify key --public-key keys/cell-student.pem --signature cell-student/model.sig cell-student
