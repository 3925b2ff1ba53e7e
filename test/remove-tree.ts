/**
 * Takes a directory of a test's away, also where a process that was just ended still writes its last there, or
 * something is still mounted. (rmSync's own `maxRetries` does not wait between its tries in Node 24.)
 */
import { rmSync } from 'node:fs';

const TRIES = 100;
const PAUSE_MS = 100;

/** @throws what rmSync does, when the last try fails too; a path that is not there is none */
export function removeTree(path: string): void {
  for (let left = TRIES; ; left -= 1) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if (left === 0) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
