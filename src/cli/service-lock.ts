/**
 * One service to a state directory: a lock that ends with its holder, however it ends.
 *
 * Throws: GATEWAY_RUNS, RUNTIME_RUNS.
 */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../base/error.ts';
import { loadAddon } from '../kernel/addon.ts';

/** Returns the descriptor that holds it. */
export function serviceLock(stateDirectory: string, service: 'gateway' | 'runtime'): number {
  const lock = openSync(join(stateDirectory, 'service.lock'), 'a', 0o600);
  if (loadAddon().tryLock(lock)) return lock;
  closeSync(lock);
  throw new WarderError(
    `${service.toUpperCase()}_RUNS`,
    `a ${service} runs as a service with the state directory ${stateDirectory} already`,
    'stop that one first, or give this one a state directory of its own',
  );
}
