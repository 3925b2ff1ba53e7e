#!/bin/sh
# After `sudo make` in somebody's checkout: what root made there belongs to the checkout's owner, so
# that `make` without sudo works on the same tree afterwards. Nothing to do in root's own checkout.
set -eu

[ "$(id -u)" -eq 0 ] || exit 0
owner=$(stat -c %u Makefile)
[ "$owner" -ne 0 ] || exit 0
for made in node_modules build dist coverage src/contract/generated src/kernel/generated; do
	[ ! -e "$made" ] || find "$made" -uid 0 -exec chown -h --reference=Makefile {} +
done
