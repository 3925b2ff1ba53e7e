/**
 * From the command to the agent's first instruction, and what Warder occupies.
 *
 * Start-up: /bin/true spawned plainly, and by `warder run` with the runtime's service there and without, turn by turn: what
 * it takes longer. The CPU of the command and of all that it starts stands beside it. Memory: resident, as /proc has it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { atRoot } from '../../src/base/root.ts';
import { requireHost } from '../../src/kernel/capability.ts';
import { cgroupOf } from '../../src/runtime/adoption/cgroups.ts';
import { type BenchAgent, crowd, startAgent } from './agents.ts';
import { figure, type Part } from './figure.ts';
import { diskDirectory, workDirectory } from './place.ts';
import { MONITORED, monitorPolicy, policies } from './policies.ts';
import { costOf, type Host, SETTLE_MS, type Service, startHost, WARDER } from './services.ts';
import { spread } from './statistics.ts';
import { Worker } from './worker.ts';

const RULES = 100;
const PLAIN = 'run /bin/true';
/** What a host of agents is taken to be. */
const AGENTS = 100;
const PROCESSES_EACH = 100;
/** So long all of them may take to be there: a machine that others use as well forks slowly. */
const CROWD_MS = 300_000;

export async function startupPart(rounds: number): Promise<Part> {
  const host = await startHost(policies(RULES));
  const node = nodeMb();
  try {
    const idle = await settled(host);
    const own = { runtime: ownMemory(host.runtime), gateway: ownMemory(host.gateway) };
    const times = await starts(host, rounds);
    const crowded = await withAgents(host);
    const processes = crowded.processes.toLocaleString('en');
    const crowdedText = `${AGENTS} agents, ${processes} processes of theirs there at once`;
    const ms = (name: string) => spread(times[name]!.map(({ over }) => over / 1e6));
    const cpu = (name: string) =>
      `CPU ${(spread(times[name]!.map(({ cpuNs }) => cpuNs)).median / 1e6).toFixed(0)} ms`;
    const toAttached = `to attached programs; the gateway before it ${host.readyMs.gateway.toFixed(0)} ms`;
    return {
      title: 'Start-up and footprint',
      about: `Medians of ${rounds} starts of each kind; milliseconds are those that it takes longer than /bin/true alone. Memory is resident memory: the rings in it, and the pages of node's own file, which all nodes of a host share.`,
      figures: [
        figure('startup/service', 'warder run of /bin/true, the service there', 'ms', ms('service'), {
          goal: { most: 40 },
          relative: ms('service').median / ms('node').median,
          remark: cpu('service'),
        }),
        figure(
          'startup/embedded',
          'warder run of /bin/true, all of it in the command',
          'ms',
          ms('embedded'),
          {
            goal: { most: 600 },
            relative: ms('embedded').median / ms('node').median,
            remark: cpu('embedded'),
          },
        ),
        figure('startup/node', 'of it: node that does nothing', 'ms', ms('node'), { remark: cpu('node') }),
        figure('startup/protection', 'runtime as a service', 'ms', host.readyMs.runtime, {
          remark: toAttached,
        }),
        figure('memory/node', 'of each: node that does nothing', 'MB', node),
        figure('memory/runtime/idle', 'runtime, idle', 'MB', idle.runtime, {
          goal: { most: 90 },
          relative: idle.runtime / node,
          remark: own.runtime,
        }),
        figure('memory/gateway/idle', 'gateway, idle', 'MB', idle.gateway, {
          relative: idle.gateway / node,
          remark: own.gateway,
        }),
        figure('memory/runtime/agents', `runtime, ${crowdedText}`, 'MB', crowded.runtime, {
          relative: crowded.runtime / idle.runtime,
          remark: `gateway ${crowded.gateway.toFixed(0)} MB; all started through the runtime in ${crowded.seconds.toFixed(0)} s, the first on`,
        }),
        ...sizes(),
      ],
    };
  } finally {
    await host.stop();
  }
}

interface Start {
  over: number;
  cpuNs: number;
}

