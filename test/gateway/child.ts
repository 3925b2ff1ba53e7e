/** Programs of the tests in processes of their own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { later } from './fixtures.ts';

/** The command, from its source. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Running {
  process: ChildProcess;
  /** What it has written to stdout and stderr, in order of each. */
  lines: string[];
  /** By SIGKILL, unless told otherwise; resolves once it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** @param args of node; the child is killed at the test's end */
export function run(args: readonly string[]): Running {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const lines: string[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  later(kill);
  return { process: child, lines, kill };
}
