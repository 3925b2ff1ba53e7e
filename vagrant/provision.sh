#!/bin/bash
# Provisioning of the Vagrant machine: what `make` needs, the build, the tests and the checks of the system.
#
# In:     the checkout in /warder; root.
# Exit:   1 when anything failed, after everything ran; the sentences before say what.
set -u -o pipefail
cd /warder
export PATH=/warder/node_modules/node/bin:/warder/node_modules/.bin:$PATH

if [ ! -f build/warder-verify ] || [ ! -f dist/.built ]; then
	command -v make >/dev/null || { apt-get -q update && apt-get -q -y install make; } || exit 1
	make build build/warder-verify || exit 1
fi

failed=0
vagrant/lab/in-guest build/vagrant-results || failed=1
vagrant/system/checks || failed=1
exit $failed
