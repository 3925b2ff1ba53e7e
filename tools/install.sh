#!/bin/sh
# Copies the built command to where it is installed.
#
# In:  LIBRARY directory, BINARIES directory, both with DESTDIR before them.
# Out: LIBRARY with the command, its addon, launcher, node and run-time packages, laid out like the checkout;
#      BINARIES/warder, a relative link to it.
set -eu

library=$1 binaries=$2
rm -rf "$library"
mkdir -p "$library/build" "$binaries"
cp -r bin dist package.json LICENSE "$library/"
cp build/warder.node build/warder-launch "$library/build/"

# The packages that package.json names under dependencies, and what they need in turn.
npm ls --omit=dev --all --parseable --silent 2>/dev/null | sort -u | while read -r package; do
	relative=${package#"$PWD"/}
	[ "$relative" != "$PWD" ] || continue
	mkdir -p "$library/$(dirname "$relative")"
	cp -r "$package" "$library/$(dirname "$relative")/"
done
rm -rf "$library"/node_modules/node-linux-*
ln -sfr "$library/bin/warder" "$binaries/warder"
