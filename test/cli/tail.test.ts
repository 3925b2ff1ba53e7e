/**
 * `warder tail` as a program, against real gateways on a real state directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { Outcome } from '../../src/contract/messages.ts';
import {
  AGENT,
  cleanUp,
  eventually,
  execEvent,
  execEvents,
  gateway,
  later,
  openEvent,
  stateDirectory,
  uplink,
} from '../gateway/fixtures.ts';
import { denied, NO_CURL } from './events.ts';
import { stored } from './program-fixture.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

afterEach(cleanUp);

class Tail {
  readonly child: ChildProcess;
  out = '';
  err = '';
  constructor(words: readonly string[], environment: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [MAIN, 'tail', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    later(() => this.child.kill('SIGKILL'));
    this.child.stdout!.on('data', (data) => {
      this.out += data;
    });
    this.child.stderr!.on('data', (data) => {
      this.err += data;
    });
  }

  async end(): Promise<{ status: number | null; out: string; err: string }> {
    const [status] = await once(this.child, 'close');
    return { status, out: this.out, err: this.err };
  }

  /** Waits until so many lines are out. */
  async lines(count: number): Promise<string[]> {
    await eventually(`${count} lines of tail`, () => this.out.split('\n').length > count);
    return this.out.split('\n').slice(0, count);
  }
}

const tail = (...words: string[]) => new Tail(words).end();

const paths = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).event.exec.path);

describe('with no gateway running', () => {
  test('all stored events are shown, in order, and it ends', async () => {
    const state = await stored(execEvents(3));
    const { status, out, err } = await tail('--state', state, '--json');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).index),
    ).toEqual(['0', '1', '2']);
    expect(paths(out)).toEqual(['/usr/bin/tool-1', '/usr/bin/tool-2', '/usr/bin/tool-3']);
  });

  test('lines for people have index, time, agent and what happened', async () => {
    const refused = { ...execEvent(1), decision: denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL) };
    const { out } = await tail('--state', await stored([refused]));
    expect(out).toBe(
      '      #0 2026-01-01T00:00:00.000Z coder              1 tool         exec      PREVENTED  /usr/bin/tool-1 --number=1 ' +
        '<- deny /usr/bin/curl (team/demo:coding-agent, policy.yaml:12): agents do not download\n',
    );
  });

  test('a log of thousands comes whole through a pipe', async () => {
    const { out } = await tail('--state', await stored(execEvents(5_000)), '--json');
    expect(out.split('\n')).toHaveLength(5_001);
    expect(paths(out).at(-1)).toBe('/usr/bin/tool-5000');
  });

  test('--since begins at an index, and at nothing with now', async () => {
    const state = await stored(execEvents(3));
    expect(paths((await tail('--state', state, '--json', '--since', '2')).out)).toEqual(['/usr/bin/tool-3']);
    expect((await tail('--state', state, '--json', '--since', 'now')).out).toBe('');
  });

  test('an index past the end is refused in words', async () => {
    const { status, err } = await tail('--state', await stored(execEvents(3)), '--since', '4');
    expect(status).toBe(1);
    expect(err).toMatch(/warder: the gateway at unix:\S+ refused: .*cursor 4 lies behind the end/);
  });
});

describe('filters', () => {
  const events = [
    execEvent(1),
    { ...execEvent(2), decision: denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL) },
    { ...execEvent(3), agent: 'spiffe://warder.test/acme/payments/other' },
    { ...execEvent(4), run: '018f2d3e-0000-7000-8000-00000000000f' },
    openEvent(5, '/srv/work/src/a.js'),
  ];
  const pids = async (...words: string[]) => {
    const { out } = await tail('--state', await stored(events), '--json', ...words);
    return out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).event.process.pid);
  };

  test.each([
    [['--agent', 'other'], [3]],
    [
      ['--agent', `other,${AGENT}`],
      [1, 2, 3, 4, 5],
    ],
    [['--run', '018f2d3e-0000-7000-8000-00000000000f'], [4]],
    [['--kind', 'open'], [5]],
    [
      ['--kind', 'exec', '--kind', 'open'],
      [1, 2, 3, 4, 5],
    ],
    [['--verdict', 'deny'], [2]],
    [['--verdict', 'hold,deny', '--agent', 'other'], []],
    [['--path', '/srv/work/src'], [5]],
  ])('%j', async (words, expected) => {
    expect(await pids(...words)).toEqual(expected);
  });
});

