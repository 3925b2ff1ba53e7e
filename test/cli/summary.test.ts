import { describe, expect, test } from 'vitest';
import { SummaryBuilder } from '../../src/cli/summary.ts';
import { summaryLines } from '../../src/cli/summary-text.ts';
import { PLAIN } from '../../src/cli/terminal.ts';
import { toLong } from '../../src/contract/int64.ts';
import { type Event, NetworkKind, Outcome, Verdict } from '../../src/contract/messages.ts';
import { AGENT, ALLOWED, connect, denied, exec, NO_CURL, open, own, RUN } from './events.ts';

function summarize(events: Iterable<Event>) {
  const builder = new SummaryBuilder();
  for (const one of events) builder.add(one);
  return builder.summary();
}

const text = (events: Iterable<Event>) =>
  summaryLines(summarize(events), PLAIN, 'warder tail --run ID').join('\n');

describe('what went ahead', () => {
  test('programs are counted by path', () => {
    const { programs } = summarize([
      exec(0, ['/usr/bin/git', 'a']),
      exec(1, ['/usr/bin/git', 'b']),
      exec(2, ['/bin/ls']),
    ]);
    expect(programs).toEqual({
      total: 3,
      entries: [
        { key: '/usr/bin/git', count: 2 },
        { key: '/bin/ls', count: 1 },
      ],
      beyond: 0,
    });
  });

  test('opens are counted by directory, writes apart from reads', () => {
    const summary = summarize([
      open(0, '/w/a'),
      open(1, '/w/b'),
      open(2, '/w/c', { write: true }),
      open(3, '/etc', { directory: true }),
      open(4, '', {}),
    ]);
    expect(summary.read.entries).toEqual([
      { key: '/w', count: 2 },
      { key: '(no directory)', count: 1 },
      { key: '/etc', count: 1 },
    ]);
    expect(summary.written.entries).toEqual([{ key: '/w', count: 1 }]);
  });

  test('addresses reached are apart from those bound', () => {
    const summary = summarize([
      connect(0, {}),
      connect(1, {}),
      connect(2, { kind: NetworkKind.KIND_SEND, protocol: 'udp', port: 53 }),
      connect(3, { kind: NetworkKind.KIND_BIND, port: 3000 }),
    ]);
    expect(summary.reached.entries).toEqual([
      { key: 'tcp 127.0.0.1:8080', count: 2 },
      { key: 'udp 127.0.0.1:53', count: 1 },
    ]);
    expect(summary.bound.entries).toEqual([{ key: 'tcp 127.0.0.1:3000', count: 1 }]);
  });

  test('what was prevented or terminated is not among it; what was only observed is', () => {
    const summary = summarize([
      exec(0, ['/usr/bin/curl'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL)),
      open(1, '/w/.env', {}, denied(Outcome.OUTCOME_TERMINATED, 'read')),
      connect(2, {}, denied(Outcome.OUTCOME_OBSERVED, 'connect')),
    ]);
    expect(summary.programs.total).toBe(0);
    expect(summary.read.total).toBe(0);
    expect(summary.reached.total).toBe(1);
  });
});

describe('what was refused', () => {
  const curl = (at: number, ...argv: string[]) =>
    exec(at, ['/usr/bin/curl', ...argv], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL));

  test('is one entry per rule and outcome, with its targets and place', () => {
    const { refusals } = summarize([curl(0, 'a'), curl(1, 'b'), curl(2, 'a')]);
    expect(refusals).toEqual([
      {
        outcome: 'prevented',
        category: 'exec',
        count: 3,
        rule: 'deny /usr/bin/curl (team/demo:coding-agent, policy.yaml:12)',
        because: 'agents do not download',
        layer: 'team/demo:coding-agent',
        file: 'policy.yaml',
        line: 12,
        targets: {
          total: 3,
          entries: [
            { key: '/usr/bin/curl a', count: 2 },
            { key: '/usr/bin/curl b', count: 1 },
          ],
          beyond: 0,
        },
      },
    ]);
  });

  test('never joins different outcomes of one rule', () => {
    const read = (outcome: Outcome) => open(0, '/w/.env', {}, denied(outcome, 'read'));
    const { refusals } = summarize([read(Outcome.OUTCOME_TERMINATED), read(Outcome.OUTCOME_OBSERVED)]);
    expect(refusals.map(({ outcome }) => outcome).sort()).toEqual(['observed', 'terminated']);
  });

  test('only by a monitoring layer is told as what would have been, and went ahead', () => {
    const would = { verdict: Verdict.VERDICT_HOLD, reason: 1, rule: { ...NO_CURL, effect: 'hold' } };
    const summary = summarize([exec(0, ['/usr/bin/curl'], { ...ALLOWED, category: 'exec', would })]);
    expect(summary.refusals).toMatchObject([
      { outcome: 'would hold', count: 1, file: 'policy.yaml', line: 12 },
    ]);
    expect(summary.programs.total).toBe(1);
  });
});

