# libbpf, static and position-independent, so that it links into the addon.
#
#   LIBBPF_SRC=DIR     build this source tree (the directory with src/Makefile) instead of the
#                      pinned one
#   LIBBPF_TARBALL=F   the pinned tarball, fetched by other means (same digest); for hosts that
#                      reach no Debian mirror
#   DEBIAN_MIRROR=URL  where Debian's source package comes from
#
# libelf and zlib stay shared: Debian's static ones are not position-independent.

LIBBPF_VERSION := 1.5.0
LIBBPF_SHA256 := 53492aff6dd47e4da04ef5e672d753b9743848bdb38e9d90eafbe190b7983c44
LIBBPF_TARBALL ?=
DEBIAN_MIRROR ?= http://deb.debian.org/debian
LIBBPF_PINNED := build/libbpf-source/libbpf-$(LIBBPF_VERSION)
LIBBPF_SRC ?= $(LIBBPF_PINNED)
LIBBPF := build/libbpf/libbpf.a

# Another tree means another library.
build/libbpf/tree: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(abspath $(LIBBPF_SRC))' | cmp -s - $@ || echo '$(abspath $(LIBBPF_SRC))' > $@

$(LIBBPF_PINNED)/src/Makefile: tools/fetch-libbpf.sh | os-packages
	$(call say,FETCH,libbpf $(LIBBPF_VERSION))
	$(Q)DEBIAN_MIRROR='$(DEBIAN_MIRROR)' LIBBPF_TARBALL='$(LIBBPF_TARBALL)' \
		tools/fetch-libbpf.sh $(LIBBPF_VERSION) $(LIBBPF_SHA256) $(@D)/..
	@touch $@

ifneq ($(LIBBPF_SRC),$(LIBBPF_PINNED))
$(LIBBPF_SRC)/src/Makefile:
	@echo 'LIBBPF_SRC: $(LIBBPF_SRC) has no src/Makefile; give the top directory of a libbpf source tree' >&2; exit 1
endif

$(LIBBPF): $(LIBBPF_SRC)/src/Makefile build/libbpf/tree | os-packages
	$(call say,LIBBPF,$@)
	$(Q)tools/build-libbpf.sh $(LIBBPF_SRC) $(@D)

.PHONY: FORCE
FORCE:
