/**
 * Which runtimes came and went, in the log: when each was attached, when it was lost, and that it redacts by other rules
 * than before.
 *
 * A runtime that comes and goes all the time is told of at a bounded rate; what was left out is counted in the next event.
 * What cannot be stored is reported and holds nobody up.
 */
import { RateLimit } from '../../base/rate-limit.ts';
import type { Origin } from '../../contract/canonical.ts';
import { settingUsed } from '../lifetime.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import type { SqliteEventLog } from '../store/sqlite-event-log.ts';

/** Of one host. */
const TOLD = { perSecond: 0.1, burst: 8 };
const TEXT = /^[ -~]{0,80}$/;

export interface Attached {
  origin: Origin;
  actor: Actor;
  version: string;
  redactionRules: string;
}

export class Attachments {
  readonly #log: SqliteEventLog;
  readonly #own: OwnEvents;
  readonly #onError: (error: Error) => void;
  readonly #limit = new RateLimit(TOLD);
  /** By host: comings that were not told. */
  readonly #untold = new Map<string, number>();
  #closed = false;

  constructor(log: SqliteEventLog, own: OwnEvents, onError: (error: Error) => void) {
    this.#log = log;
    this.#own = own;
    this.#onError = onError;
  }

  /** Returns what is to be called when it is gone. */
  attached({ origin: { host, origin }, actor, version, redactionRules }: Attached): () => void {
    if (TEXT.test(redactionRules) && redactionRules !== '') this.#rulesOf(host, redactionRules);
    const told = this.#limit.take(host);
    if (!told) {
      this.#untold.set(host, (this.#untold.get(host) ?? 0) + 1);
      return () => {};
    }
    const untold = this.#untold.get(host) ?? 0;
    this.#untold.delete(host);
    this.#attempt(() =>
      this.#own.record({
        action: 'runtime.attached',
        actor,
        subject: host,
        changes: {
          origin: ['', origin],
          version: ['', version],
          ...(redactionRules === '' ? {} : { 'redaction rules': ['', redactionRules] as const }),
          ...(untold === 0 ? {} : { 'not told before': ['', String(untold)] as const }),
        },
      }),
    );
    return () => {
      if (this.#closed) return;
      this.#attempt(() =>
        this.#own.record({ action: 'runtime.lost', subject: host, changes: { origin: [origin, ''] } }),
      );
    };
  }

  /** The gateway stops: none is lost by that. */
  close(): void {
    this.#closed = true;
  }

  #rulesOf(host: string, value: string): void {
    const name = `redaction rules of ${host}`;
    this.#attempt(() =>
      settingUsed(this.#log, this.#own, {
        name,
        value,
        action: 'redaction.changed',
        subject: host,
        field: 'rules',
      }),
    );
  }

  #attempt(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.#onError(error as Error);
    }
  }
}
