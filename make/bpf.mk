# Kernel programs: one object per bpf/*.bpf.c, linked into one, and what is derived from it.
#
# No vmlinux.h: bpf/kernel.h holds the few kernel types that are used, and CO-RE fits them to the
# running kernel at load (docs/decisions/0002-hand-written-kernel-types.md).

BPF_SOURCES := $(wildcard bpf/*.bpf.c)
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.c=build/bpf/%.o)
BPF_OBJECT := build/bpf/warder.bpf.o
BPF_SKELETON := build/bpf/warder.skel.h
LAYOUT := src/kernel/generated/layout.ts

CLANG ?= clang
# The names that libbpf's bpf_tracing.h gives to architectures.
BPF_ARCH := $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(shell uname -m)))
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -D__TARGET_ARCH_$(BPF_ARCH) \
	-Ibpf -isystem build/libbpf/include -isystem build/libbpf/uapi \
	-idirafter /usr/include/$(shell uname -m)-linux-gnu -fdebug-prefix-map=$(CURDIR)/=

build/bpf/%.o: bpf/%.c make/bpf.mk $(LIBBPF) | os-packages
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

-include $(BPF_OBJECTS:.o=.d)

# The list changes when a source goes, which no timestamp shows.
build/bpf/sources: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(BPF_SOURCES)' | cmp -s - $@ || echo '$(BPF_SOURCES)' > $@

build/link-bpf: tools/link-bpf.c $(LIBBPF)
	$(call say,CC,$@)
	$(Q)$(CC) -O2 -Wall -Wextra -Werror -isystem build/libbpf/include $< $(LIBBPF) -lelf -lz -o $@

$(BPF_OBJECT): $(BPF_OBJECTS) build/bpf/sources build/link-bpf
	$(call say,LINK,$@)
	$(Q)build/link-bpf $@ $(BPF_OBJECTS)

$(BPF_SKELETON): $(BPF_OBJECT)
	$(call say,SKEL,$@)
	$(Q)bpftool gen skeleton $< name warder_bpf > $@

$(LAYOUT): bpf/event.h bpf/policy.h bpf/control.h bpf/budget.h bpf/names.h bpf/kernel.h tools/generate-layout.ts make/bpf.mk $(LIBBPF) node_modules/.installed
	$(call say,LAYOUT,$@)
	$(Q)node tools/generate-layout.ts $@ bpf/event.h bpf/policy.h bpf/control.h bpf/budget.h bpf/names.h -- $(CLANG) $(BPF_CFLAGS)
