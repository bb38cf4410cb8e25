#!/bin/bash
# First process of the machine under attack: its own network, mount and pid namespace. Makes the machine look like a hosted
# runner (accounts, sudo, groups, resolver configuration, directories that everybody may write), then waits until its stdin ends.
set -euo pipefail
stage=$1 node=$2
mount -t tmpfs world /mnt
mkdir -p /mnt/stage /mnt/etc/{up,work} /mnt/share/{up,work} /mnt/outer
mount --bind "$stage" /mnt/stage
mount --bind "$node" /mnt/stage/bin/node
mount -t overlay etc -o lowerdir=/etc,upperdir=/mnt/etc/up,workdir=/mnt/etc/work /etc
mount -t overlay share -o lowerdir=/usr/share,upperdir=/mnt/share/up,workdir=/mnt/share/work /usr/share
for place in /tmp /run /home /opt /usr/local/bin /var/lib; do mount -t tmpfs -o mode=755 world "$place"; done
chmod 1777 /tmp
chmod 777 /opt /usr/local/bin

# The hosted image: a runner with sudo, in the docker group, and trusted directories open to all.
echo 'runner:*:1001:1001::/home/runner:/bin/bash' >>/etc/passwd
printf '%s\n' 'runner:*:1001:' 'docker:*:4001:runner' 'lxd:*:4002:runner' >>/etc/group
mkdir -p /home/runner && chown 1001:1001 /home/runner
mkdir -p /etc/sudoers.d && echo 'runner ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/runner
printf '%s\n' 'Defaults !lecture' 'root ALL=(ALL:ALL) ALL' '%lxd ALL=(ALL:ALL) NOPASSWD: ALL' '@includedir /etc/sudoers.d' >/etc/sudoers
chmod 440 /etc/sudoers /etc/sudoers.d/runner
echo 'runner:100000:65536' | tee /etc/subuid >/etc/subgid
mkdir -p /usr/share/dbus-1/system-services /usr/share/polkit-1/rules.d
chmod -R 777 /usr/share/dbus-1 /usr/share/polkit-1
chmod 777 /usr/share

printf 'nameserver 127.0.0.53\noptions timeout:2 attempts:4\n' >/mnt/etc/resolv.conf
rm -f /etc/resolv.conf && cp /mnt/etc/resolv.conf /etc/resolv.conf
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 runner-machine\n' >/etc/hosts
rm -f /etc/nsswitch.conf && printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >/etc/nsswitch.conf
hostname runner-machine
mkdir -p /run/systemd/resolve && echo 'nameserver 45.67.0.53' >/run/systemd/resolve/resolv.conf

ip link set lo up
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.ping_group_range='0 2147483647' net.ipv4.tcp_fastopen=3
echo $$
while read -r line; do eval "$line" && echo done; done
