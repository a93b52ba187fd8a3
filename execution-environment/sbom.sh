#!/usr/bin/env bash
# Write what an image holds to dist/holdfast-ee-VARIANT.cdx.json (CycloneDX) and .spdx.json (SPDX).
# Usage: sbom.sh VIRTUAL_ENVIRONMENT VARIANT
set -euo pipefail
cd "$(dirname "$0")/.."

image=${IMAGE:-localhost/holdfast-ee}
variants=$2
[ "$variants" != both ] || variants="slim full"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p dist

for variant in $variants; do
  # The archive's name is what the bill says it is of.
  archive=$work/holdfast-ee-$variant.tar
  podman save --quiet --format oci-archive --output "$archive" "$image:$variant"
  (
    cd "$work"
    SYFT_CHECK_FOR_APP_UPDATE=false "$OLDPWD/$1/bin/syft" scan --quiet --source-name "$image:$variant" "oci-archive:holdfast-ee-$variant.tar" \
      --output "cyclonedx-json=$OLDPWD/dist/holdfast-ee-$variant.cdx.json" \
      --output "spdx-json=$OLDPWD/dist/holdfast-ee-$variant.spdx.json"
  )
  rm "$archive"
  echo "dist/holdfast-ee-$variant.cdx.json dist/holdfast-ee-$variant.spdx.json"
done
