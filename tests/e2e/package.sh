#!/usr/bin/env bash
# The amd64 package in a container with a real systemd: install, watchdog, drain, reboot, start limits, credentials, upgrade, remove, purge.
#   tests/e2e/package.sh [--suite bookworm] [--deb FILE] [TRIAL...]     default: every trial, on a package that is built first
# Prints a line a trial and k of N. Exit code 0: all as promised; 1: a trial failed; 77: not possible here.
# Needs root, systemd-container and mmdebstrap (installed with apt where that is possible), and a Debian mirror. E2E_WORK keeps the base
# system between runs; default: a folder in the temporary directory. What runs inside is package/guest.sh.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
suite=bookworm deb='' trials=()
while [ $# -gt 0 ]; do
  case $1 in
  --suite) suite=$2; shift ;;
  --deb) deb=$(realpath "$2"); shift ;;
  -*) echo "unknown option $1; expected --suite or --deb" >&2; exit 2 ;;
  *) trials+=("$1") ;;
  esac
  shift
done
[ ${#trials[@]} -gt 0 ] || trials=(install ask exposure sigstop hang supervised drain reboot powercut wrong retry limits credentials upgrade downgrade remove purge)
[ "$(id -u)" = 0 ] || { echo "skipped: needs root for a container" >&2; exit 77; }
missing=()
command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
if [ ${#missing[@]} -gt 0 ]; then
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 ||
    { echo "skipped: ${missing[*]} cannot be installed" >&2; exit 77; }
fi
work=${E2E_WORK:-${TMPDIR:-/tmp}/edge-agent-e2e}
mkdir -p "$work"
base="$work/$suite.tar"
if [ ! -f "$base" ]; then
  mirror=${MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/{print $2; exit} /^deb /{print $2; exit}')}
  mmdebstrap --quiet --variant=minbase --mode=root --format=tar --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="systemd,systemd-sysv,udev,dbus,ca-certificates,procps,libstdc++6,libssl3,mosquitto,mosquitto-clients" \
    "$suite" "$base.part" "$mirror" || { echo "skipped: no base system from $mirror" >&2; exit 77; }
  mv "$base.part" "$base"
fi
run=$(mktemp -d "$work/run.XXXXXX")
root="$run/root"
nspawn='' init=''
stop_container() {
  # its PID 1 survives the end of systemd-nspawn: both are ours
  [ -z "$init" ] || kill -9 "$init" 2>/dev/null || true
  [ -z "$nspawn" ] || wait "$nspawn" 2>/dev/null || true
  init='' nspawn=''
}
trap 'stop_container; rm -rf "$run"' EXIT
if [ -z "$deb" ]; then
  "$here/../../build-arm64.sh" --amd64 "$run/dist" >&2
  deb=$(ls "$run"/dist/*.deb)
fi

# the same package as the version before and the version after: what differs is what dpkg and the scripts see
mkdir -p "$root/trial"
tar -C "$root" -xf "$base" --exclude='./dev/*'
version=$(dpkg-deb -f "$deb" Version)
cp "$deb" "$root/trial/now.deb"
for other in "older 0.0.1" "newer 99.0"; do
  # shellcheck disable=SC2086 # two words on purpose
  set -- $other
  rm -rf "$run/tree"
  dpkg-deb -R "$deb" "$run/tree"
  sed -i "s/^Version: .*/Version: $2/" "$run/tree/DEBIAN/control"
  sed -i "s/^version='.*'/version='$2'/" "$run/tree"/DEBIAN/{preinst,prerm}
  dpkg-deb --root-owner-group -Zgzip -z1 -b "$run/tree" "$root/trial/$1.deb" >/dev/null
done
cp "$here/package/guest.sh" "$root/trial/"
echo edge-trial >"$root/etc/hostname"
ln -sf /dev/null "$root/etc/systemd/system/mosquitto.service" # a trial that needs a site's broker starts one of its own
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done

inside() { nsenter -t "$init" -m -u -i -n -p -r -w -- "$@"; }
boot() {
  SYSTEMD_LOG_LEVEL=warning setsid systemd-nspawn --quiet -D "$root" --register=no --keep-unit --private-network --console=read-only \
    --kill-signal=SIGRTMIN+4 -b </dev/null >"$run/console.log" 2>&1 &
  nspawn=$!
  for _ in $(seq 600); do
    init=$(pgrep -P "$nspawn" | head -1 || true)
    [ -n "$init" ] && inside systemctl is-active -q multi-user.target 2>/dev/null && return 0
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.1
  done
  echo "the container did not come up:" >&2
  tail -20 "$run/console.log" >&2
  return 1
}
reboot_container() {
  inside systemctl poweroff >/dev/null 2>&1 || true
  wait "$nspawn" || true
  boot
}
powercut_container() {
  kill -9 "$init"
  wait "$nspawn" 2>/dev/null || true
  boot
}

boot
echo "package $version on $suite, $(inside systemctl --version | head -1), $(nproc) cores"
passed=0
for trial in "${trials[@]}"; do
  case $trial in
  reboot) reboot_container ;;
  powercut) inside bash /trial/guest.sh load_begin; powercut_container ;;
  esac
  if said=$(inside bash /trial/guest.sh "$trial" 2>&1); then
    passed=$((passed + 1))
    echo "ok      $trial: $(tail -1 <<<"$said")"
  else
    echo "FAILED  $trial"
    printf '%s\n' "$said" | sed 's/^/        /'
    inside journalctl --no-pager -n 10 -u edge-agent -u mosquitto-trial | sed 's/^/        | /' || true
  fi
done
echo "$passed of ${#trials[@]}"
[ "$passed" = ${#trials[@]} ]
