# Wire code from proto/, then TypeScript into dist/.

PROTO := $(wildcard proto/warder/v1/*.proto)
WIRE := src/contract/generated/warder.js
TS_SOURCES := $(shell find src -name '*.ts' -not -path '*/generated/*' -not -path 'src/console/*')
CONSOLE_SOURCES := $(shell find src/console -type f) src/base/printable.ts

.PHONY: generate

generate: $(WIRE) $(LAYOUT) ## generate the wire code and the record layout

$(WIRE): $(PROTO) tools/generate-wire.sh node_modules/.installed
	$(call say,PROTO,$@)
	$(Q)tools/generate-wire.sh $@

# Man pages and completions say what the commands say.
build/man/.made: dist/.built tools/generate-shell.ts
	$(call say,MAN,build/man build/completions)
	$(Q)node tools/generate-shell.ts build
	@touch $@

# The list changes when a source goes, which no timestamp shows.
build/typescript-sources: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo $(sort $(TS_SOURCES)) | cmp -s - $@ || { echo $(sort $(TS_SOURCES)) > $@; rm -rf dist; }

# What is compiled beside it serves only a node with the options of bin/warder.
dist/.built: bin/warder $(TS_SOURCES) tsconfig.json tsconfig.build.json tools/bundle.ts build/typescript-sources $(WIRE) $(LAYOUT)
	$(call say,TSC,src)
	$(Q)tsc -p tsconfig.build.json
	$(call say,BUNDLE,dist)
	$(Q)node tools/bundle.ts
	@touch $@

# The console's page: checked and bundled, with all that it needs in it.
dist/console/index.html: $(CONSOLE_SOURCES) node_modules/.installed build/typescript-sources
	$(call say,VITE,dist/console)
	$(Q)tsc -p src/console
	$(Q)vite build --config src/console/vite.config.js
	@touch $@
