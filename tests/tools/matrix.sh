#!/usr/bin/env bash
# Unit, integration and sanity tests on the oldest supported pair of Python and ansible-core and on the newest
# that this machine has. A pair whose Python is not here is skipped, and the output says so.
set -euo pipefail
cd "$(dirname "$0")/../.."

failed=0
for pair in "3.11 2.19 oldest" "3.13 2.21 newest"; do
  read -r python core name <<< "$pair"
  title="$name pair: Python $python, ansible-core $core"
  if ! interpreter=$(tests/tools/find-python.sh "$python" 2> /dev/null); then
    echo "== $title: SKIPPED, Python $python does not run on this machine"
    continue
  fi
  echo "== $title"
  venv=.venv-$name
  tests/tools/make-venv.sh "$interpreter" "$venv" "$core"
  touch "$venv/.complete"
  for target in sanity unit integration; do
    if make --no-print-directory VENV="$venv" PYTHON="$interpreter" "$target"; then
      echo "== $title: $target passed"
    else
      echo "== $title: $target FAILED"
      failed=1
    fi
  done
done
exit "$failed"
