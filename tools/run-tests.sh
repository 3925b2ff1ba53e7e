#!/bin/bash
# Lint, the tests that need no root, the tests on the real kernel, the addon's under sanitizers, and on the lab's kernels
# those that need BPF LSM. All run, whatever fails before.
#
# In:  from the environment LAB_KERNELS, the machines (vagrant/lab/on-each).
# Out: the tools' own reports, a table of the lab, a line for each file of tests that is unstable (run-again.ts), then `N passed, N failed` as the last line (also in
#      build/test-results/counts), summed from vitest's result files by count-tests.ts.
# Exit status: 0 only when lint is clean and every test ran and passed.
set -u -o pipefail

cd "$(dirname "$0")/.." || exit 1
export PATH=$PWD/node_modules/node/bin:$PWD/node_modules/.bin:$PATH
results=build/test-results
kernels=${LAB_KERNELS-6.1 6.12 6.12-no-bpf 6.1-no-walls}
status=0
rm -rf "$results" build/lab/results
mkdir -p "$results"

# One machine at a time beside the kernel tests, which run one at a time as well and leave a processor over. Not beside
# the unit tests, which take all: a machine without time for its timers is none. Nor where there is no room.
# test/lab/honest is left to `make lab`: it takes five minutes of each machine.
lab() {
	exec nice -n 5 make lab LAB_JOBS="$1" LAB_SECONDS=1800 LAB_KERNELS="$kernels" LAB_TESTS='test/lab/prevention test/lab/evasions test/lab/listening test/lab/runtime-attacked test/kernel/context test/kernel/agreement test/e2e/doctor' \
		>"$results/lab" 2>&1 </dev/null
}
has_room() {
	[ "$(nproc)" -ge 2 ] && [ "$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)" -ge 6 ]
}
machines=
# The machines go with this script.
trap '[ -z "$machines" ] || kill "$machines" 2>/dev/null; exit 143' HUP INT TERM

make lint || { status=1; lint='lint found faults: see above; make format mends what is only format'; }

# Under CI vitest colours even a log file.
colour=
[ -t 1 ] || colour=--no-color
for project in unit kernel; do
	if [ $project = kernel ] && has_room; then
		lab 1 &
		machines=$!
	fi
	# Whether it passed says the report: count-tests.ts.
	vitest run $colour --project "$project" --reporter=default --reporter=json \
		--outputFile.json="$results/$project.json" </dev/null || true
done

make sanitize SANITIZE_OPTIONS="$colour --reporter=default --reporter=json --outputFile.json=$results/sanitize.json" \
	</dev/null || status=1

if [ -n "$machines" ]; then
	wait "$machines" || status=1
else
	(lab 1) || status=1
fi
cat "$results/lab"

# With the machine to itself: what failed beside others. Once more, and told (run-again.ts).
for project in unit kernel; do
	node tools/run-again.ts "$results/$project.json" vitest run $colour --project "$project" </dev/null |
		tee -a "$results/again"
done
grep '^unstable:' "$results/again" || true

[ -z "${lint:-}" ] || echo "$lint"
reports=("$results"/unit.json "$results"/kernel.json "$results"/sanitize.json)
for kernel in $kernels; do
	reports+=("build/lab/results/$kernel/tests.json")
done
node tools/count-tests.ts "${reports[@]}" | tee "$results/counts" || status=1
exit $status
