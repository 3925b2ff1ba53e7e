/**
 * One line of counts from vitest's JSON reports: `N passed, N failed`; `N skipped` before it where tests were skipped.
 *
 * In:   report files. One that is absent or unreadable is a run that ended early: one failure. So is
 *       one that says it was no success and names no test.
 * Out:  the line, last on stdout.
 * Exit: 1 when anything failed.
 */
import { readFileSync } from 'node:fs';

interface Report {
  success: boolean;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

let passed = 0;
let failed = 0;
let skipped = 0;

for (const file of process.argv.slice(2)) {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.log(`${file}: no result, vitest ended before it`);
    failed += 1;
    continue;
  }
  let failures = 0;
  for (const { status, assertionResults } of report.testResults) {
    const count = (wanted: (outcome: string) => boolean) =>
      assertionResults.filter((test) => wanted(test.status)).length;
    const failedHere = count((outcome) => outcome === 'failed');
    // A file that fails without a failing test could not be loaded, or its hooks failed.
    failures += failedHere === 0 && status === 'failed' ? 1 : failedHere;
    passed += count((outcome) => outcome === 'passed');
    skipped += count((outcome) => outcome !== 'passed' && outcome !== 'failed');
  }
  if (failures === 0 && !report.success) {
    console.log(
      `${file}: vitest reports a failure outside any test: no test found, or an error that none caught`,
    );
    failures = 1;
  }
  failed += failures;
}

if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
