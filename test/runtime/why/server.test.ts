/** Questions at the socket of runs: whose they are, how many, and what is no question. */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { type WhyDesk, WhyServer } from '../../../src/runtime/why/server.ts';
import type { Answer, WhyDocument } from '../../../src/runtime/why/words.ts';
import { removeTree } from '../../remove-tree.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

const desk = (run: string, isOpen = true): WhyDesk => ({
  run,
  isOpen: () => isOpen,
  why: async () => ({ run }) as WhyDocument,
  may: () => {
    throw new TypeError('not asked here');
  },
});

/** A socket at which whoever connects is of the run that `whose` says at that moment. */
async function served(whose: () => WhyDesk | undefined): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'warder-why-'));
  undo.push(() => removeTree(directory));
  const path = join(directory, 'why.sock');
  const server = await WhyServer.listen({ path, deskOf: whose });
  undo.push(() => server.close());
  return path;
}

interface Asker {
  socket: Socket;
  says(text: string): void;
  hears(): Promise<Answer>;
}

async function asker(path: string): Promise<Asker> {
  const socket = connect(path);
  socket.on('error', () => {}); // told by its close
  undo.push(() => socket.destroy());
  await once(socket, 'connect');
  const lines = (createInterface({ input: socket }) as Interface)[Symbol.asyncIterator]();
  return {
    socket,
    says: (text) => void socket.write(text),
    hears: async () => JSON.parse((await lines.next()).value ?? 'null') as Answer,
  };
}

const WHY = '{"ask":"why"}\n';
const codeOf = (answer: Answer) => ('error' in answer ? answer.error.code : '');

test('a run that asks without end is told to wait, and another is answered meanwhile', async () => {
  let run = 'loop';
  const path = await served(() => desk(run));
  const loop = await asker(path);
  const answers: Answer[] = [];
  for (let burst = 0; burst < 10; burst++) {
    loop.says(WHY.repeat(40));
    for (let count = 0; count < 40; count++) answers.push(await loop.hears());
  }
  expect(answers.slice(0, 50)).toEqual(Array(50).fill({ why: { run: 'loop' } }));
  expect(answers.map(codeOf)).toContain('WHY_TOO_FAST');
  run = 'other';
  const other = await asker(path);
  other.says(WHY);
  expect(await other.hears()).toEqual({ why: { run: 'other' } });
});

test('a run holds sixteen connections and no more; those of others are left to them', async () => {
  let run = 'greedy';
  const path = await served(() => desk(run));
  const all = await Promise.all(Array.from({ length: 17 }, () => asker(path)));
  await Promise.race(all.map(({ socket }) => once(socket.resume(), 'close')));
  expect(all.filter(({ socket }) => socket.destroyed)).toHaveLength(1);
  run = 'other';
  const other = await asker(path);
  other.says(WHY);
  expect(await other.hears()).toEqual({ why: { run: 'other' } });
});

test('who is of no run hears that, whatever was asked, and is let go', async () => {
  const stranger = await asker(await served(() => undefined));
  stranger.says(WHY);
  expect(codeOf(await stranger.hears())).toBe('WHY_NOT_YOURS');
  if (!stranger.socket.destroyed) await once(stranger.socket.resume(), 'close');
});

test('a run whose policy keeps it from asking is told so', async () => {
  const off = await asker(await served(() => desk('off', false)));
  off.says(WHY);
  expect(codeOf(await off.hears())).toBe('WHY_OFF');
});

test('what is no question is told, and one without end closes the connection', async () => {
  const one = await asker(await served(() => desk('one')));
  for (const text of ['no json', '{}', '{"ask":"may","category":3}', 'null']) {
    one.says(`${text}\n`);
    expect(codeOf(await one.hears())).toBe('WHY_QUESTION');
  }
  one.says('x'.repeat(9000));
  await once(one.socket, 'close');
});
