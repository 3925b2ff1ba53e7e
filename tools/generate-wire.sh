#!/bin/sh
# Wire code from proto/: static encoders and decoders, and their types.
#
# In:  OUT, the .js file to write; its .d.ts goes beside it.
# Out: an ES module with the root `warder.v1`. 64-bit fields are Long
#      (docs/decisions/0003-64-bit-fields.md).
set -eu

out=$1
name=$(basename "$out" .js)
folder=$(dirname "$out")
new=build/wire
mkdir -p "$folder" "$new"
pbjs --target static-module --wrap esm --dependency protobufjs/minimal.js --dts --force-long \
	--no-delimited --no-typeurl --no-verify --no-service --path proto --out "$new/$name.js" proto/warder/v1/*.proto
mv "$new/$name.d.ts" "$folder/"
mv "$new/$name.js" "$out"
