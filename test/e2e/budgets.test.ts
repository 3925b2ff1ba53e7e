/**
 * Budgets of a run on the real kernel, through the installed command: what is past one is refused where it happens,
 * exactly; the run is suspended or ended where the policy says so; the next run goes on from what was used.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, finished, type JsonEvent, type Place, place, start, WARDER } from './governed.ts';

afterAll(cleanUp);

const POLICY = (budget: string) => `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: spending, scope: team/e2e}
spec:
  mode: enforce
  exec: [{allow: [/usr/**]}]
  read: [{allow: [/**]}]
  write: [{allow: ["\${workspace}/**"]}]
  load: [{allow: [/usr/**]}]
  connect: [{allow: [127.0.0.0/8]}]
  listen: [{allow: [127.0.0.0/8]}]
  budget: ${budget}
`;
const AGENT = ['--agent', 'acme/e2e/spender'];

function warder(at: Place, command: string, ...rest: string[]): string {
  const all = [command, '--state', at.state, ...rest];
  return spawnSync(WARDER, all, { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;
}

function budgets(at: Place): Record<string, { used: number; left: number; exceeded: boolean }> {
  const lines = warder(at, 'budgets', '--json').split('\n').filter(Boolean);
  return Object.fromEntries(
    lines
      .map((line) => JSON.parse(line) as { resource: string; used: number; left: number; exceeded: boolean })
      .map(({ resource, used, left, exceeded }) => [resource, { used, left, exceeded }]),
  );
}

const refusedBy = (events: JsonEvent[]) =>
  events.filter(({ decision }) => decision?.reason === 'REASON_BUDGET');

test('no exec past the budget runs an instruction, and the next run has what the first one left', async () => {
  const at = place(POLICY('{execs: 6/day}'));
  const loop = 'for i in 1 2 3; do /usr/bin/true && echo yes; done';
  const first = await finished(start(at, ['bash', '-c', loop], AGENT), at);
  expect(first.stdout).toBe('yes\nyes\nyes\n');
  expect(budgets(at).execs).toEqual({ used: 4, left: 2, exceeded: false });
  const second = await finished(start(at, ['bash', '-c', loop], AGENT), at);
  expect(second.stdout).toBe('yes\n');
  expect(refusedBy(second.events)).toMatchObject([
    { decision: { verdict: 'VERDICT_DENY', outcome: 'OUTCOME_PREVENTED', layer: 'team/e2e:spending' } },
    { decision: { category: 'exec' } },
  ]);
  expect(budgets(at).execs).toEqual({ used: 6, left: 0, exceeded: true });
  const log = warder(at, 'tail', '--since', 'all', '--no-follow', '--kind', 'gateway');
  expect(log).toMatch(/budget\.exceeded team\/e2e:spending execs \(used 6, limit 6, window .* action deny\)/);
});

const NETWORK = `
import os, socket, sys
listener = socket.create_server(('127.0.0.1', 0))
port = listener.getsockname()[1]
def tries(number, size):
    for n in range(number):
        try:
            with socket.create_connection(('127.0.0.1', port), timeout=5) as one:
                two, _ = listener.accept()
                with two:
                    one.sendall(b'x' * size)
                    got = 0
                    two.settimeout(2)
                    while got < size:
                        got += len(two.recv(1 << 16))
                    print('sent', got, flush=True)
        except OSError as error:
            print(type(error).__name__, flush=True)
tries(int(sys.argv[1]), int(sys.argv[2]))
`;

test('connections and files opened for change past their budgets fail; what is counted is exact', async () => {
  const at = place(POLICY('{connects: 3/day, changes: 2/day}'));
  const { stdout, events } = await finished(start(at, ['python3', '-c', NETWORK, '5', '10'], AGENT), at);
  expect(stdout.trim().split('\n')).toEqual([
    'sent 10',
    'sent 10',
    'sent 10',
    'PermissionError',
    'PermissionError',
  ]);
  expect(refusedBy(events)).toHaveLength(2);
  const files = 'for i in 1 2 3 4; do bash -c "echo x > $i; echo x > /dev/null; echo done $i"; done; exit 0';
  const written = await finished(start(at, ['bash', '-c', files], AGENT), at);
  expect(written.stdout).toBe('done 1\ndone 2\n');
  expect(budgets(at)).toMatchObject({ connects: { used: 3, left: 0 }, changes: { used: 2, left: 0 } });
});

test('bytes that leave are counted packet by packet, and past the budget none leaves', async () => {
  const at = place(POLICY('{egress: 100kB/day}'));
  const { stdout } = await finished(start(at, ['python3', '-c', NETWORK, '4', '30000'], AGENT), at);
  const sent = stdout
    .trim()
    .split('\n')
    .filter((line) => line === 'sent 30000').length;
  expect(sent).toBe(3);
  const { used, left } = budgets(at).egress!;
  expect(used).toBeGreaterThan(90_000);
  expect(used).toBeLessThanOrEqual(100_000);
  expect(left).toBe(100_000 - used);
});

test('a run past its budget is ended with all its processes where the policy says kill', async () => {
  const at = place(POLICY('{execs: 3/day, on_exceed: kill}'));
  const loop =
    "import subprocess, time\nfor n in range(3): subprocess.Popen(['/usr/bin/sleep', '1000'])\ntime.sleep(1000)";
  const { events } = await finished(start(at, ['python3', '-c', loop], AGENT), at);
  expect(events.at(-1)).toMatchObject({ runEnded: { signal: 9 } });
  const notices = events.flatMap(({ notice }) => (notice ? [notice as { kind: string; text: string }] : []));
  expect(notices).toMatchObject([
    {
      kind: 'budget',
      text: expect.stringMatching(/^execs of team\/e2e:spending: 3 used here, 3 allowed in/),
    },
  ]);
});

test('time is a budget too: when it is used up, the run is suspended until a person resumes it', async () => {
  const at = place(POLICY('{time: 2s/day, on_exceed: suspend}'));
  const child = start(
    at,
    ['bash', '-c', 'for i in $(seq 1000); do read -t 0.2 < /dev/zero; sleep 0.2; done'],
    AGENT,
  );
  const ended = finished(child, at);
  const shown = () => warder(at, 'tail', '--since', 'all', '--no-follow');
  await expect.poll(shown, { timeout: 60_000, interval: 500 }).toContain('the run is suspended');
  const run = /^.*"run":"([0-9a-f-]{36})"/m.exec(
    warder(at, 'tail', '--since', 'all', '--no-follow', '--json'),
  )![1]!;
  expect(warder(at, 'kill', run)).toContain('killed');
  expect((await ended).events.at(-1)).toMatchObject({ runEnded: { signal: 9 } });
});
