/** Child processes that write to a log, and what of the log must hold whatever became of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { toNumber } from '../../../src/contract/int64.ts';
import { LoggedEvent } from '../../../src/contract/messages.ts';
import { treeRoot } from '../../../src/gateway/audit/merkle.ts';
import { subtreesOf } from '../../../src/gateway/audit/tiles.ts';
import type { SqliteEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { later } from '../fixtures.ts';
import { mth } from '../rfc6962.ts';

export const APPEND_CHILD = fileURLToPath(new URL('append-child.ts', import.meta.url));

export interface Appender {
  process: ChildProcess;
  lines: string[];
  /** Last sequence that the child said is acknowledged. */
  acknowledged(): number;
  ended: Promise<unknown>;
}

/** Starts append-child.ts, through a wrapper command if one is given. */
export function appender(args: readonly string[], wrapper: readonly string[] = []): Appender {
  const [command = '', ...rest] = [...wrapper, process.execPath, APPEND_CHILD, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  later(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  const acknowledged = (): number =>
    Number(lines.findLast((line) => line.startsWith('acknowledged'))?.split(' ')[1] ?? 0);
  return { process: child, lines, acknowledged, ended };
}

/** Everything in the log, checked: indexes without holes, each origin's sequences from 1 without holes, the tree. */
export async function checkWhole(log: SqliteEventLog): Promise<Map<string, number>> {
  const sequences = new Map<string, number>();
  const leaves: Uint8Array[] = [];
  for (let from = 0, end = 1; from < end; ) {
    const page = await log.read({ from, limit: 5000, maxBytes: 1e9 });
    end = page.end;
    from = page.next;
    for (const { index, leaf } of page.rows) {
      const logged = LoggedEvent.decode(leaf);
      expect(index).toBe(leaves.length);
      const sequence = toNumber(logged.event!.sequence);
      expect(sequence).toBe((sequences.get(logged.origin) ?? 0) + 1);
      sequences.set(logged.origin, sequence);
      expect(Buffer.from(LoggedEvent.encode(logged).finish())).toEqual(leaf);
      leaves.push(leaf);
    }
  }
  expect(Buffer.from(treeRoot(leaves.length, subtreesOf(log.readTile)))).toEqual(mth(leaves));
  return sequences;
}
