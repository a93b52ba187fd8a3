# shellcheck shell=bash
# Sourced by build.sh: lays down, in a folder that is mounted into the build's steps and is in no layer, how this
# machine gets packages: certificate authorities, pip's index and Debian's mirror. Proxies are passed on by podman.
# Usage: . machine.sh DIRECTORY PYTHON   (whose pip's settings count)
machine() {
  local authorities here key value
  here=$(dirname "${BASH_SOURCE[0]}")
  mkdir -p "$1"
  authorities=${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
  echo "[global]" > "$1/pip.conf"
  if [ -r "$authorities" ]; then
    cp "$authorities" "$1/authorities.pem"
    echo "cert = /mnt/authorities.pem" >> "$1/pip.conf"
  fi
  # An index in a folder of this machine is not there in the build.
  "$2" -m pip config list | sed -nE "s/^(:env:|global)\.([a-z-]+)='(.*)'$/\2 \3/p" |
    while read -r key value; do
      case $key in
        index-url | extra-index-url | proxy | timeout | default-timeout | trusted-host)
          [[ $value == *file://* ]] || echo "$key = $value" >> "$1/pip.conf"
          ;;
      esac
    done
  if [ -n "${DEBIAN_MIRROR:-}" ]; then
    echo 'Dir::Etc::sourcelist "/mnt/sources.list"; Dir::Etc::sourceparts "/dev/null";' > "$1/apt.conf"
    "$here/base-image.sh" --sources "$DEBIAN_MIRROR" > "$1/sources.list"
  fi
}
machine "$1" "$2"
