/** What a gateway does, and what is done at it, stands in the log that it keeps. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { GATEWAY_ACTIONS } from '../../src/contract/gateway-actions.ts';
import { toNumber } from '../../src/contract/int64.ts';
import type { GatewayEvent, LoggedEvent } from '../../src/contract/messages.ts';
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts';
import { TEXT_LENGTH } from '../../src/gateway/own-events.ts';
import { AGENT, cleanUp, gateway, later, onePolicy, readAll, stateDirectory, uplink } from './fixtures.ts';

afterEach(cleanUp);

const CHILD = fileURLToPath(new URL('gateway-child.ts', import.meta.url));

async function own(from: Gateway): Promise<{ logged: LoggedEvent; said: GatewayEvent }[]> {
  const { events } = await readAll(from, { filter: { kinds: ['gateway'] } });
  return events.map((logged) => ({ logged, said: logged.event!.gateway! }));
}

function words(said: GatewayEvent): string {
  const changes = (said.changes ?? []).map(({ field, before, after }) => `${field}: ${before}>${after}`);
  return [said.action, said.subject, ...changes].filter(Boolean).join(' ');
}

async function childGateway(state: string): Promise<{ child: ChildProcess; id: string }> {
  const child = spawn(process.execPath, [CHILD, state], { stdio: ['ignore', 'pipe', 'inherit'] });
  later(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const [line] = await once(createInterface({ input: child.stdout! }), 'line');
  return { child, id: JSON.parse(line).id };
}

test('a gateway tells of its start, its keys and its stop, with its id as the origin', async () => {
  const state = stateDirectory();
  const first = await gateway({ stateDirectory: state, recordsLifetime: true, version: '1.2.3' });
  await first.stop();
  const second = await gateway({ stateDirectory: state });
  const events = await own(second);
  expect(events.map(({ said }) => said.action)).toEqual([
    'key.created',
    'key.created',
    'gateway.started',
    'gateway.stopped',
  ]);
  expect(events.map(({ said }) => said.subject)).toEqual(['policy', 'log', first.id, first.id]);
  expect(words(events[2]!.said)).toContain('version: >1.2.3');
  for (const [at, { logged, said }] of events.entries()) {
    expect(logged.origin).toBe(first.id);
    expect(toNumber(logged.event!.sequence)).toBe(at + 1);
    expect(said.actor).toMatchObject({ kind: 'gateway', name: first.id });
  }
  await second.stop();
});

test('one that was killed is noticed by the next one to start, once; one that runs is not', async () => {
  const state = stateDirectory();
  const killed = await childGateway(state);
  const running = await childGateway(state);
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  for (let starts = 0; starts < 2; starts++)
    await (await gateway({ stateDirectory: state, recordsLifetime: true })).stop();
  const died = (await own(await gateway({ stateDirectory: state })))
    .map(({ said }) => said)
    .filter(({ action }) => action === 'gateway.died');
  expect(died.map(({ subject }) => subject)).toEqual([killed.id]);
  running.child.kill('SIGTERM');
  await once(running.child, 'exit');
  const after = await own(await gateway({ stateDirectory: state }));
  expect(words(after.at(-1)!.said)).toBe(`gateway.stopped ${running.id}`);
}, 60_000);

test('each new version of a policy is an event of its agent, one per content', async () => {
  const state = stateDirectory();
  let pattern = '/usr/bin/git';
  const to = await gateway({ stateDirectory: state, policySource: (agent) => onePolicy(pattern)(agent) });
  const link = await uplink(to);
  const first = await link.policyFor(AGENT, '');
  to.policyChanged();
  pattern = '/usr/bin/node';
  to.policyChanged();
  const { events } = await readAll(to, { filter: { agents: [AGENT], kinds: ['gateway'] } });
  const said = events.map(({ event }) => event!.gateway!);
  expect(said.map(({ action }) => action)).toEqual(['policy.versioned', 'policy.versioned']);
  expect(words(said[0]!)).toBe(`policy.versioned ${AGENT} version: >1 policy: >${first.address}`);
  expect(words(said[1]!)).toMatch(`policy.versioned ${AGENT} version: 1>2 policy: ${first.address}>sha256:`);
});

test('a policy version that cannot be recorded is not given out', async () => {
  const to = await gateway();
  const { database } = to.log as unknown as { database: { exec(sql: string): void } };
  const link = await uplink(to, { timeoutMs: 500 });
  database.exec("CREATE TEMP TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'no'); END");
  await expect(link.policyFor(AGENT, '')).rejects.toThrow(/no policy/);
  database.exec('DROP TRIGGER full');
  expect((await link.policyFor(AGENT, '')).version).toBe(1);
});

test('what people say is cut and redacted before it is an event', async () => {
  const to = await gateway({
    redact: (text, counts) => {
      if (text.includes('hunter2')) counts.password = 1;
      return text.replaceAll('hunter2', '[redacted:password]');
    },
  });
  const index = to.record({
    action: 'approval.given',
    actor: { kind: 'person', name: 'alice', credential: 'certificate:ab', address: '192.0.2.7' },
    subject: 'exec /usr/bin/rm',
    because: `the password is hunter2 ${'x'.repeat(5000)}`,
    agent: AGENT,
    run: '018f2d3e-0000-7000-8000-000000000001',
  });
  expect(index).toBe(0);
  const [{ logged, said } = { logged: {} as LoggedEvent, said: {} as GatewayEvent }] = await own(to);
  expect(said.actor).toMatchObject({ kind: 'person', name: 'alice', credential: 'certificate:ab' });
  expect(said.because).toMatch(/^the password is \[redacted:password\] x+$/);
  expect(said.because!.length).toBeLessThanOrEqual(TEXT_LENGTH + '[redacted:password]'.length);
  expect(logged.event).toMatchObject({
    cut: true,
    agent: AGENT,
    redactions: [{ kind: 'password', count: 1 }],
  });
});

test('every action is explained in docs/audit.md, and no other', () => {
  const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
  const section = page.slice(
    page.indexOf('## What the gateway itself says'),
    page.indexOf('## Events as bytes'),
  );
  const told = [...section.matchAll(/`([a-z]+\.[a-z]+)`/g)].map(([, action]) => action);
  expect([...new Set(told)].sort()).toEqual([...GATEWAY_ACTIONS].sort());
});

test('what a gateway works with is told where it is another than at its last start', async () => {
  const state = stateDirectory();
  const started = async (options: Partial<GatewayOptions>) => {
    const one = await gateway({ stateDirectory: state, recordsLifetime: true, ...options });
    await one.stop();
  };
  await started({ redactionRules: 'aaaa' });
  await started({ redactionRules: 'aaaa', retain: { ageMs: 1000 } });
  await started({ redactionRules: 'bbbb', retain: { ageMs: 1000 } });
  await started({ redactionRules: 'bbbb' });
  const said = (await own(await gateway({ stateDirectory: state }))).map((one) => words(one.said));
  expect(said.filter((line) => /changed/.test(line))).toEqual([
    'retention.changed retention rule: >age 1000 ms',
    'redaction.changed gateway rules: aaaa>bbbb',
    'retention.changed retention rule: age 1000 ms>',
  ]);
  expect(said.filter((line) => /^gateway.started .*redaction rules: >bbbb/.test(line))).toHaveLength(2);
});

test('runtimes that come and go, and redact by other rules than before, are told, within a bound', async () => {
  const to = await gateway({ tellsRuntimes: true });
  const first = await uplink(to, { redactionRules: 'aaaa' });
  first.close();
  await expect.poll(() => own(to)).toHaveLength(2);
  const second = await uplink(to, { redactionRules: 'bbbb' });
  const [came, went, changed, again] = (await own(to)).map(({ said }) => ({ ...said, line: words(said) }));
  expect(came!.line).toMatch(
    /^runtime.attached host-a origin: >[0-9a-f-]{36} version: >.* redaction rules: >aaaa$/,
  );
  expect(came!.actor).toMatchObject({ kind: 'runtime', name: 'host-a' });
  expect(went!.line).toMatch(/^runtime.lost host-a origin: [0-9a-f-]{36}>$/);
  expect(changed!.line).toBe('redaction.changed host-a rules: aaaa>bbbb');
  expect(again!.line).toMatch(/^runtime.attached host-a .*redaction rules: >bbbb$/);
  for (let round = 0; round < 20; round++) await (await uplink(to)).close();
  const told = (await own(to)).filter(({ said }) => said.action === 'runtime.attached');
  expect(told.length).toBeLessThan(12);
  second.close();
});

test('a runtime that the stop of its gateway cuts off is not lost', async () => {
  const state = stateDirectory();
  const to = await gateway({ stateDirectory: state, tellsRuntimes: true });
  const link = await uplink(to);
  await to.stop();
  await link.close();
  const said = (await own(await gateway({ stateDirectory: state }))).map(({ said: one }) => one.action);
  expect(said).toEqual(['runtime.attached']);
});
