#!/usr/bin/env bash
# Put the collection awx.awx into DIRECTORY/ansible_collections, out of the package "ansible" on PyPI.
# Usage: make-awx DIRECTORY OF PYTHON DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$1 directory=$2
download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
"$bin/python" -m pip download --quiet --no-deps --only-binary :all: --require-hashes \
  --requirement requirements/awx.txt --dest "$download"
rm -rf "$directory/ansible_collections"
mkdir -p "$directory"
"$bin/python" - "$download"/ansible-*.whl "$directory" <<'PYTHON'
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith("ansible_collections/awx/awx/")])
PYTHON
