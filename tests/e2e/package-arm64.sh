#!/usr/bin/env bash
# The ARM64 package in an emulated ARM64 machine (qemu, no KVM) that boots Debian with its own kernel and systemd.
#   tests/e2e/package-arm64.sh [--deb FILE]       builds the package first where none is given
# Prints a line a trial and k of N, like package.sh, whose trials it runs (package/guest.sh). Exit code 77: not possible here.
# Needs root, a Debian mirror, and qemu-system-arm, qemu-user-static, mmdebstrap, e2fsprogs, kmod, cpio (installed with apt where that is
# possible). E2E_WORK keeps the base system between runs. Everything is slow: 20 minutes and more.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
deb=''
[ "${1:-}" != --deb ] || deb=$(realpath "$2")
[ "$(id -u)" = 0 ] || { echo "skipped: needs root for a root file system" >&2; exit 77; }
declare -A needs=([qemu-system-aarch64]=qemu-system-arm [qemu-aarch64-static]=qemu-user-static [mmdebstrap]=mmdebstrap [mkfs.ext4]=e2fsprogs
  [depmod]=kmod [cpio]=cpio [xz]=xz-utils)
missing=()
for command in "${!needs[@]}"; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$command" >/dev/null || missing+=("${needs[$command]}")
done
if [ ${#missing[@]} -gt 0 ]; then
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
    { echo "skipped: ${missing[*]} cannot be installed" >&2; exit 77; }
fi
export PATH="$PATH:/usr/sbin:/sbin"
work=${E2E_WORK:-${TMPDIR:-/tmp}/edge-agent-e2e}
mkdir -p "$work"
run=$(mktemp -d "$work/run.XXXXXX")
qemu=''
trap '[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true; rm -rf "$run"' EXIT
if [ -z "$deb" ]; then
  "$here/../../build-arm64.sh" "$run/dist" >&2
  deb=$(ls "$run"/dist/*.deb)
fi

# ---- base system and kernel. Programs of the other architecture run through binfmt_misc meanwhile.
base="$work/bookworm-arm64.tar"
if [ ! -f "$base" ]; then
  [ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || cat /usr/lib/binfmt.d/qemu-aarch64.conf >/proc/sys/fs/binfmt_misc/register
  mirror=${MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/{print $2; exit} /^deb /{print $2; exit}')}
  # the kernel's package is only unpacked: its scripts would make an initrd under emulation
  # shellcheck disable=SC2016 # the hook expands it
  mmdebstrap --quiet --arch=arm64 --variant=minbase --mode=root --format=tar --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include=systemd,systemd-sysv,udev,dbus,kmod,procps,ca-certificates,libstdc++6,libssl3,mosquitto,mosquitto-clients,busybox-static \
    --customize-hook='cd "$1" && export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG && apt-get -q -o APT::Sandbox::User=root download \
      $(apt-cache depends linux-image-arm64 | sed -n "s/.*Depends: \(linux-image-[^ ]*\)/\1/p" | head -1) && mv linux-image-*.deb kernel.deb' \
    bookworm "$base.part" "$mirror" || { echo "skipped: no base system from $mirror" >&2; exit 77; }
  mv "$base.part" "$base"
fi
root="$run/root"
mkdir -p "$root" "$run/kernel" "$run/initrd/dev" "$run/initrd/proc" "$run/initrd/modules" "$run/initrd/root"
tar -C "$root" -xf "$base" --exclude='./dev/*'
dpkg-deb -x "$root/kernel.deb" "$run/kernel"
rm "$root/kernel.deb"
release=$(ls "$run/kernel/lib/modules")
mkdir -p "$root/usr/lib/modules/$release/kernel"
# what a machine without devices needs
for part in fs net lib crypto arch; do cp -R "$run/kernel/lib/modules/$release/kernel/$part" "$root/usr/lib/modules/$release/kernel/" 2>/dev/null || true; done
mkdir -p "$root/usr/lib/modules/$release/kernel/drivers"
cp -R "$run/kernel/lib/modules/$release/kernel/drivers"/{virtio,block,char} "$root/usr/lib/modules/$release/kernel/drivers/"
cp "$run/kernel/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$root/usr/lib/modules/$release/"
depmod -b "$root/usr" "$release" 2>/dev/null || depmod -b "$root" "$release"

# ---- an initrd that loads the disk's driver and goes on to it
cp "$root/bin/busybox" "$run/initrd/busybox"
number=0
for module in $(modprobe -d "$root" -S "$release" --show-depends -a virtio_mmio virtio_pci virtio_blk ext4 crc32c_generic 2>/dev/null | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'); do
  number=$((number + 1))
  target="$run/initrd/modules/$(printf '%03d' "$number").ko"
  case $module in *.xz) xz -dc "$module" >"$target" ;; *) cp "$module" "$target" ;; esac
done
cat >"$run/initrd/init" <<'INIT'
#!/busybox sh
/busybox mount -t devtmpfs devtmpfs /dev
/busybox mount -t proc proc /proc
for module in /modules/*.ko; do /busybox insmod "$module" 2>/dev/null; done
until /busybox mount -t ext4 /dev/vda /root 2>/dev/null; do /busybox usleep 50000; done
/busybox umount /proc
/busybox mount --move /dev /root/dev
exec /busybox switch_root /root /sbin/init
INIT
chmod +x "$run/initrd/init"
(cd "$run/initrd" && find . | cpio -o -H newc --quiet | gzip -1) >"$run/initrd.gz"

# ---- what the machine runs: the trials that the kernel's command line names, one after the other, then it powers itself off
mkdir -p "$root/trial"
cp "$deb" "$root/trial/now.deb"
rm -rf "$run/tree"
dpkg-deb -R "$deb" "$run/tree"
sed -i 's/^Version: .*/Version: 99.0/' "$run/tree/DEBIAN/control"
sed -i "s/^version='.*'/version='99.0'/" "$run/tree"/DEBIAN/{preinst,prerm}
dpkg-deb --root-owner-group -Zgzip -z1 -b "$run/tree" "$root/trial/newer.deb" >/dev/null
cp "$here/package/guest.sh" "$root/trial/"
cat >"$root/trial/all.sh" <<'ALL'
#!/bin/bash
export TRIAL_LIMIT=900
for trial in $(sed -n 's/.*trials=\([a-z,]*\).*/\1/p' /proc/cmdline | tr , ' '); do
  if said=$(bash /trial/guest.sh "$trial" 2>&1); then
    echo "TRIAL ok $trial: $(tail -1 <<<"$said")"
  else
    echo "TRIAL FAILED $trial"
    printf '%s\n' "$said" | sed 's/^/TRIAL | /'
    journalctl --no-pager -o cat -n 15 -u edge-agent | sed 's/^/TRIAL | /'
  fi
done
echo "TRIAL end $(systemctl --version | head -1)"
systemctl poweroff
ALL
cat >"$root/etc/systemd/system/trial.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=simple
ExecStart=/bin/bash /trial/all.sh
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyAMA0
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../trial.service "$root/etc/systemd/system/multi-user.target.wants/trial.service"
echo edge-trial-arm64 >"$root/etc/hostname"
echo '/dev/vda / ext4 rw,errors=remount-ro 0 1' >"$root/etc/fstab"
for unit in mosquitto.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_reap.service serial-getty@ttyAMA0.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
truncate -s 3G "$run/disk.img"
mkfs.ext4 -q -F -d "$root" -L root "$run/disk.img"

passed=0 asked=0
boot() { # boot TRIAL,TRIAL...
  local log="$run/console.$1.log" start
  start=$(date +%s)
  qemu-system-aarch64 -M virt,gic-version=3 -cpu neoverse-n1 -accel tcg,thread=multi,tb-size=512 -smp 2 -m 2048 \
    -kernel "$run"/kernel/boot/vmlinuz-* -initrd "$run/initrd.gz" -append "console=ttyAMA0 root=/dev/vda rw loglevel=3 systemd.show_status=0 trials=$1" \
    -nodefaults -nographic -serial "file:$log" -monitor none -no-reboot -drive "file=$run/disk.img,if=none,id=d0,format=raw,cache=writeback" \
    -device virtio-blk-pci,drive=d0 -device virtio-rng-pci </dev/null &
  qemu=$!
  timeout --foreground 3600 tail --pid="$qemu" -f /dev/null || { echo "the machine did not end within an hour" >&2; kill "$qemu"; }
  wait "$qemu" || true
  qemu=''
  tr -d '\r' <"$log" | sed -n 's/^.*TRIAL //p'
  echo "booted, tried and powered off in $(($(date +%s) - start)) s"
  passed=$((passed + $(grep -c 'TRIAL ok ' "$log" || true)))
  asked=$((asked + $(tr , '\n' <<<"$1" | wc -l)))
  grep -q 'TRIAL end' "$log" || tail -15 "$log" >&2
}
boot install,ask,exposure,sigstop,hang,supervised,wrong,retry,limits
boot reboot,credentials,upgrade,downgrade,remove,purge
echo "$passed of $asked"
[ "$passed" = "$asked" ]
