#!/usr/bin/env bash
# Builds the package twice, from two copies of the checkout in folders of different names, and compares. Exit code 0: the same bytes.
#   tests/e2e/reproducible.sh [--amd64]
set -eu -o pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
for copy in one another-place; do
  mkdir -p "$work/$copy"
  git ls-files -z | xargs -0 tar -cf - | tar -C "$work/$copy" -xf -
  "$work/$copy/build-arm64.sh" "$@" "$work/dist-$copy"
done
cat "$work/dist-one/SHA256SUMS"
if diff "$work/dist-one/SHA256SUMS" "$work/dist-another-place/SHA256SUMS"; then
  echo "both builds gave the same bytes"
else
  for copy in one another-place; do tar -C "$work/dist-$copy" -xzf "$work/dist-$copy"/*.tar.gz; done
  diff -rq "$work/dist-one" "$work/dist-another-place" | grep -v -e '\.deb ' -e '\.gz ' -e SHA256SUMS || true
  exit 1
fi
