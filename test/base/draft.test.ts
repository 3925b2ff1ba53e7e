/** A file that comes whole or not at all, and what is no file and stays what it is. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDraft } from '../../src/base/draft.ts';
import { removeTree } from '../remove-tree.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-draft-'));
  path = join(directory, 'out');
});
afterEach(() => removeTree(directory));

test('what was there stands until the draft is kept, which takes its place with the mode that was asked for', () => {
  writeFileSync(path, 'before');
  chmodSync(path, 0o644);
  const draft = openDraft(path, 0o600);
  writeFileSync(draft.fd, 'after');
  expect(readFileSync(path, 'utf8')).toBe('before');
  draft.keep();
  expect(readFileSync(path, 'utf8')).toBe('after');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['out']);
});

test('a draft that is dropped leaves nothing', () => {
  const draft = openDraft(path, 0o600);
  writeFileSync(draft.fd, 'half');
  draft.drop();
  expect(readdirSync(directory)).toEqual([]);
});

test('what one that was killed left under our number is no hindrance, and a link there is not followed', () => {
  writeFileSync(join(directory, 'elsewhere'), 'of somebody');
  execFileSync('ln', ['-s', 'elsewhere', `${path}.${process.pid}.part`]);
  const draft = openDraft(path, 0o600);
  writeFileSync(draft.fd, 'after');
  draft.keep();
  expect(readFileSync(path, 'utf8')).toBe('after');
  expect(readFileSync(join(directory, 'elsewhere'), 'utf8')).toBe('of somebody');
});

test('a pipe at the place is written to, and stays one, kept or dropped', () => {
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const kept = openDraft(path, 0o600);
    writeFileSync(kept.fd, 'after');
    kept.keep();
    openDraft(path, 0o600).drop();
    const bytes = Buffer.alloc(16);
    expect(bytes.toString('utf8', 0, readSync(reader, bytes))).toBe('after');
  } finally {
    closeSync(reader);
  }
  expect(statSync(path).isFIFO()).toBe(true);
  expect(readdirSync(directory)).toEqual(['out']);
});
