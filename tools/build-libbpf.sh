#!/bin/sh
# libbpf.a and its headers from a source tree, position-independent and with hidden symbols.
#
# In:     SOURCE tree, DESTINATION directory.
# Out:    DESTINATION/libbpf.a, DESTINATION/include/bpf/*.h (libbpf's own headers),
#         DESTINATION/uapi/linux/*.h (kernel headers as new as libbpf; the host's may be older).
# Throws: exit 1 with the compiler's output and a sentence. The source tree is not written to.
set -eu

source=$(cd "$1" && pwd)
mkdir -p "$2"
destination=$(cd "$2" && pwd)
log=$destination/build.log

rm -rf "$destination/objects" "$destination/include" "$destination/uapi"
mkdir -p "$destination/objects" "$destination/uapi"
if ! make -C "$source/src" -j"$(nproc)" BUILD_STATIC_ONLY=1 OBJDIR="$destination/objects" \
	DESTDIR= PREFIX="$destination" INCLUDEDIR="$destination/include" LIBDIR="$destination" LIBSUBDIR= \
	CFLAGS="-O2 -g -fPIC -fvisibility=hidden -ffile-prefix-map=$source=libbpf" \
	"$destination/objects/libbpf.a" install_headers >"$log" 2>&1; then
	cat "$log" >&2
	echo "libbpf: $source does not build; see the output above, or give another tree with LIBBPF_SRC=" >&2
	exit 1
fi
cp -r "$source/include/uapi/linux" "$destination/uapi/"
mv "$destination/objects/libbpf.a" "$destination/libbpf.a"
rm -rf "$destination/objects"
