/**
 * Two hosts' runtimes and their gateway, services on networks of their own with veth between them, and real agents under
 * them: links cut and slowed, either side stopped and killed at random. Each event is in the log once and none is missing
 * that is not counted, no agent does what the last policy given out refuses, holds and budgets agree.
 * WARDER_FLEET_SECONDS=300 for longer.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { controlService } from '../../src/contract/control-service.ts';
import { toBigInt, toNumber } from '../../src/contract/int64.ts';
import { type LoggedEvent, Reason, Verdict } from '../../src/contract/messages.ts';
import { liveEndpoints } from '../../src/gateway/endpoint.ts';
import { exported, openEvidence, verified } from '../gateway/audit/exported.ts';
import { asker, cleanUp as cleanUpClients } from '../gateway/fixtures.ts';
import { agreed, countedExecs, everything } from '../gateway/fleet/agreement.ts';
import { policyText } from '../policy-text.ts';
import { removeTree } from '../remove-tree.ts';
import { FleetNetwork } from './fleet-network.ts';
import { WARDER } from './governed.ts';
import {
  cleanUp,
  eventually,
  later,
  type RunningCommand,
  type ServiceProcess,
  service,
  warder,
} from './services.ts';

afterEach(async () => {
  await cleanUpClients();
  await cleanUp();
});

const SECONDS = Number(process.env.WARDER_FLEET_SECONDS ?? 10);
const LEASE_MS = 5000;
/** Clocks of kernel and gateway, and the second that a lease is told to the kernel in. */
const CLOCKS_MS = 1500;
const NAMES = ['north', 'south'];
const TOOL = '/usr/bin/true';
const HELD = '/usr/bin/uname';
const ALLOWING = `/usr/bin/bash, ${TOOL}`;

/** Acts until there is a file `stop`: what may be allowed ten times a second, what is held now and then. Starts nothing else. */
const AGENT = `
exec 3<>pause; echo $$ > pid-$$
for ((turn = 1; ; turn++)); do
  [ -e stop ] && exit 0
  ${TOOL} && echo ran >> out-$$
  ((turn % 10 == 0)) && ${HELD} >> /dev/null && echo held >> out-$$
  read -t 0.1 -u 3
done`;

function policy(allows: string): string {
  return policyText(
    'fleet',
    'fleet',
    'enforce',
    `  exec: [{allow: [${allows}]}, {hold: ${HELD}}]
  read: [{allow: [/**]}]
  write: [{allow: ["\${workspace}/**", /dev/**]}]
  load: [{allow: [/usr/lib/**, /lib/**, /lib64/**]}]
  budget: {execs: 1000000/day}
`,
  );
}

interface Host {
  number: number;
  name: string;
  directory: string;
  workspace: string;
  runtime: ServiceProcess;
  agents: RunningCommand[];
}

class Fleet {
  readonly directory = mkdtempSync(join(tmpdir(), 'warder-fleet-'));
  readonly state = join(this.directory, 'gateway');
  readonly hosts: Host[] = [];
  readonly network: FleetNetwork;
  #gateway: ServiceProcess | undefined;

  constructor(network: FleetNetwork) {
    this.network = network;
    later(() => removeTree(this.directory));
    later(() => network.close());
    chmodSync(this.directory, 0o755);
    mkdirSync(join(this.directory, 'policies'));
    this.write(ALLOWING);
  }

  /** The only document, exchanged whole. */
  write(allows: string): void {
    const path = join(this.directory, 'policies', 'fleet.yaml');
    writeFileSync(`${path}.new`, policy(allows));
    renameSync(`${path}.new`, path);
  }

