/**
 * Agents that the service starts stand behind the same walls as those of `warder run`, root and ordinary users alike; with no
 * more capabilities than the systemd unit leaves to the service.
 */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cleanUp, eventsOf, NOBODY, type Services, services, warder } from './services.ts';
import { REFUSED, tries, tryingPolicy, UNREFUSED } from './walls-tries.ts';

let at: Services;
const path = (name: string) => join(at.workspace, name);
const script = () => tries(join(at.directory, 'secret'));

beforeAll(async () => {
  at = services(tryingPolicy());
  writeFileSync(join(at.directory, 'secret'), 'secret\n');
  await at.gateway();
  const allow = [0, NOBODY].map((user) => ({ user, agents: ['acme/pay/coder'] }));
  const runtime = await at.runtime({ allow }, [], ['setpriv', '--bounding-set', `-all,${capabilities()}`]);
  await runtime.said(/attached/);
});
afterAll(cleanUp);

/** As setpriv has them. */
function capabilities(): string {
  const unit = readFileSync('packaging/systemd/warder-runtime.service', 'utf8');
  const names = [...unit.matchAll(/^CapabilityBoundingSet=(.*)$/gm)].flatMap(([, line]) => line!.split(' '));
  expect(names).toContain('CAP_SYS_ADMIN');
  return names.map((name) => name.toLowerCase().replace('cap_', '+')).join();
}

describe.each([
  ['root', 0],
  ['an ordinary user', NOBODY],
])('an agent of %s', (_, uid) => {
  beforeEach(() => {
    for (const name of ['new', 'moved']) rmSync(path(name), { force: true });
    for (const name of ['made', 'kept']) {
      rmSync(path(name), { force: true });
      writeFileSync(path(name), 'before\n');
      chownSync(path(name), uid, uid);
    }
  });
  const unchanged = () => {
    expect(readFileSync(path('kept'), 'utf8')).toBe('before\n');
    expect([existsSync(path('new')), existsSync(path('moved'))]).toEqual([false, false]);
  };

  test('without walls has every effect', () => {
    const as = ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', 'sh', '-c', script()];
    const said = execFileSync('setpriv', as, { cwd: at.workspace, encoding: 'utf8' });
    expect(said.trim().split('\n')).toEqual(UNREFUSED);
  });

  test('started by `warder run` has none but what the policy allows', async () => {
    const own = ['--policy', join(at.policies, 'policy.yaml'), '--state', join(at.directory, `own-${uid}`)];
    const words = ['run', '-q', ...own, '--user', `${uid}`, '--', 'sh', '-c', script()];
    const { stdout } = await warder(words, { cwd: at.workspace }).ended;
    expect(stdout.trim().split('\n')).toEqual(REFUSED);
    unchanged();
  });

  test('started by the service has the same, and what is refused is told as prevented', async () => {
    const words = ['run', '-q', '--json', '--socket', at.socket, '--agent', 'acme/pay/coder'];
    const run = await warder([...words, '--', 'sh', '-c', script()], { cwd: at.workspace, uid }).ended;
    expect(run.stdout.trim().split('\n')).toEqual(REFUSED);
    unchanged();
    const { summary } = JSON.parse(run.stderr.trim().split('\n').at(-1)!);
    const events = await eventsOf(at, summary.run);
    const secret = events.find(({ fileOpen }) => fileOpen?.path === join(at.directory, 'secret'));
    expect(secret?.decision).toMatchObject({ verdict: 'VERDICT_DENY', outcome: 'OUTCOME_PREVENTED' });
  });
});
