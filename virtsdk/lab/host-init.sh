#!/bin/sh
# First process of a private host, in namespaces of its own: FOLDER NAME LIBVIRTD. Not libvirtd itself, since the
# first process has to collect the zombies of guests.
set -e
folder=$1 name=$2 libvirtd=$3
hostname "$name"

cover() { # FILE: replace /etc/FILE by the copy in the folder, for this host alone
  mount --bind "$folder/$1" "/etc/$1"
}
{ cat /etc/hosts || :; echo "127.0.0.1 $name"; } >"$folder/hosts"
cp /etc/passwd /etc/group "$folder"
grep -q ^libvirt-qemu: "$folder/passwd" ||
  echo libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin >>"$folder/passwd"
grep -q ^libvirt-qemu: "$folder/group" || echo libvirt-qemu:x:64055: >>"$folder/group"
[ ! -e /etc/hosts ] || cover hosts
cover passwd
cover group

[ -e /run/libvirt ] || mkdir /run/libvirt 2>/dev/null || { mount -t tmpfs run /run && mkdir /run/libvirt; }
for pair in etc:/etc lib:/var/lib cache:/var/cache run:/run log:/var/log; do
  mkdir -p "${pair#*:}/libvirt"
  mount --bind "$folder/${pair%%:*}" "${pair#*:}/libvirt"
done
ip link set lo up || :

set +e
while :; do
  "$libvirtd" -f /etc/libvirt/libvirtd.conf -p /run/libvirt/libvirtd.pid &
  wait $!
  sleep 0.5
  while [ -e "$folder/stay-down" ]; do sleep 0.1; done
done
