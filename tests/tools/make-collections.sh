#!/usr/bin/env bash
# Unpack the vendors' collections that the drop-in connection is tested with. They are taken from the `ansible`
# package that belongs to the ansible-core of the virtual environment, and are no dependency of the product.
# Usage: make-collections VENV DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=$1 target=$2
minor=$("$venv/bin/python" -c 'import ansible.release as r; print(r.__version__.split(".")[1])')
release=$((minor - 7)) # ansible 12 goes with ansible-core 2.19, 14 with 2.21
stamp=$target/.ansible-$release
[ ! -e "$stamp" ] || exit 0

wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
"$venv/bin/python" -m pip download --quiet --no-deps --only-binary :all: --dest "$wheels" "ansible==$release.*"
rm -rf "$target"
mkdir -p "$target"
"$venv/bin/python" - "$wheels"/ansible-*.whl "$target" <<'PYTHON'
import sys
import zipfile

wanted = ("ansible/netcommon", "ansible/utils", "cisco/ios", "cisco/nxos", "arista/eos")
prefixes = tuple(f"ansible_collections/{name}/" for name in wanted)
with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = [name for name in wheel.namelist() if name.startswith(prefixes) and "/tests/" not in name]
    wheel.extractall(sys.argv[2], names)
PYTHON
touch "$stamp"
echo "$target: collections of ansible $release"
