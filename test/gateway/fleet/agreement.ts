/** What must hold of a fleet's log, whatever broke while it was written. */
import { expect } from 'vitest';
import { toNumber } from '../../../src/contract/int64.ts';
import { LoggedEvent } from '../../../src/contract/messages.ts';
import type { SqliteEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';

export async function everything(log: SqliteEventLog): Promise<LoggedEvent[]> {
  const { rows } = await log.read({ from: 0, limit: 10_000_000, maxBytes: 1e10 });
  return rows.map(({ leaf }) => LoggedEvent.decode(leaf));
}

export interface Agreed {
  /** Last of each origin. */
  sequences: Map<string, number>;
  /** Execs of all runs, by their own last word. */
  usage: number;
  /** Answers to what was held, by id: one each. */
  answers: Map<string, string[]>;
}

/**
 * Each event once, in its origin's order, none missing, under its own host's name; each held action answered once.
 *
 * @param hosts by origin; others are the gateway's own
 */
export function agreed(logged: readonly LoggedEvent[], hosts: ReadonlyMap<string, string>): Agreed {
  const sequences = new Map<string, number>();
  const used = new Map<string, number>();
  const answers = new Map<string, string[]>();
  for (const { host, origin: from, event } of logged) {
    const origin = from ?? '';
    const { usage, gateway, run, sequence } = event!;
    const own = hosts.get(origin);
    if (own !== undefined) {
      expect([own, toNumber(sequence)]).toEqual([host, (sequences.get(origin) ?? 0) + 1]);
      sequences.set(origin, toNumber(sequence));
    }
    if (usage) used.set(run!, Math.max(used.get(run!) ?? 0, toNumber(usage.execs)));
    if (!gateway?.action?.startsWith('approval.') || gateway.action === 'approval.asked') continue;
    const id = gateway.changes!.find(({ field }) => field === 'id')!.after!;
    answers.set(id, [...(answers.get(id) ?? []), gateway.action]);
  }
  for (const [id, said] of answers) expect([id, said.length]).toEqual([id, 1]);
  return { sequences, usage: [...used.values()].reduce((sum, each) => sum + each, 0), answers };
}

/** What the gateway has counted against budgets. */
export function countedExecs(log: SqliteEventLog): number {
  const row = log.database.prepare("SELECT sum(used) AS n FROM budget_uses WHERE resource = 'execs'").get();
  return (row?.n as number | null) ?? 0;
}
