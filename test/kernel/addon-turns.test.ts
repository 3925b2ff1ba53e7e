/** Turns on a processor, of one thread. */
import { execFileSync } from 'node:child_process';
import { release } from 'node:os';
import { expect, test } from 'vitest';
import { atRoot } from '../../src/base/root.ts';

/** Of the thread, before and after, and of one that was there before: sched(5) of it, as the kernel says. */
const TURNS = `
  const { readFileSync, readdirSync } = require('node:fs');
  const addon = require(${JSON.stringify(atRoot('build/warder.node'))});
  const of = (thread) => {
    const text = readFileSync('/proc/' + thread + '/sched', 'utf8');
    const number = (name) => Number(new RegExp('^' + name + '\\\\s*:\\\\s*([0-9.]+)$', 'm').exec(text)?.[1] ?? NaN);
    return { sliceNs: number('se.slice'), priority: number('prio'), policy: number('policy') };
  };
  const other = 'self/task/' + readdirSync('/proc/self/task').find((id) => Number(id) !== process.pid);
  const before = [of('thread-self'), of(other)];
  const taken = addon.takeShortTurns();
  console.log(JSON.stringify({ taken, before, after: [of('thread-self'), of(other)] }));`;

/** Since Linux 6.12 a thread may ask for its turns (sched_setattr(2)). */
const [major = 0, minor = 0] = release().split('.').map(Number);
const isAsked = major > 6 || (major === 6 && minor >= 12);

test('a thread has the shortest turns that its kernel gives, the same priority as before, and no other has them', () => {
  const { taken, before, after } = JSON.parse(
    execFileSync(process.execPath, ['-e', TURNS], { encoding: 'utf8' }),
  );
  expect(taken).toBe(true);
  const [own, other] = before;
  expect(own.policy).toBe(0);
  expect(after).toEqual([isAsked ? { ...own, sliceNs: 100_000 } : own, other]);
});
