#!/usr/bin/env bash
# Print the first Python of the versions given that really runs: a version manager may leave commands that do not.
set -euo pipefail

for version in "$@"; do
  candidates=("python$version")
  for installed in "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
    candidates+=("$installed")
  done
  for candidate in "${candidates[@]}"; do
    if found=$("$candidate" -c 'import ensurepip, sys; print(sys.executable)' 2>/dev/null); then
      echo "$found"
      exit 0
    fi
  done
done
echo "No Python of version $* runs here. Install one, or name it: make PYTHON=/path/to/python" >&2
exit 1
