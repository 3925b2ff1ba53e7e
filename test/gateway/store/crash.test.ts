/** The log under kill -9, under other writers, and on a disk that is full. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { openEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { cleanUp, eventually, later, stateDirectory } from '../fixtures.ts';
import { appender, checkWhole } from './children.ts';

afterEach(cleanUp);

test('kill -9 while appending, again and again: what was acknowledged is there, once, and the tree holds', async () => {
  const state = stateDirectory();
  const origin = randomUUID();
  let acknowledged = 0;
  for (let round = 0; round < 8; round++) {
    const child = appender([state, origin, 'Infinity', '20']);
    await eventually('the child appends', () => child.acknowledged() > acknowledged, 20_000);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
    child.process.kill('SIGKILL');
    await child.ended;
    acknowledged = child.acknowledged();
    const log = openEventLog(state);
    const last = (await checkWhole(log)).get(origin)!;
    await log.close();
    expect(last).toBeGreaterThanOrEqual(acknowledged);
    // At most the one batch that was on its way.
    expect(last).toBeLessThanOrEqual(acknowledged + 20);
  }
}, 120_000);

test('four processes append at once and share one order', async () => {
  const state = stateDirectory();
  const origins = Array.from({ length: 4 }, () => randomUUID());
  const children = origins.map((origin) => appender([state, origin, '1000', '10']));
  await Promise.all(children.map(({ ended }) => ended));
  for (const { process: child } of children) expect(child.exitCode).toBe(0);
  const log = openEventLog(state);
  later(() => log.close());
  expect(await log.size()).toBe(4000);
  expect(await checkWhole(log)).toEqual(new Map(origins.map((origin) => [origin, 1000])));
}, 60_000);

test('a gateway does not start on a full disk, says so, and leaves nothing running', () => {
  const state = stateDirectory();
  const start = `
    import { startGateway } from '${new URL('../../../src/gateway/server.ts', import.meta.url).pathname}';
    const error = await startGateway({ stateDirectory: '${state}', policySource: () => ({ refusal: '' }) }).catch((e) => e);
    console.log(error.name, error.code, error.message);
  `;
  for (const [size, room] of [
    ['16k', 0],
    ['200k', 100],
    ['200k', 20],
  ]) {
    const script = `mount -t tmpfs -o size=${size},mode=700 none ${state} && cd ${state} && mkdir keys gateways && {
      head -c 1000000 /dev/zero > ballast 2>/dev/null; truncate -s -${room}k ballast; "$@"; }`;
    const words = ['--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
    const told = execFileSync('unshare', [...words, process.execPath, '--input-type=module', '-e', start], {
      encoding: 'utf8',
    });
    // The store says it, or the key that has to be made before.
    expect(told).toMatch(/^WarderError (GATEWAY_STORE_FULL no room to write|GATEWAY_KEY .*no space left)/);
  }
}, 60_000);

test('a full disk: appends are refused, go on when there is room, and nothing acknowledged is lost', async () => {
  const state = stateDirectory();
  const origin = randomUUID();
  // A file system of 3 MiB that only the child's mount namespace has; it ends with the child. The shell
  // fills it, waits for a line that says so, makes room, and copies the database out.
  const script = `
    mount -t tmpfs -o size=3m,mode=700 none "$1" && shift &&
    head -c 2400000 /dev/zero > ${state}/ballast &&
    "$@" & child=$!
    trap 'kill -9 $child' EXIT
    while ! test -e ${state}.room; do sleep 0.05; done
    rm ${state}/ballast
    wait $child && trap - EXIT && mkdir ${state}.copy && cp ${state}/warder.db* ${state}.copy/
  `;
  later(() => execFileSync('rm', ['-rf', `${state}.room`, `${state}.copy`]));
  const child = appender(
    [state, origin, '2000', '50'],
    ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', state],
  );
  await eventually('the disk is full', () => child.lines.includes('refused GATEWAY_STORE_FULL'), 20_000);
  const atFull = child.acknowledged();
  expect(atFull).toBeGreaterThan(0);
  expect(atFull).toBeLessThan(2000);
  execFileSync('touch', [`${state}.room`]);
  await child.ended;
  expect(child.process.exitCode).toBe(0);
  expect(child.acknowledged()).toBe(2000);
  const log = openEventLog(`${state}.copy`);
  later(() => log.close());
  expect(await checkWhole(log)).toEqual(new Map([[origin, 2000]]));
}, 60_000);
