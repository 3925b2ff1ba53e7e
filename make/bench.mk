# What Warder costs, beside what a user would pick instead: docs/performance.md.
#
#   make bench                        all parts but "loaded" and "lab", some eight minutes
#   make bench BENCH=workload,peers   some of them
#   make bench UPDATE=1               and write table and chart into docs/performance.md
#   make bench BENCH=soak BENCH_SOAK_MINUTES=60   an hour of it, where the part alone takes two minutes
#   make bench BENCH=loaded           the end-to-end tests while an agent loads the machine; BENCH_TESTS=test/e2e/run.test.ts some of them
#   make bench BENCH=lab              the loops with BPF LSM, in the lab's emulated machine, counted in instructions; BENCH_KERNELS="6.18 7.2" on these
#   make bench BENCH_WARDER=…/bin/warder          services and commands of another tree, to compare with
#   make bench-peers                  install what bench compares with: strace, perf, bpftrace, libbpf-tools, auditd

.PHONY: bench bench-peers bench-redaction

PEERS := strace linux-perf bpftrace libbpf-tools auditd

build/bench/%: test/bench/%.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -Werror -o $@ $<

bench: build build/bench/worker $(if $(findstring lab,$(BENCH)),lab-packages) ## measure, beside peers, and fail on a regression (root)
	$(call give-back,$(if $(BENCH_SOAK_MINUTES),BENCH_SOAK_MINUTES=$(BENCH_SOAK_MINUTES)) $(if $(BENCH_WARDER),BENCH_WARDER=$(BENCH_WARDER)) $(if $(BENCH_TESTS),BENCH_TESTS='$(BENCH_TESTS)') $(if $(BENCH_KERNELS),BENCH_KERNELS='$(BENCH_KERNELS)') node test/bench/main.ts $(if $(BENCH),--parts $(BENCH)) $(if $(UPDATE),--update))

# auditd itself is not wanted: its rules are the kernel's, and auditctl comes with it.
bench-peers: ## install the tools that bench compares with (root)
	$(call say,APT,$(PEERS))
	$(Q)RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(PEERS) > /dev/null

bench-redaction: generate ## how fast the redactor is, and the dearest single strings
	$(Q)node test/bench/redaction.ts
