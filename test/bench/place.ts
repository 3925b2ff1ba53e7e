/**
 * Directories of the benchmark's own, and everything else that must not outlive it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

/** A directory in memory, as `under` says; with the files that a worker looks for. */
export function workDirectory(under = '/dev/shm'): string {
  const directory = mkdtempSync(join(under, 'warder-bench-'));
  later(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'file'), 'x'.repeat(512));
  writeFileSync(join(directory, 'denied'), 'x');
  return directory;
}

/** A directory on the disk that has /tmp. */
export function diskDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'warder-bench-'));
  later(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'state'));
  return directory;
}
