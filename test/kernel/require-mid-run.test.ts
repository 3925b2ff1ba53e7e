/** A policy that demands prevention comes to a run under way, on a host that keeps it by less: nothing more passes, and it is said. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Reason } from '../../src/contract/messages.ts';
import { cleanUpKept, eventually, holdRuntime, keptPlace, type Said } from './kept-fixtures.ts';

const WARDER = fileURLToPath(new URL('../../bin/warder', import.meta.url));

const policy = (exec: string, demand = '') => `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: kept, scope: fleet}
spec:
  mode: enforce
${demand}  exec: [{allow: ${exec}}]
  read: [{allow: ["/**"]}]
  write: [{allow: ["\${workspace}/**", "/dev/**"]}]
`;
const DEMAND = '  require: prevent\n';
const ALL = '["/usr/**", "/bin/**"]';

afterEach(cleanUpKept);

/** What walls prevent counts at a start alone. */
function hasLsm(): boolean {
  const { stdout } = spawnSync(WARDER, ['doctor', '--json'], { encoding: 'utf8' });
  return JSON.parse(stdout).lsm;
}

/**
 * Five times a second: what ran is a byte in `ran`. Waits for no program that may be refused, and opens nothing on the
 * way: without LSM it would be ended by a refused open.
 */
const LOOP = [
  '/bin/bash',
  '-c',
  'exec 3<>pause 4>>ran; while [ ! -e stop ]; do /usr/bin/true && printf . >&4; read -t 0.2 -u 3; done',
];

test('the run is refused everything until the policy is another one', async () => {
  const place = keptPlace(policy(ALL));
  const at = (name: string) => join(place.directory, name);
  const runtime = holdRuntime(place);
  execFileSync('mkfifo', [at('pause')]);
  const switchTo = (text: string) => {
    writeFileSync(at('policy.yaml'), text);
    runtime.ask({ policy: true });
  };
  const ran = () => (existsSync(at('ran')) ? readFileSync(at('ran')).length : 0);
  const goesOn = async () => {
    const before = ran();
    await eventually(() => expect(ran()).toBeGreaterThan(before + 1));
  };
  runtime.ask({ run: LOOP });
  const { run } = await runtime.hears('started');
  await goesOn();

  switchTo(policy(ALL, DEMAND));
  const problem = (text: string) => runtime.said.find((said) => String(said.problem).includes(text));
  if (hasLsm()) {
    await goesOn();
    expect(problem('everything that is governed is refused')).toBeUndefined();
  } else {
    const notice = await runtime.hears('event', ({ notice }: Said) => notice?.kind === 'policy');
    expect(notice).toMatchObject({
      run,
      notice: {
        text: expect.stringMatching(/says 'require: prevent'.* exec: .*everything that is governed/),
      },
    });
    await runtime.hears('event', ({ decision }: Said) => decision?.reason === Reason.REASON_LEASE);
    const then = ran();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(ran()).toBe(then);
    // Told again, as each renewal is: still nothing.
    runtime.ask({ policy: true });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(ran()).toBe(then);
    expect(runtime.said.filter((said) => said.event?.notice?.kind === 'policy')).toHaveLength(1);
    switchTo(policy(ALL));
    await goesOn();
  }
  writeFileSync(at('stop'), '');
  await runtime.hears('ended', (ended) => ended.run === run);
});
