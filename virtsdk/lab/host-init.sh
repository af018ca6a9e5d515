#!/bin/sh
# First process of a private host, in namespaces of its own: FOLDER NAME LIBVIRTD. Not libvirtd itself, since the
# first process has to collect the zombies of guests.
set -e
folder=$1 name=$2 libvirtd=$3
export PATH="$PATH:/usr/sbin:/sbin"
hostname "$name"
ip link set lo up || :

system_host() { # libvirt's usual paths lead to the folder; its account exists, though guests run as root
  { cat /etc/hosts || :; echo "127.0.0.1 $name"; } >"$folder/hosts"
  cp /etc/passwd /etc/group "$folder"
  grep -q ^libvirt-qemu: "$folder/passwd" ||
    echo libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin >>"$folder/passwd"
  grep -q ^libvirt-qemu: "$folder/group" || echo libvirt-qemu:x:64055: >>"$folder/group"
  for file in hosts passwd group; do
    [ ! -e "/etc/$file" ] || mount --bind "$folder/$file" "/etc/$file"
  done
  for pair in etc:/etc lib:/var/lib cache:/var/cache run:/run log:/var/log; do
    mkdir -p "${pair#*:}/libvirt"
    mount --bind "$folder/${pair%%:*}/libvirt" "${pair#*:}/libvirt"
  done
  # libvirt's containers go by one kind of control groups; where the machine has both, not by the newer
  ! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified || :
}
session_host() { # libvirt looks where the environment says
  export HOME="$folder/lib" XDG_RUNTIME_DIR="$folder/run"
  export XDG_CONFIG_HOME="$folder/etc" XDG_CACHE_HOME="$folder/cache"
}
own_locks() { # of open consoles, by process numbers that mean something only here
  if [ -d /var/lock ]; then mkdir -p "$folder/lock" && mount --bind "$folder/lock" /var/lock; fi
}
own_locks
if [ "$(id -u)" = 0 ]; then system_host; else session_host; fi

set +e
while :; do
  "$libvirtd" -f "$folder/etc/libvirt/libvirtd.conf" -p "$folder/run/libvirt/libvirtd.pid" &
  wait $!
  sleep 0.5
  while [ -e "$folder/stay-down" ]; do sleep 0.1; done
done
