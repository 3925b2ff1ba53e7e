/**
 * What a gateway keeps in the state directory (base/state-dir.ts says who may look into it): `warder.db`, the
 * private keys in `keys/`, the sockets in `gateways/`, the last `checkpoint`.
 *
 * Throws: STATE_DIRECTORY.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openStateDirectory, stateDirectoryUser } from '../../base/state-dir.ts';

export const DATABASE_FILE = 'warder.db';

/** Makes the directory and its folders where they are missing. Returns its real path. */
export function openGatewayDirectory(path: string): string {
  const real = openStateDirectory(path, stateDirectoryUser(process.env));
  for (const folder of ['gateways', 'keys']) mkdirSync(join(real, folder), { recursive: true, mode: 0o700 });
  return real;
}
