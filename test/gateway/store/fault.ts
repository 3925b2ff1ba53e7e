/**
 * Faults below a directory, in child processes: fault.c, built with the compiler that builds Warder.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeTree } from '../../remove-tree.ts';

export const FAULTS = ['kill', 'torn', 'after', 'enospc', 'eio'] as const;
export type Fault = (typeof FAULTS)[number];

/** Builds the shim; returns its path, and what removes it. */
export function buildFaults(): { library: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'warder-fault-'));
  const library = join(folder, 'fault.so');
  const source = fileURLToPath(new URL('fault.c', import.meta.url));
  execFileSync('cc', ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return { library, remove: () => removeTree(folder) };
}

export interface FaultyRun {
  lines: string[];
  /** Killed by the fault. */
  killed: boolean;
  code: number | null;
  stderr: string;
}

/** Runs a script with a fault at its `at`-th write, sync or rename below `under`. */
export async function runFaulty(
  library: string,
  script: string,
  args: readonly string[],
  { under, kind, at }: { under: string; kind: Fault; at: number },
): Promise<FaultyRun> {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LD_PRELOAD: library,
      // What a round costs is the start of its process.
      NODE_COMPILE_CACHE: join(dirname(library), 'compiled'),
      FAULT_UNDER: `${under}/`,
      FAULT_AT: `${at}`,
      FAULT_KIND: kind,
    },
  });
  let out = '';
  let stderr = '';
  child.stdout.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  await once(child, 'close');
  const lines = out.split('\n').filter(Boolean);
  return { lines, killed: child.signalCode === 'SIGKILL', code: child.exitCode, stderr };
}
