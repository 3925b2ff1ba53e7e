import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WarderError } from '../../src/base/error.ts';
import { DescriptorSink, fileSink } from '../../src/cli/line-sink.ts';
import { loadAddon } from '../../src/kernel/addon.ts';
import { removeTree } from '../remove-tree.ts';

let folder: string;
let failures: WarderError[];
const onFailure = (error: WarderError) => void failures.push(error);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-sink-'));
  failures = [];
});
afterEach(() => removeTree(folder));

/** Both ends of a named pipe; opening one end alone would wait for the other. */
function pipe(writerFlags = 0): { reader: number; writer: number } {
  const path = join(folder, 'pipe');
  spawnSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: openSync(path, constants.O_WRONLY | writerFlags) };
}

/** What is in a pipe now; null when nothing is. */
function readNow(fd: number): string | null {
  const bytes = Buffer.alloc(1 << 20);
  try {
    return bytes.toString('utf8', 0, readSync(fd, bytes));
  } catch {
    return null;
  }
}

/** Reads until the sink has got everything out. */
async function readAll(fd: number, done: Promise<void>): Promise<string> {
  let text = '';
  let open = true;
  void done.then(() => {
    open = false;
  });
  while (open) {
    text += readNow(fd) ?? '';
    await sleep(1);
  }
  return text + (readNow(fd) ?? '');
}

describe('a file', () => {
  test('gets the lines in order, and was emptied before', async () => {
    const path = join(folder, 'lines');
    writeFileSync(path, 'old\n');
    const sink = fileSink(path, onFailure);
    for (let number = 0; number < 5_000; number++) sink.write(`line ${number}`);
    await sink.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines).toHaveLength(5_001);
    expect(lines[4_999]).toBe('line 4999');
  });

  test('that cannot be opened is an error with what to do', () => {
    expect(() => fileSink(join(folder, 'no', 'file'), onFailure)).toThrow(/cannot write .*: ENOENT/);
  });

  test('on a full disk fails once; what did not get out is counted', async () => {
    const sink = fileSink('/dev/full', onFailure);
    for (let number = 0; number < 10; number++) sink.write('x');
    await sink.flushed();
    sink.write('y');
    await sink.close();
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^cannot write \/dev\/full: ENOSPC/),
    ]);
    expect(sink.dropped).toBe(11);
  });
});

describe('a pipe', () => {
  test('whose reader is slow stops nobody, and gets every line in the end', async () => {
    const { reader, writer } = pipe();
    const sink = new DescriptorSink(writer, 'pipe', onFailure);
    const lines = Array.from({ length: 20_000 }, (_, number) => `line ${number}`);
    for (const line of lines) sink.write(line); // some 200 KB, of which a pipe holds 64 KiB; nobody reads yet
    await sleep(50);
    const text = await readAll(reader, sink.flushed());
    expect(text).toBe(`${lines.join('\n')}\n`);
    expect(sink.dropped).toBe(0);
    closeSync(reader);
    closeSync(writer);
  });

  test('that somebody made non-blocking gets every line as well', async () => {
    const { reader, writer } = pipe(constants.O_NONBLOCK);
    const sink = new DescriptorSink(writer, 'pipe', onFailure);
    for (let number = 0; number < 20_000; number++) sink.write(`line ${number}`);
    await sleep(30);
    const text = await readAll(reader, sink.flushed());
    expect(text.split('\n')).toHaveLength(20_001);
    closeSync(reader);
    closeSync(writer);
  });

  test('that nobody reads holds a bounded backlog, and counts what goes past it', async () => {
    const { reader, writer } = pipe(constants.O_NONBLOCK);
    const sink = new DescriptorSink(writer, 'pipe', onFailure);
    const line = 'x'.repeat(1023);
    for (let number = 0; number < 16 * 1024; number++) sink.write(line);
    expect(sink.dropped).toBeGreaterThan(7 * 1024);
    expect(sink.dropped).toBeLessThan(9 * 1024);
    closeSync(reader);
    await sink.close();
    closeSync(writer);
  });

  test('whose reader has gone ends without a word', async () => {
    const { reader, writer } = pipe();
    closeSync(reader);
    const sink = new DescriptorSink(writer, 'pipe', onFailure);
    sink.write('x');
    await sink.flushed();
    expect(sink.open).toBe(false);
    expect(failures).toEqual([]);
    closeSync(writer);
  });
});

test('JSON on a terminal says by escapes what the terminal would act upon, and is the same JSON', async () => {
  const event = { name: 'a\x9b31mb\x7f\u{202e}c\u{e0041}\x1b[2Jé' };
  const { controller, terminal } = loadAddon().openTerminal(0);
  try {
    const sink = new DescriptorSink(terminal, 'terminal', onFailure);
    sink.write(JSON.stringify(event));
    await sink.flushed();
    const bytes = Buffer.alloc(4096);
    const line = bytes.toString('utf8', 0, readSync(controller, bytes)).trimEnd();
    expect(line).toMatch(/^[\x20-\x7eé]+$/);
    expect(JSON.parse(line)).toEqual(event);
  } finally {
    closeSync(controller);
    closeSync(terminal);
  }
});

test('in a file it stands as it is', async () => {
  const path = join(folder, 'events');
  const sink = fileSink(path, onFailure);
  sink.write('"a\x9b31m"');
  await sink.close();
  expect(readFileSync(path, 'utf8')).toBe('"a\x9b31m"\n');
});
