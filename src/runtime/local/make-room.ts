/**
 * Takes away the socket that a runtime which died left at a path. Whoever listens there still is left alone.
 *
 * Throws: LOCAL_LISTEN where somebody does.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { WarderError } from '../../base/error.ts';

export async function makeRoom(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const live = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false));
    probe.once('connect', () => probe.destroy());
  });
  if (live) {
    throw new WarderError(
      'LOCAL_LISTEN',
      `another runtime listens at ${path}`,
      'stop that one, or give this one another `socket` in its configuration, which WARDER_RUNTIME_SOCKET beats',
    );
  }
  rmSync(path, { force: true });
}
