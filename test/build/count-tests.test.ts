/** The last line of a test run: what it counts, and when it lets a run pass. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-counts-'));
});
afterEach(() => removeTree(folder));

/** A report as vitest's json reporter writes it: one file, its tests' outcomes. */
function report(name: string, success: boolean, status: string, outcomes: string[]): string {
  const file = join(folder, name);
  const assertionResults = outcomes.map((outcome) => ({ status: outcome }));
  writeFileSync(file, JSON.stringify({ success, testResults: [{ status, assertionResults }] }));
  return file;
}

function count(...files: string[]) {
  const { status, stdout } = spawnSync(process.execPath, ['tools/count-tests.ts', ...files], {
    encoding: 'utf8',
  });
  const lines = stdout.trimEnd().split('\n');
  return { status, last: lines.at(-1), before: lines.at(-2) };
}

test('the projects are added up', () => {
  const unit = report('unit.json', true, 'passed', ['passed', 'passed']);
  const kernel = report('kernel.json', true, 'passed', ['passed']);
  expect(count(unit, kernel)).toMatchObject({ status: 0, last: '3 passed, 0 failed' });
});

test('one failed test fails the run', () => {
  const unit = report('unit.json', false, 'failed', ['passed', 'failed']);
  expect(count(unit)).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
});

test('a file that could not be loaded counts as a failure although no test failed', () => {
  expect(count(report('unit.json', false, 'failed', []))).toMatchObject({
    status: 1,
    last: '0 passed, 1 failed',
  });
});

test('a project that ended without a result counts as a failure', () => {
  const unit = report('unit.json', true, 'passed', ['passed']);
  expect(count(unit, join(folder, 'kernel.json'))).toMatchObject({ status: 1, last: '1 passed, 1 failed' });
});

test('an error outside any test counts as a failure although every test passed', () => {
  expect(count(report('unit.json', false, 'passed', ['passed']))).toMatchObject({
    status: 1,
    last: '1 passed, 1 failed',
  });
});

test('skipped tests are named', () => {
  const unit = report('unit.json', true, 'passed', ['passed', 'skipped', 'todo']);
  expect(count(unit)).toMatchObject({ status: 0, before: '2 skipped', last: '1 passed, 0 failed' });
});
