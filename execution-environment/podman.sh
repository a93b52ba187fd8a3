# shellcheck shell=bash
# Sourced by what runs podman: chooses settings of this project's own where podman's defaults start no container
# (a hard limit of open files below podman's, a runtime that cannot manage control groups). Changes nothing elsewhere.
# Usage: . execution-environment/podman.sh IMAGE   (an image that is there and has /bin/true)
podman_settings() {
  local settings
  podman run --rm --network none --entrypoint /bin/true "$1" > /dev/null 2>&1 && return 0
  settings=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/containers.conf
  if CONTAINERS_CONF=$settings podman run --rm --network none --entrypoint /bin/true "$1" > /dev/null; then
    export CONTAINERS_CONF=$settings
    return 0
  fi
  echo "podman can start no container here, neither with its own settings nor with $settings" >&2
  return 1
}
podman_settings "$1"
