#!/usr/bin/env bash
# Compile what the images hold, with the hashes of every file that the index has of each version.
set -euo pipefail
cd "$(dirname "$0")"

compile() { # NAME OPTION...
  local name=$1
  shift
  {
    echo "# Compiled from requirements-$name.in by \`make pins\`; do not edit."
    uv pip compile --quiet --python-version 3.13 --python-platform linux --generate-hashes --no-annotate --no-header \
      "$@" "requirements-$name.in"
  } > "requirements-$name.txt.new"
  mv "requirements-$name.txt.new" "requirements-$name.txt"
}

compile build
compile full
# What both hold they hold in one version.
compile slim --constraints requirements-full.txt
