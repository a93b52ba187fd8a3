#!/bin/sh
# Copyright: holdfast.network contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# First process of one lab router: $1 its directory, $2 its name, $3 its management address, $4 the lab's subnet.
# Runs in namespaces of its own (network, mounts, host name, processes), so that everything it makes
# disappears with it. Prints its process id as the host sees it, then "ready".
set -eu
read -r pid _ < /proc/self/stat
echo "$pid"
dir=$1 name=$2 address=$3

mount -t proc proc /proc
hostname "$name"
for file in passwd group shadow; do mount --bind "$dir/$file" "/etc/$file"; done
mount --bind "$dir/frr" /etc/frr
mount --bind "$dir/ssh" /etc/ssh
mount --bind "$dir/log" /var/log
mount --bind "$dir/service" /mnt
# The directory itself may lie below one of these, so they come last.
mount -t tmpfs -o mode=0755 tmpfs /run
mount -t tmpfs -o mode=0755 tmpfs /home
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
mkdir -p /run/sshd /run/frr /home/admin
chown frr:frr /run/frr
chown admin: /home/admin

echo 1 > /proc/sys/net/ipv4/ip_forward
for daemon in zebra staticd ospfd bgpd; do
    "/usr/lib/frr/$daemon" -d -A 127.0.0.1 -P 0 --log "file:/var/log/frr/$daemon.log" > /dev/null
done
vtysh -b > /dev/null
/usr/sbin/sshd -E /var/log/sshd.log
export MIBS='' SNMP_PERSISTENT_DIR=/run/snmp
/usr/sbin/snmpd -C -c /mnt/snmpd.conf -p /run/snmpd.pid -Lf /var/log/snmpd.log > /dev/null
/usr/sbin/lldpd -O /mnt/lldpd.conf -k -x -X /run/agentx -c -I 'eth*' -m "$address" \
    -S "FRRouting lab router $name" -P FRR > /dev/null 2> /var/log/lldpd.log

echo ready
cd /
# The kernel reaps orphans by itself for a first process that ignores SIGCHLD (sh's own trap would not outlive exec).
exec env --ignore-signal=CHLD sleep infinity < /dev/null > /dev/null 2>&1
