#!/bin/bash
# All tests: those that need no root, then those on the real kernel. Ends with one line of counts.
#
# Out: vitest's report, then `N passed, N failed`, summed from vitest's own result files. A test file that
#      could not be run counts as one failure, as does a project that ended without a result.
# Exit status: 0 only when every test ran and passed.
set -u

results=build/test-results
status=0
rm -rf "$results"
mkdir -p "$results"

for project in unit kernel; do
	vitest run --project "$project" --reporter=default --reporter=json \
		--outputFile.json="$results/$project.json" </dev/null || status=1
done

node tools/count-tests.ts "$results"/unit.json "$results"/kernel.json || status=1
exit $status
