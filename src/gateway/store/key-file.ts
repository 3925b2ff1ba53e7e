/**
 * A private key in the state directory's `keys/`, made at first use: PKCS #8 PEM, 0600.
 *
 * Two processes that start at once end up with the same key: the file appears whole, by link(2), and only one
 * of them can make it.
 *
 * Throws: GATEWAY_KEY when the file cannot be read or made, is open to others, or is no Ed25519 key.
 */
import { createPrivateKey } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import { generateSigningKey, type SigningKey, signingKey } from '../../contract/keys.ts';

/** What a gateway's keys are for that may be kept elsewhere; a key signs one kind of thing. The log's stays with the log, for
 *  it is exchanged there (audit/key-rotation.ts). */
export type KeyName = 'policy' | 'witness' | 'authority';
/** Those that are kept elsewhere than in the state directory: what gives their PEM. */
export type KeptKeys = Readonly<Partial<Record<KeyName, () => string>>>;

export function openKey(stateDirectory: string, name: KeyName, kept: KeptKeys = {}): SigningKey {
  const read = kept[name];
  return read ? keyOf(read(), name) : openKeyFile(stateDirectory, name);
}

/** What OpenSSL says of a text that is no key holds nothing of it; the text is not told either. */
function keyOf(pem: string, name: KeyName): SigningKey {
  try {
    return signingKey(createPrivateKey(pem));
  } catch {
    throw new WarderError(
      'GATEWAY_KEY',
      `what is kept as the ${name} key is no Ed25519 key in PEM`,
      'make one with: openssl genpkey -algorithm ed25519',
    );
  }
}

export function openKeyFile(stateDirectory: string, name: string): SigningKey {
  const path = join(stateDirectory, 'keys', `${name}.pem`);
  try {
    return readKey(path) ?? makeKey(path);
  } catch (error) {
    if (error instanceof WarderError) throw error;
    throw new WarderError(
      'GATEWAY_KEY',
      `the key ${path} cannot be used: ${(error as Error).message}`,
      'restore it from a backup; without it, move it away and a new one is made, which runtimes must be given',
      { cause: error },
    );
  }
}

/** Undefined where there is none. */
export function findKeyFile(stateDirectory: string, name: string): SigningKey | undefined {
  const path = join(stateDirectory, 'keys', `${name}.pem`);
  return existsSync(path) ? openKeyFile(stateDirectory, name) : undefined;
}

export function dropKeyFile(stateDirectory: string, name: string): void {
  rmSync(join(stateDirectory, 'keys', `${name}.pem`), { force: true });
}

/** The key of one name takes the place of another's, which is gone then. */
export function replaceKeyFile(stateDirectory: string, name: string, by: string): void {
  const folder = join(stateDirectory, 'keys');
  renameSync(join(folder, `${by}.pem`), join(folder, `${name}.pem`));
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function readKey(path: string): SigningKey | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return undefined;
  if (mode & 0o077) {
    throw new WarderError(
      'GATEWAY_KEY',
      `the key ${path} is open to others (mode ${(mode & 0o777).toString(8)})`,
      `take it as known to them: move it away so that a new one is made, or, if you are sure, chmod 600 ${path}`,
    );
  }
  return signingKey(createPrivateKey(readFileSync(path)));
}

function makeKey(path: string): SigningKey {
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, generateSigningKey().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
  return readKey(path)!;
}
