# shellcheck shell=bash
# Sourced: what a command needs on this machine is installed where that is possible, or named.
# Usage: need COMMAND:PACKAGE...
need() {
  local missing=() pair
  for pair in "$@"; do
    command -v "${pair%%:*}" > /dev/null || missing+=("${pair##*:}")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
    echo "installing ${missing[*]}"
    apt-get -q update > /dev/null
    DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}" > /dev/null
  else
    echo "This needs ${missing[*]}. Install what has that name on this system," \
      "on Debian: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    return 1
  fi
}
