/** Commands and held actions between people and runtimes, over real streams. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { controlService } from '../../../src/contract/control-service.ts';
import { keyService } from '../../../src/contract/identity-service.ts';
import { toLong } from '../../../src/contract/int64.ts';
import {
  CommandKind,
  type EffectivePolicy,
  type Event,
  type GatewayMessage,
  LoggedEvent,
} from '../../../src/contract/messages.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import type { PolicySource } from '../../../src/gateway/policy-authority.ts';
import { GatewayHolds } from '../../../src/runtime/gateway-holds.ts';
import type { HeldAction } from '../../../src/runtime/holds.ts';
import type { Redacted } from '../../../src/runtime/redaction/redacted.ts';
import { proxyTo } from '../../uplink/proxy.ts';
import { AGENT, asker, cleanUp, gateway, onePolicy, RUN, stateDirectory, uplink } from '../fixtures.ts';

afterEach(cleanUp);

const KILL = CommandKind.COMMAND_KIND_KILL;
const ACTION: HeldAction = {
  run: RUN,
  agent: AGENT,
  category: 'exec',
  target: '/usr/bin/rm' as Redacted,
  pid: 4711,
  argv: ['rm', '-r', 'x'] as Redacted[],
};

async function actionsIn(of: Gateway): Promise<string[]> {
  const { rows } = await of.log.read({ from: 0, limit: 1000, maxBytes: 1 << 24 });
  const events = rows.map(({ leaf }) => LoggedEvent.decode(leaf).event as Event);
  return events.flatMap(({ gateway: own }) => (own?.action ? [own.action] : []));
}

test('a question waits for a person, whose answer reaches the host that asked; the first one counts', async () => {
  const to = await gateway();
  const person = asker(to, to.tokens.operator);
  const holds = new GatewayHolds({ uplink: await uplink(to), answerMs: 60_000 });
  const answer = holds.ask(ACTION);
  const listed = () => person(controlService.listHolds, {}).then((said) => said.holds ?? []);
  await expect.poll(async () => (await listed()).length).toBe(1);
  const [held] = await listed();
  expect(held).toMatchObject({
    state: 'pending',
    action: { target: '/usr/bin/rm', argv: ['rm', '-r', 'x'] },
  });
  const { id } = held!.action!;
  const said = await person(controlService.answerHold, { id: id!.slice(0, 8), allow: true, because: 'fine' });
  expect(said).toMatchObject({ state: 'allowed', answeredBy: 'operator', because: 'fine' });
  expect(await answer).toBe('allow');
  const again = person(controlService.answerHold, { id: id!, allow: false });
  await expect(again).rejects.toMatchObject({ code: 'HOLD_ANSWERED' });
  expect(await actionsIn(to)).toEqual(expect.arrayContaining(['approval.asked', 'approval.given']));
});

test('a yes that makes a grant can be taken back while that stands, on another gateway of the log and by a host that was away', async () => {
  const directory = stateDirectory();
  const [to, other] = [
    await gateway({ stateDirectory: directory }),
    await gateway({ stateDirectory: directory }),
  ];
  const person = asker(other, other.tokens.operator);
  const listed = async () => (await person(controlService.listHolds, { all: true })).holds ?? [];
  const answer = (id: string, allow: boolean) =>
    person(controlService.answerHold, { id, allow, because: 'x' });
  const between = await proxyTo(to.address);
  const { runtime: token } = to.tokens;
  const endpoint = { address: between.address, token, gatewayPublicKey: to.policyKey };
  const runtime = await uplink(to, { endpoint });
  const holds = new GatewayHolds({ uplink: runtime, answerMs: 60_000 });
  let revoked = 0;
  const held = { ...ACTION, category: 'read', grantMs: 60_000 } as const;
  const first = holds.ask(held, () => revoked++);
  await expect.poll(async () => (await listed()).length).toBe(1);
  const id = (await listed())[0]!.action!.id!;
  await answer(id, true);
  expect(await first).toBe('allow');
  await expect(answer(id, true)).rejects.toMatchObject({ code: 'HOLD_ANSWERED' });
  expect(await answer(id, false)).toMatchObject({ state: 'denied' });
  await expect.poll(() => revoked, { timeout: 10_000 }).toBe(1);
  await expect(answer(id, false)).rejects.toMatchObject({ code: 'HOLD_ANSWERED' });
  const said = (await actionsIn(to)).filter((action) => /approval|grant/.test(action));
  expect(said).toEqual(['approval.asked', 'approval.given', 'grant.made', 'grant.revoked']);

  const again = holds.ask({ ...held, target: '/etc/other' as Redacted }, () => revoked++);
  await expect.poll(async () => (await listed()).length).toBe(2);
  const second = (await listed()).find(({ state }) => state === 'pending')!.action!.id!;
  await answer(second, true);
  expect(await again).toBe('allow');
  const { to: there } = between;
  between.to = undefined;
  between.cut();
  await answer(second, false);
  between.to = there;
  await expect.poll(() => revoked, { timeout: 20_000 }).toBe(2);
});

test('neither a runtime nor a viewer may answer or command', async () => {
  const to = await gateway();
  const runtime = await uplink(to);
  const answer = new GatewayHolds({ uplink: runtime, answerMs: 2000 }).ask(ACTION);
  for (const token of [to.tokens.runtime, to.tokens.viewer]) {
    const ask = asker(to, token);
    await expect(ask(controlService.answerHold, { id: randomUUID(), allow: true })).rejects.toThrow('roles');
    await expect(ask(controlService.commandRun, { run: RUN, kind: KILL })).rejects.toThrow('roles');
  }
  expect(await answer).toBe('deny');
});

test('no answer in time is a no, at the gateway too', async () => {
  const to = await gateway();
  const answer = new GatewayHolds({ uplink: await uplink(to), answerMs: 300 }).ask(ACTION);
  expect(await answer).toBe('deny');
  await expect.poll(() => actionsIn(to), { timeout: 10_000 }).toContain('approval.expired');
  const all = await asker(to, to.tokens.operator)(controlService.listHolds, { all: true });
  const id = all.holds![0]!.action!.id!;
  const late = asker(to, to.tokens.operator)(controlService.answerHold, { id, allow: true });
  await expect(late).rejects.toMatchObject({ code: 'HOLD_ANSWERED' });
});

test('an answer given while the runtime was away reaches it when it is back', async () => {
  const directory = stateDirectory();
  const first = await gateway({ stateDirectory: directory });
  const runtime = await uplink(first);
  const said: GatewayMessage[] = [];
  runtime.onControl((message) => said.push(message));
  const id = randomUUID();
  const held = { id, run: RUN, agent: AGENT, category: 'exec', target: '/x', expiresUnixMs: farAway() };
  runtime.say({ held });
  const person = asker(first, first.tokens.operator);
  await expect.poll(async () => (await person(controlService.listHolds, {})).holds?.length).toBe(1);
  await person(controlService.answerHold, { id, allow: false });
  await expect.poll(() => said.length).toBe(1);
  runtime.say({ held }); // asked again, as after a break
  await expect.poll(() => said.length).toBe(2);
  expect(said.every(({ holdAnswer }) => holdAnswer?.id === id)).toBe(true);
});

test("a command for a host that is away waits, is delivered with the host's runs, and is done once", async () => {
  const to = await gateway();
  const person = asker(to, to.tokens.operator);
  const given = await person(controlService.commandRun, { run: RUN, kind: KILL, because: 'enough' });
  expect(given.result ?? null).toBeNull();
  const runtime = await uplink(to);
  const said: GatewayMessage[] = [];
  runtime.onControl((message) => {
    said.push(message);
    runtime.say({ commandResult: { id: message.command!.id!, done: true, processes: 3 } });
  });
  runtime.keepSaying('runs', { activeRuns: { runs: [{ run: RUN, agent: AGENT }] } });
  await expect.poll(() => actionsIn(to), { timeout: 10_000 }).toContain('command.done');
  expect(said).toHaveLength(1);
  const runs = await person(controlService.listActiveRuns, {});
  expect(runs.runs).toMatchObject([{ run: { run: RUN } }]);
  runtime.keepSaying('runs', { activeRuns: { runs: [] } });
  await expect.poll(async () => (await person(controlService.listActiveRuns, {})).runs?.length ?? 0).toBe(0);
  await expect(person(controlService.commandRun, { run: 'x', kind: KILL })).rejects.toMatchObject({
    code: 'CONTROL_RUN',
  });
});

function farAway() {
  return toLong(Date.now() + 60_000);
}

/** Somebody with a key of their own. */
async function person(of: Gateway, name: string) {
  const request = { name, roles: ['approver'], validSeconds: 600 };
  const { key } = await asker(of, of.tokens.operator)(keyService.createKey, request);
  return asker(of, key!);
}

