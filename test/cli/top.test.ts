/** Rows of `warder top`: what of two looks at a gateway. */
import { expect, test } from 'vitest';
import { rowsOf } from '../../src/cli/top.ts';
import { toLong } from '../../src/contract/int64.ts';
import { Verdict } from '../../src/contract/messages.ts';

type Look = Parameters<typeof rowsOf>[0];

function look(atMs: number, events: number, denied: number): Look {
  const tallies = [
    { kind: 'exec', verdict: Verdict.VERDICT_DENY, events: toLong(denied) },
    { kind: 'open', verdict: Verdict.VERDICT_ALLOW, events: toLong(events - denied) },
  ];
  const started = { argv: ['/usr/bin/claude', '-p'] };
  const first = toLong(1_000_000_000n);
  return {
    atMs,
    runs: new Map([
      [
        'a',
        { run: 'a', agent: 'spiffe://w/o/t/a', events: toLong(events), tallies, started, firstUnixNs: first },
      ],
      [
        'b',
        {
          run: 'b',
          agent: 'spiffe://w/o/t/b',
          host: 'h',
          started: { adopted: 'unit x.service' },
          firstUnixNs: first,
        },
      ],
      ['over', { run: 'over', started: { adopted: 'unit y.service' }, ended: {} }],
      ['lost', { run: 'lost', started }],
    ]),
    active: [{ run: 'a', agent: 'spiffe://w/o/t/a', host: 'h', startedMs: 1000, suspended: false }],
    held: new Map([['a', 2]]),
    runsLeftOut: 0,
  };
}

test('rates are of the time between; adopted runs count, those that are over or that no host has do not', () => {
  const rows = rowsOf(look(5000, 300, 7), look(3000, 100, 3));
  expect(rows.map(({ run, state }) => [run, state])).toEqual([
    ['a', 'runs'],
    ['b', 'adopted'],
  ]);
  expect(rows[0]).toMatchObject({
    seconds: 4,
    events: 300,
    eventsPerSecond: 100,
    refused: 7,
    refusedPerSecond: 2,
    held: 2,
  });
  expect(rows[1]).toMatchObject({ seconds: 4, command: 'unit x.service', held: 0 });
});

test('the first look has no rates; a log that was set back has none below 0', () => {
  expect(rowsOf(look(5000, 300, 7), undefined)[0]).toMatchObject({ eventsPerSecond: 0, refusedPerSecond: 0 });
  expect(rowsOf(look(5000, 30, 1), look(3000, 100, 3))[0]).toMatchObject({
    eventsPerSecond: 0,
    refusedPerSecond: 0,
  });
});
