/** Where gateways are found, and what is left of those that died. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { liveEndpoints } from '../../src/gateway/endpoint.ts';
import { cleanUp, execEvents, gateway, readAll, stateDirectory, uplink } from './fixtures.ts';

afterEach(cleanUp);

test('a gateway listens on a socket of its own, for its user alone', async () => {
  const state = stateDirectory();
  const { address } = await gateway({ stateDirectory: state });
  expect(address).toBe(`unix:${state}/gateways/${process.pid}.sock`);
  expect(statSync(join(state, 'gateways')).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(join(state, 'gateways'))) {
    expect([name, statSync(join(state, 'gateways', name)).mode & 0o777]).toEqual([name, 0o600]);
  }
});

test('local clients find every live gateway, with a token that reads', async () => {
  const state = stateDirectory();
  const [one, two] = [await gateway({ stateDirectory: state }), await gateway({ stateDirectory: state })];
  const found = await liveEndpoints(state);
  expect(found.map(({ address }) => address).sort()).toEqual([one.address, two.address].sort());
  expect(found.find(({ address }) => address === one.address)).toMatchObject({
    viewerToken: one.tokens.viewer,
    policyKey: one.policyKey,
    pid: process.pid,
  });
  expect(JSON.stringify(found)).not.toContain(one.tokens.runtime);
  await one.stop();
  expect((await liveEndpoints(state)).map(({ address }) => address)).toEqual([two.address]);
});

test('a gateway that stopped leaves nothing to be found', async () => {
  const state = stateDirectory();
  await (await gateway({ stateDirectory: state })).stop();
  expect(readdirSync(join(state, 'gateways'))).toEqual([]);
  expect(await liveEndpoints(state)).toEqual([]);
  expect(await liveEndpoints(join(state, 'nowhere'))).toEqual([]);
});

test('what a killed gateway left is not found, and swept by the next', async () => {
  const state = stateDirectory();
  const script = `
    import { startGateway } from '${new URL('../../src/gateway/server.ts', import.meta.url).pathname}';
    await startGateway({ stateDirectory: '${state}', policySource: () => ({ refusal: '' }) });
    process.kill(process.pid, 'SIGKILL');
  `;
  expect(() =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' }),
  ).toThrow();
  expect(readdirSync(join(state, 'gateways'))).toHaveLength(2);
  expect(await liveEndpoints(state)).toEqual([]);
  await gateway({ stateDirectory: state });
  expect(readdirSync(join(state, 'gateways')).sort()).toEqual([`${process.pid}.json`, `${process.pid}.sock`]);
});

test('a state directory whose path is too long for a socket works all the same', async () => {
  const state = join(stateDirectory(), 'd'.repeat(120));
  const to = await gateway({ stateDirectory: state });
  const link = await uplink(to);
  await link.sendEvents(execEvents(2));
  await link.flush();
  expect((await readAll(to)).events).toHaveLength(2);
  const folder = to.address.replace(/^unix:(.*)\/[^/]*$/, '$1');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect((await liveEndpoints(state)).map(({ address }) => address)).toEqual([to.address]);
  await to.stop();
  expect(existsSync(folder)).toBe(false);
});

test('a loopback port serves too; any other address is refused without TLS', async () => {
  const to = await gateway({ listen: '127.0.0.1:0' });
  expect(to.address).toMatch(/^127\.0\.0\.1:\d+$/);
  const link = await uplink(to);
  await link.sendEvents(execEvents(2));
  await link.flush();
  for (const listen of ['0.0.0.0:7000', '[::]:7000', 'example.org:7000', '10.0.0.1:7000', '127.0.0.1']) {
    await expect(gateway({ listen })).rejects.toMatchObject({ code: 'GATEWAY_NO_TLS' });
  }
});

test('a port that is taken is said, and nothing is left behind', async () => {
  const taken = await gateway({ listen: '127.0.0.1:0' });
  const state = stateDirectory();
  await expect(gateway({ stateDirectory: state, listen: taken.address })).rejects.toThrow(
    /cannot listen at 127.*(EADDRINUSE|No address)/,
  );
  expect(readdirSync(join(state, 'gateways'))).toEqual([]);
});

test('the policy key is made once, 0600, and stays; a key open to others is refused', async () => {
  const state = stateDirectory();
  const first = await gateway({ stateDirectory: state });
  const second = await gateway({ stateDirectory: state });
  expect(second.policyKey).toBe(first.policyKey);
  const path = join(state, 'keys', 'policy.pem');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(state, 'keys')).sort()).toEqual(['log.pem', 'policy.pem']);
  expect((await gateway({ stateDirectory: state, ephemeralKey: true })).policyKey).not.toBe(first.policyKey);
  execFileSync('chmod', ['644', path]);
  await expect(gateway({ stateDirectory: state })).rejects.toThrow(/is open to others \(mode 644\)/);
});
