/** Files that people name, and what stands in their place: pipes and devices. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readBounded } from '../../src/base/bounded-file.ts';
import { removeTree } from '../remove-tree.ts';

const MOST = 200_000;
const ENTRY = join(import.meta.dirname, '../../src/cli/main.ts');
const POLICY = `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: piped, scope: fleet}
spec: {exec: [{allow: [/usr/**]}]}
`;

const directory = mkdtempSync(join(tmpdir(), 'warder-bounded-'));
const pipe = join(directory, 'pipe.yaml');
execFileSync('mkfifo', [pipe]);
afterAll(() => removeTree(directory));

test('a file comes whole, up to the bound', () => {
  const file = join(directory, 'file');
  writeFileSync(file, 'x'.repeat(MOST));
  expect(readBounded(file, MOST).length).toBe(MOST);
  writeFileSync(file, 'x'.repeat(MOST + 1));
  expect(() => readBounded(file, MOST)).toThrow('the file has 200001 bytes, at most 200000 are read');
});

test('what has no end is refused past the bound, by its bytes and not by its size', () => {
  expect(() => readBounded('/dev/zero', MOST)).toThrow('the file has more than 200000 bytes');
});

test('a directory is none, as Node says', () => {
  expect(() => readBounded(directory, MOST)).toThrow(/EISDIR/);
});

test('a pipe that nobody writes to is empty, and keeps nobody', () => {
  expect(readBounded(pipe, MOST).length).toBe(0);
});

test('a pipe that is written to slowly comes whole', async () => {
  const script = `exec 3<>"${pipe}"; echo ready; sleep 0.3; printf one >&3; sleep 0.3; exec 4>"${pipe}"; exec 3>&-; printf two >&4`;
  const writer = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(writer.stdout, 'data');
  expect(readBounded(pipe, MOST).toString()).toBe('onetwo');
});

test.each([
  ['a pipe in place of a policy', pipe, 1, /pipe\.yaml:1:1: /],
  ['a device in place of a policy', '/dev/zero', 1, /the file has more than 4194304 bytes/],
  ['a policy out of a pipe', '/dev/stdin', 0, /piped/],
] as const)('policy check is done with %s', (_, path, status, said) => {
  const policy = join(directory, 'policy.yaml');
  writeFileSync(policy, POLICY);
  const script = `cat "${policy}" | "${process.execPath}" "${ENTRY}" policy check "${path}" 2>&1`;
  const checked = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', timeout: 60_000 });
  expect(checked.stdout).toMatch(said);
  expect(checked.status).toBe(status);
});
