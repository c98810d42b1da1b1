#!/bin/busybox sh
# The guest's first process: mounts, takes processors offline, makes the control
# group, runs /go in the root disk, and tells the host its exit status.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for m in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev \
  virtio_pci virtio_blk virtio_console; do
  [ -e /m/$m.ko ] && $b insmod /m/$m.ko
done
n=0
while [ ! -e /dev/vdb ] || [ ! -e /dev/vport0p3 -a ! -e /dev/vport1p3 ]; do
  n=$((n + 1))
  [ $n -gt 500 ] && { echo 'numa_vm: no disks' >/dev/ttyS0; $b poweroff -f; }
  $b usleep 20000
done
for p in /sys/class/virtio-ports/*; do
  d=/dev/$($b basename $p)
  case $($b cat $p/name) in out) OUT=$d ;; err) ERR=$d ;; ctl) CTL=$d ;; esac
done

# Where it balances nodes, the kernel is to mark pages often, so that tests meet it.
$b mount -t debugfs debug /sys/kernel/debug
s=/sys/kernel/debug/sched/numa_balancing
if [ -d $s ]; then
  echo 100 >$s/scan_delay_ms
  echo 100 >$s/scan_period_min_ms
  echo 200 >$s/scan_period_max_ms
fi

. /machine.env # OFFLINE CPUS MEMS QUOTA V1 GUEST
r=/r
$b mount -t ext4 -o ro,noatime /dev/vda $r
$b mount -t proc proc $r/proc
$b mount -t devtmpfs dev $r/dev
$b mount -t sysfs sys $r/sys
$b mkdir -p $r/dev/shm
$b mount -t tmpfs shm $r/dev/shm
for d in tmp root run guest; do
  $b mount -t tmpfs -o mode=1777 tmpfs $r/$d
done
$b mount -t ext4 -o noatime /dev/vdb $r/guest
$b ifconfig lo 127.0.0.1 up
$b cp /go $r/run/

ids() {
  for x in $(echo "$1" | $b tr , ' '); do
    case $x in *-*) $b seq ${x%-*} ${x#*-} ;; *) echo $x ;; esac
  done
}
for c in $(ids "$OFFLINE"); do
  echo 0 >/sys/devices/system/cpu/cpu$c/online ||
    echo "numa_vm: processor $c stays online" >$ERR
done

g=$r/sys/fs/cgroup
if [ -n "$V1" ]; then
  $b mount -t tmpfs cgroup $g
  $b mkdir -p $g/cpuset $g/cpu,cpuacct
  $b mount -t cgroup -o cpuset cpuset $g/cpuset
  $b mount -t cgroup -o cpu,cpuacct cpu $g/cpu,cpuacct
  $b mkdir $g/cpuset/box $g/cpu,cpuacct/box
  echo "${CPUS:-$($b cat $g/cpuset/cpuset.cpus)}" >$g/cpuset/box/cpuset.cpus
  echo "${MEMS:-$($b cat $g/cpuset/cpuset.mems)}" >$g/cpuset/box/cpuset.mems
  if [ -n "$QUOTA" ]; then
    echo ${QUOTA#* } >$g/cpu,cpuacct/box/cpu.cfs_period_us
    echo ${QUOTA% *} >$g/cpu,cpuacct/box/cpu.cfs_quota_us
  fi
  for c in cpuset cpu,cpuacct; do echo $$ >$g/$c/box/cgroup.procs; done
else
  $b mount -t cgroup2 cgroup2 $g
  echo '+cpuset +cpu' >$g/cgroup.subtree_control
  $b mkdir $g/box
  [ -n "$CPUS" ] && echo "$CPUS" >$g/box/cpuset.cpus
  [ -n "$MEMS" ] && echo "$MEMS" >$g/box/cpuset.mems
  [ -n "$QUOTA" ] && echo "$QUOTA" >$g/box/cpu.max
  echo $$ >$g/box/cgroup.procs
fi

$b chroot $r /bin/sh /run/go >$OUT 2>$ERR </dev/null
echo $? >$CTL
# An emergency restart ends QEMU at once (-no-reboot); powering off first takes
# each processor down, which takes seconds.
echo 1 >/proc/sys/kernel/sysrq
echo b >/proc/sysrq-trigger
$b poweroff -f