async function starts(host: Host, rounds: number): Promise<Record<string, Start[]>> {
  const directory = workDirectory();
  const worker = await Worker.start(directory);
  const state = join(diskDirectory(), 'state');
  const file = join(directory, 'policy.yaml');
  writeFileSync(file, monitorPolicy());
  const embedded = `run ${WARDER} run --quiet --policy ${file} --state ${state} --agent ${MONITORED} -- /bin/true`;
  const requests = {
    service: `run ${host.run(MONITORED).join(' ')} /bin/true`,
    embedded,
    node: `run ${process.execPath} -e 0`,
  };
  const times: Record<string, Start[]> = { service: [], embedded: [], node: [] };
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [name, request] of Object.entries(requests)) {
        const plain = await worker.run(PLAIN);
        const taken = await worker.run(request);
        // The first is slower by what every machine does once: files that nobody had read.
        if (round < 0) continue;
        times[name]!.push({ over: taken.ns - plain.ns, cpuNs: taken.cpuNs - plain.cpuNs });
      }
    }
  } finally {
    await worker.end();
  }
  return times;
}

interface Memory {
  runtime: number;
  gateway: number;
}

async function settled({ runtime, gateway }: Host): Promise<Memory> {
  await sleep(SETTLE_MS);
  return {
    runtime: costOf(runtime.child.pid!).residentMb,
    gateway: costOf(gateway.child.pid!).residentMb,
  };
}

interface Crowded extends Memory {
  /** Counted in the agents' cgroups when memory was looked at. */
  processes: number;
  /** From the first start until the last of them was there. */
  seconds: number;
}

async function withAgents(host: Host): Promise<Crowded> {
  const agents: BenchAgent[] = [];
  const { cgroup2 } = requireHost();
  const begin = performance.now();
  try {
    for (let index = 0; index < AGENTS; index++) {
      agents.push(await startAgent(host, MONITORED, crowd(PROCESSES_EACH)));
    }
    const cgroups = agents.map(({ pid }) => join(cgroup2, cgroupOf(`${pid}`), 'cgroup.procs'));
    const there = () => cgroups.reduce((sum, path) => sum + linesIn(path), 0);
    while (there() < AGENTS * PROCESSES_EACH) {
      if (performance.now() - begin > CROWD_MS)
        throw new Error(`of ${AGENTS * PROCESSES_EACH} processes only ${there()} are there`);
      await sleep(100);
    }
    const seconds = (performance.now() - begin) / 1000;
    return { ...(await settled(host)), processes: there(), seconds };
  } finally {
    await Promise.all(agents.map((agent) => agent.end()));
  }
}

function linesIn(path: string): number {
  return readFileSync(path, 'utf8').split('\n').length - 1;
}

/** Resident memory of a node without a script of ours. */
function nodeMb(): number {
  const script = 'setTimeout(() => console.log(process.memoryUsage.rss()), 200)';
  return Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })) / (1 << 20);
}

function ownMemory({ child }: Service): string {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const own = Number(/^RssAnon:\s+(\d+)/m.exec(status)![1]) / 1024;
  return `${own.toFixed(0)} MB of it its own, the rest node's file and rings`;
}

function sizes() {
  const mb = (path: string) => bytesUnder(atRoot(path)) / 1e6;
  const own = mb('dist') + mb('build/warder.node') + mb('build/warder-launch') + mb('build/warder-run');
  const debs = spawnSync('ls', ['-t', atRoot('build/deb')], { encoding: 'utf8' });
  const deb = debs.stdout.split('\n').find((name) => name.endsWith('.deb'));
  return [
    figure('size/own', 'bundle, addon, launcher and client on disk', 'MB', own),
    figure('size/node', 'the node that comes with them', 'MB', statSync(process.execPath).size / 1e6),
    ...(deb ? [figure('size/deb', 'the Debian package', 'MB', mb(`build/deb/${deb}`))] : []),
  ];
}

function bytesUnder(path: string): number {
  const words = ['-sb', path];
  return Number(execFileSync('du', words, { encoding: 'utf8' }).split('\t')[0]);
}
