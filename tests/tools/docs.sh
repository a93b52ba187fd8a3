#!/usr/bin/env bash
# Build the documentation site: pages of the repository, and pages of every plugin and role out of their own
# documentation. Nothing is fetched: links to other sites are not followed here.
# Usage: docs DIRECTORY_OF_TOOLS OUTPUT_DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$1
mkdir -p "$2"
output=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
collection=$work/ansible_collections/holdfast/network
tests/tools/copy-checkout.sh "$collection"
export PATH="$bin:$PATH" ANSIBLE_COLLECTIONS_PATH=$work ANSIBLE_COLLECTIONS_SCAN_SYS_PATH=false

(cd "$collection" && antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .)
python "$collection/tests/tools/make_site.py" pages "$work/pages"
mkdir -p "$work/pages/plugins"
chmod go-w "$work/pages/plugins" # antsibull-docs writes to no directory that others may write to
antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --dest-dir "$work/pages/plugins" holdfast.network
python "$collection/tests/tools/make_site.py" plugins "$work/pages/plugins"
rm -rf "$output/site"
sphinx-build --fail-on-warning --keep-going --nitpicky --quiet --jobs auto --builder html \
  --doctree-dir "$work/doctrees" "$work/pages" "$output/site"
python "$collection/tests/tools/check_site.py" "$output/site" "$collection"
echo "$output/site: $(find "$output/site" -name '*.html' | wc -l) pages"
