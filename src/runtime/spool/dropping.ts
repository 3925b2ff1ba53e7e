/**
 * What goes when the spool is full: observations first, decisions only when nothing else is left. What went is
 * counted by kind in a loss event that takes the sequence of the last event it stands for, so that the events kept
 * and the count appear together, in one rename.
 *
 * An observation is what was seen and allowed, or not judged. Kept as long as can be: whatever was held or refused,
 * or would have been; losses; starts and ends of runs; notices.
 */
import { toBigInt, toLong } from '../../contract/int64.ts';
import { type Event, Verdict } from '../../contract/messages.ts';
import { type Batch, batches, eventsOf } from '../uplink/event-batches.ts';

/** Causes in the counts of loss events. */
const SPOOL_FULL = 'spool_full';
const SPOOL_DAMAGED = 'spool_damaged';

/** Words for kinds as loss events have them, by the field of the event. */
const KIND_OF = {
  forked: 'fork',
  exec: 'exec',
  exited: 'exit',
  fileOpen: 'open',
  network: 'network',
  runStarted: 'run',
  runEnded: 'run',
  notice: 'notice',
  fileChange: 'change',
  load: 'load',
  privileged: 'privileged',
  usage: 'usage',
  nameLookup: 'lookup',
  contextChange: 'context',
} as const;

const KEPT: readonly (keyof Event)[] = ['loss', 'runStarted', 'runEnded', 'notice', 'usage'];

/**
 * A batch that stands for events that cannot be read any more, up to sequence `last`.
 *
 * @param records how many; undefined: a record of unknown many
 */
export function damageLoss(last: number, records: number | undefined): Batch {
  const count = { kind: records ? 'event' : 'batch', cause: SPOOL_DAMAGED, records: toLong(records ?? 1) };
  const timeUnixNs = toLong(BigInt(Date.now()) * 1_000_000n);
  const [batch] = batches([{ sequence: toLong(last), timeUnixNs, loss: { counts: [count] } }]);
  return batch!;
}

function isObservation(event: Event): boolean {
  if (KEPT.some((field) => event[field])) return false;
  const verdicts = [event.decision?.verdict ?? 0, event.decision?.would?.verdict ?? 0];
  return verdicts.every((verdict) => verdict < Verdict.VERDICT_HOLD);
}

/**
 * Batches without their observations; with `everything`, of nothing but one count. Returns the same array where
 * there is nothing to drop. What goes is counted batch by batch and not kept: all events of a segment at once are 10 MB of
 * objects, which outlive V8's space for new ones and come together until it looks for what nobody needs.
 */
export function withoutObservations(from: readonly Batch[], everything = false): readonly Batch[] {
  const dropped = new Dropped();
  const kept: Event[] = [];
  /** Of those that are kept so many stand before the last that goes. */
  let before = 0;
  for (const batch of from) {
    for (const event of eventsOf(batch)) {
      if (everything || isObservation(event)) {
        dropped.add(event);
        before = kept.length;
      } else kept.push(event);
    }
  }
  if (dropped.isNothing) return from;
  return [...batches([...kept.slice(0, before), dropped.loss(), ...kept.slice(before)])];
}

/** Events that go, as the one that stands for them all. */
class Dropped {
  #events = 0;
  #last: Event | undefined;
  readonly #counts = new Map<string, bigint>();

  add(event: Event): void {
    this.#events++;
    this.#last = event;
    for (const { kind, cause, records } of event.loss?.counts ?? [])
      this.#count(kind ?? '', cause ?? '', toBigInt(records));
    if (!event.loss) this.#count(kindOf(event), SPOOL_FULL, 1n);
  }

  /** No event, or one that is such a count already. */
  get isNothing(): boolean {
    return this.#events === 0 || (this.#events === 1 && Boolean(this.#last!.loss));
  }

  /** Counts by kind and cause, those of loss events among them added up, in place of the last one. */
  loss(): Event {
    const counts = [...this.#counts].map(([key, records]) => {
      const [kind = '', cause = ''] = key.split('\0');
      return { kind, cause, records: toLong(records) };
    });
    const { sequence = null, timeUnixNs = null } = this.#last!;
    return { sequence, timeUnixNs, loss: { counts } };
  }

  #count(kind: string, cause: string, records: bigint): void {
    const key = `${kind}\0${cause}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0n) + records);
  }
}

function kindOf(event: Event): string {
  const field = Object.keys(KIND_OF).find((name) => event[name as keyof typeof KIND_OF]);
  return field ? KIND_OF[field as keyof typeof KIND_OF] : 'event';
}
