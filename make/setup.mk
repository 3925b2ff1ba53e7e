# Set-up: packages of the operating system, packages of npm, the pinned node.
#
# Both steps look first and do nothing when nothing is missing.

.PHONY: setup os-packages

setup: node_modules/.installed ## install OS and npm packages where they are missing (root, if any are)

os-packages:
	$(Q)tools/os-packages.sh

node_modules/.installed: package-lock.json tools/npm-packages.mjs tools/as-pinned-node.cjs | os-packages
	$(Q)node tools/npm-packages.mjs
	@touch $@
