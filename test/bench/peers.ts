/**
 * What else one would pick, on the same loops: the time of a loop with a tool looking at this process, over the time of the
 * same loop before it looked. Each tool is asked for what Warder tells of the loop, and writes it to a file in memory.
 *
 * In:     tools of Debian's packages (`make bench-peers` installs them). One that is not there, or that does not run on this
 *         kernel, is listed with what it said.
 * Safety: all of them filter by the worker's pid; audit rules are taken out again, and audit switched off where it was off.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Absent, type Figure, figure, type Part } from './figure.ts';
import { Kernel, manyRules, rowsOf } from './loops.ts';
import { later, workDirectory } from './place.ts';
import { median, spread } from './statistics.ts';
import { Worker } from './worker.ts';

const LOOPS = {
  open: ['open + close of a file in memory', 1500],
  'tcp-connect': ['TCP connection on loopback, made, accepted, closed', 50],
  'fork-exec': ['fork + exec of /bin/true', 5],
} as const;
type Loop = keyof typeof LOOPS;
const SLICES = 25;
const READY_MS = 2_500;

interface Peer {
  name: string;
  package: string;
  loops: readonly Loop[];
  /** What it tells, in which way it is asked. */
  remark: string;
  /** Done before a worker starts that can be looked at; taken back by what `look` resolves with. */
  prepare?(): void;
  /** Looks at the worker; resolves with what ends it. Throws what the tool says. */
  look(pid: number, directory: string): Promise<() => unknown>;
}

/** A tool that runs until it is told to end. */
function tool(words: (pid: number) => readonly string[]): Peer['look'] {
  return async (pid, directory) => {
    const [program, ...args] = words(pid);
    const out = openSync(join(directory, 'peer.out'), 'w');
    const child = spawn(program!, args, { stdio: ['ignore', out, 'pipe'] });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
      said = (said + piece).slice(0, 2000);
    });
    const gone = once(child, 'exit');
    const failed = await Promise.race([
      once(child, 'error').then(([error]) => (error as Error).message),
      gone.then(() => said.trim().split('\n').at(-1) || `it ended with ${child.exitCode}`),
      sleep(READY_MS).then(() => undefined),
    ]);
    if (failed !== undefined) throw new Error(failed);
    later(() => child.kill());
    return () => ended(child, gone);
  };
}

async function ended(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  child.kill('SIGINT');
  const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(force);
}

function auditctl(...words: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('auditctl', words, { encoding: 'utf8' });
  if (error || status !== 0) throw new Error(error?.message ?? stderr.trim().split('\n').at(-1)!);
  return stdout;
}

/** Only tasks that start while audit is on are looked at. */
function auditOn(): void {
  if (/enabled [12]/.test(auditctl('-s'))) throw new Error('audit is on already: its rules are somebody’s');
  auditctl('-e', '1');
}

/** Rules in the kernel; nobody takes the records but the kernel's own log, so that only their making is measured. */
async function audited(pid: number): Promise<() => unknown> {
  const rules = ['openat', 'execve', 'connect'].flatMap((call) =>
    ['pid', 'ppid'].map((by) => ['always,exit', '-F', 'arch=b64', '-S', call, '-F', `${by}=${pid}`]),
  );
  const end = () => {
    for (const rule of rules) spawnSync('auditctl', ['-d', ...rule]);
    spawnSync('auditctl', ['-e', '0']);
  };
  later(end);
  try {
    for (const rule of rules) auditctl('-a', ...rule);
  } catch (error) {
    end();
    throw error;
  }
  return end;
}

/** Ours: every event decoded in TypeScript, 1,000 rules in force. */
async function warder(worker: Worker, directory: string): Promise<() => unknown> {
  const kernel = new Kernel();
  kernel.sensor.attach();
  kernel.govern(worker, 1, rowsOf({ rules: manyRules(1000) }, 1, directory));
  return () => kernel.close();
}

const CALLS = 'openat,execve,connect';
const ALL = Object.keys(LOOPS) as Loop[];

