/**
 * Secrets by reference: where one is kept, never the secret itself.
 *
 * In:     `file:/path`, `env:NAME`, `cred:NAME` (a credential of the service manager: $CREDENTIALS_DIRECTORY/NAME,
 *         systemd.exec(5)); read when it is needed.
 * Out:    its text. What an environment variable held is taken out of this process's environment, so that no child gets it.
 * Throws: SECRET_MISSING, SECRET_OPEN (a file that others may read), SECRET_LARGE; the reference is named, what is behind it
 *         never.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from './error.ts';

export interface SecretReference {
  from: 'file' | 'env' | 'cred';
  /** Absolute path, name of a variable, name of a credential. */
  name: string;
}

const LARGEST_BYTES = 64 * 1024;
const OTHERS = 0o077;

/** Null for a text of another form. */
export function parseSecretReference(text: string): SecretReference | null {
  const [, from = '', name = ''] = /^(file|env|cred):(.+)$/.exec(text) ?? [];
  const form = {
    file: /^\/[^\0]{1,4095}$/,
    env: /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
    cred: /^[A-Za-z0-9_@:-][A-Za-z0-9_.@:-]{0,254}$/,
  }[from];
  return form?.test(name) ? { from: from as SecretReference['from'], name } : null;
}

function secretText(reference: SecretReference): string {
  return `${reference.from}:${reference.name}`;
}

const taken = new Map<string, string>();

export function readSecret(reference: SecretReference, environment = process.env): string {
  const { from, name } = reference;
  if (from === 'env') return fromEnvironment(name, environment);
  if (from === 'file') return fromFile(name, reference);
  const directory = environment.CREDENTIALS_DIRECTORY;
  if (directory) return fromFile(join(directory, name), reference);
  throw missing(reference, 'the service manager gave no credentials (CREDENTIALS_DIRECTORY is not set)');
}

/** Read once: what is read again comes from here. */
function fromEnvironment(name: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[name] ?? taken.get(name);
  if (!value) throw missing({ from: 'env', name }, 'the variable is not set');
  taken.set(name, value);
  delete environment[name];
  return value;
}

function fromFile(path: string, reference: SecretReference): string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw missing(reference, (error as NodeJS.ErrnoException).code ?? 'it cannot be opened');
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw missing(reference, 'it is no file');
    // systemd gives credentials as 0400 or 0440 of the service's own group, in a directory of its own.
    if (reference.from === 'file' && status.mode & OTHERS) throw open(path, status.mode);
    if (status.size > LARGEST_BYTES) {
      throw new WarderError(
        'SECRET_LARGE',
        `${secretText(reference)} has ${status.size} bytes`,
        `a secret has at most ${LARGEST_BYTES}: see whether the reference is the right one`,
      );
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function open(path: string, mode: number): WarderError {
  return new WarderError(
    'SECRET_OPEN',
    `the secret in ${path} is open to others (mode ${(mode & 0o777).toString(8)})`,
    `take it as known to them and make a new one, or, if you are sure, chmod 600 ${path}`,
  );
}

function missing(reference: SecretReference, why: string): WarderError {
  return new WarderError(
    'SECRET_MISSING',
    `the secret ${secretText(reference)} cannot be read: ${why}`,
    'see that it is where the configuration says: a file, a variable of the service, or a credential (LoadCredential= in its unit)',
  );
}
