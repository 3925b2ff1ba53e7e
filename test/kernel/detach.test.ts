/** The operator takes out what a killed runtime left; who holds it is left alone, and an agent cannot. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { pinnedInstances } from '../../src/kernel/pins.ts';
import { cleanUpKept, holdRuntime, keptPlace } from './kept-fixtures.ts';

const WARDER = fileURLToPath(new URL('../../bin/warder', import.meta.url));
const ATTACKS = fileURLToPath(new URL('./hostile/daemon.py', import.meta.url));
const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: detached, scope: fleet}
spec:
  mode: enforce
  exec:
    - allow: ["/**"]
    - deny: /usr/bin/id
  read:
    - allow: ["/**"]
  write:
    - allow: ["\${workspace}/**", /dev/null]
`;
const LOOP = [
  '/bin/sh',
  '-c',
  'while :; do echo >> tries; /usr/bin/id > /dev/null 2>&1 && echo >> ran; /bin/sleep 0.02; done',
];

afterEach(cleanUpKept);

function detach(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(WARDER, ['detach', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('it waits for the runtime to be gone, and names what it takes out', async () => {
  const place = keptPlace(POLICY);
  const runtime = holdRuntime(place);
  runtime.ask({ run: LOOP });
  await runtime.hears('started');
  expect(detach('--instance', place.instance)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/in use by another process/),
  });
  await runtime.kill();
  const done = detach('--instance', place.instance);
  expect(done.stderr).toBe('');
  expect(done.status).toBe(0);
  expect(done.stdout).toMatch(new RegExp(`^${place.instance}: link links-1/on_exec$`, 'm'));
  expect(done.stdout).toMatch(/^taken out: \d+ links, \d+ maps$/m);
  expect(pinnedInstances()).not.toContain(place.instance);
  expect(detach('--instance', place.instance).stdout).toBe('nothing was left in the kernel\n');
  expect(detach()).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/it is not said of which runtime/),
  });
});

test('an agent that is root can harm neither its runtime nor what that left in the kernel', async () => {
  const place = keptPlace(POLICY);
  const runtime = holdRuntime(place);
  const pins = `/sys/fs/bpf/warder/${place.instance}`;
  const pinned = (start: string, name: string) =>
    join(pins, readdirSync(pins).find((entry) => entry.startsWith(start)) ?? 'none', name);
  const attack = (name: string) => [
    '/usr/bin/python3',
    ATTACKS,
    ...[String(runtime.child.pid), pins, join(place.directory, 'runtime')],
    ...[pinned('maps-', 'runs'), pinned('links-', 'on_exec'), join(place.directory, name)],
  ];
  runtime.ask({ run: LOOP }); // programs are attached, and so pinned, while there is a run
  await runtime.hears('started');
  runtime.ask({ run: attack('alive') });
  expect(await runtime.hears('ended')).toMatchObject({ code: 0 });
  const tried = JSON.parse(readFileSync(join(place.directory, 'alive'), 'utf8')) as Record<string, string>;
  expect(Object.keys(tried).length).toBeGreaterThanOrEqual(25);
  expect(
    Object.entries(tried).filter(
      ([, result]) => !/^(EPERM|EACCES|EBUSY|ENOENT|EROFS|ESRCH|ENOSYS|killed)$/.test(result),
    ),
  ).toEqual([]);
  expect(runtime.child.exitCode).toBeNull();
  expect(pinnedInstances()).toContain(place.instance);
  expect(existsSync(join(pins, 'seal'))).toBe(true);
});
