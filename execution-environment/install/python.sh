#!/usr/bin/env bash
# In the build: make /opt/holdfast from what requirements-VARIANT.txt pins. Every file must have one of the hashes
# listed there, those of the build tools and of what is only published as source too: such a package is built by
# setuptools of /opt/build, not by what its author's build system would download.
# Usage: python.sh VARIANT
set -euo pipefail

variant=$1
here=$(dirname "$0")
build=/opt/build/bin/python3
target=/opt/holdfast
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT

# Where the machine that builds gets packages is mounted here, and gone with the mount.
[ ! -e /mnt/pip.conf ] || export PIP_CONFIG_FILE=/mnt/pip.conf
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
"$build" -m pip install --quiet --require-hashes --only-binary :all: --requirement "$here/requirements-build.txt"
"$build" -m pip wheel --quiet --require-hashes --no-deps --no-build-isolation --wheel-dir "$wheels" \
  --requirement "$here/requirements-$variant.txt"

python3 -m venv --without-pip "$target"
# By name and not by file: else the image would tell of a folder of the build.
mapfile -t pins < <(sed -nE 's/^([^ #]+==[^ ;]+).*/\1/p' "$here/requirements-$variant.txt")
"$build" -m pip --python "$target/bin/python3" install --quiet --no-index --find-links "$wheels" --no-deps --no-compile \
  "${pins[@]}"
"$build" -m pip --python "$target/bin/python3" check
# Modules are compiled here, since nobody may write beside them later, and looked up without their files' times.
"$target/bin/python3" -m compileall -q -j 0 --invalidation-mode unchecked-hash "$target/lib"
# From here on the build's own steps use what is there, or fail.
printf '[global]\nno-index = true\n' > /opt/build/pip.conf
