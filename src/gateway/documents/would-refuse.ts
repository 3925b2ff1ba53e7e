/**
 * What recorded agents did that one monitoring document would have refused.
 *
 * In:  the event log; the document as `scope:name`; from when on.
 * Out: one entry for each agent, rule and verdict, most actions first. By what the kernel decided at the time: an
 *      event tells one rule, so that of several monitoring documents the first that refuses is counted.
 */
import { toBigInt } from '../../contract/int64.ts';
import { type Event, LoggedEvent, Verdict } from '../../contract/messages.ts';
import { targetOf } from '../../contract/target.ts';
import type { EventLog } from '../store/event-log.ts';

export interface WouldRefuse {
  agent: string;
  category: string;
  verdict: number;
  rule: NonNullable<Event['decision']>['rule'];
  example: string;
  actions: number;
  runs: number;
}

export interface Refusals {
  entries: WouldRefuse[];
  /** Events that were looked at. */
  lookedAt: number;
}

const PAGE = { limit: 4096, maxBytes: 4 << 20 };
/** Entries that are told; further ones are of ever fewer actions. */
const MOST_ENTRIES = 500;

export async function wouldRefuse(log: EventLog, policy: string, sinceUnixMs: number): Promise<Refusals> {
  const filter = { verdicts: [Verdict.VERDICT_HOLD, Verdict.VERDICT_DENY] };
  const since = BigInt(sinceUnixMs) * 1_000_000n;
  const found = new Map<string, WouldRefuse & { seen: Set<string> }>();
  let lookedAt = 0;
  let from = 0;
  for (;;) {
    const page = await log.read({ from, filter, ...PAGE });
    for (const { leaf } of page.rows) {
      const event = LoggedEvent.decode(leaf).event!;
      if (toBigInt(event.timeUnixNs) < since) continue;
      lookedAt++;
      count(event, policy, found);
    }
    if (page.next >= page.end) break;
    from = page.next;
  }
  const entries = [...found.values()].map(({ seen, ...entry }) => ({ ...entry, runs: seen.size }));
  return { entries: entries.sort((a, b) => b.actions - a.actions).slice(0, MOST_ENTRIES), lookedAt };
}

function count(event: Event, policy: string, found: Map<string, WouldRefuse & { seen: Set<string> }>): void {
  const { decision, agent, run } = event;
  const would = decision?.would;
  if (decision?.verdict !== Verdict.VERDICT_ALLOW || !would) return;
  if ((would.rule?.layer ?? would.layer) !== policy) return;
  const category = decision.category ?? '';
  const key = JSON.stringify([agent, category, would.verdict, would.rule?.effect, would.rule?.pattern]);
  const entry = found.get(key) ?? {
    agent: agent ?? '',
    category,
    verdict: would.verdict ?? 0,
    rule: would.rule,
    example: targetOf(event),
    actions: 0,
    runs: 0,
    seen: new Set<string>(),
  };
  entry.actions++;
  entry.seen.add(run ?? '');
  found.set(key, entry);
}
