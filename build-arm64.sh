#!/usr/bin/env bash
# Builds the appliance: edge-agent_VERSION_arm64.deb, a tar.gz of the same files for other systems, a bill of materials and SHA256SUMS.
#   ./build-arm64.sh [--amd64] [--onnxruntime DIR] [OUTPUT_DIRECTORY]     default: dist
#     --amd64             for x86-64 instead of ARM64
#     --onnxruntime DIR   with the ONNX Runtime libraries of DIR (libonnxruntime*.so*), such as a TensorRT build (native/), and its ep-probe
#   ONNXRUNTIME=Gpu ./build-arm64.sh        with the GPU package of ONNX Runtime, where a registry serves it
# Needs the .NET SDK and dpkg-deb (any Debian or Ubuntu, x86-64 or ARM64). The same commit gives the same bytes.
set -eu -o pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
architecture=arm64 runtime=linux-arm64 library='' out=''
while [ $# -gt 0 ]; do
  case $1 in
  --amd64) architecture=amd64 runtime=linux-x64 ;;
  --onnxruntime)
    library=$(cd "${2:?--onnxruntime needs a directory}" && pwd)
    [ -f "$library/libonnxruntime.so" ] || { echo "expected libonnxruntime.so in $library; native/README.md says how it is built" >&2; exit 2; }
    shift
    ;;
  -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
  -*) echo "unknown option $1; expected --amd64 or --onnxruntime DIR" >&2; exit 2 ;;
  *) out=$1 ;;
  esac
  shift
done
out=$(mkdir -p "${out:-$here/dist}" && cd "${out:-$here/dist}" && pwd)
cd "$here"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
name="edge-agent-$version-$runtime"
# every file has the commit's time, one owner, and a mode that does not depend on the checkout
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

# Intermediate files lie outside the checkout, and no path of this machine gets into the program.
app="$stage/$name"
dotnet publish agent/Agent.csproj -c Release -r "$runtime" --self-contained true --nologo -v quiet -clp:NoSummary --artifacts-path "$stage/artifacts" \
  -p:OnnxRuntime="${ONNXRUNTIME:-Cpu}" -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false \
  -p:PathMap="$here=/src%2C$stage=/build" -p:LockFiles="$stage/locks" -o "$app"
if [ -n "$library" ]; then
  rm -f "$app"/libonnxruntime*
  cp -L "$library"/libonnxruntime*.so* "$app/"
  [ ! -f "$library/ep-probe" ] || cp "$library/ep-probe" "$app/"
fi
rm -f "$app/createdump" # the agent forbids dumps
test -x "$app/edge-agent"
test -f "$app/libonnxruntime.so"
test -f "$app/models/cell-student/weights.safetensors"
[ -z "$(find "$app" -name 'onnxruntime*.dll' -o -name '*.lib')" ] || { echo "Windows libraries got into the package" >&2; exit 1; }
cp provisioning/package/power-mode provisioning/package/kiosk "$app/"
[ -f "$app/pages/index.html" ] || echo "the package is without the kiosk's page: npm or its registry was missing" >&2

dotnet build provisioning/package/Sbom.csproj -c Release --nologo -v quiet -clp:NoSummary --artifacts-path "$stage/sbom" -p:LockFiles="$stage/locks" -o "$stage/sbom/bin"
dotnet "$stage/sbom/bin/Sbom.dll" "$app" "$SOURCE_DATE_EPOCH" >"$out/$name.cdx.json"

# ---- the tree of the package
root="$stage/root"
share="$root/usr/share/doc/edge-agent"
mkdir -p "$root/usr/lib/systemd/system" "$root/usr/lib/sysusers.d" "$root/usr/lib/udev/rules.d" "$root/usr/bin" "$share" \
  "$root/etc/edge-agent/keys" "$root/etc/edge-agent/credentials" "$root/DEBIAN"
cp -R "$app" "$root/usr/lib/edge-agent"
# a verb that is run by hand finds the service's state
printf '{ "StateDirectory": "/var/lib/edge-agent" }\n' >"$root/usr/lib/edge-agent/appsettings.json"
ln -s ../lib/edge-agent/edge-agent "$root/usr/bin/edge-agent"
package=provisioning/package
cp $package/edge-agent*.service $package/edge-agent-retry.timer "$root/usr/lib/systemd/system/"
cp $package/sysusers.conf "$root/usr/lib/sysusers.d/edge-agent.conf"
cp $package/udev.rules "$root/usr/lib/udev/rules.d/70-edge-agent.rules"
cp $package/power.conf $package/kiosk.conf "$root/etc/edge-agent/"
cp README.md README.zh-CN.md CHANGELOG.md SECURITY.md "$share/"
cp LICENSE "$share/copyright"
cp "$out/$name.cdx.json" "$share/edge-agent.cdx.json"
# the archive for systems without dpkg: the program, and what the package puts elsewhere beside it
mkdir -p "$app/systemd"
cp $package/edge-agent*.service $package/edge-agent-retry.timer $package/sysusers.conf $package/udev.rules $package/power.conf $package/kiosk.conf "$app/systemd/"
cp README.md LICENSE CHANGELOG.md "$app/"

find "$root" "$app" -type d -exec chmod 755 {} +
find "$root" "$app" -type f -exec chmod 644 {} +
for program in edge-agent power-mode kiosk ep-probe; do
  for place in "$root/usr/lib/edge-agent" "$app"; do [ ! -f "$place/$program" ] || chmod 755 "$place/$program"; done
done
chmod 700 "$root/etc/edge-agent/credentials"

# ---- the package's own files
kib=$(find "$root" -type f ! -path "$root/DEBIAN/*" -printf '%s\n' | awk '{ n += int(($1 + 1023) / 1024) } END { print n }')
(cd "$root" && find etc usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
for file in $package/deb/*; do
  sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@INSTALLED_KIB@/$kib/" "$file" >"$root/DEBIAN/$(basename "$file")"
done
chmod 644 "$root"/DEBIAN/*
chmod 755 "$root"/DEBIAN/{preinst,postinst,prerm,postrm}
find "$root" "$app" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# gzip: unpacking is a part of the time that an upgrade is without a service
deb="$out/edge-agent_${version}_$architecture.deb"
dpkg-deb --root-owner-group -Zgzip -z9 --build "$root" "$deb" >/dev/null
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$stage" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
(cd "$out" && sha256sum "$(basename "$deb")" "$name.tar.gz" "$name.cdx.json" >"$stage/sums" &&
  { grep -v -e " $(basename "$deb")\$" -e " $name\." SHA256SUMS 2>/dev/null || true; } | LC_ALL=C sort -k 2 - "$stage/sums" >"$stage/all" &&
  cp "$stage/all" SHA256SUMS)
du -h "$deb" "$out/$name.tar.gz" "$out/$name.cdx.json" | awk '{ print $2, $1 }'
