/**
 * A directory of policy files as a policy source: all of its documents together, or the set before.
 *
 * In:  a directory. Its files `*.yaml` and `*.yml` are read, in the order of their names; not `*.test.yaml`, nor
 *      names that begin with a dot; directories below are not looked into.
 * Out: documents. After a change all files are read again; a fault in any of them leaves the set before in force,
 *      and is told. A file that is written in place is taken once it has rested for a moment.
 *
 * Throws: POLICY_INVALID, POLICY_DIRECTORY, from open and reload.
 */
import { createHash } from 'node:crypto';
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import type { PolicyDocument } from './document.ts';
import { loadPolicyFiles } from './load.ts';

/** A change is looked at once nothing has changed for so long. */
const REST_MS = 200;
/** What inotify does not tell (a network file system, a link's target) is found by looking. */
const LOOK_MS = 2000;

export interface PolicyDirectoryOptions {
  path: string;
  onChange(documents: readonly PolicyDocument[]): void;
  /** A changed set that cannot be used. */
  onProblem(error: Error): void;
}

export class PolicyDirectory {
  readonly #options: PolicyDirectoryOptions;
  readonly #look: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  #rest: NodeJS.Timeout | undefined;
  #documents: readonly PolicyDocument[];
  /** Of the files as they were last read, whatever came of it. */
  #seen: string;
  /** The fault that was told last: one that stays is told once. */
  #told = '';

  /** Reads it; throws where there is nothing to go by. */
  constructor(options: PolicyDirectoryOptions) {
    this.#options = options;
    this.#seen = fingerprint(options.path);
    this.#documents = loadDocuments(options.path);
    this.#look = setInterval(() => this.#lookAgain(), LOOK_MS).unref();
    this.#watch();
  }

  get documents(): readonly PolicyDocument[] {
    return this.#documents;
  }

  /** Reads it now. Throws where it is faulty; the set before stays. */
  reload(): void {
    this.#seen = fingerprint(this.#options.path);
    this.#documents = loadDocuments(this.#options.path);
    this.#options.onChange(this.#documents);
  }

  close(): void {
    clearInterval(this.#look);
    clearTimeout(this.#rest);
    this.#watcher?.close();
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#options.path, { persistent: false }, () => this.#changed());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No watches left (fs.inotify.max_user_watches): the look every two seconds finds it.
    }
  }

  #changed(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#lookAgain(), REST_MS).unref();
  }

  #lookAgain(): void {
    try {
      if (fingerprint(this.#options.path) !== this.#seen) this.reload();
      this.#told = '';
    } catch (error) {
      const { message } = error as Error;
      if (message === this.#told) return;
      this.#told = message;
      this.#options.onProblem(stays(error as Error));
    }
  }
}

function loadDocuments(path: string): PolicyDocument[] {
  return loadPolicyFiles(policyFiles(path));
}

/** The policies of a directory in order of their names. Throws POLICY_DIRECTORY. */
export function policyFiles(path: string): string[] {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    throw new WarderError(
      'POLICY_DIRECTORY',
      `the directory of policies cannot be read: ${(error as Error).message}`,
      'make it, or name another as `policies` in the configuration; an empty one means that no agent may do anything',
      { cause: error },
    );
  }
  return names
    .filter((name) => /^[^.].*\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

/** Changes with every name, size, time or inode of the files. */
function fingerprint(path: string): string {
  const hash = createHash('sha256');
  for (const file of policyFiles(path)) {
    const status = statSync(file, { throwIfNoEntry: false, bigint: true });
    hash.update(`${file}\0${status?.ino}\0${status?.size}\0${status?.mtimeNs}\0${status?.ctimeNs}\n`);
  }
  return hash.digest('base64');
}

function stays(error: Error): Error {
  if (!(error instanceof WarderError)) return error;
  return new WarderError(error.code, `the policy that was in force stays: ${error.message}`, error.fix, {
    cause: error,
  });
}
