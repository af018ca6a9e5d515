# Load of a guest of the example recording, put in the place of the lab's own in the guest's first process: a
# daily shape of 24 shares, in percent of each vCPU, less on weekends, and memory that stays, waves and grows.
# From outside: name, seed, mem, disk, net (as in the lab), day (hundredths of a second), epoch (of day 0).
weekend=40 grow=0 wave=0
case $name in
web1) shape="4 3 3 3 3 5 8 18 34 44 48 46 40 26 16 12 10 9 8 7 6 5 5 4" wave=120 ;;
web2) shape="5 4 3 3 3 3 4 5 6 7 8 8 9 10 11 14 20 32 44 48 44 34 20 10" weekend=110 wave=120 ;;
db1) shape="8 8 9 8 8 9 12 16 22 28 32 30 26 26 24 22 22 24 26 24 20 16 12 9" weekend=60 grow=80 ;;
shop1) shape="1 1 1 1 1 1 2 2 3 4 4 4 3 3 3 3 4 4 3 2 2 2 1 1" wave=60 ;;
cache1) shape="2 2 2 2 2 2 3 4 6 6 6 6 6 6 6 6 6 6 6 5 4 4 2 2" weekend=70 ;;
ci1) shape="2 2 2 2 150 150 150 150 8 8 8 10 10 8 8 10 8 6 4 4 2 2 2 2" weekend=100 ;;
report1) shape="4 40 58 60 20 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 3" weekend=100 ;;
test1) shape="1 1 1 1 1 1 1 2 5 8 6 9 6 8 7 9 5 2 1 1 1 1 1 1" weekend=10 ;;
*) shape= ;; # idle
esac

load() {
  round=0 grown=0 before=-1 vcpus=$(grep -c ^processor /proc/cpuinfo)
  now
  offset=$((($(date +%s) - epoch) * 100 - centis))
  dd if=/dev/zero of=/tmp/base bs=1M count="$mem" 2>/dev/null
  while :; do
    now
    t=$((centis + offset))
    if [ "$t" -lt 0 ]; then sleep 0.2 && continue; fi
    hour=$((t % day * 24 / day))
    # shellcheck disable=SC2086
    set -- $shape
    shift $hour
    share=$1 # three hosts of two CPUs are one machine of two
    [ "$share" -ge 10 ] && [ "$share" -lt 100 ] && share=$((share * 3 / 5))
    case $((t / day % 7)) in 5 | 6) share=$((share * weekend / 100)) ;; esac
    draw 41 && share=$((share * (80 + drawn) / 100))
    vcpu=0
    while [ "$vcpu" -lt "$vcpus" ]; do
      spin $((share / 2)) &
      vcpu=$((vcpu + 1))
    done
    if [ "$disk" -gt 0 ] && [ -b /dev/vda ]; then
      dd if=/dev/zero of=/mnt/load bs=1k count=$((disk * share / 100 + 1)) seek=$(((round % 32) * 1024)) \
        conv=notrunc,fsync 2>/dev/null &
    fi
    if [ "$net" -gt 0 ] && [ -d /sys/class/net/eth0 ]; then
      ping -6 -q -c $((net * share / 100 + 1)) -i 0.05 -s 1000 -w 1 ff02::1%eth0 >/dev/null 2>&1 &
    fi
    if [ "$hour" -ne "$before" ]; then
      before=$hour want=$((grow * t / day))
      [ "$want" -gt "$grown" ] && dd if=/dev/zero of=/tmp/grow."$grown" bs=1M count=$((want - grown)) 2>/dev/null &&
        grown=$want
      [ "$wave" -gt 0 ] && dd if=/dev/zero of=/tmp/wave bs=1M count=$((wave * share / 100)) 2>/dev/null
    fi
    round=$((round + 1))
    [ "$share" -lt 100 ] && sleep 0.5
    wait
  done
}
[ -z "$shape" ] || load &
