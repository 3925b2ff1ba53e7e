/** Each kind of event that the log's page lists is made by what it tells of, and by nothing here but what people and hosts do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { witnessService } from '../../src/contract/audit-service.ts';
import { budgetService } from '../../src/contract/budget-service.ts';
import { controlService } from '../../src/contract/control-service.ts';
import { GATEWAY_ACTIONS } from '../../src/contract/gateway-actions.ts';
import { keyService } from '../../src/contract/identity-service.ts';
import { toLong } from '../../src/contract/int64.ts';
import { CommandKind } from '../../src/contract/messages.ts';
import { policyService } from '../../src/contract/policy-service.ts';
import { rotateLogKey } from '../../src/gateway/audit/key-rotation.ts';
import { Retention } from '../../src/gateway/audit/retention.ts';
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts';
import { OwnEvents } from '../../src/gateway/own-events.ts';
import { backUp, restore } from '../../src/gateway/store/backup.ts';
import { pragma } from '../../src/gateway/store/database.ts';
import type { SqliteEventLog } from '../../src/gateway/store/sqlite-event-log.ts';
import { policyText } from '../policy-text.ts';
import { evidence, openEvidence } from './audit/exported.ts';
import {
  AGENT,
  asker,
  BOOT,
  cleanUp,
  eventually,
  execEvents,
  filled,
  gateway,
  HOST,
  later,
  RUN,
  readAll,
  stateDirectory,
  uplink,
} from './fixtures.ts';

afterEach(cleanUp);

const ACTOR = { kind: 'operator', name: 'root' } as const;
const POLICY = policyText('coding', 'team/payments', 'monitor', '  exec: [{allow: /usr/bin/git}]\n');
const BUDGET = policyText(
  'spend',
  'fleet',
  'enforce',
  `  exec: [{allow: /usr/bin/git}]
  budget: {cost: 1 USD/day, on_exceed: deny}
`,
);

/** Actions in the log of a state directory, as a consumer reads them. */
async function actionsIn(state: string): Promise<string[]> {
  const { events } = await readAll(await gateway({ stateDirectory: state }), {
    filter: { kinds: ['gateway'] },
  });
  return events.map(({ event }) => event!.gateway!.action!);
}

