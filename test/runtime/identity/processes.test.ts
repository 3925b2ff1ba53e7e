/** Who a process is and whose child, over exec, the end of parents, and another runtime. */
import { expect, test } from 'vitest';
import type { ExecEvent, ExitEvent, ForkEvent } from '../../../src/kernel/events.ts';
import { ExecIds } from '../../../src/runtime/identity/exec-id.ts';
import { Processes } from '../../../src/runtime/identity/processes.ts';

const BOOT = '5c6b0f5e-9a3e-4d3e-8f57-0a9a7d5a3c11';

function known(keepEnded?: number): Processes {
  return new Processes(new ExecIds(BOOT), keepEnded);
}

const at = (tgid: number) => ({ tgid, startNs: BigInt(tgid) * 1_000n });
const below = (parent: number) => ({ parentTgid: parent, parentStartNs: BigInt(parent) * 1_000n });
const fork = (tgid: number, parent: number) => ({ ...at(tgid), ...below(parent) }) as ForkEvent;
const exec = (tgid: number, parent: number, path: string) =>
  ({ ...at(tgid), ...below(parent), path }) as ExecEvent;
const exit = (tgid: number) => at(tgid) as ExitEvent;

test('a child has its parent, and what that runs, past its end', () => {
  const processes = known();
  const parent = processes.executed(exec(10, 1, '/usr/bin/sh'));
  processes.forked(fork(11, 10));
  processes.exited(exit(10));
  processes.forked(fork(12, 11));
  processes.exited(exit(11));
  const [middle, last] = [processes.of(at(11)), processes.of(at(12))];
  expect(last).toMatchObject({ parentExecId: middle.execId, executable: '/usr/bin/sh', ended: false });
  expect(middle).toMatchObject({ parentExecId: parent.execId, ended: true });
  expect(processes.of(at(10))).toBe(parent);
});

test('its id is the same after an exec and in another runtime; a number that comes again is somebody else', () => {
  const [before, after] = [known(), known()];
  const { execId } = before.forked(fork(11, 10));
  expect(before.executed(exec(11, 10, '/usr/bin/git')).execId).toBe(execId);
  for (const each of before.live()) after.restore(each);
  expect(after.of(at(11))).toMatchObject({ execId, executable: '/usr/bin/git' });
  expect(after.of({ tgid: 11, startNs: 5n }).execId).not.toBe(execId);
});

test('of those that have ended only the latest are kept, of those that live all', () => {
  const processes = known(100);
  processes.forked(fork(1_000_000, 1));
  for (let tgid = 1; tgid <= 10_000; tgid++) {
    processes.forked(fork(tgid, 1_000_000));
    processes.exited(exit(tgid));
  }
  expect(processes.size).toBeLessThanOrEqual(102);
  expect(processes.live().map(({ tgid }) => tgid)).toEqual([1_000_000]);
  const size = processes.size;
  processes.of(at(10_000));
  expect(processes.size).toBe(size);
});

test('an end is told once', () => {
  const processes = known();
  processes.forked(fork(11, 10));
  expect(processes.exited(exit(11))).toMatchObject({ tgid: 11 });
  expect(processes.exited(exit(11))).toBeUndefined();
});
