/** Which failures are tried once more, and what is said of them: on vitest itself, and files that fail by count. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

let folder: string;
beforeEach(() => {
  mkdirSync('build', { recursive: true });
  folder = mkdtempSync(resolve('build/run-again-'));
  writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {}');
});
afterEach(() => removeTree(folder));

/** A file of one test that fails the first `times` times; `hook`: an afterAll does. */
function failing(name: string, times: number, hook = false): void {
  const count = join(folder, `${name}.count`);
  const fails = `
    import { appendFileSync, readFileSync } from 'node:fs';
    import { afterAll, expect, test } from 'vitest';
    const fail = () => {
      appendFileSync('${count}', '.');
      expect(readFileSync('${count}', 'utf8').length, 'too early').toBeGreaterThan(${times});
    };
    test('one', ${hook ? '() => {}' : 'fail'});
    ${hook ? 'afterAll(fail);' : ''}`;
  writeFileSync(join(folder, `${name}.test.mjs`), fails);
}

/** The first run, the second try, and the counts. */
function runs() {
  const report = join(folder, 'report.json');
  const vitest = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder, '--no-color'];
  const env = { ...process.env, VITEST: undefined, VITEST_WORKER_ID: undefined };
  const node = (...words: string[]) => spawnSync(process.execPath, words, { encoding: 'utf8', env });
  node(...vitest, '--reporter=json', `--outputFile.json=${report}`);
  const again = node('tools/run-again.ts', report, process.execPath, ...vitest);
  const counted = node('tools/count-tests.ts', report);
  const unstable = again.stdout.split('\n').filter((line) => line.startsWith('unstable:'));
  return { unstable, counts: counted.stdout.trimEnd().split('\n').at(-1), status: counted.status, report };
}

test('one that fails once and then passes twice is named and counts as passed', () => {
  failing('once', 1);
  failing('never', 0);
  const { unstable, counts, status, report } = runs();
  expect(unstable).toHaveLength(1);
  expect(unstable[0]).toMatch(/once\.test\.mjs: one: failed at first \(.*too early.*\), then passed 2 times/);
  expect({ counts, status }).toEqual({ counts: '2 passed, 0 failed', status: 0 });
  expect(JSON.parse(readFileSync(`${report}.first`, 'utf8'))).toMatchObject({ success: false });
});

test('so is one whose clean-up failed', () => {
  failing('hook', 1, true);
  const { unstable, counts } = runs();
  expect(unstable[0]).toMatch(/hook\.test\.mjs: failed at first \(/);
  expect(counts).toBe('1 passed, 0 failed');
});

test('one that fails each second time stays a failure', () => {
  failing('always', 99);
  failing('twice', 2);
  const { unstable, counts, status } = runs();
  expect(unstable).toEqual([]);
  expect({ counts, status }).toEqual({ counts: '0 passed, 2 failed', status: 1 });
});

test('many failures are no chance: none is tried again', () => {
  for (const name of ['a', 'b', 'c', 'd']) failing(name, 1);
  const { unstable, counts } = runs();
  expect(unstable).toEqual([]);
  expect(counts).toBe('0 passed, 4 failed');
  expect(readFileSync(join(folder, 'a.count'), 'utf8')).toBe('.');
});
