/** Children that the addon starts: what they have of this process, and how their end is told. */
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import { type ChildEnd, loadAddon } from '../../src/kernel/addon.ts';
import { startLauncher } from '../../src/runtime/launch/launcher-process.ts';

const addon = loadAddon();

const given = (...words: string[]) => Buffer.from(words.map((word) => `${word}\0`).join(''));

async function ended(child: number): Promise<ChildEnd> {
  return await vi.waitFor(
    () => {
      const end = addon.childEnd(child);
      if (!end) throw new Error('it has not ended');
      return end;
    },
    { timeout: 60_000, interval: 5 },
  );
}

/** What a shell's script writes to its standard output, and how it ended. */
async function shell(script: string, files: Buffer[] = []): Promise<{ text: string; end: ChildEnd }> {
  const { ours, theirs } = addon.makeChannel();
  const nothing = openSync('/dev/null', 'r');
  const more = files.map((bytes) => addon.makeMemoryFile(bytes));
  const child = addon.spawnProgram('/bin/sh', given('-c', script), [nothing, theirs, theirs, ...more]);
  for (const descriptor of [nothing, theirs, ...more]) closeSync(descriptor);
  let text = '';
  for await (const piece of new Socket({ fd: ours }).setEncoding('utf8')) text += piece;
  return { text, end: await ended(child) };
}

test('a child has the descriptors that it is given, in order, and none of node', async () => {
  const own = openSync('/dev/zero', 'r');
  const { text } = await shell(
    'cat <&3 <&4; cat <&3; for fd in 0 1 2 3 4; do test -e /proc/$$/fd/$fd || echo no $fd; done; readlink /proc/$$/fd/*',
    [Buffer.from('three '), Buffer.from('four ')],
  );
  closeSync(own);
  expect(text).toMatch(/^four three \/dev\/null\n/);
  expect(text).not.toMatch(/^no |zero|eventpoll/m);
});

test('its environment is empty, and it ignores and blocks no signal', async () => {
  expect(readFileSync('/proc/self/status', 'utf8')).toMatch(/^SigIgn:\t0*[1-9a-f]/m); // node ignores SIGPIPE
  const { text } = await shell('cat /proc/self/environ; grep -E "Sig(Blk|Ign)" /proc/self/status');
  expect(text).toMatch(/^PWD=[^\0]*\0(OLDPWD[^\0]*\0|SHLVL[^\0]*\0|_=[^\0]*\0)*SigBlk:\t0+\nSigIgn:\t0+\n$/);
});

test('words of any length and number arrive whole', async () => {
  const long = 'x'.repeat(100_000);
  const { ours, theirs } = addon.makeChannel();
  const words = given(
    '-c',
    'echo $# ${#1} ${#1500}',
    'sh',
    long,
    ...Array.from({ length: 1999 }, (_, i) => `${i}`),
  );
  const child = addon.spawnProgram('/bin/sh', words, [theirs, theirs, theirs]);
  closeSync(theirs);
  let text = '';
  for await (const piece of new Socket({ fd: ours }).setEncoding('utf8')) text += piece;
  expect(text).toBe('2000 100000 4\n');
  expect(await ended(child)).toEqual({ code: 0 });
});

test('its end is told with its status or its signal, once', async () => {
  expect((await shell('exit 7')).end).toEqual({ code: 7 });
  expect((await shell('kill -KILL $$')).end).toEqual({ signal: 9 });
  const child = addon.spawnProgram('/bin/true', given(), [0, 1, 2]);
  await ended(child);
  expect(() => addon.childEnd(child)).toThrow(
    expect.objectContaining({ code: 'KERNEL_SPAWN', errnoName: 'ECHILD' }),
  );
});

test('a program that cannot be executed is no child, and says why', () => {
  const before = readlinkSync('/proc/self/fd/0');
  expect(() => addon.spawnProgram('/nowhere/at/all', given(), [0, 1, 2])).toThrow(
    /cannot execute \/nowhere\/at\/all: No such file or directory \(ENOENT\)/,
  );
  expect(() => addon.spawnProgram('/bin/true', Buffer.from('no NUL'), [0, 1, 2])).toThrow(
    /must end with a NUL/,
  );
  expect(() => addon.spawnProgram('/bin/true', given(), [0, 1, 9999])).toThrow(/EBADF/);
  expect(readlinkSync('/proc/self/fd/0')).toBe(before);
});

test('a word with a NUL, which would be two, starts nothing', () => {
  expect(() => startLauncher('/bin/true', ['--user', 'a\0--cgroup'], [0, 1, 2], [])).toThrow(/holds a NUL/);
});

test('what is started has its channel as descriptor 3, and its end is told when that is closed', async () => {
  const { control, ended: end } = startLauncher(
    '/bin/sh',
    ['-c', 'read word <&3; echo "$word" >&3; cat <&4 >&3; exit 5'],
    [0, 1, 2],
    [Buffer.from('environment')],
  );
  control.write('go\n');
  let text = '';
  for await (const piece of control.setEncoding('utf8')) text += piece;
  expect(text).toBe('go\nenvironment');
  expect(await end).toEqual({ code: 5 });
});
