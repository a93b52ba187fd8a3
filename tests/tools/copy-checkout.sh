#!/usr/bin/env bash
# Copy what git knows, and what is new and not ignored, to a directory: nothing that lies about gets into what is
# built or tested from it.
# Usage: copy-checkout DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p "$1"
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
  tar --create --null --files-from=- | tar --extract --directory "$1"
