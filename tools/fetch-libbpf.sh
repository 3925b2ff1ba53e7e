#!/bin/sh
# The pinned libbpf source tree, from Debian's source package.
#
# In:     VERSION SHA256 DIRECTORY; from the environment DEBIAN_MIRROR and LIBBPF_TARBALL (see
#         make/libbpf.mk).
# Out:    DIRECTORY with the unpacked tree; nothing when the digest is another.
# Throws: exit 1 and a sentence.
#
# apt runs with its own source list, state and cache below DIRECTORY's parent: proxies and
# certificates of the machine hold, its package sources and lists stay untouched. The digest is of
# the upstream tarball inside the source package, so it does not matter where that came from.
set -eu

version=$1 sha256=$2
directory=$(realpath -m "$3")
work=$(dirname "$directory")/apt
tarball=${LIBBPF_TARBALL:-}
advice="make LIBBPF_SRC=DIR builds another source tree, make LIBBPF_TARBALL=FILE takes a tarball that is already here"

fail() {
	echo "libbpf $version: $1; $advice" >&2
	exit 1
}

# quietly COMMAND…: its output only when it fails.
quietly() {
	"$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
}

rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
trap 'rm -rf "$work"' EXIT

if [ -z "$tarball" ]; then
	command -v apt-get >/dev/null || fail 'this machine has no apt to fetch the source with'
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$keyring" ] || fail "the keyring $keyring is missing; install debian-archive-keyring"
	echo "deb-src [signed-by=$keyring] $DEBIAN_MIRROR trixie main" >"$work/sources.list"
	cat >"$work/apt.conf" <<-END
		Dir::Etc::sourcelist "$work/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State::lists "$work/lists";
		Dir::Cache "$work/cache";
		APT::Sandbox::User "";
		Acquire::Retries "3";
		APT::Update::Error-Mode "any";
	END
	export APT_CONFIG="$work/apt.conf"
	quietly apt-get update || fail "apt could not read $DEBIAN_MIRROR"
	(cd "$work" && quietly apt-get source --download-only libbpf) ||
		fail "apt could not fetch the source package from $DEBIAN_MIRROR"
	tarball=$work/libbpf_$version.orig.tar.gz
fi
[ -f "$tarball" ] || fail "$(basename "$tarball") is not there"

found=$(sha256sum <"$tarball" | cut -d' ' -f1)
[ "$found" = "$sha256" ] || fail "$tarball has the SHA-256 digest $found and not the pinned $sha256"

rm -rf "$directory"
mkdir "$work/tree"
tar -xzf "$tarball" -C "$work/tree"
mv "$work/tree/libbpf-$version" "$directory"
