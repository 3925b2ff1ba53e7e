/**
 * Two hosts and their gateway over TLS, cut off, slowed, restarted and killed at random: each event is in the log once and
 * none is missing, budgets are what the log says, holds have one answer, and no host goes past a lease or back to an older
 * policy. WARDER_FLEET_SECONDS=300 for longer.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { controlService } from '../../../src/contract/control-service.ts';
import { hostService } from '../../../src/contract/identity-service.ts';
import { liveEndpoints } from '../../../src/gateway/endpoint.ts';
import { enroll } from '../../../src/runtime/identity/credentials.ts';
import { policyText } from '../../policy-text.ts';
import { exported, openEvidence, verified } from '../audit/exported.ts';
import { MAIN, type Running, run } from '../child.ts';
import { asker, cleanUp, eventually, stateDirectory } from '../fixtures.ts';
import { agreed, countedExecs, everything } from './agreement.ts';
import { type Relay, relay } from './relay.ts';

afterEach(cleanUp);

const SECONDS = Number(process.env.WARDER_FLEET_SECONDS ?? 20);
const AMOUNT = 100_000;
const HOST = fileURLToPath(new URL('host-child.ts', import.meta.url));
const HOSTS = ['north', 'south'];

function policy(allows: string): string {
  const rules = `  exec: [{allow: [${allows}]}]\n  budget: {execs: ${AMOUNT}/day}\n`;
  return policyText('fleet', 'fleet', 'enforce', rules);
}

/** Below those that the kernel gives out by itself: it stays free while the gateway is away. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

function newRun(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const rest = randomBytes(9).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
}

/** One life of a host: an origin, and all that it said. */
interface Life extends Running {
  host: string;
  origin: string;
}

class Fleet {
  readonly state = stateDirectory();
  readonly policies = stateDirectory();
  readonly places = new Map(HOSTS.map((host) => [host, stateDirectory()]));
  readonly relays = new Map<string, Relay>();
  readonly lives: Life[] = [];
  readonly present = new Map<string, Life>();
  #gateway: Running | undefined;
  #port = 0;
  #config = '';

