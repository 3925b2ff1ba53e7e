/**
 * The strings of one run on their way out: redacted, counted by event, and cached where they repeat.
 *
 * In:     raw strings of one event after another; `begin` before each event.
 * Out:    redacted strings; `redactions` of the event under way.
 * Bounded: the cache is dropped whole when full.
 *
 * A run's redactor learns: what it found once as a secret it takes out of every later string. So whatever it
 * finds anew empties the cache; nothing stays in it that was cleaned knowing less.
 */
import type { Event } from '../../contract/messages.ts';
import {
  ownText,
  type Redacted,
  type RedactionCounts,
  type Redactor,
  type Sealed,
} from '../redaction/redacted.ts';

const CACHE_ENTRIES = 8192;

interface Entry {
  text: Redacted;
  /** null: nothing was found in it. */
  counts: RedactionCounts | null;
}

export class RunStrings {
  readonly #redactor: Redactor;
  readonly #paths = new Map<string, Entry>();
  readonly #names = new Map<string, Entry>();
  /** Of the event under way; undefined: nothing was taken out of it. */
  #counts: RedactionCounts | undefined;
  /** Grows whenever something was learned: what was cleaned before may be cleaned otherwise now. */
  knowledge = 0;
  /** Grows with everything that is taken out. */
  findings = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Counts from here on belong to the next event. */
  begin(): void {
    this.#counts = undefined;
  }

  /** What has been taken out of the event under way, by kind; undefined for nothing. */
  redactions(): Sealed<Event>['redactions'] {
    if (!this.#counts) return undefined;
    return Object.entries(this.#counts).map(([kind, count]) => ({ kind: ownText(kind), count }));
  }

  /** A path; `cut`: it is not whole. */
  path(path: string, cut = false): Redacted {
    return cut
      ? this.#fresh((counts) => this.#redactor.path(path, counts, true))
      : this.#cached(this.#paths, path, (counts) => this.#redactor.path(path, counts));
  }

  /** A name that repeats: of a user, a thread. */
  name(name: string): Redacted {
    return this.#cached(this.#names, name, (counts) => this.#redactor.text(name, counts));
  }

  argv(argv: readonly string[], cut = false): Redacted[] {
    return this.#fresh((counts) => this.#redactor.argv(argv, counts, cut));
  }

  text(text: string): Redacted {
    return this.#fresh((counts) => this.#redactor.text(text, counts));
  }

  /** Whether something would be taken out of a text. Nothing of it goes out, and no event counts it. */
  holdsSecret(text: string): boolean {
    const counts: RedactionCounts = {};
    this.#redactor.text(text, counts);
    return !isEmpty(counts);
  }

  /** Lets the redactor learn the values of sensitive names; nothing of it goes out. */
  learn(environment: Readonly<Record<string, string>>): void {
    const pairs = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    this.#redactor.env(pairs, {});
    this.#forget();
  }

  #cached(cache: Map<string, Entry>, key: string, redact: (counts: RedactionCounts) => Redacted): Redacted {
    let entry = cache.get(key);
    if (!entry) {
      const counts: RedactionCounts = {};
      const text = redact(counts);
      const found = !isEmpty(counts);
      if (found || cache.size >= CACHE_ENTRIES) this.#forget();
      entry = { text, counts: found ? counts : null };
      cache.set(key, entry);
    }
    if (entry.counts) this.#add(entry.counts);
    return entry.text;
  }

  #fresh<T>(redact: (counts: RedactionCounts) => T): T {
    const counts: RedactionCounts = {};
    const result = redact(counts);
    if (!isEmpty(counts)) {
      this.#forget();
      this.#add(counts);
    }
    return result;
  }

  #add(more: RedactionCounts): void {
    this.findings++;
    this.#counts ??= {};
    for (const kind in more) this.#counts[kind] = (this.#counts[kind] ?? 0) + more[kind]!;
  }

  #forget(): void {
    this.knowledge++;
    this.#paths.clear();
    this.#names.clear();
  }
}

function isEmpty(counts: RedactionCounts): boolean {
  for (const _ in counts) return false;
  return true;
}
