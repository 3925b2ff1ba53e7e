/**
 * The last refusals of one run. Equal ones are one entry with a count, so that trying again and again pushes nothing
 * else out and makes nothing grow; whoever does so is told that it is of no use.
 *
 * A program that is looked up in PATH is tried in each of its directories, one after the other, and /bin may be
 * /usr/bin: what one process does so is one try.
 *
 * Bounds: KEPT entries; of a target and an argv as much as the event has; SEARCHING processes an entry.
 */
import type { Refused } from './refusal.ts';
import type { Refusal } from './words.ts';

const KEPT = 32;
/** From here on somebody tries without an end. */
const LOOP = 5;
/** A search is over by then; further tries of the same process are tries of their own. */
const SEARCH_NS = 5_000_000_000n;
/** Processes whose tries of one program are remembered: of one batch the refusals by other names come last. */
const SEARCHING = 256;

type Entry = Omit<Refusal, 'instead'>;

/** Who tried, by exec id, and when, since 1970. */
export interface Try {
  process: string;
  timeNs: bigint;
}

export class Refusals {
  readonly #entries = new Map<string, Entry>();
  #sequence = 0;
  /** By entry and process: when a try of it began. */
  readonly #searches = new Map<string, Map<string, bigint>>();
  forgotten = 0;

  add(refused: Refused, time: string, by: Try): void {
    const key = JSON.stringify([
      refused.category,
      refused.target,
      refused.verdict,
      refused.outcome,
      refused.rule,
    ]);
    if (refused.category === 'exec' && this.#isSearched(key, by)) return;
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
    const oldest = this.#entries.keys().next().value!;
    this.#entries.delete(oldest);
    this.#searches.delete(oldest);
    this.forgotten++;
  }

  #isSearched(key: string, { process, timeNs }: Try): boolean {
    const searches = this.#searches.get(key) ?? new Map<string, bigint>();
    this.#searches.set(key, searches);
    const began = searches.get(process);
    if (began !== undefined && timeNs - began < SEARCH_NS) return true;
    searches.delete(process);
    searches.set(process, timeNs);
    if (searches.size > SEARCHING) searches.delete(searches.keys().next().value!);
    return false;
  }

  /** The newest last. */
  list(): Entry[] {
    return [...this.#entries.values()];
  }
}

function tried(count: number): string {
  return `Tried ${count} times, and refused every time: stop trying.`;
}
