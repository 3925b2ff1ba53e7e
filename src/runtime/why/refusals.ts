/**
 * The last refusals of one run. Equal ones are one entry with a count, so that trying again and again pushes nothing
 * else out and makes nothing grow; whoever does so is told that it is of no use.
 *
 * Bounds: KEPT entries; of a target and an argv as much as the event has.
 */
import type { Refused } from './refusal.ts';
import type { Refusal } from './words.ts';

const KEPT = 32;
/** From here on somebody tries without an end. */
const LOOP = 5;

type Entry = Omit<Refusal, 'instead'>;

export class Refusals {
  readonly #entries = new Map<string, Entry>();
  #sequence = 0;
  forgotten = 0;

  add(refused: Refused, time: string): void {
    const key = JSON.stringify([
      refused.category,
      refused.target,
      refused.verdict,
      refused.outcome,
      refused.rule,
    ]);
    const before = this.#entries.get(key);
    this.#entries.delete(key);
    const count = (before?.count ?? 0) + 1;
    this.#entries.set(key, {
      sequence: ++this.#sequence,
      first: before?.first ?? time,
      last: time,
      count,
      ...refused,
      retry:
        count < LOOP ? refused.retry : { ...refused.retry, text: `${tried(count)} ${refused.retry.text}` },
    });
    if (this.#entries.size <= KEPT) return;
    this.#entries.delete(this.#entries.keys().next().value!);
    this.forgotten++;
  }

  /** The newest last. */
  list(): Entry[] {
    return [...this.#entries.values()];
  }
}

function tried(count: number): string {
  return `Tried ${count} times, and refused every time: stop trying.`;
}
