/** What the two services tell Prometheus, of an agent that really runs. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY_METRICS } from '../../src/gateway/metrics.ts';
import { RUNTIME_METRICS } from '../../src/runtime/metrics.ts';
import {
  ALL_BUT_ID,
  cleanUp,
  eventually,
  fleetPolicy,
  type ServiceProcess,
  type Services,
  startServices,
  warder,
} from './services.ts';

const AGENT = 'spiffe://warder.local/acme/pay/coder';

let at: Services;
let gateway: ServiceProcess;
let runtime: ServiceProcess;
beforeAll(async () => {
  const metrics = { listen: '127.0.0.1:0' };
  const options = { gateway: { metrics }, runtime: { metrics } };
  ({ at, gateway, runtime } = await startServices(
    fleetPolicy(`${ALL_BUT_ID}  budget: {execs: 1000/day}\n`),
    options,
  ));
});
afterAll(cleanUp);

interface Page {
  status: number;
  text: string;
}

function get(service: ServiceProcess, path: string, host = 'localhost'): Promise<Page> {
  const [, address = '', port = ''] = /metrics at http:\/\/([\d.]+):(\d+)/.exec(service.log())!;
  const { promise, resolve, reject } = Promise.withResolvers<Page>();
  request({ host: address, port, path, headers: { host } }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
    response.on('end', () => resolve({ status: response.statusCode!, text }));
  })
    .on('error', reject)
    .end();
  return promise;
}

/** By `name{labels}`. */
async function scraped(service: ServiceProcess): Promise<Map<string, number>> {
  const { text } = await get(service, '/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('every metric of the tables is told, and nothing else', async () => {
  for (const [service, table] of [
    [runtime, RUNTIME_METRICS],
    [gateway, GATEWAY_METRICS],
  ] as const) {
    const { text } = await get(service, '/metrics');
    const told = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(told.sort()).toEqual(
      Object.values(table)
        .map(({ name }) => name)
        .sort(),
    );
  }
});

test('an agent, while it runs and when it is over', async () => {
  const script = '/usr/bin/id; /usr/bin/true; echo up; sleep 1000';
  const words = ['--agent', 'acme/pay/coder', '--', '/bin/sh', '-c', script];
  const running = warder(['run', '--socket', at.socket, ...words], { cwd: at.workspace });
  await eventually(() => expect(running.stdout()).toBe('up\n'));
  // The program after the last word is on its way.
  await eventually(async () =>
    expect((await scraped(runtime)).get('warder_runtime_governed_processes')).toBeGreaterThanOrEqual(2),
  );
  const during = await scraped(runtime);
  expect(during.get('warder_runtime_runs{how="started"}')).toBe(1);
  expect(during.get(`warder_runtime_policy_version{agent="${AGENT}"}`)).toBe(1);
  expect(during.get(`warder_runtime_lease_seconds{agent="${AGENT}"}`)).toBeGreaterThan(60);
  expect(during.get('warder_runtime_programs{state="attached"}')).toBeGreaterThan(3);
  expect(during.get('warder_runtime_ring_size_bytes{ring="decisions"}')).toBe(4 << 20);
  expect(during.get('warder_runtime_ring_bytes{ring="decisions"}')).toBeLessThan(4 << 20);
  const top = (...more: string[]) => warder(['top', '--once', '--state', at.gatewayState, ...more]).ended;
  await eventually(async () => {
    const { runs } = JSON.parse((await top('--json')).stdout);
    expect(runs).toMatchObject([{ agent: AGENT, state: 'runs', refused: 1, held: 0 }]);
  });
  const screen = (await top()).stdout;
  expect(screen).toMatch(
    /^1 run under way, 0 held .*\nRUN .*\n.*acme\/pay\/coder +\S+ +runs +\d+s .* \/bin\/sh -c/,
  );
  expect(screen).toMatch(/\nBUDGET +OF +USED .*\nfleet:e2e +execs +[2-9] +1000 +99\d +until/);
  running.process.kill('SIGTERM');
  await running.ended;
  await eventually(async () => {
    const after = await scraped(runtime);
    expect(after.get('warder_runtime_events_total{kind="exec",verdict="deny",outcome="prevented"}')).toBe(1);
    expect(after.get('warder_runtime_runs{how="started"}')).toBe(0);
  });
  await eventually(async () => {
    const stored = await scraped(gateway);
    expect(stored.get('warder_gateway_events_total{kind="exec",verdict="deny"}')).toBe(1);
    expect(stored.get('warder_gateway_append_seconds_count')).toBeGreaterThan(0);
    expect(stored.get('warder_gateway_runtimes')).toBe(1);
    expect(stored.get(`warder_gateway_policy_version{agent="${AGENT}"}`)).toBe(1);
    expect(stored.get('warder_gateway_log_events')).toBeGreaterThan(3);
    expect((await scraped(runtime)).get('warder_runtime_end_to_end_seconds_count')).toBeGreaterThan(0);
  });
});

test('a consumer that follows is counted by its name', async () => {
  const tail = warder(['tail', '--follow', '--state', at.gatewayState]);
  await eventually(async () => {
    const lags = [...(await scraped(gateway))].filter(([name]) =>
      name.startsWith('warder_gateway_consumer_'),
    );
    expect(lags.length).toBe(2);
    expect(lags.map(([, value]) => value).sort()).toEqual([0, 1]);
  });
  tail.process.kill('SIGTERM');
  await tail.ended;
});

test('health and readiness; other names of the host, other pages', async () => {
  expect(await get(runtime, '/healthz')).toEqual({ status: 200, text: 'ok\n' });
  expect(await get(gateway, '/readyz')).toEqual({ status: 200, text: 'ready\n' });
  expect(await get(runtime, '/readyz')).toEqual({ status: 200, text: 'ready\n' });
  expect((await get(runtime, '/metrics', 'rebound.example.org')).status).toBe(421);
  expect((await get(runtime, '/other')).status).toBe(404);
  await gateway.stop();
  await eventually(async () =>
    expect(await get(runtime, '/readyz')).toEqual({
      status: 503,
      text: expect.stringContaining('the gateway is not attached'),
    }),
  );
  expect((await get(runtime, '/healthz')).status).toBe(200);
});