async function killedGateway(state: string): Promise<void> {
  const script = fileURLToPath(new URL('gateway-child.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: child.stdout! }), 'line');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Documents, keys, logins, spend, commands: what people do by RPC and at the console. */
async function people(to: Gateway): Promise<void> {
  const ask = asker(to, to.tokens.operator);
  for (const [name, text] of [
    ['coding.yaml', POLICY],
    ['spend.yaml', BUDGET],
  ])
    await ask(policyService.putPolicies, { files: [{ name: name!, text: text! }] });
  await ask(policyService.getEffectivePolicy, { agent: AGENT });
  await ask(policyService.promotePolicy, { policy: 'team/payments:coding' });
  const made = await ask(keyService.createKey, {
    name: 'ann',
    roles: ['viewer', 'agent'],
    validSeconds: 600,
  });
  const turned = await ask(keyService.rotateKey, {
    id: made.about!.id!,
    overlapSeconds: 60,
    validSeconds: 600,
  });
  const login = (key: string) =>
    fetch(`${to.consoleUrl}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
  expect((await login(turned.key!)).status).toBe(200);
  expect((await login(`wk_aaaaaaaaaaaa_${'x'.repeat(43)}`)).status).toBe(401);
  const spent = { key: 'one', agent: AGENT, costMicros: toLong(2_000_000), currency: 'USD', what: 'a call' };
  await asker(to, turned.key!)(budgetService.reportUsage, spent);
  await ask(keyService.revokeKey, { id: turned.about!.id! });
}

/** What hosts say, and people about it. */
async function hosts(to: Gateway): Promise<void> {
  const ask = asker(to, to.tokens.operator);
  const runtime = await uplink(to);
  await runtime.policyFor(AGENT, RUN);
  runtime.onControl(({ command }) => {
    if (command) runtime.say({ commandResult: { id: command.id!, done: true, processes: 1 } });
  });
  runtime.keepSaying('runs', { activeRuns: { runs: [{ run: RUN, agent: AGENT }] } });
  await eventually('the run is known', async () => {
    const { runs } = await ask(controlService.listActiveRuns, {});
    return runs!.length === 1;
  });
  await ask(controlService.commandRun, { run: RUN, kind: CommandKind.COMMAND_KIND_SUSPEND });
  const held = { run: RUN, agent: AGENT, category: 'read', target: '/etc/held', grantMs: 60_000 };
  const [yes, no, late] = [randomUUID(), randomUUID(), randomUUID()];
  for (const [id, ms] of [
    [yes, 60_000],
    [no, 60_000],
    [late, 300],
  ] as const)
    runtime.say({ held: { ...held, id, expiresUnixMs: toLong(Date.now() + ms) } });
  const state = async (id: string) => {
    const { holds } = await ask(controlService.listHolds, { all: true });
    return holds!.find(({ action }) => action!.id === id)?.state;
  };
  await eventually('all are asked', async () => Boolean((await state(yes)) && (await state(no))));
  await ask(controlService.answerHold, { id: yes, allow: true });
  await ask(controlService.answerHold, { id: yes, allow: false });
  await ask(controlService.answerHold, { id: no, allow: false });
  await eventually('nobody answered in time', async () => (await state(late)) === 'expired');
  runtime.close();
}

/** A disk that is full for a while. */
async function noRoom(to: Gateway): Promise<void> {
  const { database } = to.log as SqliteEventLog;
  const runtime = await uplink(to);
  await runtime.sendEvents(execEvents(1));
  await runtime.flush();
  database.exec(`PRAGMA max_page_count = ${pragma(database, 'page_count')}`);
  await runtime.sendEvents(execEvents(2000, 2));
  await expect(runtime.flush(300)).rejects.toThrow(/no room/);
  database.exec('PRAGMA max_page_count = 1000000');
  await runtime.flush();
}

/** A checkpoint of another log, with a proof that does not lead to it. */
async function refusedCheckpoint(to: Gateway, other: Awaited<ReturnType<typeof evidence>>): Promise<void> {
  const bring = asker(to, to.tokens.viewer);
  const at = (size: number) => other.audit.signedAt(size).note;
  await bring(witnessService.addCheckpoint, { oldSize: toLong(0), proof: [], note: at(3) });
  const wrong = [new Uint8Array(32)];
  const forked = bring(witnessService.addCheckpoint, { oldSize: toLong(3), proof: wrong, note: at(8) });
  await expect(forked).rejects.toMatchObject({ code: 'WITNESS_FORK' });
}

/** What `warder audit` does on the state directory: its own process, beside the gateway. */
async function operator(state: string, to: Gateway): Promise<void> {
  await filled(4500, to);
  const { log, audit } = openEvidence(state);
  const own = new OwnEvents({ log, origin: { host: HOST, boot: BOOT, origin: randomUUID() } });
  rotateLogKey({ stateDirectory: state, log, own, actor: ACTOR, because: 'yearly' });
  expect(audit.latest()!.size).toBeGreaterThan(4500);
  const retention = new Retention(log, own);
  retention.hold({ kind: 'run', name: 'other' }, 'case', ACTOR);
  retention.lift({ kind: 'run', name: 'other' }, 'closed', ACTOR);
  const gone = await retention.apply({ ageMs: 0 }, ACTOR, Date.now() + 1000);
  expect(gone.segments).toBeGreaterThan(0);
}

test('every action that the log can tell of is told when it is done', async () => {
  const state = stateDirectory();
  const other = await evidence([3, 5]);
  const started = (options: Partial<GatewayOptions> = {}): Promise<Gateway> =>
    gateway({
      stateDirectory: state,
      recordsLifetime: true,
      tellsRuntimes: true,
      policySource: { documents: () => [] },
      witnessOf: [other.audit.verifierKey],
      console: { listen: '127.0.0.1:0' },
      ...options,
    });
  await killedGateway(state);
  await (await started({ redactionRules: 'aaaa' })).stop();
  const to = await started({ redactionRules: 'bbbb', retain: { ageMs: 3_600_000 } });
  later(() => to.stop());
  await people(to);
  await hosts(to);
  await asker(to, to.tokens.operator)(policyService.removePolicy, { policy: 'team/payments:coding' });
  await noRoom(to);
  await refusedCheckpoint(to, other);
  // What follows lets go of the oldest events, these among them.
  const before = await actionsIn(state);
  await operator(state, to);
  const saved = join(stateDirectory(), 'gateway.backup');
  await backUp(state, saved, 'test');
  await to.stop();
  const anew = join(stateDirectory(), 'new');
  await restore(saved, anew);

  const told = new Set([...before, ...(await actionsIn(state)), ...(await actionsIn(anew))]);
  expect([...told].sort()).toEqual([...GATEWAY_ACTIONS].sort());
}, 120_000);
