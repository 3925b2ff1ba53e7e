#!/bin/sh
# Installs the Debian packages that are needed and missing. Silent when none is.
#
# In:     GROUP: `build` (when left out), `lab` for the machines of vagrant/, `vagrant` for Vagrant itself,
#         `browser` for the tests that look at pages, `containers` for those that start an engine,
#         `names` for those that look names up, of hosts and of users, `shells` for those of completion,
#         `work` for those that do honest work behind walls.
#         npm comes from Debian only where no npm is on PATH: any version from 9 will do, the node that
#         runs Warder is an npm package of its own.
# Throws: exit 1 and a sentence: not Debian, not root, apt failed.
set -eu

group=${1:-build}
lab_packages='
busybox-static
cpio
debian-archive-keyring
kmod
mmdebstrap
qemu-system-common
qemu-system-x86
util-linux
xz-utils
zstd
'
names_packages='
dnsmasq-base
iproute2
libnss-systemd
musl-tools
python3
'
browser_packages='
chromium-headless-shell
'
container_packages='
docker.io
iptables
podman
runc
'
shell_packages='
bash
fish
zsh
'
work_packages='
rsync
ruby
sqlite3
tmux
'
vagrant_packages='
dnsmasq-base
e2fsprogs
fdisk
iptables
libvirt-clients
libvirt-daemon-driver-qemu
libvirt-daemon-system
mmdebstrap
nftables
openssh-client
qemu-system-x86
qemu-utils
rsync
vagrant
vagrant-libvirt
'
build_packages='
bpftool
ca-certificates
clang
cmake
curl
debian-archive-keyring
dpkg-dev
g++
git
libelf-dev
libseccomp-dev
lld
llvm
make
pkg-config
xz-utils
zlib1g-dev
'
command -v npm >/dev/null && command -v node >/dev/null || build_packages="$build_packages nodejs npm"
case $group in
build) packages=$build_packages ;;
browser) packages=$browser_packages ;;
containers) packages=$container_packages ;;
shells) packages=$shell_packages ;;
work) packages=$work_packages ;;
lab) packages=$lab_packages ;;
names) packages=$names_packages ;;
vagrant) packages=$vagrant_packages ;;
*)
	echo "set-up: no group of packages is called '$group'; there are build, browser, containers, lab, names, shells, vagrant and work" >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null; then
	echo "set-up: this is no Debian system; build on Debian 12 or newer, which has the packages:" $packages >&2
	exit 1
fi

# "pkg-config" is provided by pkgconf since Debian 12: names that are provided count as installed.
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides},\n' |
	sed -n 's/^installed //p' | sed 's/ ([^)]*)//g; s/:[a-z0-9]*,/,/g')
missing=
for package in $packages; do
	case ", $(printf '%s' "$installed" | tr '\n' ' ')" in
	*[\ ,]"$package",*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "set-up: packages are missing and only root may install them; run: sudo apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

echo "  APT     $missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! apt-get -q update >"$log" 2>&1; then
	# A source that we do not need may be broken; what is missing decides below.
	sed -n 's/^[EW]: /  apt: /p' "$log" >&2
fi
if ! apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 install $missing >"$log" 2>&1 </dev/null; then
	tail -n 20 "$log" >&2
	echo "set-up: apt could not install$missing; see apt's words above, mend its sources or the network, and run make again" >&2
	exit 1
fi
