# Warder: set-up, build, tests and installation. `make help` lists the targets.
#
# Everything made lands in node_modules/, build/, dist/ and src/*/generated/; `make clean` takes
# it away again. One file per step, in the order in which the steps depend on each other:
#
#   make/setup.mk       packages of the operating system and of npm, the pinned node
#   make/libbpf.mk      libbpf from source, static
#   make/bpf.mk         kernel programs: objects, skeleton, record layout for TypeScript
#   make/native.mk      the addon and the launcher
#   make/redaction.mk   the redactor's pass, as WebAssembly
#   make/typescript.mk  wire code from proto/, then dist/
#   make/check.mk       lint, format, tests
#   make/bench.mk       what Warder costs
#   make/install.mk     installation below PREFIX
#   make/lab.mk         the kernel layer on other kernels, in machines

.DEFAULT_GOAL := build
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# `make V=1` shows every command.
Q := $(if $(V),,@)
# say,VERB,WHAT: one line for each thing made.
say = @printf '  %-8s %s\n' '$(1)' '$(2)'

# The pinned node before any other; bpftool lies in sbin, which is not on everybody's PATH.
export PATH := $(CURDIR)/node_modules/node/bin:$(CURDIR)/node_modules/.bin:$(PATH):/usr/sbin:/sbin

include make/setup.mk
include make/libbpf.mk
include make/bpf.mk
include make/native.mk
include make/redaction.mk
include make/typescript.mk
include make/check.mk
include make/bench.mk
include make/install.mk
include make/lab.mk

# give-back,COMMAND: run it, then hand what root made to the owner of the checkout, whatever came of it.
give-back = $(Q)status=0; $(1) || status=$$?; tools/give-back.sh; exit $$status

.PHONY: build everything demo clean help

build: ## set up the machine and build everything
	$(call give-back,$(MAKE) everything)

everything: build/warder.node build/warder-launch build/warder-run build/redaction.wasm dist/.built dist/console/index.html build/man/.made

demo: build ## run the demo: an agent seen, redacted, decided, blocked (root)
	$(Q)examples/demo/run.sh

clean: ## remove everything made but node_modules and the fetched libbpf source
	$(Q)rm -rf dist coverage src/contract/generated src/kernel/generated
	$(Q)find build -mindepth 1 -maxdepth 1 ! -name libbpf-source -exec rm -rf {} + 2>/dev/null || true

help: ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/:.*## /\t/' | \
		while IFS=$$'\t' read -r target text; do printf '  make %-10s %s\n' "$$target" "$$text"; done
