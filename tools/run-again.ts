/**
 * Runs the few files that failed in a project once more, by themselves, and says which of them are unstable.
 *
 * Tests of real processes and kernels beside machines under emulation can fail for want of time alone. A file that
 * failed must now pass as often as TIMES says, in a row; then its result takes the first one's place in the report, and
 * the file is named. Where more than FEW failed, or a failure lies in no file, nothing is tried: it is not chance.
 *
 * In:   vitest's JSON report, then the command that runs a project (`vitest run --project kernel`).
 * Out:  the report, rewritten where files passed; on stdout a line for each unstable file, with its first failure.
 * Exit: 0, whatever the tests say: what counts is in the report.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

const FEW = 3;
const TIMES = 2;

interface FileResult {
  name: string;
  status: string;
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
}
interface Report {
  success: boolean;
  testResults: FileResult[];
}

const [report = '', program = '', ...words] = process.argv.slice(2);
if (existsSync(report)) runAgain(JSON.parse(readFileSync(report, 'utf8')));

function runAgain(first: Report): void {
  const failed = first.testResults.filter(({ status }) => status !== 'passed');
  if (failed.length === 0 || failed.length > FEW) return;
  const passed = new Map<string, FileResult>();
  for (const { name } of failed) {
    const result = passesEachTime(name);
    if (result) passed.set(name, result);
  }
  for (const file of failed) if (passed.has(file.name)) console.log(unstable(file));
  const testResults = first.testResults.map((file) => passed.get(file.name) ?? file);
  const success = testResults.every(({ status }) => status === 'passed');
  copyFileSync(report, `${report}.first`);
  writeFileSync(report, JSON.stringify({ ...first, testResults, success }));
}

/** @returns its last result; nothing once it fails */
function passesEachTime(file: string): FileResult | undefined {
  let last: FileResult | undefined;
  for (let time = 0; time < TIMES; time += 1) {
    const out = `${report}.again`;
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${out}`];
    const { status } = spawnSync(program, [...words, ...reporters, file], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) return undefined;
    last = (JSON.parse(readFileSync(out, 'utf8')) as Report).testResults.find(({ name }) => name === file);
  }
  return last;
}

function unstable({ name, message, assertionResults }: FileResult): string {
  const test = assertionResults.find(({ status }) => status === 'failed');
  const [why = ''] = (test?.failureMessages?.[0] ?? message).split('\n');
  const where = test ? `: ${test.fullName}` : '';
  return `unstable: ${relative('.', name)}${where}: failed at first (${why}), then passed ${TIMES} times by itself`;
}
