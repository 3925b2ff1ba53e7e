import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WarderError } from '../../src/base/error.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { formatFault, loadPolicyFiles, readPolicyFiles } from '../../src/gateway/policy/load.ts';
import { removeTree } from '../remove-tree.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-load-'));
});
afterEach(() => removeTree(directory));

function file(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const document = (name: string, rest = 'mode: enforce') =>
  `apiVersion: warder.dev/v1\nkind: Policy\nmetadata: {name: ${name}, scope: fleet}\nspec: {${rest}}\n`;

function faultsOf(...paths: string[]): string[] {
  return readPolicyFiles(paths).faults.map((fault) => formatFault(fault).replaceAll(`${directory}/`, ''));
}

test('documents come in the order of files', () => {
  const paths = [file('b.yaml', document('b')), file('a.yaml', `${document('a')}---\n${document('c')}`)];
  expect(loadPolicyFiles(paths).map(({ name, file: from }) => [name, from])).toEqual([
    ['b', paths[0]],
    ['a', paths[1]],
    ['c', paths[1]],
  ]);
});

test('the faults of all files are in one error, and nothing of any file is given out', () => {
  const paths = [
    file('a.yaml', document('a', 'mode: x')),
    file('b.yaml', document('b')),
    file('c.yaml', 'kind: x'),
  ];
  let error: WarderError | undefined;
  try {
    loadPolicyFiles(paths);
  } catch (caught) {
    error = caught as WarderError;
  }
  expect(error?.code).toBe('POLICY_INVALID');
  expect(error?.message).toContain('5 faults in the policy, so nothing of it takes effect:\n');
  expect(error?.message).toContain(`${paths[0]}:4:14: mode cannot be "x"; write one of monitor, enforce`);
  expect(error?.message).toContain(`${paths[2]}:1:7: kind cannot be "x"; write Policy`);
  expect(error?.fix).toBe('write what each line says, and look again with `warder policy check`');
  expect(readPolicyFiles(paths).documents).toEqual([]);
});

test('two documents with one name and scope are a fault, with both places', () => {
  const paths = [file('a.yaml', document('same')), file('b.yaml', document('same'))];
  expect(faultsOf(...paths)).toEqual([
    "b.yaml:3:18: a second document 'same' in scope fleet; the first is a.yaml:3; give it another name, or merge the two",
  ]);
});

test('two documents with one name and scope are told even where one has another fault', () => {
  const text = `${document('same', 'mode: x')}---\n${document('same')}`;
  expect(faultsOf(file('a.yaml', text))).toHaveLength(2);
});

test('the same name in another scope is no fault', () => {
  const other = document('same').replace('fleet', 'org/acme');
  expect(faultsOf(file('a.yaml', document('same')), file('b.yaml', other))).toEqual([]);
});

test('files that cannot be read are faults like others', () => {
  symlinkSync('loop', join(directory, 'loop'));
  expect(
    faultsOf(join(directory, 'none.yaml'), directory, join(directory, 'loop')).map((fault) =>
      fault.replace(directory, '.'),
    ),
  ).toEqual([
    'none.yaml:1:1: the file cannot be read: ENOENT; give the path of a file that is there and may be read',
    '.:1:1: the file cannot be read: EISDIR; give the path of a file that is there and may be read',
    'loop:1:1: the file cannot be read: ELOOP; give the path of a file that is there and may be read',
  ]);
});

test('a file that is not UTF-8 is a fault, a byte order mark is none', () => {
  expect(faultsOf(file('latin1.yaml', Buffer.from('because: \xe9', 'latin1')))).toEqual([
    'latin1.yaml:1:1: the file is not UTF-8 text; save it as UTF-8',
  ]);
  expect(faultsOf(file('bom.yaml', `\ufeff${document('a')}`))).toEqual([]);
});

test('a file past the size limit is not read', () => {
  const size = LIMITS.fileBytes + 1;
  expect(faultsOf(file('large.yaml', Buffer.alloc(size, '#')))).toEqual([
    `large.yaml:1:1: the file has ${size} bytes, at most ${LIMITS.fileBytes} are read; split it`,
  ]);
});
