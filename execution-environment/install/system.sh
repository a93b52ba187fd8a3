#!/usr/bin/env bash
# In the build: Debian's packages of the image, and the virtual environment /opt/build of what builds the rest.
set -euo pipefail

# What the machine that builds wants apt to use is mounted here, and gone with the mount.
[ ! -e /mnt/apt.conf ] || export APT_CONFIG=/mnt/apt.conf
export DEBIAN_FRONTEND=noninteractive

packages=(
  ca-certificates # certificates of devices' eAPI and of sources
  dumb-init       # passes signals on and reaps what tasks leave behind
  openssh-client  # jump hosts' proxy commands, and the agent that ansible-runner loads a job's keys into
  python3
)
apt-get -q update
apt-get -q -y upgrade # the base image may be older than a security update
apt-get -q -y install --no-install-recommends "${packages[@]}" python3-venv
python3 -m venv /opt/build
# What Python only suggests is no reason to keep it.
apt-get -q -y purge --auto-remove -o APT::AutoRemove::SuggestsImportant=false python3-venv
find /var/cache /var/lib/apt/lists /var/log -type f -delete
