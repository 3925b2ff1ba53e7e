/**
 * One table of what `make lab` found, a row for each kernel.
 *
 * In:     node summary.ts LINE…; build/lab/results/LINE/{exit,seconds,verify,tests.json}.
 * Out:    the table on stdout, failed tests by name below it.
 * Exit:   1 unless on every kernel all tests ran and passed, and the machine ended well.
 */
import { readFileSync } from 'node:fs';
import { parseFindings } from '../verify/findings.ts';

interface TestReport {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

interface Row {
  line: string;
  release: string;
  loaded: string;
  passed: number;
  failed: string[];
  skipped: number;
  seconds: string;
  exit: string;
}

const read = (line: string, name: string) => readFileSync(`build/lab/results/${line}/${name}`, 'utf8').trim();

/** What a machine left behind; a file that it did not get to write stands for a failure. */
function rowOf(line: string): Row {
  const row: Row = {
    line,
    release: '–',
    loaded: '–',
    passed: 0,
    failed: [],
    skipped: 0,
    seconds: '–',
    exit: '–',
  };
  try {
    row.exit = read(line, 'exit');
    row.seconds = read(line, 'seconds');
    const { release, programs } = parseFindings(read(line, 'verify'));
    row.release = release;
    row.loaded = `${programs.filter(({ outcome }) => outcome === 'loaded').length} of ${programs.length}`;
    countTests(row, JSON.parse(read(line, 'tests.json')));
  } catch (error) {
    row.failed.push(`no result: ${(error as Error).message}`);
  }
  if (row.exit !== '0' && row.failed.length === 0) row.failed.push(`exit status ${row.exit}`);
  if (row.passed === 0 && row.failed.length === 0) row.failed.push('no test ran');
  return row;
}

function countTests(row: Row, report: TestReport): void {
  for (const { name, status, message, assertionResults } of report.testResults) {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    row.passed += assertionResults.filter((test) => test.status === 'passed').length;
    row.skipped += assertionResults.length - failed.length;
    row.failed.push(...failed.map((test) => test.fullName));
    // A file that fails without a failing test could not be loaded, or its hooks failed.
    if (status === 'failed' && failed.length === 0) row.failed.push(`${name}: ${message.split('\n')[0]}`);
  }
  row.skipped -= row.passed;
}

const rows = process.argv.slice(2).map(rowOf);
const cells = [
  ['kernel', 'programs loaded', 'passed', 'failed', 'skipped', 'seconds', 'release'],
  ...rows.map((row) => [
    row.line,
    row.loaded,
    `${row.passed}`,
    `${row.failed.length}`,
    `${row.skipped}`,
    row.seconds,
    row.release,
  ]),
];
const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
for (const row of cells)
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
for (const { line, failed } of rows) for (const name of failed) console.log(`${line}: FAILED ${name}`);
process.exitCode = rows.some(({ failed }) => failed.length > 0) ? 1 : 0;
