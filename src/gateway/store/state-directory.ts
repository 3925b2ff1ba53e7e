/**
 * The state directory: 0700, owned by who runs the gateway, everything in it 0600.
 *
 * A directory that is empty or already holds a Warder database is made so; any other that is open to others is
 * refused, for it is not ours to close.
 *
 * Throws: GATEWAY_STATE with the path, what is wrong and what to do.
 */
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';

export const DATABASE_FILE = 'warder.db';

/** Makes the directory (parents too) and its folders, and checks who may look into it. */
export function openStateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    secure(path);
    for (const folder of ['gateways', 'keys'])
      mkdirSync(join(path, folder), { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof WarderError) throw error;
    throw new WarderError(
      'GATEWAY_STATE',
      `the state directory ${path} cannot be used: ${(error as Error).message}`,
      'choose another with --state DIR or WARDER_STATE_DIR',
      { cause: error },
    );
  }
}

function secure(path: string): void {
  const { uid, mode } = statSync(path);
  const user = process.geteuid!();
  if (uid === user && (mode & 0o077) === 0) return;
  const content = readdirSync(path);
  const ours = content.length === 0 || (uid === user && content.includes(DATABASE_FILE));
  if (!ours) {
    const fault = uid === user ? `has mode ${(mode & 0o777).toString(8)}` : `belongs to user ${uid}`;
    throw new WarderError(
      'GATEWAY_STATE',
      `the state directory ${path} ${fault}; it must belong to user ${user} alone (mode 700)`,
      `choose an empty or new directory with --state DIR, or run: chown ${user} ${path} && chmod 700 ${path}`,
    );
  }
  if (uid !== user) chownSync(path, user, process.getegid!());
  chmodSync(path, 0o700);
}
