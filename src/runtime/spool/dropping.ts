/**
 * What goes when the spool is full: observations first, decisions only when nothing else is left. What went is
 * counted by kind in a loss event that takes the sequence of the last event it stands for, so that the events kept
 * and the count appear together, in one rename.
 *
 * An observation is what was seen and allowed, or not judged. Kept as long as can be: whatever was held or refused,
 * or would have been; losses; starts and ends of runs; notices.
 */
import { toBigInt, toLong } from '../../contract/int64.ts';
import { type Event, type Loss, Verdict } from '../../contract/messages.ts';
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
 * there is nothing to drop.
 */
export function withoutObservations(from: readonly Batch[], everything = false): readonly Batch[] {
  const events = from.flatMap(eventsOf);
  const goes = everything ? () => true : isObservation;
  const dropped = events.filter(goes);
  const only = dropped.length === 1 && dropped[0]!.loss;
  if (dropped.length === 0 || only) return from;
  const last = dropped.at(-1)!;
  const loss: Event = {
    sequence: last.sequence ?? null,
    timeUnixNs: last.timeUnixNs ?? null,
    loss: lossOf(dropped),
  };
  const kept = events.filter((event) => event === last || !goes(event));
  return [...batches(kept.map((event) => (event === last ? loss : event)))];
}

/** Counts of events; those of loss events among them are added up. */
function lossOf(events: readonly Event[]): Loss {
  const counts = new Map<string, bigint>();
  const add = (kind: string, cause: string, records: bigint): void => {
    const key = `${kind}\0${cause}`;
    counts.set(key, (counts.get(key) ?? 0n) + records);
  };
  for (const event of events) {
    for (const { kind, cause, records } of event.loss?.counts ?? [])
      add(kind ?? '', cause ?? '', toBigInt(records));
    if (!event.loss) add(kindOf(event), SPOOL_FULL, 1n);
  }
  return {
    counts: [...counts].map(([key, records]) => {
      const [kind = '', cause = ''] = key.split('\0');
      return { kind, cause, records: toLong(records) };
    }),
  };
}

function kindOf(event: Event): string {
  const field = Object.keys(KIND_OF).find((name) => event[name as keyof typeof KIND_OF]);
  return field ? KIND_OF[field as keyof typeof KIND_OF] : 'event';
}
