#!/usr/bin/env bash
# Build an image twice from nothing, base image and all, and compare what the two hold: fails on a difference in
# packages, and tells whether the layers are the same bytes too.
# Usage: reproducible.sh VIRTUAL_ENVIRONMENT VARIANT
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
base=localhost/holdfast-twice-base
image=localhost/holdfast-twice
cleanup() {
  for name in "$image:$2" "$image-layers:$2" "$base:first" "$base:second"; do
    podman rmi "$name" > "$work/log" 2>&1 || true # what an interrupted run did not get to make
  done
  rm -rf "$work"
}
trap 'cleanup "$@"' EXIT
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

for time in first second; do
  execution-environment/base-image.sh "$base:$time" > "$work/log"
  NO_CACHE=1 IMAGE=$image execution-environment/build.sh "$1" "$2" "$base:$time"
  # shellcheck source=execution-environment/podman.sh
  . execution-environment/podman.sh "$base:$time"
  execution-environment/contents.sh "$image:$2" > "$work/$time"
  podman image inspect --format '{{.RootFS.Layers}}' "$image:$2" > "$work/$time.layers"
done
if ! diff "$work/first" "$work/second"; then
  echo "Two builds of $2 do not hold the same packages" >&2
  exit 1
fi
echo "Two builds of $2 hold the same $(wc -l < "$work/first") packages"
if cmp -s "$work/first.layers" "$work/second.layers"; then
  echo "and are the same bytes: $(cat "$work/first.layers")"
else
  echo "but not the same bytes"
fi
