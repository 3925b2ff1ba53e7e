/** The socket at which adopted runs ask is there again after somebody took it away, or put another in its place. */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import type { WarderError } from '../../../src/base/error.ts';
import { AskPlace } from '../../../src/runtime/why/ask-place.ts';
import { removeTree } from '../../remove-tree.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function opened() {
  const directory = mkdtempSync(join(tmpdir(), 'warder-ask-'));
  undo.push(() => removeTree(directory));
  const path = join(directory, 'ask/why.sock');
  const problems: string[] = [];
  const onProblem = (error: unknown) => problems.push((error as WarderError).code);
  const place = await AskPlace.open({ path, deskOf: () => undefined, onProblem });
  undo.push(() => place.close());
  return { path, place, problems };
}

/** The code that a process of no run is answered with; empty where nobody answers. */
async function answered(path: string): Promise<string> {
  try {
    const socket = connect(path);
    await once(socket, 'connect');
    return JSON.parse(await text(socket)).error.code;
  } catch {
    return '';
  }
}

const AGAIN = { timeout: 20_000, interval: 100 };

test('taken away, with its directory too, or that a link to elsewhere: it is made anew, and told once', async () => {
  const { path, problems } = await opened();
  expect(await answered(path)).toBe('WHY_NOT_YOURS');
  rmSync(path);
  await expect.poll(() => answered(path), AGAIN).toBe('WHY_NOT_YOURS');
  renameSync(dirname(path), `${dirname(path)}-away`);
  await expect.poll(() => answered(path), AGAIN).toBe('WHY_NOT_YOURS');
  expect(statSync(path).mode & 0o777).toBe(0o666);
  renameSync(dirname(path), `${dirname(path)}-again`);
  const elsewhere = mkdtempSync(join(tmpdir(), 'warder-ask-'));
  undo.push(() => removeTree(elsewhere));
  symlinkSync(elsewhere, dirname(path));
  await expect.poll(() => answered(path), AGAIN).toBe('WHY_NOT_YOURS');
  expect([readdirSync(elsewhere), statSync(elsewhere).mode & 0o777]).toEqual([[], 0o700]);
  expect(problems).toEqual(['WHY_PLACE']);
});

test('another in its place is put out, and does not come back when the runtime ends', async () => {
  const { path, place, problems } = await opened();
  rmSync(path);
  const impostor = createServer((socket) => socket.end('{"error":{"code":"LIE"}}\n'));
  undo.push(() => new Promise((resolve) => impostor.close(resolve)));
  await once(impostor.listen(path), 'listening');
  expect(await answered(path)).toBe('LIE');
  await expect.poll(() => answered(path), AGAIN).toBe('WHY_NOT_YOURS');
  expect(problems).toEqual(['WHY_PLACE']);
  place.close();
  expect(await answered(path)).toBe('');
});