  #config(name: string, content: object): string {
    const file = join(this.directory, `${name}.yaml`);
    writeFileSync(file, JSON.stringify(content));
    return file;
  }

  async startGateway(): Promise<void> {
    const listen = NAMES.map((_, host) => `${this.network.gatewayAddress(host)}:7443`);
    const config = this.#config('gateway', {
      kind: 'Gateway',
      state: this.state,
      policies: join(this.directory, 'policies'),
      lease: `${LEASE_MS / 1000}s`,
      listen,
    });
    this.#gateway = service(['gateway', '--config', config], this.network.atGateway);
    await this.#gateway.said(/listens at/);
  }

  async stopGateway(signal: NodeJS.Signals): Promise<void> {
    await this.#gateway!.stop(signal);
  }

  async addHost(name: string): Promise<void> {
    const number = this.hosts.length;
    const directory = join(this.directory, name);
    const workspace = join(directory, 'workspace');
    mkdirSync(workspace, { recursive: true });
    execFileSync('mkfifo', [join(workspace, 'pause')]);
    const [token, fingerprint] = await this.#token(name);
    const file = join(directory, 'token');
    writeFileSync(file, token, { mode: 0o600 });
    const gateway = `${this.network.gatewayAddress(number)}:7443`;
    const words = ['--gateway', gateway, '--token-file', file, '--ca-fingerprint', fingerprint];
    const config = this.#runtimeConfig(number, directory);
    const [nsenter = '', ...rest] = this.network.atHost(number);
    execFileSync(nsenter, [...rest, WARDER, 'runtime', 'enroll', '--config', config, ...words]);
    // A runtime that is stopped leaves its runs governed; those of a test that failed are nobody's.
    later(() => execFileSync(WARDER, ['detach', '--state', join(directory, 'state')], { stdio: 'ignore' }));
    const host = { number, name, directory, workspace, agents: [] as RunningCommand[] };
    later(() => endAgents(workspace));
    this.hosts.push({ ...host, runtime: await this.#startRuntime(number, directory) });
  }

  async #token(name: string): Promise<[token: string, fingerprint: string]> {
    const { stdout, stderr } = await warder(['host', 'token', name, '--state', this.state]).ended;
    return [stdout.trim(), /--ca-fingerprint (\S+)/.exec(stderr)![1]!];
  }

  #runtimeConfig(number: number, directory: string): string {
    return this.#config(`runtime-${number}`, {
      kind: 'Runtime',
      state: join(directory, 'state'),
      socket: join(directory, 'runtime.sock'),
      gateway: { address: `${this.network.gatewayAddress(number)}:7443` },
    });
  }

  async #startRuntime(number: number, directory: string): Promise<ServiceProcess> {
    const config = this.#runtimeConfig(number, directory);
    const runtime = service(['runtime', '--config', config], this.network.atHost(number));
    await runtime.said(/runtime .* of host/);
    return runtime;
  }

  async restartRuntime(host: Host, signal: NodeJS.Signals): Promise<void> {
    await host.runtime.stop(signal);
    host.runtime = await this.#startRuntime(host.number, host.directory);
  }

  startAgent({ agents, directory, workspace }: Host): void {
    const words = ['run', '-q', '--socket', join(directory, 'runtime.sock'), '--agent', 'acme/pay/coder'];
    agents.push(warder([...words, '--', '/usr/bin/bash', '-c', AGENT], { cwd: workspace }));
  }

  async answerAll(): Promise<void> {
    const [live] = await liveEndpoints(this.state);
    const ask = asker({ address: live!.address }, live!.operatorToken);
    const { holds } = await ask(controlService.listHolds, {});
    for (const { action } of holds ?? [])
      await ask(controlService.answerHold, { id: action!.id!, allow: Math.random() < 0.5 }).catch(() => {});
  }
}

/** Those of a failed test too: by the ids that they left, in the cgroups of no one else. */
function endAgents(workspace: string): void {
  writeFileSync(join(workspace, 'stop'), '');
  for (const name of readdirSync(workspace).filter((each) => each.startsWith('pid-'))) {
    const pid = Number(name.slice('pid-'.length));
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (command.includes(TOOL) && command.startsWith('/usr/bin/bash')) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it was told to.
    }
  }
}

/** What may go wrong, one of it at a time. */
const TROUBLES: readonly ((fleet: Fleet, host: Host) => Promise<void> | void)[] = [
  (fleet) => fleet.write('/usr/bin/bash'),
  async ({ network }, { number }) => {
    network.link(number, 'down');
    await sleep(Math.random() * 3000);
    network.link(number, 'up');
  },
  (fleet, host) => fleet.restartRuntime(host, 'SIGKILL'),
  async (fleet) => {
    await fleet.stopGateway('SIGKILL');
    await fleet.startGateway();
  },
  (fleet) => fleet.write(ALLOWING),
  async ({ network }, { number }) => {
    network.slow(number, 60_000);
    await sleep(2000);
    network.slow(number, null);
  },
  async (fleet) => {
    await fleet.stopGateway('SIGTERM');
    await sleep(Math.random() * 2 * LEASE_MS);
    await fleet.startGateway();
  },
  (fleet, host) => fleet.restartRuntime(host, 'SIGTERM'),
];

const lines = ({ workspace }: Host, word: string): number =>
  readdirSync(workspace)
    .filter((name) => name.startsWith('out-'))
    .flatMap((name) => readFileSync(join(workspace, name), 'utf8').split('\n'))
    .filter((line) => line === word).length;

