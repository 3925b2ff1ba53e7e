#!/bin/bash
# Lint, the tests that need no root, the tests on the real kernel. All run, whatever fails before.
#
# Out: the tools' own reports, then `N passed, N failed` as the last line (also in
#      build/test-results/counts), summed from vitest's result files by count-tests.ts.
# Exit status: 0 only when lint is clean and every test ran and passed.
set -u -o pipefail

cd "$(dirname "$0")/.." || exit 1
export PATH=$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH
results=build/test-results
status=0
rm -rf "$results"
mkdir -p "$results"

make lint || { status=1; lint='lint found faults: see above; make format mends what is only format'; }

# Under CI vitest colours even a log file.
colour=
[ -t 1 ] || colour=--no-color
for project in unit kernel; do
	vitest run $colour --project "$project" --reporter=default --reporter=json \
		--outputFile.json="$results/$project.json" </dev/null || status=1
done

[ -z "${lint:-}" ] || echo "$lint"
node tools/count-tests.ts "$results"/unit.json "$results"/kernel.json | tee "$results/counts" || status=1
exit $status
