/**
 * What the gateway itself has to say, as events of the log: who did what at it, with the values before and after.
 *
 * The gateway is an origin like a runtime: its host, that host's boot, its own id; sequences from 1. An event is
 * written in the transaction of what it tells of, so that neither is there without the other, and it is on disk
 * when the call returns. For what is rare: a write holds the thread for about a millisecond.
 *
 * Texts are cut at a bound and redacted here, for no runtime does it.
 *
 * Throws: GATEWAY_STORE_…; nothing has happened then, and the caller must not let it take effect.
 */
import type { Origin } from '../contract/canonical.ts';
import type { GatewayAction } from '../contract/gateway-actions.ts';
import { toLong } from '../contract/int64.ts';
import type { Event } from '../contract/messages.ts';
import type { Principal } from './principal.ts';
import { logEntry } from './store/entry.ts';
import type { SqliteEventLog } from './store/sqlite-event-log.ts';

/** Longest text of an own event, in UTF-16 code units. */
export const TEXT_LENGTH = 4096;

/** Takes the secrets out of a text and counts them by kind. */
export type Redact = (text: string, counts: Record<string, number>) => string;

/** Who did it, in the terms of the contract's Actor. */
export interface Actor {
  kind: 'gateway' | 'operator' | 'person' | 'service' | 'runtime';
  /** As the gateway knows it. */
  name: string;
  /** What was shown, by its public name; never the secret. */
  credential?: string;
  /** Where the call came from. */
  address?: string;
}

export function actorOf({ name, roles, credential, address }: Principal): Actor {
  const kind = roles.includes('operator') ? 'operator' : roles.includes('runtime') ? 'runtime' : 'person';
  return { kind, name, ...(credential ? { credential } : {}), ...(address ? { address } : {}) };
}

export interface OwnEvent {
  action: GatewayAction;
  /** Default: the gateway itself. */
  actor?: Actor;
  /** What it was done to. */
  subject?: string;
  /** By field: the value before and the one after. */
  changes?: Readonly<Record<string, readonly [before: string, after: string]>>;
  /** As the actor said it. */
  because?: string;
  /** SPIFFE ID and run that it concerns, where it concerns one: filters find it by them. */
  agent?: string;
  run?: string;
}

/** Adds one event to the transaction. Returns its index in the log. */
export type Recorder = (event: OwnEvent) => number;

export interface OwnEventsOptions {
  log: SqliteEventLog;
  /** Of this process and no other: its sequences are counted here. */
  origin: Origin;
  redact?: Redact | undefined;
}

export class OwnEvents {
  readonly #log: SqliteEventLog;
  readonly #origin: Origin;
  readonly #redact: Redact;

  constructor({ log, origin, redact = (text) => text }: OwnEventsOptions) {
    this.#log = log;
    this.#origin = origin;
    this.#redact = redact;
  }

  /** One event by itself. Returns its index in the log. */
  record(event: OwnEvent): number {
    return this.transaction((record) => record(event));
  }

  /** What `work` writes to the gateway's tables and the events that it records: all of it or nothing. */
  transaction<T>(work: (record: Recorder) => T): T {
    return this.#log.transaction((append) =>
      work((event) => {
        const sequence = this.#log.lastSequenceNow(this.#origin) + 1;
        append(this.#origin, [logEntry({ ...this.#message(event), sequence: toLong(sequence) })]);
        return this.#log.sizeNow() - 1;
      }),
    );
  }

  #message({ action, actor, subject, changes, because, agent, run }: OwnEvent): Event {
    const text = new OwnText(this.#redact);
    const gateway = {
      actor: text.all({ ...(actor ?? { kind: 'gateway', name: this.#origin.origin }) }),
      action,
      subject: text.one(subject),
      changes: Object.entries(changes ?? {}).map(([field, [before, after]]) =>
        text.all({ field, before, after }),
      ),
      because: text.one(because),
    };
    return {
      timeUnixNs: toLong(BigInt(Date.now()) * 1_000_000n),
      agent: agent ?? '',
      run: run ?? '',
      gateway,
      redactions: Object.entries(text.redactions).map(([kind, count]) => ({ kind, count })),
      cut: text.cut,
    };
  }
}

/** The texts of one event on their way into the log. */
class OwnText {
  readonly redactions: Record<string, number> = {};
  cut = false;
  readonly #redact: Redact;

  constructor(redact: Redact) {
    this.#redact = redact;
  }

  one(text: string | null | undefined): string {
    if (!text) return '';
    if (text.length > TEXT_LENGTH) this.cut = true;
    return this.#redact(text.slice(0, TEXT_LENGTH), this.redactions);
  }

  all(texts: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, this.one(text)]));
  }
}