describe('with a gateway running', () => {
  test('what is stored comes first, then what happens, and it ends with the gateway', async () => {
    const state = stateDirectory();
    const running = await gateway({ stateDirectory: state });
    const link = await uplink(running);
    await link.sendEvents(execEvents(2));
    const follower = new Tail(['--state', state, '--json']);
    await follower.lines(2);
    await link.sendEvents([execEvent(3)]);
    await follower.lines(3);
    link.close();
    await running.stop();
    const { status, out, err } = await follower.end();
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(paths(out)).toEqual(['/usr/bin/tool-1', '/usr/bin/tool-2', '/usr/bin/tool-3']);
  });

  test('--no-follow ends at the end of what is there', async () => {
    const state = stateDirectory();
    const link = await uplink(await gateway({ stateDirectory: state }));
    await link.sendEvents(execEvents(2));
    await link.flush();
    expect(paths((await tail('--state', state, '--json', '--no-follow')).out)).toHaveLength(2);
  });

  test('--follow goes on through gateways that come and go, each event once', async () => {
    const state = stateDirectory();
    const first = await gateway({ stateDirectory: state });
    const one = await uplink(first);
    await one.sendEvents(execEvents(2));
    const follower = new Tail(['--state', state, '--json', '--follow']);
    await follower.lines(2);
    one.close();
    await first.stop();
    const second = await gateway({ stateDirectory: state });
    const two = await uplink(second);
    await two.sendEvents([execEvent(3), execEvent(4)]);
    expect(paths((await follower.lines(4)).join('\n'))).toEqual(
      [1, 2, 3, 4].map((n) => `/usr/bin/tool-${n}`),
    );
  });

  test('a signal ends it, and it ends by that signal', async () => {
    const state = stateDirectory();
    const link = await uplink(await gateway({ stateDirectory: state }));
    await link.sendEvents([execEvent(1)]);
    const follower = new Tail(['--state', state, '--follow']);
    await follower.lines(1);
    follower.child.kill('SIGINT');
    const [status, signal] = await once(follower.child, 'close');
    expect({ status, signal, err: follower.err }).toEqual({ status: null, signal: 'SIGINT', err: '' });
  });

  test('--gateway asks that one, with the token of a file or of the environment', async () => {
    const running = await gateway({ listen: '127.0.0.1:0' });
    const link = await uplink(running);
    await link.sendEvents([execEvent(1)]);
    await link.flush();
    const token = join(stateDirectory(), 'token');
    writeFileSync(token, `${running.tokens.viewer}\n`);
    chmodSync(token, 0o600);
    const words = ['--gateway', running.address, '--json', '--no-follow'];
    expect(paths((await tail(...words, '--token-file', token)).out)).toEqual(['/usr/bin/tool-1']);
    const byEnvironment = await new Tail(words, { WARDER_TOKEN: running.tokens.viewer }).end();
    expect(paths(byEnvironment.out)).toEqual(['/usr/bin/tool-1']);
  });

  test('a wrong token is refused in words', async () => {
    const running = await gateway({ listen: '127.0.0.1:0' });
    const words = ['--gateway', running.address];
    const { status, err } = await new Tail(words, { WARDER_TOKEN: 'A'.repeat(43) }).end();
    expect(status).toBe(1);
    expect(err).toContain('refused: no valid token');
  });
});

describe('--gateway is refused', () => {
  test('for an address where the token could be overheard', async () => {
    const { status, err } = await tail('--gateway', '192.0.2.1:443', '--token-file', '/dev/null');
    expect(status).toBe(1);
    expect(err).toContain('neither a unix socket nor a loopback address');
  });

  test('without a token', async () => {
    const { err } = await tail('--gateway', '127.0.0.1:1');
    expect(err).toContain('warder: no token for the gateway at 127.0.0.1:1');
  });

  test('when nobody is there, after a few tries', async () => {
    const { status, err } = await new Tail(['--gateway', '127.0.0.1:1'], { WARDER_TOKEN: 'x' }).end();
    expect(status).toBe(1);
    expect(err).toContain('does not answer after 8 tries');
  });
});
