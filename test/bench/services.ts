/**
 * Gateway and runtime as the services that they are, with a state directory of their own on the disk.
 *
 * Throws: what a service wrote, where it ended before it was ready.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { noteProcess } from './owned.ts';
import { diskDirectory, later } from './place.ts';

/** BENCH_WARDER: the command of another tree, to compare with. */
export const WARDER = process.env.BENCH_WARDER ?? fileURLToPath(new URL('../../bin/warder', import.meta.url));
const READY_MS = 60_000;
/** By then a service that has nothing to do has given back what its start took. */
export const SETTLE_MS = 3_000;

export class Service {
  readonly child: ChildProcess;
  log = '';

  /** @param directory where it has its state */
  constructor(directory: string, words: readonly string[]) {
    this.child = spawn(WARDER, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    noteProcess(directory, this.child.pid!);
    this.child.stderr!.setEncoding('utf8').on('data', (piece: string) => {
      this.log += piece;
    });
    later(() => this.stop());
  }

  async said(pattern: RegExp): Promise<void> {
    const end = performance.now() + READY_MS;
    while (!pattern.test(this.log)) {
      if (this.child.exitCode !== null) throw new Error(`a service ended: ${this.log}`);
      if (performance.now() > end) throw new Error(`a service never said ${pattern}: ${this.log}`);
      await sleep(5);
    }
  }

  /** Resident memory in MB, and CPU seconds so far. */
  cost(): { residentMb: number; cpuSeconds: number } {
    return costOf(this.child.pid!);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

export function costOf(pid: number): { residentMb: number; cpuSeconds: number } {
  const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { residentMb: Number(resident) / 1024, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
}

export interface Host {
  gateway: Service;
  runtime: Service;
  directory: string;
  /** The runtime's, for those who start agents. */
  socket: string;
  /** State directory of the gateway. */
  state: string;
  /** From its start to the word that it is in charge, milliseconds. */
  readyMs: { gateway: number; runtime: number };
  /** Words that start a command as an agent. */
  run(agent: string): string[];
  stop(): Promise<void>;
}

/**
 * @param policies documents, YAML
 * @param settings further ones of the runtime's configuration
 */
export async function startHost(policies: string, settings: object = {}): Promise<Host> {
  const directory = diskDirectory();
  const at = (name: string) => join(directory, name);
  chmodSync(directory, 0o755);
  mkdirSync(at('policies'));
  writeFileSync(at('policies/bench.yaml'), policies);
  const config = (name: string, content: object): string[] => {
    writeFileSync(at(`${name}.yaml`), JSON.stringify(content));
    return [name, '--config', at(`${name}.yaml`)];
  };
  const begin = performance.now();
  const gateway = new Service(
    directory,
    config('gateway', { kind: 'Gateway', state: at('gateway'), policies: at('policies') }),
  );
  await gateway.said(/policy: .* in force/);
  const between = performance.now();
  const runtime = new Service(
    directory,
    config('runtime', {
      kind: 'Runtime',
      state: at('runtime'),
      socket: at('runtime.sock'),
      gateway: { state: at('gateway') },
      ...settings,
    }),
  );
  await runtime.said(/attached/);
  const ready = performance.now();
  return {
    gateway,
    runtime,
    directory,
    socket: at('runtime.sock'),
    state: at('gateway'),
    readyMs: { gateway: between - begin, runtime: ready - between },
    run: (agent) => [WARDER, 'run', '--quiet', '--socket', at('runtime.sock'), '--agent', agent, '--'],
    stop: async () => {
      await runtime.stop();
      await gateway.stop();
    },
  };
}
