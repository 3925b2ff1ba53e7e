/**
 * Gateway and runtime as the services that they are, each a process of its own, with everything of theirs in a
 * directory of the test's.
 *
 * `cleanUp` ends what was started, and takes the directory away.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { policyOf, WARDER } from './governed.ts';

export const NOBODY = 65534;

export interface ServiceProcess {
  process: ChildProcess;
  /** All that it has written. */
  log(): string;
  /** Resolves once its log has this. */
  said(pattern: RegExp): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Services {
  directory: string;
  workspace: string;
  policies: string;
  socket: string;
  gatewayState: string;
  gateway(options?: object): Promise<ServiceProcess>;
  /** @param words behind its configuration @param before what runs it */
  runtime(options?: object, words?: readonly string[], before?: readonly string[]): Promise<ServiceProcess>;
}

const undo: (() => unknown)[] = [];

export async function cleanUp(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

export function later(step: () => unknown): void {
  undo.push(step);
}

/** A process of the test's own is ended with it. */
export function endedLater<T extends ChildProcess>(child: T): T {
  later(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** What `warder tail` has of a run. */
// biome-ignore lint/suspicious/noExplicitAny: events as JSON, looked at by the tests
export async function eventsOf(at: Services, run: string): Promise<any[]> {
  const words = ['tail', '--json', '--no-follow', '--state', at.gatewayState, '--run', run];
  const { stdout } = await warder(words).ended;
  const lines = stdout.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line).event);
}

/** A document for every agent; `rules` as for `policyOf`. */
export const fleetPolicy = (rules: string): string => policyOf(rules, 'enforce', 'fleet');

/** One program and one file are refused, and nothing else of these categories. */
export const ALL_BUT_ID = `  exec: [{allow: ["/**"]}, {deny: /usr/bin/id, because: no agent asks who it is}]
  read: [{allow: ["/**"]}, {deny: /etc/secret}]
  write: [{allow: ["/**"]}]
  load: [{allow: ["/**"]}]
`;

export interface Running {
  at: Services;
  gateway: ServiceProcess;
  runtime: ServiceProcess;
}

/** Both services, the runtime attached. */
export async function startServices(
  policy: string,
  options: { gateway?: object; runtime?: object } = {},
): Promise<Running> {
  const at = services(policy);
  const gateway = await at.gateway(options.gateway);
  const runtime = await at.runtime(options.runtime);
  await runtime.said(/attached/);
  return { at, gateway, runtime };
}

/** @param policy the text of the only document */
export function services(policy: string): Services {
  const directory = mkdtempSync(join(tmpdir(), 'warder-services-'));
  later(() => removeTree(directory));
  // A runtime that is stopped leaves its runs governed; those of a test that failed are nobody's.
  later(() => spawnSync(WARDER, ['detach', '--state', join(directory, 'runtime')], { stdio: 'ignore' }));
  chmodSync(directory, 0o755);
  const at = (name: string) => join(directory, name);
  const paths = { policies: at('policies'), workspace: at('workspace'), gatewayState: at('gateway') };
  const socket = at('runtime.sock');
  mkdirSync(paths.policies);
  mkdirSync(paths.workspace);
  chmodSync(paths.workspace, 0o777);
  writeFileSync(join(paths.policies, 'policy.yaml'), policy);
  const start = async (
    kind: string,
    options: object,
    words: readonly string[] = [],
    before: readonly string[] = [],
  ): Promise<ServiceProcess> => {
    const file = at(`${kind}.yaml`);
    writeFileSync(file, JSON.stringify({ kind: kind === 'gateway' ? 'Gateway' : 'Runtime', ...options }));
    return service([kind, '--config', file, ...words], before);
  };
  return {
    directory,
    ...paths,
    socket,
    gateway: async (options = {}) => {
      const started = await start('gateway', {
        state: paths.gatewayState,
        policies: paths.policies,
        ...options,
      });
      await started.said(/policy: .* in force/);
      return started;
    },
    runtime: async (options = {}, words = [], before = []) => {
      const local = { gateway: { state: paths.gatewayState } };
      const started = await start(
        'runtime',
        { state: at('runtime'), socket, ...local, ...options },
        words,
        before,
      );
      await started.said(/runtime .* of host/);
      return started;
    },
  };
}

/** @param before what runs it: in another network */
export function service(words: string[], before: readonly string[] = []): ServiceProcess {
  const [program = '', ...rest] = [...before, WARDER, ...words];
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  // Not its close: the launchers of agents that outlive it hold its stderr.
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  later(() => stop(child.exitCode === null ? 'SIGTERM' : undefined));
  const said = (pattern: RegExp): Promise<void> =>
    eventually(() => {
      if (child.exitCode !== null && !pattern.test(text)) throw new Ended(`${words[0]} ended: ${text}`);
      if (!pattern.test(text)) throw new Error(`${pattern} is not in the log of ${words[0]}: ${text}`);
    });
  return { process: child, log: () => text, said, stop };
}

class Ended extends Error {}

export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 60_000, interval: 20 });
}

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  ended: Promise<Ran>;
}

/** A command of Warder's; as a plain user where one is given. */
export function warder(
  words: readonly string[],
  options: { cwd?: string; uid?: number; env?: object } = {},
): RunningCommand {
  const { cwd = '/', uid, env } = options;
  const as = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const [program, ...args] = [...as, WARDER, ...words];
  const child = spawn(program!, args, {
    cwd,
    env: { ...process.env, HOME: '/', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece) => {
      texts[name] += piece;
    });
  }
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
  return { process: child, stdout: () => texts.stdout, stderr: () => texts.stderr, ended };
}