async function onlyHold(of: Gateway): Promise<string> {
  const read = () => asker(of, of.tokens.viewer)(controlService.listHolds, {});
  await expect.poll(async () => (await read()).holds?.length).toBe(1);
  return (await read()).holds![0]!.action!.id!;
}

test('where the policy wants a second person, neither who started the run nor the operator can say yes', async () => {
  const source = onePolicy();
  const policySource: PolicySource = (agent) => {
    const { policy } = source(agent) as { policy: EffectivePolicy };
    return { policy: { ...policy, secondPerson: true } };
  };
  const to = await gateway({ policySource });
  const holds = new GatewayHolds({ uplink: await uplink(to), answerMs: 60_000 });
  const answer = holds.ask({ ...ACTION, startedBy: 'alice' as Redacted });
  const id = await onlyHold(to);
  const [alice, bob] = [await person(to, 'alice'), await person(to, 'bob')];
  for (const one of [alice, asker(to, to.tokens.operator)]) {
    const yes = one(controlService.answerHold, { id, allow: true });
    await expect(yes).rejects.toMatchObject({ code: 'HOLD_SECOND_PERSON' });
  }
  expect(await bob(controlService.answerHold, { id, allow: true })).toMatchObject({ answeredBy: 'bob' });
  expect(await answer).toBe('allow');
  // A no needs nobody else.
  const other = holds.ask({ ...ACTION, startedBy: 'alice' as Redacted });
  expect(await alice(controlService.answerHold, { id: await onlyHold(to), allow: false })).toMatchObject({
    state: 'denied',
  });
  expect(await other).toBe('deny');
});

