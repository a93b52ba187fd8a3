#!/usr/bin/env bash
# Import an artifact as Galaxy does when it is uploaded, and fail where Galaxy would only warn.
# Usage: galaxy-import DIRECTORY_OF_TOOLS ARTIFACT
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$1 artifact=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# ansible-test is left to `make sanity`: here it would want a container image of its own.
export GALAXY_IMPORTER_RUN_FLAKE8=true GALAXY_IMPORTER_CHECK_REQUIRED_TAGS=true GALAXY_IMPORTER_RUN_ANSIBLE_TEST=false
export GALAXY_IMPORTER_OFFLINE_ANSIBLE_LINT=true GALAXY_IMPORTER_LOG_LEVEL_MAIN=INFO
unset ANSIBLE_COLLECTIONS_PATH
(cd "$work" && HOME=$work PATH=$bin:$PATH python -m galaxy_importer.main "$artifact") > "$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
if ! grep -q '^Importer processing completed successfully$' "$work/log" ||
  grep -E '^(WARNING|ERROR|CRITICAL)|Traceback' "$work/log"; then
  echo "galaxy-importer: not clean, see above" >&2
  tail -3 "$work/log" >&2
  exit 1
fi
echo "galaxy-importer: $(grep -c '^Loading ' "$work/log") plugins, roles and playbooks, no warning"
