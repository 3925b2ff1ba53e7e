/** What is left of batches whose events have to go, and in which order. */
import { expect, test } from 'vitest';
import { toLong, toNumber } from '../../src/contract/int64.ts';
import { type Event, Verdict } from '../../src/contract/messages.ts';
import { withoutObservations } from '../../src/runtime/spool/dropping.ts';
import { batches, eventsOf } from '../../src/runtime/uplink/event-batches.ts';
import { execEvent, numbered } from '../gateway/events.ts';

const seen = (number: number): Event => execEvent(number);
const refused = (number: number): Event => ({
  ...execEvent(number),
  decision: { verdict: Verdict.VERDICT_DENY },
});
const lost = (records: number): Event => ({
  loss: { counts: [{ kind: 'open', cause: 'ring_full', records: toLong(records) }] },
});

function left(events: Event[], everything: boolean) {
  const rest = withoutObservations([...batches(numbered(events))], everything);
  return rest
    .flatMap((batch) => [...eventsOf(batch)])
    .map(({ sequence, loss }) => ({
      sequence: toNumber(sequence),
      counts: loss?.counts?.map(({ kind, cause, records }) => `${kind} ${cause} ${toNumber(records)}`),
    }));
}

test('the count of what went stands at the last of it, between what stays', () => {
  expect(left([refused(1), seen(2), refused(3), seen(4), refused(5), refused(6)], false)).toEqual([
    { sequence: 1 },
    { sequence: 3 },
    { sequence: 4, counts: ['exec spool_full 2'] },
    { sequence: 5 },
    { sequence: 6 },
  ]);
});

test('with everything, counts that go are added to one, also where a count was the last', () => {
  expect(left([seen(1), lost(7), refused(3), lost(5)], true)).toEqual([
    { sequence: 4, counts: ['exec spool_full 2', 'open ring_full 12'] },
  ]);
});

test('where nothing can go the same batches are given back: those of decisions, and one count', () => {
  const decisions = [...batches(numbered([refused(1), lost(3)]))];
  expect(withoutObservations(decisions)).toBe(decisions);
  const count = [...batches(numbered([lost(3)]))];
  expect(withoutObservations(count, true)).toBe(count);
});
