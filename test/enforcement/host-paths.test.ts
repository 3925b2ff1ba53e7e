/**
 * Links of a real file system: which names a rule's path has, and which links are left alone.
 */
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { HostPaths, hostLinks } from '../../src/runtime/enforcement/host-paths.ts';
import { removeTree } from '../remove-tree.ts';

let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'warder-links-')));
  mkdirSync(join(root, 'usr/bin'), { recursive: true });
  writeFileSync(join(root, 'usr/bin/dash'), '');
  symlinkSync('usr/bin', join(root, 'bin'));
  symlinkSync('dash', join(root, 'usr/bin/sh'));
  symlinkSync(join(root, 'bin/sh'), join(root, 'shell'));
  symlinkSync('../usr/bin/../bin/sh', join(root, 'usr/up'));
  symlinkSync('loop-b', join(root, 'loop-a'));
  symlinkSync('loop-a', join(root, 'loop-b'));
  symlinkSync('nowhere/file', join(root, 'dangling'));
  symlinkSync('/', join(root, 'slash'));
});
afterAll(() => removeTree(root));

const NEVER = () => false;
const names = (path: string, mayChange: (path: string) => boolean = NEVER) =>
  new HostPaths()
    .namesOf(`${root}/${path}`, (link) => mayChange(link.slice(root.length + 1)))
    .map((name) => name.replace(`${root}/`, ''));

test('a path without links is itself', () => {
  expect(names('usr/bin/dash')).toEqual(['usr/bin/dash']);
});

test('a link is its name, its name in the real directory, and what it leads to', () => {
  expect(names('bin/sh')).toEqual(['bin/sh', 'usr/bin/sh', 'usr/bin/dash']);
});

test('links through links, absolute and with .., are followed to the end', () => {
  expect(names('shell')).toEqual(['shell', 'usr/bin/dash']);
  expect(names('usr/up')).toEqual(['usr/up', 'usr/bin/dash']);
});

test('what does not exist keeps its name below what does', () => {
  expect(names('bin/none/file')).toEqual(['bin/none/file', 'usr/bin/none/file']);
  expect(names('dangling')).toEqual(['dangling', 'nowhere/file']);
});

test('a loop stands for its name alone', () => {
  expect(names('loop-a')).toEqual(['loop-a']);
  expect(names('loop-a/x')).toEqual(['loop-a/x']);
});

test('a link that may be changed is not followed, be it the last part or one before', () => {
  expect(names('bin/sh', (link) => link === 'usr/bin/sh')).toEqual(['bin/sh', 'usr/bin/sh']);
  expect(names('bin/sh', (link) => link === 'bin')).toEqual(['bin/sh']);
});

test('a link to the root is the root', () => {
  expect(new HostPaths().resolve(`${root}/slash`)).toBe('/');
  expect(names('slash')).toEqual(['slash', '/']);
  expect(new HostPaths().namesOf('/', NEVER)).toEqual(['/']);
});

test('no rule is ever about the process that compiles it, or through links of procfs', () => {
  const of = (path: string) => new HostPaths().namesOf(path, NEVER);
  expect(of('/proc/self/maps')).toEqual(['/proc/self/maps']);
  expect(of('/proc/thread-self/comm')).toEqual(['/proc/thread-self/comm']);
  expect(of('/proc/1/root/etc')).toEqual(['/proc/1/root/etc']);
  expect(of(`/proc/${process.pid}/cwd/x`)).toEqual([`/proc/${process.pid}/cwd/x`]);
  expect(of('/proc/mounts')).toEqual(['/proc/mounts', '/proc/self/mounts']);
});

test('reads each link once, however many rules go through it', () => {
  let reads = 0;
  const paths = new HostPaths((path) => {
    reads++;
    return path === '/bin' ? 'usr/bin' : null;
  });
  for (let index = 0; index < 100; index++) paths.namesOf('/bin/sh', NEVER);
  expect(reads).toBe(4); // /bin, /usr, /usr/bin, /usr/bin/sh
});

test('the addon reads the same links as node, and none of processes', () => {
  const native = new HostPaths(hostLinks((path) => loadAddon().linkAt(path)));
  const node = new HostPaths();
  const written = [
    'bin/sh',
    'shell',
    'usr/up',
    'loop-a',
    'dangling',
    'slash',
    'usr/bin/dash',
    'nowhere',
    'a'.repeat(5000),
  ];
  for (const path of written.map((name) => join(root, name))) {
    expect(native.namesOf(path, NEVER), path).toEqual(node.namesOf(path, NEVER));
  }
  expect(native.resolve(join(root, 'shell'))).toBe(join(root, 'usr/bin/dash'));
  expect(native.resolve('/proc/self/exe')).toBe('/proc/self/exe');
});
