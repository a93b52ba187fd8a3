#!/usr/bin/env bash
# Make a Debian base image without a container registry: debootstrap, security updates, then what no container
# needs is left out. Needs root, debootstrap and podman.
# Usage: base-image.sh NAME, or base-image.sh --sources MIRROR to print what apt is to ask
# DEBIAN_MIRROR (default http://deb.debian.org) is asked while the image is made; the image itself names the public
# mirror. SOURCE_DATE_EPOCH is the newest time a file has (default: 0).
set -euo pipefail

suite=trixie
sources() { # MIRROR
  printf 'deb %s/debian %s main\n' "$1" "$suite"
  printf 'deb %s/debian %s-updates main\n' "$1" "$suite"
  printf 'deb %s/debian-security %s-security main\n' "$1" "$suite"
}
if [ "$1" = --sources ]; then
  sources "$2"
  exit
fi

name=$1
mirror=${DEBIAN_MIRROR:-http://deb.debian.org}
# Beside minbase: TLS to Debian's mirrors and to the package index.
include=ca-certificates

if [ "$(id -u)" -ne 0 ]; then
  echo "debootstrap needs root. Run this as root, or name an image of a registry: make ee BASE=docker.io/library/debian:$suite-slim" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

in_root() {
  DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" "$@"
}

debootstrap --variant=minbase --include="$include" "$suite" "$root" "$mirror/debian" > "$work/log" 2>&1 || {
  tail -n 20 "$work/log" >&2
  echo "debootstrap could not get $suite from $mirror/debian: set DEBIAN_MIRROR to a mirror that this machine reaches" >&2
  exit 1
}

# No daemon starts in an image, no documentation but the licences, no caches.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cat > "$root/etc/apt/apt.conf.d/90image" << 'CONF'
APT::Install-Recommends "false";
APT::Install-Suggests "false";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
CONF
cat > "$root/etc/dpkg/dpkg.cfg.d/90image" << 'CONF'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
CONF

cp /etc/resolv.conf "$root/etc/resolv.conf"
sources "$mirror" > "$root/etc/apt/sources.list"
{ in_root apt-get -q update && in_root apt-get -q -y upgrade; } >> "$work/log" 2>&1 || {
  tail -n 20 "$work/log" >&2
  echo "The security updates of $suite could not be had from $mirror" >&2
  exit 1
}
sources http://deb.debian.org > "$root/etc/apt/sources.list"

find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -depth -type d -empty -delete
find "$root"/usr/share/{info,locale,man} -mindepth 1 -delete
find "$root"/var/{cache,log,tmp} "$root"/tmp "$root/var/lib/apt/lists" -type f -delete
rm -f "$root"/etc/{hostname,machine-id,resolv.conf} "$root"/var/cache/debconf/*-old "$root"/etc/{group,passwd,shadow}- "$root"/var/lib/dpkg/*-old
touch "$root"/etc/{hostname,machine-id,resolv.conf}

tar -C "$root" --numeric-owner --sort=name --mtime="@${SOURCE_DATE_EPOCH:-0}" --clamp-mtime -c . |
  podman import --quiet --change 'CMD ["/bin/bash"]' --change "LABEL org.opencontainers.image.title=debian-$suite-minbase" - "$name"