export const PEERS: readonly Peer[] = [
  {
    name: 'bpftrace',
    package: 'bpftrace',
    loops: ['open', 'tcp-connect'],
    remark: 'openat with its name, as passed; connect',
    look: tool((pid) => [
      'bpftrace',
      '-e',
      `tracepoint:syscalls:sys_enter_openat /pid == ${pid}/ { printf("%d %s %s\\n", pid, comm, str(args->filename)); } ` +
        `tracepoint:syscalls:sys_enter_connect /pid == ${pid}/ { printf("%d %s %d\\n", pid, comm, args->fd); }`,
    ]),
  },
  {
    name: 'opensnoop',
    package: 'libbpf-tools',
    loops: ['open'],
    remark: 'opens, names as passed',
    look: tool((pid) => ['opensnoop', '-p', String(pid)]),
  },
  {
    name: 'tcpconnect',
    package: 'libbpf-tools',
    loops: ['tcp-connect'],
    remark: 'TCP connections, with addresses',
    look: tool((pid) => ['tcpconnect', '-p', String(pid)]),
  },
  {
    name: 'execsnoop',
    package: 'libbpf-tools',
    loops: ['fork-exec'],
    remark: 'execs with their arguments, of the whole host',
    look: tool(() => ['execsnoop']),
  },
  {
    name: 'perf trace',
    package: 'linux-perf',
    loops: ALL,
    remark: CALLS,
    look: tool((pid) => ['perf', 'trace', '-p', String(pid), '-e', CALLS]),
  },
  {
    name: 'auditd',
    package: 'auditd',
    loops: ALL,
    remark: `rules for ${CALLS}`,
    prepare: auditOn,
    look: audited,
  },
  {
    name: 'strace -f',
    package: 'strace',
    loops: ALL,
    remark: CALLS,
    look: tool((pid) => [
      'strace',
      '-f',
      '-qq',
      '-e',
      `trace=${CALLS}`,
      '-o',
      '/dev/null',
      '-p',
      String(pid),
    ]),
  },
];

interface Looked {
  text: string;
  remark: string;
  ratios: Partial<Record<Loop, number[]>>;
}

/** Two processes do the same turn by turn, and one of them is looked at. */
async function look(
  directory: string,
  loops: readonly Loop[],
  into: Looked,
  begin: (worker: Worker) => Promise<() => unknown>,
  prepare: () => void = () => {},
): Promise<void> {
  const bare = await Worker.start(directory);
  let looked: Worker | undefined;
  try {
    prepare();
    looked = await Worker.start(directory);
    const end = await begin(looked);
    try {
      for (const loop of loops) {
        const of = into.ratios[loop] ?? [];
        of.push(await beside(looked, bare, loop));
        into.ratios[loop] = of;
      }
    } finally {
      await end();
    }
  } finally {
    await looked?.end();
    await bare.end();
  }
}

async function beside(looked: Worker, bare: Worker, loop: Loop): Promise<number> {
  const times: Record<'looked' | 'bare', number[]> = { looked: [], bare: [] };
  const request = `${loop} ${LOOPS[loop][1]}`;
  for (let slice = 0; slice < SLICES; slice++) {
    times.bare.push(await bare.ask(request));
    times.looked.push(await looked.ask(request));
  }
  return median(times.looked) / median(times.bare);
}

export async function peersPart(cycles: number): Promise<Part> {
  const directory = workDirectory();
  const own: Looked = {
    text: 'Warder',
    remark: 'all events, resolved paths, verdicts by 1,000 rules',
    ratios: {},
  };
  const looked = PEERS.map(({ name, remark }): Looked => ({ text: name, remark, ratios: {} }));
  const absent: Absent[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    await look(directory, ALL, own, (worker) => warder(worker, directory));
    for (const [index, peer] of PEERS.entries()) {
      if (absent.some(({ text }) => text === peer.name)) continue;
      try {
        await look(
          directory,
          peer.loops,
          looked[index]!,
          (worker) => peer.look(worker.pid, directory),
          peer.prepare,
        );
      } catch (error) {
        absent.push({ text: peer.name, why: `(package ${peer.package}) ${(error as Error).message}` });
      }
    }
  }
  return {
    title: 'Beside what else there is, on the same loops',
    about:
      `Of the time of a process that no tool looks at, turn by turn; the kernel programs of Warder with every event decoded among them. ` +
      `Medians of ${cycles} cycles, each tool once a cycle.`,
    figures: ALL.flatMap((loop) => [own, ...looked].flatMap((one) => figureOf(loop, one))),
    absent,
  };
}

function figureOf(loop: Loop, { text, remark, ratios }: Looked): Figure[] {
  const of = ratios[loop];
  if (!of) return [];
  return [figure(`peers/${loop}/${text}`, `${LOOPS[loop][0]}: ${text}`, 'x', spread(of), { remark })];
}
