/**
 * One table of what `make lab` found, a row for each kernel, and what the verifiers say against it (judge.ts).
 *
 * In:     node summary.ts LINE…; build/lab/results/LINE/{exit,seconds,verify,tests.json}.
 * Out:    the table on stdout, failed tests by name and faults of programs below it.
 * Exit:   1 unless on every kernel all tests ran and passed, every program loaded, and the machine ended well.
 */
import { readFileSync } from 'node:fs';
import { parseBudgets } from '../verify/budgets.ts';
import { type Findings, parseFindings } from '../verify/findings.ts';
import { faults } from '../verify/judge.ts';

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
  findings?: Findings;
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
    countTests(row, JSON.parse(read(line, 'tests.json')));
    // Booted otherwise: its verifier is that of the same kernel's default boot.
    if (!line.includes('-no-')) addFindings(row, parseFindings(read(line, 'verify')));
  } catch (error) {
    row.failed.push(`no result: ${(error as Error).message}`);
  }
  if (row.exit !== '0' && row.failed.length === 0) row.failed.push(`exit status ${row.exit}`);
  if (row.passed === 0 && row.failed.length === 0) row.failed.push('no test ran');
  return row;
}

function addFindings(row: Row, findings: Findings): void {
  const { release, programs } = findings;
  row.findings = findings;
  row.release = release;
  row.loaded = `${programs.filter(({ outcome }) => outcome === 'loaded').length} of ${programs.length}`;
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

const kernels = rows.flatMap(({ findings }) => (findings ? [{ findings, isLab: true }] : []));
const budgets = parseBudgets(readFileSync(new URL('../verify/budgets', import.meta.url), 'utf8'));
const found = kernels.length > 0 ? faults(kernels, budgets) : [];
// Growth is for `make verify` to refuse; here it is told.
const grown = found.filter((fault) => / budget/.test(fault));
for (const fault of found) console.log(`lab: ${grown.includes(fault) ? 'note:' : 'FAILED'} ${fault}`);
process.exitCode = found.length > grown.length || rows.some(({ failed }) => failed.length > 0) ? 1 : 0;
