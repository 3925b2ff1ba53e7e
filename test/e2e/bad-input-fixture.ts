/**
 * `warder` started in ways that must not work, and what such a start may not leave behind.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type JsonEvent, type Place, WARDER } from './governed.ts';

export interface Refused {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Manner {
  /** Words in front of the command: setpriv, unshare. */
  through?: readonly string[];
  /** Run in a mount namespace of its own, behind these shell commands. */
  mounts?: string;
  /** Instead of `true`. */
  command?: readonly string[];
  /** Instead of `--state`, `--policy` and `--workspace` of the place. */
  options?: readonly string[];
}

/** Starts `warder run` and waits for its end. */
export function tryRun(at: Place, manner: Manner = {}): Refused {
  const fixed = ['--policy', at.policy, '--workspace', at.workspace, '--state', at.state, '--quiet'];
  const words = [WARDER, 'run', ...fixed, ...(manner.options ?? []), '--', ...(manner.command ?? ['true'])];
  const inside =
    manner.mounts === undefined
      ? words
      : ['unshare', '--mount', 'sh', '-c', `${manner.mounts} && exec "$@"`, 'sh', ...words];
  const [program = '', ...rest] = [...(manner.through ?? []), ...inside];
  const { status, stdout, stderr } = spawnSync(program, rest, { cwd: at.workspace, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Every event that the log has. */
export function stored(at: Place): JsonEvent[] {
  const words = ['tail', '--state', at.state, '--since', 'all', '--no-follow', '--json'];
  const { stdout } = spawnSync(WARDER, words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const lines = stdout.split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { event: JsonEvent }).event);
}

/** Messages as a person reads them, each with what to do; nothing of a stack, nothing of the agent. */
export function expectRefusal(refused: Refused, message: RegExp, fix: RegExp): void {
  expect(refused).toMatchObject({ status: 125, stdout: '' });
  expect(refused.stderr).toMatch(message);
  expect(refused.stderr).toMatch(fix);
  expect(refused.stderr).not.toMatch(/^\s+at |internal error|mend what the system says/m);
}

/** Nothing of a run that did not start, or has ended, is there any more. */
export async function expectNothingLeft(at: Place): Promise<void> {
  const gateways = join(at.state, 'gateways');
  expect(existsSync(gateways) ? readdirSync(gateways) : []).toEqual([]);
  await expect.poll(() => processesThatName(at.directory)).toEqual([]);
  const runs = runsUnder(cgroup2());
  const left = () => runsUnder(cgroup2()).filter((run) => runs.includes(run) && !isOfOthers(run, at));
  await expect.poll(left, { timeout: 60_000 }).toEqual([]);
}

/** Whether a run has processes, and none of them works where those of this place do: others use this host as well. */
function isOfOthers(run: string, { directory }: Place): boolean {
  const processes = processesOf(run);
  return processes.length > 0 && !processes.some((pid) => workingDirectory(pid).startsWith(directory));
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** Processes of a run; none where it has gone. */
export function processesOf(run: string): string[] {
  return read(join(cgroup2(), 'warder', run, 'cgroup.procs'))
    .split('\n')
    .filter(Boolean);
}

/** Command lines of processes, this one and its relatives apart, that name a path. */
export function processesThatName(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`)
    .map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))
    .filter((command) => command.includes(path));
}

export function cgroup2(): string {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((one) => / - cgroup2 /.test(one));
  return line!.split(' ')[4]!;
}

/** Cgroups of runs. */
export function runsUnder(root: string): string[] {
  const folder = join(root, 'warder');
  return existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f-]{36}$/.test(name)) : [];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
