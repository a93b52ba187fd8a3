#!/usr/bin/env bash
# Run all of Molecule's scenarios on the emulated lab, and as root those of the guarded change on FRRouting too.
# Usage: molecule DIRECTORY_OF_MOLECULE WORKERS
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$1 workers=$2
real=(role_change role_rollback role_validation)
export PATH="$bin:$PATH"
# Short, because sockets are in it, and not Molecule's own, which checkouts of the same name share.
directory=$(mktemp -d /tmp/molecule-XXXXXX)
export MOLECULE_EPHEMERAL_DIRECTORY=$directory

finish() {
  # When interrupted, the keeper of the lab is at work still.
  "$bin/python" -m tests.lab.molecule.keeper down --directory "$directory/lab" && rm -rf "$directory"
}
trap finish EXIT

molecule test --all --workers "$workers" --continue-on-failure
if [ "$(id -u)" = 0 ]; then
  echo "== on FRRouting: ${real[*]}"
  HOLDFAST_LAB=frr molecule test "${real[@]/#/--scenario-name=}"
else
  echo "== NOT run on FRRouting, which needs root: ${real[*]}"
fi
