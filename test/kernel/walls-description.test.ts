/**
 * The description of the walls, as the launcher reads it: whatever is not understood whole ends the start, and so
 * does a wall that cannot be put up. Nothing of the command has run then.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, described, run } from './launcher-fixtures.ts';

const directory = mkdtempSync(join(tmpdir(), 'warder-description-'));
const mark = join(directory, 'mark');

beforeAll(() => {
  mkdirSync(join(directory, 'real'));
  symlinkSync('real', join(directory, 'link'));
});
afterEach(cleanUp);
afterAll(() => removeTree(directory));

/** The launcher's words for a description; "go" is said where it asks for it. */
async function said(
  walls: Buffer | string,
  flags: string[] = ['--chdir', '/'],
  command: string[] = ['/usr/bin/touch', mark],
): Promise<string> {
  return `${(await run(command, { walls, flags })).lines.join('\n')}\n`;
}

const BAD: Readonly<Record<string, [Buffer | string, RegExp]>> = {
  'nothing at all': ['', /cut short/],
  'no NUL at its end': ['warder-walls\x001\0end', /cut short/],
  'no end': ['warder-walls\x001\0proc\0', /end is missing/],
  'another version': ['warder-walls\x002\0end\0', /version is not 1/],
  'another beginning': ['walls\x001\0end\0', /version is not 1/],
  'something behind the end': [`${described()}proc\0`, /behind the end/],
  'an unknown word': [described('moat'), /moat: no such wall/],
  'an argument missing': ['warder-walls\x001\0hide\0end\0', /hide: an argument that cannot be/],
  'a relative path': [described('hide', 'a/b'), /hide: an argument/],
  'a path with ..': [described('hide', '/a/../b'), /hide: an argument/],
  'a path with an empty part': [described('hide', '/a//b'), /hide: an argument/],
  'a path with a slash at its end': [described('place', 'w', '/a/'), /place: an argument/],
  'a path longer than can be': [described('hide', `/${'a/'.repeat(2100)}a`), /hide: an argument/],
  'a flag twice': [described('place', 'ww', '/a'), /place: an argument/],
  'no right': [described('allow', '', '/a'), /allow: an argument/],
  'an unknown right': [described('allow', 'q', '/a'), /allow: an argument/],
  'a name with a slash': [described('name', 'hide', 'a/b'), /name: an argument/],
  'an unknown privilege': [described('privilege', 'everything'), /privilege: an argument/],
  'more than can be': [Buffer.alloc((2 << 20) + 10, 'a\0'), /longer than can be/],
  'more lines than can be': [
    described(...Array.from({ length: 16_385 }, () => 'proc')),
    /more walls than can be/,
  ],
};

test.each(Object.keys(BAD))('%s ends the start', async (name) => {
  const [description, reason] = BAD[name]!;
  const text = await said(description);
  expect(text).toMatch(/^error walls NONE the description of the walls cannot be used: /);
  expect(text).toMatch(reason);
  expect(existsSync(mark)).toBe(false);
});

test('a description without a directory to stand in is refused: it would stand outside of the walls', async () => {
  expect(await said(described(), [])).toMatch(/^error options NONE --walls-fd needs --chdir/);
});

test('a place that is not there ends the start, by its name', async () => {
  const text = await said(described('place', '-', '/', 'hide', join(directory, 'missing')));
  expect(text).toMatch(/^error mounts ENOENT .*missing/m);
  expect(existsSync(mark)).toBe(false);
});

test.each([
  ['that went away', 'missing'],
  ['with a link in its place', 'link'],
  ['below what is a link now', 'link/socket'],
  ['below what is a file now', 'file/socket'],
])('a socket %s since the plan was made is nothing to hide', async (_, name) => {
  writeFileSync(join(directory, 'file'), '');
  const text = await said(
    described('place', 'wx', '/', 'allow', 'rdxwm', '/', 'socket', join(directory, name)),
  );
  expect(text).not.toMatch(/^error/m);
  expect(existsSync(mark)).toBe(true);
  rmSync(mark);
});

test('a link where a place should be ends the start: a wall is never moved', async () => {
  const text = await said(described('place', '-', '/', 'place', 'w', join(directory, 'link')));
  expect(text).toMatch(/^error mounts ELOOP .*link/m);
});

test('a rule about what is not there ends the start', async () => {
  const text = await said(described('place', 'x', '/', 'allow', 'r', join(directory, 'missing')));
  expect(text).toMatch(/^error landlock ENOENT .*missing/m);
});

test('one that can be kept is, and says what it put up', async () => {
  const text = await said(
    described(
      'place',
      'x',
      '/',
      'place',
      'wx',
      directory,
      'proc',
      'allow',
      'rdx',
      '/',
      'allow',
      'wm',
      directory,
    ),
  );
  expect(text).toMatch(/^walls [1-9]\d* \d+ 0 0 whole$/m);
  expect(text).toMatch(/^exited 0$/m);
  expect(existsSync(mark)).toBe(true);
});

test("a place of the run's own begins empty, takes files and leaves none", async () => {
  const real = join(directory, 'real');
  const script = `test -z "$(ls ${real})" && touch ${real}/made && ls ${real}/made`;
  const lines = ['place', 'x', '/', 'private', real, 'allow', 'rdx', '/', 'allow', 'wm', real];
  expect(await said(described(...lines), ['--chdir', '/'], ['/bin/sh', '-c', script])).toMatch(/^exited 0$/m);
  expect(existsSync(join(real, 'made'))).toBe(false);
});