  async begin(): Promise<void> {
    this.#port = await freePort();
    this.write('/opt/tool, /opt/held');
    this.#config = join(this.policies, '..', `${randomUUID()}.yaml`);
    const text = `kind: Gateway\nstate: ${this.state}\npolicies: ${this.policies}\nlisten: ["127.0.0.1:${this.#port}"]\nlease: 5s\n`;
    writeFileSync(this.#config, text);
    await this.startGateway();
    for (const host of HOSTS) {
      const between = await relay();
      between.port = this.#port;
      this.relays.set(host, between);
      const ask = await this.operator();
      const { token, authorityFingerprint } = await ask(hostService.issueToken, { host, validSeconds: 600 });
      const place = this.places.get(host)!;
      mkdirSync(join(place, 'spool'), { recursive: true });
      const asked = { gateway: `127.0.0.1:${this.#port}`, token: token!, fingerprint: authorityFingerprint! };
      await enroll(place, asked);
      this.startHost(host);
    }
  }

  write(allows: string): void {
    const path = join(this.policies, 'fleet.yaml');
    writeFileSync(`${path}.new`, policy(allows));
    renameSync(`${path}.new`, path);
  }

  async startGateway(): Promise<void> {
    const started = run([MAIN, 'gateway', '--config', this.#config]);
    this.#gateway = started;
    await eventually(
      'the gateway listens',
      () => started.lines.some((line) => line.includes('listens at')),
      120_000,
    );
  }

  async killGateway(signal: NodeJS.Signals): Promise<void> {
    await this.#gateway!.kill(signal);
  }

  startHost(host: string): void {
    const origin = randomUUID();
    const args = [HOST, this.places.get(host)!, this.relays.get(host)!.address, origin, newRun()];
    const life = { ...run(args), host, origin };
    this.lives.push(life);
    this.present.set(host, life);
  }

  async operator() {
    const [live] = await liveEndpoints(this.state);
    return asker({ address: live!.address }, live!.operatorToken);
  }

  async answerAll(): Promise<void> {
    const ask = await this.operator();
    const { holds } = await ask(controlService.listHolds, {});
    for (const { action } of holds ?? [])
      await ask(controlService.answerHold, { id: action!.id!, allow: Math.random() < 0.5 }).catch(() => {});
  }
}

/** What may go wrong, one of it at a time. */
const TROUBLES: readonly ((fleet: Fleet, host: string) => Promise<void> | void)[] = [
  (fleet, host) => fleet.relays.get(host)!.cut(),
  (fleet, host) => fleet.relays.get(host)!.stall(Math.random() * 2000),
  async (fleet) => {
    await fleet.killGateway('SIGKILL');
    await fleet.startGateway();
  },
  async (fleet) => {
    await fleet.killGateway('SIGTERM');
    await fleet.startGateway();
  },
  async (fleet, host) => {
    await fleet.present.get(host)!.kill();
    fleet.startHost(host);
  },
  (fleet) =>
    fleet.write(
      Math.random() < 0.5
        ? '/opt/held'
        : `/opt/tool, /opt/held, /opt/other-${Math.floor(Math.random() * 1e6)}`,
    ),
];

const numbers = (life: Life, word: string): number[][] =>
  life.lines
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.split(' ').slice(1).map(Number));

test('whatever breaks, log, policies, holds and budgets agree', async () => {
  const fleet = new Fleet();
  await fleet.begin();
  await eventually(
    'both hosts work',
    () => HOSTS.every((host) => numbers(fleet.present.get(host)!, 'took').length > 5),
    120_000,
  );
  const end = performance.now() + SECONDS * 1000;
  // Each trouble once, however slow the machine is.
  for (let turn = 0; turn < TROUBLES.length || performance.now() < end; turn++) {
    const trouble = TROUBLES[turn < TROUBLES.length ? turn : Math.floor(Math.random() * TROUBLES.length)]!;
    await trouble(fleet, HOSTS[turn % 2]!);
    await fleet.answerAll().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 700));
  }
  for (const life of fleet.present.values()) await life.kill();
  // New ones send what the others left; then they are stopped too, with all of theirs in the log.
  for (const host of HOSTS) fleet.startHost(host);
  await eventually(
    'both have the policy of now',
    () => HOSTS.every((host) => numbers(fleet.present.get(host)!, 'policy').length > 0),
    120_000,
  );
  const evidence = openEvidence(fleet.state);
  const stored = ({ origin }: Life): number => {
    const row = evidence.log.database
      .prepare('SELECT max(last_sequence) AS n FROM origins WHERE origin = ?')
      .get(origin);
    return (row?.n as number | null) ?? 0;
  };
  const sent = (life: Life): number => numbers(life, 'sent').at(-1)?.[0] ?? 0;
  for (const life of fleet.lives.slice(0, -HOSTS.length))
    await eventually(`all of ${life.origin} is in the log`, () => stored(life) >= sent(life), 180_000);
  for (const life of fleet.present.values()) await life.kill();
  await fleet.killGateway('SIGTERM');

  const logged = await everything(evidence.log);
  const { sequences, usage, answers } = agreed(
    logged,
    new Map(fleet.lives.map((life) => [life.origin, life.host])),
  );
  for (const life of fleet.lives)
    expect(sequences.get(life.origin) ?? 0).toBeGreaterThanOrEqual(stored(life));
  for (const life of fleet.lives.slice(0, -HOSTS.length))
    expect(stored(life)).toBeGreaterThanOrEqual(sent(life));
  expect((await verified(await exported(evidence))).ok).toBe(true);

  expect(countedExecs(evidence.log)).toBe(usage);

  // What a host did with what was held is what was answered.
  const held = fleet.lives.flatMap(({ lines }) =>
    lines.filter((line) => line.startsWith('held ')).map((line) => line.split(' ')),
  );
  for (const [, id = '', answer] of held)
    if (answer === 'allow') expect([id, answers.get(id)]).toEqual([id, ['approval.given']]);
  expect(held.length).toBeGreaterThan(0);

  // Policies: never past a lease, never back to an older one than the host had.
  for (const life of fleet.lives) {
    const leases = new Map<number, number>();
    let newest = 0;
    for (const line of life.lines) {
      const [word, first = 0, second = 0, third = 0] = line
        .split(' ')
        .map((part, at) => (at ? Number(part) : part)) as [string, number, number, number];
      if (word === 'policy') {
        expect(first).toBeGreaterThanOrEqual(newest);
        newest = first;
        leases.set(first, Math.max(leases.get(first) ?? 0, third));
      }
      if (word !== 'took') continue;
      expect([second, first < leases.get(second)!]).toEqual([newest, true]);
    }
  }
  // And no gateway gave out an older one after a newer one, to anybody.
  const given = fleet.lives.flatMap((life) => numbers(life, 'policy')).sort((a, b) => a[1]! - b[1]!);
  for (const [at, [version = 0, issued = 0]] of given.entries())
    if (at > 0 && given[at - 1]![1]! < issued) expect(version).toBeGreaterThanOrEqual(given[at - 1]![0]!);
  expect(new Set(given.map(([version]) => version)).size).toBeGreaterThan(1);
}, 3_600_000);