describe('the end of a run', () => {
  const run: Event[] = [
    own(0, { runStarted: { policy: 'sha256:aa', unenforced: ['deletes are not seen'] } }),
    exec(5, ['/bin/ls']),
    own(2_500, { runEnded: { signal: 9, stragglers: 2 } }),
  ];

  test('names agent, run, duration, end and what the host does not keep', () => {
    expect(summarize(run)).toMatchObject({
      agent: AGENT,
      run: RUN,
      policy: 'sha256:aa',
      durationMs: 2_500,
      exit: { signal: 9 },
      stragglers: 2,
      unenforced: ['deletes are not seen'],
      events: 3,
    });
  });

  test('a run that was not seen to end says so', () => {
    expect(summarize(run.slice(0, 2)).exit).toEqual({});
    expect(text(run.slice(0, 2))).toContain('has not been seen to end');
  });

  test('redactions and losses add up by kind', () => {
    const counts = [{ kind: 'open', cause: 'ring_full', records: toLong(7) }];
    const summary = summarize([
      { ...exec(0, ['/bin/ls']), redactions: [{ kind: 'jwt', count: 2 }] },
      { ...exec(1, ['/bin/ls']), redactions: [{ kind: 'jwt', count: 1 }] },
      own(2, { loss: { counts } }),
      own(3, { loss: { counts } }),
    ]);
    expect(summary.redacted.entries).toEqual([{ key: 'jwt', count: 3 }]);
    expect(summary.lost.entries).toEqual([{ key: 'open: ring_full', count: 14 }]);
  });
});

describe('as text', () => {
  test('reads whole', () => {
    const events: Event[] = [
      own(0, { runStarted: { policy: 'sha256:aa', workspace: '/w' } }),
      { ...exec(5, ['/usr/bin/git', 'status']), redactions: [{ kind: 'jwt', count: 1 }] },
      open(6, '/w/src/a.js'),
      open(6, '/etc/passwd'),
      open(7, '/w/src/b.js', { write: true }),
      connect(8, {}),
      exec(9, ['/usr/bin/curl', '-s'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL)),
      exec(9, ['/usr/bin/curl', '-s'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL)),
      open(10, '/w/.env', {}, denied(Outcome.OUTCOME_TERMINATED, 'read')),
      own(1_500, { runEnded: { code: 3 } }),
    ];
    expect(text(events)).toBe(`
warder: ${AGENT} ended with status 3
  run           ${RUN}, 10 events, 1.500 s
  policy        sha256:aa
  programs      1 start, 1 different
                       1  /usr/bin/git
  workspace     /w
  read          2 times in 2 directories
                       1  \${workspace}/src
                       1  /etc
  written       1 time in 1 directory
                       1  \${workspace}/src
  reached       1 time, 1 different
                       1  tcp 127.0.0.1:8080
  prevented     2 actions (failed before it had an effect)
                exec    /usr/bin/curl -s  2 times
                        by deny /usr/bin/curl (team/demo:coding-agent, policy.yaml:12): agents do not download
  terminated    1 action (the process was killed; the effect may have happened)
                read    /w/.env
                        by no read rule of team/demo:coding-agent allows it
  redacted      1 time, 1 different
                       1  jwt
  lost          nothing
  look deeper   warder tail --run ID`);
  });

  test('a run that nothing was refused to says so', () => {
    expect(text([exec(0, ['/bin/ls'])])).toMatch(/refused +nothing that was seen/);
  });

  test('events that wait for the log are not lost ones', () => {
    const said = summaryLines(
      new SummaryBuilder().summary({ unstored: 0, waiting: 12 }),
      PLAIN,
      'warder tail',
    ).join('\n');
    expect(said).toMatch(
      /lost +nothing\n {2}waiting +12 events for the log: on this host's disk until the gateway takes them\n/,
    );
  });

  test('long tables are cut, and what is left out is counted', () => {
    const programs = Array.from({ length: 20 }, (_, index) => exec(index, [`/bin/p${index}`]));
    expect(text(programs)).toContain('      12  in 12 others');
  });

  test('shows control characters of paths', () => {
    const lines = text([exec(0, ['/tmp/\x1b[31m']), open(1, '/w/\u202e/a'), connect(2, { name: 'a\rb' })]);
    expect(lines).toContain('/tmp/\\x1b[31m');
    expect(lines).toContain('/w/\\u{202e}');
    expect(lines.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('bounds', () => {
  test('200,000 different files, programs and refusals stay in bounded tables, and none goes uncounted', () => {
    const builder = new SummaryBuilder();
    for (let index = 0; index < 200_000; index++) {
      builder.add(open(index, `/w/d${index}/f`));
      builder.add(exec(index, [`/bin/p${index}`]));
      const rule = { ...NO_CURL, pattern: `/x${index}` };
      builder.add(exec(index, ['/x'], denied(Outcome.OUTCOME_PREVENTED, 'exec', rule)));
    }
    const summary = builder.summary();
    expect(summary.read).toMatchObject({ total: 200_000, beyond: 196_000 });
    expect(summary.programs).toMatchObject({ total: 200_000, beyond: 199_000 });
    expect(summary.refusals).toHaveLength(500);
    expect(summary.refusalsBeyond).toBe(199_500);
    expect(JSON.stringify(summary).length).toBeLessThan(1_000_000);
  });

  test('long names have room together, and hide nothing of what was refused', () => {
    const builder = new SummaryBuilder();
    const long = 'x'.repeat(4000);
    for (let index = 0; index < 1000; index++) {
      builder.add(open(index, `/w/${long}${index}/f`));
      builder.add(exec(index, [`/bin/${long}${index}`]));
    }
    builder.add(exec(1000, ['/usr/bin/curl'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL)));
    const summary = builder.summary();
    expect(JSON.stringify(summary).length).toBeLessThan(600_000);
    for (const { total, entries, beyond } of [summary.read, summary.programs]) {
      expect(total).toBe(1000);
      expect(entries.length + beyond).toBe(1000);
      expect(beyond).toBeGreaterThan(900);
    }
    expect(summary.refusals[0]?.targets.entries[0]?.key).toBe('/usr/bin/curl');
  });

  test('what had no room is said', () => {
    const events = Array.from({ length: 4_010 }, (_, index) => open(index, `/w/d${index}/f`));
    expect(text(events)).toContain('      10  in further directories');
  });
});
