#!/usr/bin/env bash
# Build the execution environment: `make ee [VARIANT=slim|full|both] [BASE=IMAGE]` calls this.
# Usage: build.sh VIRTUAL_ENVIRONMENT VARIANT [BASE]
# An image made from the same inputs is kept. NO_CACHE=1 builds anew, layers and all; IMAGE=NAME names another
# repository than localhost/holdfast-ee.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$PWD/$1/bin variants=$2 base=${3:-} here=$PWD/execution-environment
own_base=localhost/holdfast-base:trixie
image=${IMAGE:-localhost/holdfast-ee}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
caching=(--layers)
[ -z "${NO_CACHE:-}" ] || caching=(--no-cache --layers=false)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $variants in
  slim | full) ;;
  both) variants="slim full" ;;
  *)
    echo "VARIANT=$variants: slim, full or both" >&2
    exit 2
    ;;
esac
# shellcheck source=execution-environment/needs.sh
. "$here/needs.sh"
need podman:podman buildah:buildah runc:runc newuidmap:uidmap
[ -n "$base" ] || need debootstrap:debootstrap

if [ -z "$base" ]; then
  base=$own_base
  podman image exists "$base" || "$here/base-image.sh" "$base"
elif ! podman image exists "$base"; then
  podman pull --quiet "$base"
fi
# shellcheck source=execution-environment/podman.sh
. "$here/podman.sh" "$base"
# shellcheck source=execution-environment/machine.sh
. "$here/machine.sh" "$work/machine" "$tools/python"

version=$(sed -n 's/^version: *//p' galaxy.yml)
tests/tools/build.sh "$tools" "$work" > /dev/null
cp "$work/holdfast-network-$version.tar.gz" "$here/holdfast-network.tar.gz"

inputs() { # VARIANT: one line that changes when the image would
  {
    echo "$1"
    podman image inspect --format '{{.Id}}' "$base"
    "$tools/ansible-builder" --version
    tar -xOzf "$here/holdfast-network.tar.gz"
    (cd "$here" && cat holdfast-broker execution-environment.yml install/*.sh \
      requirements-build.txt "requirements-$1.txt")
  } | sha256sum | cut -d ' ' -f 1
}

label() { # IMAGE KEY
  podman image inspect --format "{{index .Labels \"$2\"}}" "$1" 2> "$work/log" || true
}

build() { # VARIANT
  local context=dist/ee/$1 name=$image:$1 layers=$image-layers:$1 digest before
  digest=$(inputs "$1")
  if [ -z "${NO_CACHE:-}" ] && [ "$(label "$name" network.holdfast.inputs)" = "$digest" ]; then
    echo "$name is up to date"
    return
  fi
  rm -rf "$context"
  mkdir -p "$context"
  "$tools/ansible-builder" create --file "$here/execution-environment.yml" --context "$context" > "$work/log"
  "$tools/hadolint" --config "$here/hadolint.yaml" "$context/Containerfile"
  logged "$context" podman build "${caching[@]}" --network host --volume "$work/machine:/mnt:ro" \
    --build-arg EE_BASE_IMAGE="$base" --build-arg VARIANT="$1" --tag "$layers" "$context"

  # One layer of what is left at the end: neither what was needed on the way nor the words of the build's steps.
  before=$(podman image inspect --format '{{.Id}}' "$name" 2> "$work/log" || true)
  mkdir -p "$work/empty"
  echo "FROM $layers" | logged "$context" podman build --squash-all --timestamp "$SOURCE_DATE_EPOCH" --file - \
    --label org.opencontainers.image.version="$version" \
    --label org.opencontainers.image.revision="$(git describe --always --dirty --abbrev=40 --exclude '*')" \
    --label org.opencontainers.image.created="$(date --utc --date "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" \
    --label network.holdfast.variant="$1" --label network.holdfast.inputs="$digest" --tag "$name" "$work/empty"
  if [ -n "$before" ] && ! podman rmi "$before" > "$work/log" 2>&1; then
    echo "the image that $name was is still in use: $before"
  fi
  echo "$name: $(podman image inspect --format '{{.Size}}' "$name" | numfmt --to=si)B"
}

logged() { # CONTEXT COMMAND...
  local log=$1/build.log
  shift
  "$@" >> "$log" 2>&1 || {
    tail -n 40 "$log" >&2
    echo "The image could not be built; all that was said is in $log" >&2
    return 1
  }
}

for variant in $variants; do
  build "$variant"
done
