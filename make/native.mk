# The addon (native/), the launcher (native/launcher/) and the client (native/client/), built by cmake-js.
#
# cmake-js takes seconds to find out that nothing changed, so make decides whether it runs.
# package.json's binary.napi_versions makes it use node-api-headers instead of downloading headers.

NATIVE_SOURCES := $(wildcard native/*.cc native/*.h native/exports.map native/launcher/*.c native/launcher/*.h \
	native/client/*.cc native/client/*.h bpf/*.h)
CMAKE_JS := cmake-js --directory . --out build/native --log-level error --parallel $(shell nproc)

build/native/built: $(NATIVE_SOURCES) CMakeLists.txt native/CMakeLists.txt $(BPF_SKELETON) $(LIBBPF) node_modules/.installed
	$(call say,ADDON,build/warder.node build/warder-launch build/warder-run)
	$(Q)mkdir -p $(@D)
	$(Q)$(CMAKE_JS) build > $(@D)/build.log 2>&1 || { cat $(@D)/build.log >&2; \
		echo 'native: the addon does not build; the messages above name file and line' >&2; exit 1; }
	@touch $@

build/warder.node build/warder-launch build/warder-run: build/native/built
	$(Q)ln -f build/native/out/$(@F) $@
