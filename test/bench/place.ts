/**
 * Directories of the benchmark's own, and everything else that must not outlive it: taken back at the end, at a signal, and
 * by the next start where it was killed (owned.ts).
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../remove-tree.ts';
import { noteProcess, PREFIX, sweep } from './owned.ts';

const MEMORY = '/dev/shm';
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
const undo: (() => unknown)[] = [];

/** Done at the end, last first. */
export function later(step: () => unknown): void {
  undo.push(step);
}

export async function cleanUp(): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      console.error(`bench: ${(error as Error).message}`);
    }
  }
}

/** Once, before anything is measured. */
export async function beginClean(): Promise<void> {
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      void cleanUp().finally(() => process.exit(128 + constants.signals[signal]));
    });
  }
  for (const directory of await sweep([MEMORY, tmpdir()]))
    console.error(`bench: ${directory} was left, and is gone`);
}

/** An empty one. Only below the places of `beginClean` does the next start find what a killed benchmark left. */
export function ownDirectory(place = tmpdir()): string {
  const directory = mkdtempSync(join(place, PREFIX));
  noteProcess(directory, process.pid);
  later(() => removeTree(directory));
  return directory;
}

/** A directory in memory, as `under` says; with the files that a worker looks for. */
export function workDirectory(under = MEMORY): string {
  const directory = ownDirectory(under);
  writeFileSync(join(directory, 'file'), 'x'.repeat(512));
  writeFileSync(join(directory, 'denied'), 'x');
  return directory;
}

/** A directory on the disk, that of /tmp where nothing else is said. */
export function diskDirectory(under?: string): string {
  const directory = ownDirectory(under);
  mkdirSync(join(directory, 'state'));
  return directory;
}
