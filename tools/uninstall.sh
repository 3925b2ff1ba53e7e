#!/bin/sh
# Takes away what install.sh put there, but for the configuration and the state, which are the operator's.
#
# In:  PREFIX; from the environment DESTDIR.
set -eu

to=${DESTDIR:-}$1
rm -rf "$to/lib/warder" "$to/share/doc/warder"
rm -f "$to/bin/warder" "$to"/share/man/man[1-8]/warder*.[1-8] "$to/share/bash-completion/completions/warder" \
	"$to"/share/zsh/*/_warder "$to/share/fish/vendor_completions.d/warder.fish"
for directory in systemd/system sysusers.d tmpfiles.d; do
	for file in "packaging/${directory%/system}"/*; do
		rm -f "$to/lib/$directory/$(basename "$file")"
	done
	(cd "$to/lib" && rmdir -p --ignore-fail-on-non-empty "$directory" 2>/dev/null) || true
done
rm -f "$to/share/warder/warder.json"
(cd "$to" && rmdir -p --ignore-fail-on-non-empty share/warder 2>/dev/null) || true
(cd "$to" && rmdir -p --ignore-fail-on-non-empty share/doc 2>/dev/null) || true
for directory in "$to"/share/man/man[1-8] "$to/share/bash-completion/completions" "$to/share/bash-completion" \
	"$to/share/zsh/site-functions" "$to/share/zsh/vendor-completions" "$to/share/zsh" \
	"$to/share/fish/vendor_completions.d" "$to/share/fish"; do
	[ ! -d "$directory" ] || rmdir --ignore-fail-on-non-empty "$directory"
done