test('whatever breaks between them and in them, log, agents, holds and budgets agree', async () => {
  const fleet = new Fleet(await FleetNetwork.make(NAMES.length));
  await fleet.startGateway();
  for (const name of NAMES) await fleet.addHost(name);
  for (const host of fleet.hosts) {
    await host.runtime.said(/attached/);
    fleet.startAgent(host);
  }
  const allWork = (): Promise<void> => {
    const before = fleet.hosts.map((host) => lines(host, 'ran'));
    return eventually(async () => {
      // An agent that waits for a person does nothing else.
      await fleet.answerAll().catch(() => {});
      for (const [at, host] of fleet.hosts.entries())
        expect(lines(host, 'ran'), host.agents.map((agent) => agent.stderr()).join()).toBeGreaterThan(
          before[at]!,
        );
    });
  };
  await allWork();
  const end = performance.now() + SECONDS * 1000;
  for (let turn = 0; turn < TROUBLES.length || performance.now() < end; turn++) {
    const trouble = TROUBLES[turn < TROUBLES.length ? turn : Math.floor(Math.random() * TROUBLES.length)]!;
    await trouble(fleet, fleet.hosts[turn % 2]!);
    await fleet.answerAll().catch(() => {});
    await sleep(Math.random() * 1000);
  }
  // All is well again: agents work on, through every runtime that their host has had.
  fleet.write(ALLOWING);
  await allWork();
  for (const { workspace } of fleet.hosts) writeFileSync(join(workspace, 'stop'), '');
  const evidence = openEvidence(fleet.state);
  const runs = () => everything(evidence.log).then((all) => all.filter(({ event }) => event?.runEnded));
  await eventually(async () => {
    await fleet.answerAll().catch(() => {});
    expect(await runs()).toHaveLength(fleet.hosts.length);
  });
  for (const { runtime } of fleet.hosts) await runtime.stop();
  await fleet.stopGateway('SIGTERM');

  const logged = await everything(evidence.log);
  const hostOf = new Map(
    logged.filter(({ event }) => !event?.gateway).map(({ origin = '', host = '' }) => [origin!, host!]),
  );
  expect(new Set(hostOf.values())).toEqual(new Set(NAMES));
  const { usage, answers } = agreed(logged, hostOf);
  expect((await verified(await exported(evidence))).ok).toBe(true);
  expect(countedExecs(evidence.log)).toBe(usage);
  judgePolicies(logged);
  for (const host of fleet.hosts) judgeHost(host, logged);
  const given = [...answers.values()].filter(([answer]) => answer === 'approval.given').length;
  expect(answers.size).toBeGreaterThan(0);
  expect(fleet.hosts.reduce((sum, host) => sum + lines(host, 'held'), 0)).toBeLessThanOrEqual(given);
}, 3_600_000);

const ofTool = (logged: readonly LoggedEvent[], verdict: number): LoggedEvent[] =>
  logged.filter(({ event }) => event?.exec?.path?.endsWith(TOOL) && event.decision?.verdict === verdict);

/** What an agent says that it did is in the log, or counted as lost there. */
function judgeHost(host: Host, logged: readonly LoggedEvent[]): void {
  const own = logged.filter((each) => each.host === host.name);
  const did = lines(host, 'ran');
  const told = ofTool(own, Verdict.VERDICT_ALLOW).length;
  const lost = own
    .flatMap(({ event }) => event?.loss?.counts ?? [])
    .reduce((sum, { records }) => sum + toNumber(records), 0);
  expect(did).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(did);
  expect(told + lost).toBeGreaterThanOrEqual(did);
}

/** A policy that refuses is obeyed, at the latest when the leases of those before it are over. */
function judgePolicies(logged: readonly LoggedEvent[]): void {
  const versions = logged.flatMap(({ event }) => {
    if (event?.gateway?.action !== 'policy.versioned') return [];
    const { after: address } = event.gateway.changes!.find(({ field }) => field === 'policy')!;
    return [{ address: address!, unixMs: Number(toBigInt(event.timeUnixNs) / 1_000_000n) }];
  });
  const allowing = new Set(
    ofTool(logged, Verdict.VERDICT_ALLOW).map(({ event }) => event!.decision!.policy!),
  );
  const refusing = ofTool(logged, Verdict.VERDICT_DENY).filter(
    ({ event }) => event!.decision!.reason === Reason.REASON_NO_RULE,
  );
  expect(refusing.length).toBeGreaterThan(0);
  for (const { event } of refusing) expect(allowing).not.toContain(event!.decision!.policy);
  for (const { event } of ofTool(logged, Verdict.VERDICT_ALLOW)) {
    const atMs = Number(toBigInt(event!.timeUnixNs) / 1_000_000n);
    // Of those given out by then, the newest whose predecessors are all past their leases, and what came after it.
    const bound = versions.findLastIndex(({ unixMs }) => unixMs + LEASE_MS + CLOCKS_MS < atMs);
    const possible = versions.filter(({ unixMs }, at) => at >= bound && unixMs <= atMs + CLOCKS_MS);
    expect(possible.map(({ address }) => address)).toContain(event!.decision!.policy);
  }
}
