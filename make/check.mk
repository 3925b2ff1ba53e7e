# Lint, format, tests.

.PHONY: lint format test unit browser containers names shells

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

test: build browser containers names shells ## set up, build, lint, unit and kernel tests (root)
	$(call give-back,tools/run-tests.sh)

unit: generate browser shells ## the tests that need no root
	$(Q)vitest run --project unit

