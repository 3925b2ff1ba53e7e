/**
 * One line of counts from vitest's JSON reports: `N passed, N failed`, with `, N skipped` where tests were skipped.
 *
 * In:   report files. One that is absent or unreadable is a run that ended early: one failure.
 * Out:  the line, last on stdout.
 * Exit: 1 when anything failed, or when a report says that it was no success.
 */
import { readFileSync } from 'node:fs';

interface Report {
  success: boolean;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

let passed = 0;
let failed = 0;
let skipped = 0;
let success = true;

for (const file of process.argv.slice(2)) {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.log(`${file}: no result, vitest ended before it`);
    failed += 1;
    continue;
  }
  success &&= report.success;
  for (const { status, assertionResults } of report.testResults) {
    const outcomes = assertionResults.map((test) => test.status);
    passed += outcomes.filter((outcome) => outcome === 'passed').length;
    const failures = outcomes.filter((outcome) => outcome === 'failed').length;
    // A file that fails without a failing test could not be loaded, or its hooks failed.
    failed += failures === 0 && status === 'failed' ? 1 : failures;
    skipped += outcomes.filter((outcome) => outcome !== 'passed' && outcome !== 'failed').length;
  }
}

console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 && success ? 0 : 1;
