# Lint, format, tests.

.PHONY: lint format test unit sanitize browser containers names shells work

lint: node_modules/.installed generate ## lint, format check and type check
	$(call say,LINT,biome)
	$(Q)biome check --error-on-warnings --diagnostic-level=warn
	$(call say,LINT,tsc)
	$(Q)tsc -p tsconfig.json
	$(Q)tsc -p src/console

format: node_modules/.installed ## format what biome formats
	$(Q)biome check --write

# For the tests that look at pages.
browser:
	$(Q)tools/os-packages.sh browser

# For the tests of completion.
shells:
	$(Q)tools/os-packages.sh shells

# For the tests that start an engine of their own.
containers:
	$(Q)tools/os-packages.sh containers

# For the tests that look names up.
names:
	$(Q)tools/os-packages.sh names

# For the tests of honest work behind walls.
work:
	$(Q)tools/os-packages.sh work

test: build browser containers names shells work ## set up, build, lint, unit and kernel tests (root)
	$(call give-back,tools/run-tests.sh)

unit: generate browser shells ## the tests that need no root
	$(Q)vitest run --project unit

# The addon alone; warnings that only an instrumented build brings would be about the launcher.
sanitize: build ## the addon's tests under AddressSanitizer and UBSan (root)
	$(Q)mkdir -p build/sanitize
	$(Q)cmake-js --directory . --out build/sanitize --log-level error --CDWARDER_SANITIZE=ON --target warder build \
		>build/sanitize/build.log 2>&1 || { cat build/sanitize/build.log >&2; exit 1; }
	$(Q)LD_PRELOAD="$$($(CC) -print-file-name=libasan.so) $$($(CC) -print-file-name=libubsan.so)" \
		ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 vitest run --config test/sanitize/vitest.config.ts $(SANITIZE_OPTIONS)
