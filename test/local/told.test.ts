/** A run in words: what a client that has none of its own is told is what `warder run` would show by itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureLines } from '../../src/cli/failure.ts';
import { RunReport } from '../../src/cli/run-report.ts';
import { lost, notTold } from '../../src/cli/service-loss.ts';
import { COLOUR, PLAIN } from '../../src/cli/terminal.ts';
import { wordsFor } from '../../src/cli/told-words.ts';
import type { Event } from '../../src/contract/messages.ts';
import { Outcome } from '../../src/contract/messages.ts';
import type { SealedEvent } from '../../src/runtime/event-builder.ts';
import { FRAME, type Frame, FrameReader, type ToldAsked } from '../../src/runtime/local/frames.ts';
import { ToldRun } from '../../src/runtime/local/told.ts';
import { denied, event, exec, open, own, RUN } from '../cli/events.ts';

const END = { run: RUN, stragglers: 0, unstored: 0, waiting: 0, code: 3 };

interface Told {
  run: ToldRun;
  frames(): Frame[];
}

function told(asked: ToldAsked, room = () => Number.POSITIVE_INFINITY): Told {
  const writes: Buffer[] = [];
  const run = new ToldRun(asked, wordsFor, room, (bytes) => writes.push(bytes));
  return { run, frames: () => [...new FrameReader().read(Buffer.concat(writes))] };
}

const text = ({ kind, content }: Frame) => content.toString('utf8', kind === FRAME.farewell ? 2 : 0);

/** What is on the screen at the end: the words on the way, and the last farewell. */
function screen(frames: readonly Frame[]): string {
  const words = frames.filter(({ kind }) => kind === FRAME.text).map(text);
  return words.join('') + text(frames.at(-1)!);
}

function shown(events: readonly Event[], { lines, colour }: ToldAsked): string {
  let all = '';
  const write = (line: string) => {
    all += `${line}\n`;
  };
  const common = { json: undefined, verbose: undefined, state: undefined };
  const report = new RunReport({
    ...common,
    sink: { write },
    style: colour ? COLOUR : PLAIN,
    quiet: !lines,
  });
  for (const one of events) report.onEvent(one);
  report.end();
  return all;
}

const EVENTS: readonly ((at: number) => Event)[] = [
  (at) => open(at, '/srv/a/file'),
  (at) => open(at, '/srv/b/file', { write: true }),
  (at) => event(at, { load: { path: '/lib/libc.so.6' } }),
  (at) => event(at, { forked: {} }),
  (at) => event(at, { exited: { code: 1 } }),
  (at) => event(at, { exited: { signal: 9 } }),
  (at) => exec(at, ['/usr/bin/git', '\x1b[31mred\x07', 'ünï\u{1f600}']),
  (at) => open(at, '/w/\x1b]0;title\x07.env', {}, denied(Outcome.OUTCOME_PREVENTED, 'read')),
  (at) => own(at, { loss: { counts: [{ kind: 'observation', cause: 'ring_full', records: 7 as never }] } }),
];

const runs = fc.array(fc.tuple(fc.constantFrom(...EVENTS), fc.nat(900)), { maxLength: 60 });

test('lines and summary are those of the command, byte for byte, in whatever turns they are told', async () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await fc.assert(
    fc.asyncProperty(
      runs,
      fc.record({ lines: fc.boolean(), colour: fc.boolean() }),
      fc.array(fc.boolean(), { minLength: 61, maxLength: 61 }),
      async (steps, asked, turns) => {
        let at = 0;
        const events = [exec(0, ['/bin/sh'])];
        for (const [make, later] of steps) {
          at += later;
          events.push(make(at));
        }
        const { run, frames } = told(asked);
        for (const [index, one] of events.entries()) {
          run.event(one as SealedEvent);
          if (turns[index]) await turn();
        }
        run.ended(END);
        await turn();
        expect(screen(frames())).toBe(shown(events, asked));
        expect([...frames().at(-1)!.content.subarray(0, 2)]).toEqual([0, 3]);
      },
    ),
    { numRuns: 60 },
  );
});

test('no byte of an event gets to a terminal as a command to it', () => {
  const { run, frames } = told({ lines: true, colour: false });
  for (const [at, make] of EVENTS.entries()) run.event(make(at) as SealedEvent);
  run.ended(END);
  expect(screen(frames())).toContain('\\x1b');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  expect(screen(frames())).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
});

test('before anything else a client has what to say if the runtime goes away', () => {
  const { frames } = told({ lines: true, colour: false });
  expect(frames().map(({ kind }) => kind)).toEqual([FRAME.farewell]);
  expect(text(frames()[0]!)).toBe(`${failureLines(lost(), false).join('\n')}\n`);
  expect([...frames()[0]!.content.subarray(0, 2)]).toEqual([0, 125]);
});

test('a runtime that leaves says the summary so far, and that it leaves', () => {
  const { run, frames } = told({ lines: false, colour: false });
  const events = [exec(0, ['/bin/sh']), open(1, '/etc/passwd')];
  for (const one of events) run.event(one as SealedEvent);
  run.lost(true);
  const expected = shown(events, { lines: false, colour: false });
  expect(screen(frames())).toBe(`${expected}${failureLines(lost(), false).join('\n')}\n`);
});

test.each([
  ['RUN_PROGRAM_MISSING', 127],
  ['RUN_PROGRAM', 126],
  ['LOCAL_FORBIDDEN', 125],
])('what fails with %s is told in the words of the command, with status %i', (code, status) => {
  const { run, frames } = told({ lines: true, colour: true });
  run.failed({ code, message: 'no\x1b[2J such thing', fix: 'mend it' }, false);
  const last = frames().at(-1)!;
  expect(text(last)).toBe('warder: no\\x1b[2J such thing\n  fix: mend it\n');
  expect([...last.content.subarray(0, 2)]).toEqual([0, status]);
});

test('an end by a signal is told as one', () => {
  const { run, frames } = told({ lines: true, colour: true });
  run.ended({ run: RUN, stragglers: 0, unstored: 0, waiting: 0, signal: 15 });
  expect([...frames().at(-1)!.content.subarray(0, 2)]).toEqual([1, 15]);
});

test('a client that does not read loses lines, not the count of them, and not the summary', () => {
  let room = 1000;
  const { run, frames } = told({ lines: true, colour: false }, () => room);
  const events = [...Array(100).keys()].map((at) => exec(at, ['/usr/bin/git', String(at)]));
  for (const one of events) run.event(one as SealedEvent);
  room = 0;
  run.ended(END);
  const lines = screen(frames()).split('\n');
  const live = lines.filter((line) => / exec /.test(line)).length;
  expect(live).toBeGreaterThan(0);
  const [first] = failureLines(notTold(100 - live, RUN), false);
  expect(lines).toContain(first);
  expect(text(frames().at(-1)!)).toContain('100  /usr/bin/git');
});
