#!/bin/sh
# Wire code from proto/: static encoders and decoders, and their types.
#
# In:  OUT, the .js file to write; its .d.ts goes beside it.
# Out: an ES module with the root `warder.v1`.
set -eu

out=$1
files=$(ls proto/warder/v1/*.proto)
mkdir -p "$(dirname "$out")"
pbjs --target static-module --wrap esm --force-number --null-semantics --no-delimited --no-service --no-verify \
	--dependency protobufjs/minimal.js --path proto --out "$out.new" $files
pbts --out "${out%.js}.d.ts" "$out.new"
mv "$out.new" "$out"
