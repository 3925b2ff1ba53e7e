/**
 * The corpus through a redactor: recall, over-redaction, and who failed where.
 *
 * In:  a redactor, a seed, and which share of all pairs of kind and frame to try.
 * Out: counts for each group of frames; for those that leaked, the pairs.
 */
import type { Redactor } from '../../../src/runtime/redaction/redacted.ts';
import { type Event, FRAMES, type Group, namesOf } from './frames.ts';
import { leak, lost } from './judge.ts';
import { KINDS } from './kinds.ts';
import { Random } from './random.ts';

export interface Figures {
  events: number;
  leaks: string[];
  overRedacted: string[];
}

export function redactEvent(redactor: Redactor, event: Event): Event {
  const counts = {};
  return {
    ...(event.env && { env: redactor.env(event.env, counts) }),
    ...(event.argv && { argv: redactor.argv(event.argv, counts) }),
    ...(event.path !== undefined && { path: redactor.path(event.path, counts) }),
    ...(event.text !== undefined && { text: redactor.text(event.text, counts) }),
  };
}

/** More characters lost than these are over-redaction. */
const SLACK = 2;

export function measureCorpus(redactor: Redactor, seed: number, share: number): Record<Group, Figures> {
  const figures: Record<Group, Figures> = {
    plain: { events: 0, leaks: [], overRedacted: [] },
    grammar: { events: 0, leaks: [], overRedacted: [] },
    encoded: { events: 0, leaks: [], overRedacted: [] },
  };
  const picks = new Random(seed);
  KINDS.forEach((kind, k) => {
    FRAMES.forEach((frame, f) => {
      if (picks.next() >= share) return;
      const r = new Random(seed * 7919 + k * 1009 + f);
      const value = kind.make(r);
      if (!frame.fits(kind, value)) return;
      const before = frame.make(value, namesOf(kind), r);
      const after = redactEvent(redactor, before);
      const group = figures[frame.group];
      group.events++;
      if (leak(after, value, kind.prefix, kind.suffix) !== undefined)
        group.leaks.push(`${kind.id} in ${frame.id}`);
      else if (frame.group !== 'encoded' && lost(before, after, value) > SLACK)
        group.overRedacted.push(`${kind.id} in ${frame.id}`);
    });
  });
  return figures;
}
