#!/bin/sh
# Where this machine has an archive of Debian from.
#
# In:  ARCHIVE: `debian` or `debian-security`. From the environment DEBIAN_MIRRORS, the URL that both lie under,
#      which goes before what the machine's own sources say.
# Out: the archive's URL: of the machine's own sources, or http://deb.debian.org/ARCHIVE where these name none.
set -eu

archive=$1
if [ -n "${DEBIAN_MIRRORS:-}" ]; then
	echo "$DEBIAN_MIRRORS/$archive"
	exit 0
fi
own=$(env -u APT_CONFIG apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sed 's,/*$,,' |
	grep -m 1 -E "^https?://[^ ]*/$archive\$") || own=
echo "${own:-http://deb.debian.org/$archive}"
