#!/usr/bin/env bash
# Builds the package twice, from two copies of the checkout in folders of different names, and compares. Exit code 0: the same bytes.
#   tests/e2e/reproducible.sh [--amd64] [--keep DIR]     --keep DIR: what was built is put there
set -eu -o pipefail
options=() keep=''
while [ $# -gt 0 ]; do
  case $1 in
  --keep) mkdir -p "$2" && keep=$(realpath "$2"); shift ;;
  *) options+=("$1") ;;
  esac
  shift
done
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
for copy in one another-place; do
  mkdir -p "$work/$copy"
  git ls-files -z | tar --null -T - -cf - | tar -C "$work/$copy" -xf -
  "$work/$copy/build-arm64.sh" "${options[@]}" "$work/dist-$copy"
done
[ -z "$keep" ] || cp "$work/dist-one"/* "$keep/"
cat "$work/dist-one/SHA256SUMS"
if diff "$work/dist-one/SHA256SUMS" "$work/dist-another-place/SHA256SUMS"; then
  echo "both builds gave the same bytes"
else
  for copy in one another-place; do tar -C "$work/dist-$copy" -xzf "$work/dist-$copy"/*.tar.gz; done
  diff -rq "$work/dist-one" "$work/dist-another-place" | grep -v -e '\.deb ' -e '\.gz ' -e SHA256SUMS || true
  exit 1
fi
