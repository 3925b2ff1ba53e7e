/** A client that is told of most events together shows and counts what it would if it were told of each. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunReport } from '../../src/cli/run-report.ts';
import { PLAIN } from '../../src/cli/terminal.ts';
import type { FoldedEvents } from '../../src/contract/folded.ts';
import { Event, Outcome } from '../../src/contract/messages.ts';
import type { SealedEvent } from '../../src/runtime/event-builder.ts';
import { EventFrames } from '../../src/runtime/local/event-frames.ts';
import { FRAME, FrameReader, parseJson } from '../../src/runtime/local/frames.ts';
import { denied, event, exec, open, own } from '../cli/events.ts';

type Told = Event | FoldedEvents;

/** What a client is told, with a flush behind the events of those places. */
function told(events: readonly Event[], flushes: ReadonlySet<number>): Told[] {
  const writes: Buffer[] = [];
  const frames = new EventFrames((bytes) => writes.push(bytes));
  frames.fold();
  for (const [at, one] of events.entries()) {
    frames.add(one as SealedEvent);
    if (flushes.has(at)) frames.flush();
  }
  frames.flush();
  expect(frames.bytes).toBe(0);
  return [...new FrameReader().read(Buffer.concat(writes))].map(({ kind, content }) =>
    kind === FRAME.event ? Event.decode(content) : (parseJson(content) as { folded: FoldedEvents }).folded,
  );
}

function shown(what: readonly Told[], options: { quiet: boolean; json?: boolean }): string[] {
  const lines: string[] = [];
  const sink = { write: (line: string) => lines.push(line), dropped: 0, close: async () => {} };
  const common = { style: PLAIN, json: options.json, verbose: undefined, state: undefined };
  const report = new RunReport({ ...common, sink: sink as never, quiet: options.quiet });
  for (const one of what) {
    if ('files' in one) report.onFolded(one);
    else report.onEvent(one);
  }
  report.end();
  return lines;
}

const directory = fc.integer({ min: 0, max: 5 }).map((number) => `/srv/${'x'.repeat(number * 9)}`);
const kinds = fc.oneof(
  fc.record({ path: directory, write: fc.boolean() }).map(
    ({ path, write }) =>
      (at: number) =>
        open(at, `${path}/file`, { write }),
  ),
  fc.constantFrom(
    (at: number) => open(at, '/srv', { directory: true }),
    (at: number) => event(at, { load: { path: '/lib/libc.so.6' } }),
    (at: number) => event(at, { forked: {} }),
    (at: number) => event(at, { exited: { code: 1 } }),
    (at: number) => event(at, { usage: {} }),
  ),
);
const others = fc.constantFrom(
  (at: number) => open(at, '/w/.env', {}, denied(Outcome.OUTCOME_PREVENTED, 'read')),
  (at: number) => ({ ...open(at, '/w/[REDACTED:jwt]'), redactions: [{ kind: 'jwt', count: 1 }] }),
  (at: number) => exec(at, ['/usr/bin/git', 'status']),
  (at: number) => event(at, { exited: { signal: 9 } }),
  (at: number) =>
    own(at, { loss: { counts: [{ kind: 'observation', cause: 'ring_full', records: 7 as never }] } }),
);
const runs = fc.array(fc.tuple(fc.oneof({ weight: 6, arbitrary: kinds }, others), fc.nat(900)), {
  minLength: 1,
  maxLength: 60,
});

test('lines and summary are the same as of each event by itself', () => {
  fc.assert(
    fc.property(runs, fc.array(fc.nat(60)), (steps, flushes) => {
      let at = 0;
      const events: Event[] = [exec(0, ['/bin/sh'])];
      for (const [make, later] of steps) {
        at += later;
        events.push(make(at));
      }
      const together = told(events, new Set(flushes));
      for (const options of [{ quiet: false }, { quiet: true }, { quiet: true, json: true }]) {
        expect(shown(together, options)).toEqual(shown(events, options));
      }
    }),
  );
});

test('a thousand opens are a few bytes, and a refusal among them is there by itself', () => {
  const refused = open(500, '/w/.env', {}, denied(Outcome.OUTCOME_PREVENTED, 'read'));
  const events = [...Array(1000).keys()].map((at) => (at === 500 ? refused : open(at, '/srv/file')));
  const what = told(events, new Set());
  expect(what.map((one) => ('files' in one ? one.events : 'event'))).toEqual([500, 'event', 499]);
});

test('what is folded goes before it is much', () => {
  const writes: Buffer[] = [];
  const frames = new EventFrames((bytes) => writes.push(bytes));
  frames.fold();
  for (let at = 0; at < 2000; at++) {
    frames.add(open(at, `/srv/${'x'.repeat(200)}${at}/file`) as SealedEvent);
    expect(frames.bytes).toBeLessThan(80 << 10);
  }
  expect(writes.length).toBeGreaterThan(4);
});
