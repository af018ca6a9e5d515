#!/bin/sh
# First process of a lab guest: modules, disk, network, guest agent, a seeded load, a shell on the console.
# Settings come from the kernel's command line as lab.KEY=VALUE (see guests.py).
export PATH=/bin:/sbin:/usr/sbin HOME=/root  # not /: some shells would call it ~ in their prompt
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts
mount -t devpts pts /dev/pts
while read -r module; do insmod "/mod/$module.ko"; done </mod/order

name=guest seed=1 cpu=0 mem=0 disk=0 net=0 addr= trial=
for word in $(cat /proc/cmdline); do
  case $word in lab.*=*) word=${word#lab.}; eval "${word%%=*}='${word#*=}'" ;; esac
done
[ -n "$trial" ] && echo "virtsdk-lab: this boots" && poweroff -f
hostname "$name"

# The power button that libvirt presses, and the agent's shutdown command.
mkdir -p /etc/acpi/PWRF
printf '#!/bin/sh\npoweroff -f\n' >/etc/acpi/PWRF/00000080
chmod +x /etc/acpi/PWRF/00000080
acpid

mount -t tmpfs -o size=90% tmp /tmp
[ -b /dev/vda ] && mount -t ext4 /dev/vda /mnt
ip link set lo up
if [ -d /sys/class/net/eth0 ]; then
  ip link set eth0 up
  [ -n "$addr" ] && ip addr add "$addr" dev eth0
fi

for port in /sys/class/virtio-ports/*; do
  [ -f "$port/name" ] && [ "$(cat "$port/name")" = org.qemu.guest_agent.0 ] || continue
  qemu-ga -d -m virtio-serial -p "/dev/${port##*/}" -t /run
done

# --- the load -------------------------------------------------------------------------------------------------
# Every round lasts about a second. draw N leaves a number from 0 to N-1 in $drawn; the same seed, the same sequence.
draw() {
  seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
  drawn=$(((seed >> 8) % $1))
}
# Hundredths of a second since boot, without starting a process.
now() {
  read -r up rest </proc/uptime
  centis=${up%.*}${up#*.}
}
spin() {
  now
  end=$((centis + $1))
  while [ "$centis" -lt "$end" ]; do now; done
}
load() {
  round=0 vcpus=$(grep -c ^processor /proc/cpuinfo)
  while :; do
    draw 41 && busy=$((cpu * (80 + drawn) / 100)) && vcpu=0
    while [ "$busy" -gt 0 ] && [ "$vcpu" -lt "$vcpus" ]; do
      spin $((busy / vcpus + 1)) &
      vcpu=$((vcpu + 1))
    done
    if [ "$disk" -gt 0 ] && [ -b /dev/vda ]; then
      draw 41 && kib=$((disk * (80 + drawn) / 100))
      dd if=/dev/zero of=/mnt/load bs=1k count="$kib" seek=$(((round % 32) * 1024)) conv=notrunc,fsync 2>/dev/null
      draw 64
      dd if=/dev/vda of=/dev/null bs=64k count=$((disk / 128 + 1)) skip=$((drawn * 16)) iflag=direct 2>/dev/null
    fi
    if [ "$net" -gt 0 ] && [ -d /sys/class/net/eth0 ]; then
      draw 5
      # All nodes of the guest's own link: the packets end at the other side of its nic.
      ping -6 -q -c $((net + drawn)) -i 0.05 -s 1000 -w 1 ff02::1%eth0 >/dev/null 2>&1 &
    fi
    if [ "$mem" -gt 0 ] && [ $((round % 20)) -eq 0 ]; then
      draw 21
      dd if=/dev/zero of=/tmp/load bs=1M count=$((mem * (80 + drawn) / 100)) 2>/dev/null
    fi
    round=$((round + 1))
    sleep 1
    wait
  done
}
load &

echo "virtsdk-lab: $name ready"
while :; do setsid cttyhack sh; done
