# The redactor's pass (native/redaction/) as a WebAssembly module: the same on every host, and no part of the addon.
#
# clang calls wasm-ld. All that the pass needs at run time is its own memory, so it has no library and a small stack.

PASS_FLAGS := --target=wasm32 -msimd128 -O3 -Wall -Wextra -Werror -ffreestanding -nostdlib \
	-Wl,--no-entry -Wl,-z,stack-size=16384

build/redaction.wasm: native/redaction/pass.c make/redaction.mk | os-packages
	$(call say,WASM,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(PASS_FLAGS) -o $@ $<
