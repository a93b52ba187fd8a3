#!/usr/bin/env bash
# Make a virtual environment with the pinned requirements and the checkout as the collection it is.
# Usage: make-venv PYTHON DIRECTORY [VERSION OF ansible-core]
set -euo pipefail
cd "$(dirname "$0")/../.."

python=$1 venv=$2 core=${3:-}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed, '$python' is not one. Name it: make PYTHON=/path/to/python" >&2
  exit 1
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
requirements=$(mktemp)
trap 'rm -f "$requirements"' EXIT
cp requirements/dev.txt "$requirements"
if [ -n "$core" ]; then
  sed -i '/^ansible-core==/d' "$requirements"
  echo "ansible-core==$core.*" >> "$requirements"
fi
"$venv/bin/python" -m pip install --quiet --requirement "$requirements"

site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mkdir -p "$site/ansible_collections/holdfast"
ln -sfn "$PWD" "$site/ansible_collections/holdfast/network"
echo "$venv: $("$venv/bin/python" --version), ansible-core $("$venv/bin/python" -c 'import ansible.release as r; print(r.__version__)')"
