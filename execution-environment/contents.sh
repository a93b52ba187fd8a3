#!/usr/bin/env bash
# Print what an image holds, one package a line: Debian's, Python's, collections.
# Usage: contents.sh IMAGE
set -euo pipefail

podman run --rm --interactive --network none --entrypoint /opt/holdfast/bin/python3 "$1" - << 'PYTHON'
import json
import subprocess
from importlib.metadata import distributions
from pathlib import Path

query = ["dpkg-query", "--show", "--showformat", "deb ${Package} ${Version} ${Architecture}\n"]
print(subprocess.run(query, check=True, capture_output=True, text=True).stdout, end="")
for name, version in sorted((found.name.lower(), found.version) for found in distributions()):
    print("python", name, version)
for manifest in sorted(Path("/usr/share/ansible/collections/ansible_collections").glob("*/*/MANIFEST.json")):
    about = json.loads(manifest.read_text())["collection_info"]
    print("collection", f"{about['namespace']}.{about['name']}", about["version"])
PYTHON
