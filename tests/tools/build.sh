#!/usr/bin/env bash
# Build the collection's artifact from a copy of the checkout, so that no file that lies about gets into it.
# Usage: build DIRECTORY_OF_ANSIBLE_GALAXY OUTPUT_DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$1
mkdir -p "$2"
output=$(cd "$2" && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tests/tools/copy-checkout.sh "$copy"
"$bin/ansible-galaxy" collection build "$copy" --force --output-path "$output" > /dev/null
version=$(sed -n 's/^version: *//p' galaxy.yml)
artifact=$output/holdfast-network-$version.tar.gz
"$bin/python" tests/tools/normalise_artifact.py "$artifact" "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
echo "$artifact"
