import { describe, expect, test } from 'vitest';
import { LiveLines } from '../../src/cli/live.ts';
import { COLOUR, PLAIN } from '../../src/cli/terminal.ts';
import { toLong } from '../../src/contract/int64.ts';
import { type Event, NetworkKind, Outcome, Verdict } from '../../src/contract/messages.ts';
import { ALLOWED, connect, denied, event, exec, NO_CURL, open, own } from './events.ts';

function lines(events: readonly Event[], options: { verbose?: boolean; colour?: boolean } = {}): string[] {
  const out: string[] = [];
  const style = options.colour ? COLOUR : PLAIN;
  const live = new LiveLines({ write: (line) => out.push(line), style, verbose: options.verbose ?? false });
  for (const one of events) live.event(one);
  return out;
}

describe('a line', () => {
  test('has time since the start, pid, program, action, verdict and target in columns', () => {
    const out = lines([exec(0, ['/usr/bin/git', 'status', '-s']), connect(1_234, {})]);
    expect(out).toEqual([
      '    0.000    4711 git          exec      allowed    /usr/bin/git status -s',
      '    1.234    4711 bash         connect   allowed    tcp 127.0.0.1:8080',
    ]);
  });

  test('of a refusal says what became of it, in capitals, with rule, place and reason', () => {
    const [line] = lines([
      exec(0, ['/usr/bin/curl', '-s'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL)),
    ]);
    expect(line).toBe(
      '    0.000    4711 curl         exec      PREVENTED  /usr/bin/curl -s ' +
        '<- deny /usr/bin/curl (team/demo:coding-agent, policy.yaml:12): agents do not download',
    );
  });

  test.each([
    [Outcome.OUTCOME_PREVENTED, 'PREVENTED'],
    [Outcome.OUTCOME_TERMINATED, 'TERMINATED'],
    [Outcome.OUTCOME_OBSERVED, 'OBSERVED'],
  ])('never claims more than the outcome %i', (outcome, word) => {
    const [line] = lines([open(0, '/w/.env', {}, denied(outcome, 'read'))]);
    expect(line).toContain(` ${word} `);
    expect(line).toContain('<- no read rule of team/demo:coding-agent allows it');
  });

  test('of what only a monitoring layer refuses says that it would have', () => {
    const would = { verdict: Verdict.VERDICT_DENY, reason: 1, rule: NO_CURL };
    const [line] = lines([exec(0, ['/usr/bin/curl'], { ...ALLOWED, category: 'exec', would })]);
    expect(line).toContain('would deny /usr/bin/curl <- deny /usr/bin/curl');
  });

  test('shows control characters that an agent chose, and stays one line', () => {
    const [line, ...rest] = lines([exec(0, ['/tmp/\x1b[2Jx', 'a\nb', '\u202egpj'])]);
    expect(rest).toEqual([]);
    expect(line).toContain("/tmp/\\x1b[2Jx 'a\\nb' '\\u{202e}gpj'");
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("shows control characters of a policy's words too", () => {
    const rule = { ...NO_CURL, because: 'no\x1b[31m', pattern: '/a\rb' };
    const [line] = lines([exec(0, ['/usr/bin/curl'], denied(Outcome.OUTCOME_PREVENTED, 'exec', rule))]);
    expect(line).toContain('deny /a\\rb');
    expect(line).toContain('no\\x1b[31m');
  });

  test('cuts a long command, and verbose does not', () => {
    const long = exec(0, ['/usr/bin/node', '-e', 'x'.repeat(500)]);
    expect(lines([long])[0]!.length).toBeLessThan(150);
    expect(lines([long])[0]).toMatch(/…$/);
    expect(lines([long], { verbose: true })[0]).toContain('x'.repeat(500));
  });

  test('quotes words so that it could be typed', () => {
    const [line] = lines([exec(0, ['/bin/sh', '-c', "echo 'hi' > f", '[REDACTED:jwt]'])]);
    expect(line).toContain(`/bin/sh -c 'echo '\\''hi'\\'' > f' [REDACTED:jwt]`);
  });

  test('is coloured by verdict only where colour is on', () => {
    const refused = exec(0, ['/usr/bin/curl'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL));
    expect(lines([refused])[0]).not.toContain('\x1b');
    expect(lines([refused], { colour: true })[0]).toContain('\x1b[31mPREVENTED ');
  });
});

describe('what is shown', () => {
  const opens = Array.from({ length: 40 }, (_, index) => open(10 + index, `/usr/lib/${index}`));

  test('allowed opens and loads are folded into one count, told with the next line after a second', () => {
    const library = event(60, { load: { path: '/usr/lib/libc.so.6' }, decision: ALLOWED });
    const out = lines([...opens, library, exec(100, ['/bin/true']), exec(1_500, ['/bin/false'])]);
    expect(out.map((line) => line.trim())).toEqual([
      expect.stringContaining('/bin/true'),
      '1.490         … 41 allowed opens and loads',
      expect.stringContaining('/bin/false'),
    ]);
  });

  test('a refused open is shown among them', () => {
    const out = lines([...opens, open(60, '/w/.env', {}, denied(Outcome.OUTCOME_TERMINATED, 'read'))]);
    expect(out).toHaveLength(1);
    expect(out[0]).toContain('read      TERMINATED /w/.env');
  });

  test('capabilities given up, as by the launcher, are left out; those that somebody has are shown', () => {
    const to = (capabilities: number) => ({
      contextChange: { operation: 'capabilities', capabilities: toLong(capabilities) },
    });
    const out = lines([
      event(0, to(0)),
      event(1, to(32)),
      event(2, { contextChange: { operation: 'user' } }),
    ]);
    expect(out.map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
      '0.001 4711 bash capabilities effective 0x20',
      '0.002 4711 bash user uid 0 gid 0',
    ]);
    expect(lines([event(0, to(0))], { verbose: true })).toHaveLength(1);
  });

  test('forks and plain exits are left out, an end by a signal is shown', () => {
    const out = lines([
      event(0, { forked: {} }),
      event(1, { exited: { code: 1 } }),
      event(2, { exited: { signal: 9 } }),
    ]);
    expect(out).toHaveLength(1);
    expect(out[0]).toContain('exit                 SIGKILL');
  });

  test('verbose shows every event', () => {
    const all = [...opens, event(60, { forked: {} }), event(61, { exited: { code: 1 } })];
    const out = lines(all, { verbose: true });
    expect(out).toHaveLength(42);
    expect(out.at(-1)).toContain('status 1');
    expect(out[0]).toContain('read      allowed    /usr/lib/0');
  });

  test('changes of names, loads and privileged actions are shown as what they are', () => {
    const out = lines([
      event(0, { fileChange: { operation: 'rename', path: '/w/a', target: '/w/b' }, decision: ALLOWED }),
      event(1, { load: { path: '/w/x.so' }, decision: denied(Outcome.OUTCOME_PREVENTED, 'load') }),
      event(2, { privileged: { privilege: 'ptrace-others', targetPid: 7 }, decision: ALLOWED }),
    ]);
    expect(out.map((line) => line.slice(31))).toEqual([
      'rename    allowed    /w/a -> /w/b',
      'load      PREVENTED  /w/x.so <- no load rule of team/demo:coding-agent allows it',
      'privilege allowed    ptrace-others of process 7',
    ]);
  });

  test('losses, notices, begin and end of a run are told as from Warder', () => {
    const counts = [{ kind: 'open', cause: 'ring_full', records: toLong(7) }];
    const out = lines([
      own(0, { runStarted: { argv: ['claude', '-p'] } }),
      own(1, { loss: { counts } }),
      own(2, { notice: { kind: 'policy', text: 'version 2' } }),
      own(3, { runEnded: { signal: 15 } }),
    ]);
    expect(out.map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
      '0.000 warder start claude -p',
      '0.001 warder lost 7 open records (ring_full)',
      '0.002 warder policy version 2',
      '0.003 warder end SIGTERM',
    ]);
  });
});

describe('addresses', () => {
  test.each([
    [{ address: '2001:db8::1', port: 443 }, 'tcp [2001:db8::1]:443'],
    [{ address: '192.0.2.7', port: 443, name: 'api.example.com' }, 'tcp api.example.com (192.0.2.7):443'],
    [{ protocol: 'udp', address: '192.0.2.1', port: 53, kind: NetworkKind.KIND_SEND }, 'udp 192.0.2.1:53'],
    [{ protocol: 'unix', address: '/run/x.sock', port: 0 }, 'unix /run/x.sock'],
  ])('%j reads %s', (to, text) => {
    expect(lines([connect(0, to)])[0]).toContain(` ${text}`);
  });
});
