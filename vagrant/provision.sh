#!/bin/bash
# Provisioning of the Vagrant machine: what `make` needs, the build, the lab's tests and the checks of the package.
#
# In:     the checkout in /warder; root. LAB_TESTS, which of the lab's tests (those that CI runs).
# Out:    what ran; Warder is built in /warder and not installed.
# Exit:   1 when anything failed, after everything ran; the sentences before say what.
set -u -o pipefail
cd /warder
export PATH=/warder/node_modules/node/bin:/warder/node_modules/.bin:$PATH

if [ ! -f build/warder-verify ] || [ ! -d build/debs ]; then
	command -v make >/dev/null || { apt-get -q update && apt-get -q -y install make; } || exit 1
	make build build/warder-verify lab-debs || exit 1
fi

failed=0
vagrant/lab/in-guest build/vagrant-results ${LAB_TESTS-test/lab/ test/e2e/doctor} || failed=1
vagrant/system/checks build/debs/first/*.deb build/debs/second/*.deb || failed=1
exit $failed
