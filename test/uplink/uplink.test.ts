/** The uplink against a real gateway over a unix socket. */
import { afterEach, expect, test } from 'vitest';
import { toNumber } from '../../src/contract/int64.ts';
import { AGENT, cleanUp, execEvents, gateway, RUN, readAll, uplink } from '../gateway/fixtures.ts';

afterEach(cleanUp);

test('events arrive in the log in order, numbered from 1', async () => {
  const to = await gateway();
  const link = await uplink(to);
  await link.sendEvents(execEvents(1000));
  await link.flush();
  expect(link.sequences).toEqual({ last: 1000, acknowledged: 1000 });
  const { events, next } = await readAll(to);
  expect(next).toBe(1000);
  expect(events.map((logged) => toNumber(logged.index))).toEqual([...Array(1000).keys()]);
  expect(events.map((logged) => toNumber(logged.event!.sequence))).toEqual(
    [...Array(1000).keys()].map((n) => n + 1),
  );
  expect(events[999]!.event!.exec!.path).toBe('/usr/bin/tool-1000');
});

test('a policy comes verified, with its lease', async () => {
  const to = await gateway({ leaseMs: 60_000 });
  const link = await uplink(to);
  const policy = await link.policyFor(AGENT, RUN);
  expect(policy.version).toBe(1);
  expect(policy.policy.agent).toBe(AGENT);
  expect(policy.leaseMs).toBeGreaterThan(50_000);
  expect(policy.leaseMs).toBeLessThanOrEqual(60_000);
});

test('an agent without a policy is told the reason', async () => {
  const to = await gateway({ policySource: () => ({ refusal: 'no layer covers it' }) });
  const link = await uplink(to);
  await expect(link.policyFor(AGENT, RUN)).rejects.toThrow(/no policy for spiffe.*no layer covers it/);
});
