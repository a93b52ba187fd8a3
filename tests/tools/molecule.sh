#!/usr/bin/env bash
# Run all of Molecule's scenarios on the emulated lab, and as root those of the guarded change on FRRouting too.
# Usage: molecule DIRECTORY_OF_MOLECULE WORKERS
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$1 workers=$2
real=(role_change role_rollback)
export PATH="$bin:$PATH"
# Short, because sockets are in it, and not Molecule's own, which checkouts of the same name share.
directory=$(mktemp -d /tmp/molecule-XXXXXX)
export MOLECULE_EPHEMERAL_DIRECTORY=$directory
running=

# Molecule's workers go on after Ctrl-C. So it runs in a process group of its own, which is ended as a whole.
set -m
run() {
  molecule "$@" < /dev/null &
  running=$!
  wait "$running"
  running=
}

finish() {
  [ -z "$running" ] || kill -TERM -- "-$running" 2> /dev/null || true
  # The keeper of the lab may be at work still.
  "$bin/python" -m tests.lab.molecule.keeper down --directory "$directory/lab" && rm -rf "$directory"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run test --all --workers "$workers" --continue-on-failure
if [ "$(id -u)" = 0 ]; then
  echo "== on FRRouting: ${real[*]}"
  HOLDFAST_LAB=frr run test "${real[@]/#/--scenario-name=}"
else
  echo "== NOT run on FRRouting, which needs root: ${real[*]}"
fi
