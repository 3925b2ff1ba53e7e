/** Policy on its way down: from a real gateway, and from one that lies. */
import { afterEach, expect, test } from 'vitest';
import { toLong } from '../../src/contract/int64.ts';
import { generateSigningKey } from '../../src/contract/keys.ts';
import type { EffectivePolicy } from '../../src/contract/messages.ts';
import { signPolicy } from '../../src/contract/signing.ts';
import type { PolicySource } from '../../src/gateway/policy-authority.ts';
import type { PolicyEvent } from '../../src/runtime/uplink/asked-policies.ts';
import { connectUplink } from '../../src/runtime/uplink/uplink.ts';
import {
  AGENT,
  cleanUp,
  eventually,
  gateway,
  onePolicy,
  RUN,
  stateDirectory,
  uplink,
} from '../gateway/fixtures.ts';
import { silentGateway } from './fake-gateway.ts';
import { proxyTo } from './proxy.ts';

afterEach(cleanUp);

const patternOf = ({ layers }: EffectivePolicy): string => layers![0]!.categories![0]!.rules![0]!.pattern!;

test('a policy comes verified, with its lease', async () => {
  const link = await uplink(await gateway({ leaseMs: 60_000 }));
  const policy = await link.policyFor(AGENT, RUN);
  expect(policy.version).toBe(1);
  expect(policy.policy.agent).toBe(AGENT);
  expect(patternOf(policy.policy)).toBe('/usr/bin/git');
  expect(policy.leaseMs).toBeGreaterThan(50_000);
  expect(policy.leaseMs).toBeLessThanOrEqual(60_000);
});

test('a lease is renewed before it ends, under the same version', async () => {
  const link = await uplink(await gateway({ leaseMs: 3000 }));
  const events: PolicyEvent[] = [];
  link.onPolicy((event) => events.push(event));
  let usableUntil = (await link.policyFor(AGENT, RUN)).leaseUnixMs;
  for (const seen = new Set<PolicyEvent>(events); seen.size < 3; ) {
    await eventually('a renewal', () => events.length > seen.size);
    const event = events[seen.size]!;
    if (!('policy' in event)) throw event.problem;
    expect(event.policy.issuedUnixMs).toBeLessThan(usableUntil);
    expect(event.policy.version).toBe(1);
    usableUntil = event.policy.leaseUnixMs;
    seen.add(event);
  }
});

test('a change is pushed at once, under the next version; going back is a version of its own', async () => {
  let source: PolicySource = onePolicy('/usr/bin/git');
  const to = await gateway({ policySource: (agent) => source(agent) });
  const link = await uplink(to);
  const seen: string[] = [];
  link.onPolicy((event) => {
    seen.push(
      'policy' in event ? `${event.policy.version} ${patternOf(event.policy.policy)}` : event.problem.code,
    );
  });
  await link.policyFor(AGENT, RUN);
  for (const next of [
    onePolicy('/usr/bin/node'),
    onePolicy('/usr/bin/git'),
    () => ({ refusal: 'withdrawn' }),
  ]) {
    const before = seen.length;
    source = next;
    to.policyChanged();
    await eventually('pushed', () => seen.length > before);
  }
  expect(seen).toEqual(['1 /usr/bin/git', '2 /usr/bin/node', '3 /usr/bin/git', 'UPLINK_NO_POLICY']);
});

test('versions go on after a restart, and over two gateways on one state directory', async () => {
  const state = stateDirectory();
  const version = async (pattern: string): Promise<number> => {
    const to = await gateway({ stateDirectory: state, policySource: onePolicy(pattern) });
    const policy = await (await uplink(to)).policyFor(AGENT, RUN);
    await to.stop();
    return policy.version;
  };
  expect(await version('/a')).toBe(1);
  expect(await version('/a')).toBe(1);
  expect(await version('/b')).toBe(2);
  expect(await version('/a')).toBe(3);
});

test('an agent without a policy is told the reason', async () => {
  const link = await uplink(await gateway({ policySource: () => ({ refusal: 'no layer covers it' }) }));
  await expect(link.policyFor(AGENT, RUN)).rejects.toMatchObject({
    code: 'UPLINK_NO_POLICY',
    message: `the gateway has no policy for ${AGENT}: no layer covers it`,
  });
});

test('after a break the policy is asked for again', async () => {
  const to = await gateway();
  const proxy = await proxyTo(to.address);
  const link = await uplink({ ...to, address: proxy.address });
  await link.policyFor(AGENT, RUN);
  const events: PolicyEvent[] = [];
  link.onPolicy((event) => events.push(event));
  proxy.cut();
  await eventually('asked again', () => events.length === 1);
  expect(events[0]).toMatchObject({ policy: { version: 1 } });
});

test('a gateway that never answers is a time-out that names the agent', async () => {
  const fake = await silentGateway();
  const link = await connectUplink({ ...fake.uplink, timeoutMs: 200 });
  await expect(link.policyFor(AGENT, RUN)).rejects.toThrow(`no policy for ${AGENT} within 200 ms`);
  await link.close();
});

test('forged, replayed, expired and misdirected policies are reported and never handed out', async () => {
  const fake = await silentGateway();
  const link = await connectUplink(fake.uplink);
  const problems: string[] = [];
  const versions: number[] = [];
  link.onPolicy((event) => {
    if ('policy' in event) versions.push(event.policy.version);
    else problems.push(event.problem.code);
  });
  const now = Date.now();
  const policy = (version: number, changes: EffectivePolicy = {}): EffectivePolicy => ({
    agent: AGENT,
    version: toLong(version),
    issuedUnixMs: toLong(now),
    leaseUnixMs: toLong(now + 60_000),
    ...changes,
  });
  const say = (signed: ReturnType<typeof signPolicy>): void =>
    fake.say({ policy: { agent: AGENT, policy: signed } });
  const good = signPolicy(policy(5), fake.key);
  const first = link.policyFor(AGENT, RUN);
  await eventually('asked', () => fake.asked().length === 1);
  say(good);
  expect((await first).version).toBe(5);

  say(signPolicy(policy(6), generateSigningKey()));
  say({ ...good, payload: Buffer.concat([good.payload!, Buffer.of(0x30, 0x01)]) });
  say(signPolicy(policy(4), fake.key));
  say(signPolicy(policy(6, { leaseUnixMs: toLong(now - 1) }), fake.key));
  say(signPolicy(policy(6, { agent: `${AGENT}-2` }), fake.key));
  fake.say({ policy: { agent: `${AGENT}-2`, policy: signPolicy(policy(9), fake.key) } });
  say(signPolicy(policy(7), fake.key));
  await eventually('the last one', () => versions.includes(7));
  expect(versions).toEqual([5, 7]);
  expect(problems).toEqual([
    'POLICY_KEY',
    'POLICY_SIGNATURE',
    'POLICY_REPLAY',
    'POLICY_LEASE',
    'POLICY_AGENT',
  ]);
  await link.close();
});
