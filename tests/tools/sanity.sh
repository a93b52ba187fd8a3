#!/usr/bin/env bash
# Run ansible-test sanity, every test and no ignore files, on a copy of the checkout: ansible-test insists on
# a directory named ansible_collections/NAMESPACE/NAME and on a git repository.
# Usage: sanity DIRECTORY_OF_ANSIBLE_TEST [ARGUMENTS OF ansible-test sanity]
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$1
shift
version=$("$bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
target=$copy/ansible_collections/holdfast/network

if compgen -G 'tests/sanity/ignore-*.txt' > /dev/null; then
  echo "tests/sanity has ignore files: the collection is to pass without" >&2
  exit 1
fi
tests/tools/copy-checkout.sh "$target"

# Where ansible-test cannot download its bootstrap of pip, this makes it use Python's own.
offline=../shared/tools/ansible-test-offline
[ ! -x "$offline" ] || "$offline"

cd "$target"
git init --quiet
git add --all
export PATH="$bin:$PATH"
time ansible-test sanity --requirements --color no --python "$version" "$@"