test('of many answers at once at two gateways one counts, and answers one question of two alike', async () => {
  const directory = stateDirectory();
  const [first, second] = [
    await gateway({ stateDirectory: directory }),
    await gateway({ stateDirectory: directory }),
  ];
  const runtime = await uplink(first);
  const said: GatewayMessage[] = [];
  runtime.onControl((message) => said.push(message));
  const ids = [randomUUID(), randomUUID()];
  const alike = { run: RUN, agent: AGENT, category: 'exec', target: '/usr/bin/rm', expiresUnixMs: farAway() };
  for (const id of ids) runtime.say({ held: { id, ...alike } });
  const ask = asker(first, first.tokens.operator);
  await expect.poll(async () => (await ask(controlService.listHolds, {})).holds?.length).toBe(2);
  const others = [first, second, first, second].map((each) => asker(each, each.tokens.operator));
  const answers = await Promise.allSettled(
    others.map((each, at) => each(controlService.answerHold, { id: ids[0]!, allow: at % 2 === 0 })),
  );
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect.poll(() => said.length, { timeout: 10_000 }).toBe(1);
  expect(said[0]!.holdAnswer!.id).toBe(ids[0]);
  const left = (await ask(controlService.listHolds, {})).holds!;
  expect(left.map(({ action, state }) => [action!.id, state])).toEqual([[ids[1], 'pending']]);
  const given = (await actionsIn(first)).filter((action) => /approval\.(given|refused)/.test(action));
  expect(given).toHaveLength(1);
});
