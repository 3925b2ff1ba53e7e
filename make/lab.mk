# The lab: the kernel layer on Debian's kernels, in machines emulated by QEMU (vagrant/README.md).
#
#   LAB_KERNELS="6.1 6.12"   which (all of vagrant/kernels/table, and two that are booted otherwise; vagrant/lab/on-each)
#   LAB_JOBS=2               machines at once; each takes one processor and 2 GB
#   LAB_TESTS="test/lab"     of the lab's tests only these (all); what CI runs: tools/run-tests.sh
#   LAB_SECONDS=2400         after which a machine is given up
#   UPDATE=1                 `make verify` writes its tables into docs/kernel-support.md

LAB_LINES := $(shell awk '/^[0-9]/ { print $$1 }' vagrant/kernels/table)
LAB_KERNELS ?= $(LAB_LINES) 6.12-no-bpf 6.1-no-walls
LAB_JOBS ?= 2
LAB_SECONDS ?= 2400
LAB_TESTS ?=
LAB_RESULTS := build/lab/results
UPDATE ?=

.PHONY: lab lab-systemd lab-vagrant lab-debs verify lab-packages

lab: build build/warder-verify lab-packages ## the kernel tests on the lab's kernels, with LSM (root)
	$(Q)LAB_JOBS=$(LAB_JOBS) vagrant/lab/on-each '$(LAB_KERNELS)' $(LAB_SECONDS) \
		vagrant/lab/in-guest $(LAB_RESULTS)/{line} $(LAB_TESTS) || true
	$(Q)node vagrant/lab/summary.ts $(LAB_KERNELS)

verify: build/warder-verify $(BPF_OBJECT) lab-packages ## every program through the verifier of every lab kernel and this one (root)
	$(Q)build/warder-verify $(BPF_OBJECT) > build/lab/verify-host
	$(Q)LAB_JOBS=$(LAB_JOBS) vagrant/lab/on-each '$(filter-out %-no-bpf %-no-walls,$(LAB_KERNELS))' 300 \
		sh -c 'build/warder-verify $(BPF_OBJECT) > $(LAB_RESULTS)/{line}/verify'
	$(Q)node vagrant/verify/report.ts $(if $(UPDATE),--update) --host build/lab/verify-host \
		$(patsubst %,$(LAB_RESULTS)/%/verify,$(filter-out %-no-bpf %-no-walls,$(LAB_KERNELS)))

# The package, and the same with a higher version to upgrade to.
lab-debs: build
	$(Q)rm -rf build/debs
	$(Q)packaging/deb/build build/debs/first 1.0~lab >/dev/null 2>&1
	$(Q)packaging/deb/build build/debs/second 2.0~lab >/dev/null 2>&1

lab-systemd: lab-debs lab-packages ## the package on a clean Debian with systemd: install, govern, kill, upgrade, purge (root)
	$(Q)rm -rf $(LAB_RESULTS)/systemd && mkdir -p $(LAB_RESULTS)/systemd
	$(Q)vagrant/vm/run --kernel 6.1 --system --memory 3072 --seconds $(LAB_SECONDS) --log $(LAB_RESULTS)/systemd -- \
		sh -c 'vagrant/system/checks build/debs/first/*.deb build/debs/second/*.deb $(LAB_RESULTS)/systemd/tests.json'

lab-vagrant: build build/warder-verify lab-debs ## a real `vagrant up` with the lab's tests and the package's checks inside (root)
	$(Q)tools/os-packages.sh vagrant
	$(call give-back,vagrant/libvirt/daemon vagrant/lab/in-vagrant)

build/warder-verify: vagrant/verify/verify.c $(LIBBPF)
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -isystem build/libbpf/include \
		-isystem build/libbpf/uapi $< $(LIBBPF) -lelf -lz -o $@

lab-packages:
	$(Q)tools/os-packages.sh lab
	@mkdir -p build/lab
