/**
 * Entries of users and groups by the host's own name services (nsswitch.conf(5): files, LDAP, SSSD, systemd-homed …),
 * through getent(1): a service that hangs, or a module of one that crashes, is not in this process.
 *
 * In:     a database and a key, a name or a number.
 * Out:    the entry's fields, in the order of passwd(5) or group(5); undefined where nobody has it.
 * Bounds: for a key one question at a time, of ANSWER_MS; REMEMBERED entries.
 * Throws: RUN_NAME_SERVICE where they do not answer.
 */
import { execFile, spawnSync } from 'node:child_process';
import { WarderError } from '../../base/error.ts';

const ANSWER_MS = 5000;
const REMEMBERED = 1000;
const FOUND_MS = 60_000;
/** Who is made is there soon after. */
const ABSENT_MS = 2000;
/** An id without a name is asked for again, where events alone speak of it. */
const NAMELESS_MS = 600_000;
/** getent(1): one or more keys could not be found. */
const NOT_FOUND = 2;
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export type Database = 'passwd' | 'group';
export type Entry = readonly string[];

export interface NameServicesOptions {
  /** Asked in place of getent. */
  program?: string;
  answerMs?: number;
}

interface Remembered {
  entry: Entry | undefined;
  atMs: number;
}

export class NameServices {
  readonly #program: string;
  readonly #answerMs: number;
  readonly #remembered = new Map<string, Remembered>();
  readonly #asked = new Map<string, Promise<Entry | undefined>>();
  #refreshing = false;

  constructor({ program = 'getent', answerMs = ANSWER_MS }: NameServicesOptions = {}) {
    this.#program = program;
    this.#answerMs = answerMs;
  }

  /** Resolves with what is so now, or was a minute ago. */
  async find(database: Database, key: string): Promise<Entry | undefined> {
    const known = this.#remembered.get(`${database} ${key}`);
    if (known && ageMs(known) < (known.entry ? FOUND_MS : ABSENT_MS)) return known.entry;
    return await this.#ask(database, key);
  }

  /** What is remembered, at once; what is not is asked for, one after another, to be there the next time. */
  seen(database: Database, key: string): Entry | undefined {
    const known = this.#remembered.get(`${database} ${key}`);
    if (!this.#refreshing && (!known || ageMs(known) > NAMELESS_MS)) void this.#refresh(database, key);
    return known?.entry;
  }

  async #refresh(database: Database, key: string): Promise<void> {
    this.#refreshing = true;
    try {
      await this.#ask(database, key);
    } catch {
      // Told to whoever starts something; here a name is missing.
      this.#remember(`${database} ${key}`, undefined);
    } finally {
      this.#refreshing = false;
    }
  }

  #ask(database: Database, key: string): Promise<Entry | undefined> {
    const id = `${database} ${key}`;
    const asked = this.#asked.get(id) ?? this.#look(database, key).finally(() => this.#asked.delete(id));
    this.#asked.set(id, asked);
    return asked;
  }

  async #look(database: Database, key: string): Promise<Entry | undefined> {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      execFile(this.#program, [database, '--', key], within(this.#answerMs), (error, stdout) => {
        const code = error ? (error.code ?? error.signal ?? 'unknown') : 0;
        try {
          resolve(entryOf(code, stdout, { key, answerMs: this.#answerMs }));
        } catch (fault) {
          reject(fault);
        }
      });
    });
    this.#remember(`${database} ${key}`, entry);
    // By its number and its name too: events speak of the one, people of the other.
    for (const also of entry ? [entry[0]!, entry[2]!] : []) this.#remember(`${database} ${also}`, entry);
    return entry;
  }

  #remember(id: string, entry: Entry | undefined): void {
    this.#remembered.delete(id);
    this.#remembered.set(id, { entry, atMs: performance.now() });
    if (this.#remembered.size > REMEMBERED) this.#remembered.delete(this.#remembered.keys().next().value!);
  }
}

/** What this process knows of its host. */
export const HOST_NAMES = new NameServices();

/** The same for a command that does nothing else meanwhile. */
export function findNow(database: Database, key: string): Entry | undefined {
  const { error, signal, status, stdout } = spawnSync('getent', [database, '--', key], within(ANSWER_MS));
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? status ?? signal ?? 'unknown';
  return entryOf(code, stdout ?? '', { key, answerMs: ANSWER_MS });
}

function within(timeout: number) {
  return { encoding: 'utf8', timeout, killSignal: 'SIGKILL', env: ENVIRONMENT, cwd: '/' } as const;
}

/** @param code exit status, signal, or what kept it from being started */
function entryOf(
  code: number | string,
  stdout: string,
  { key, answerMs }: { key: string; answerMs: number },
): Entry | undefined {
  // Without a getent the host has no name services past its files.
  if (code === NOT_FOUND || code === 'ENOENT') return undefined;
  const fields = stdout.split('\n', 1)[0]!.split(':');
  if (code === 0 && fields.length >= 4 && /^\d+$/.test(fields[2]!)) return fields;
  throw new WarderError(
    'RUN_NAME_SERVICE',
    `the host's name services did not say within ${answerMs / 1000} s who '${key}' is (getent: ${code})`,
    `see what they say to: getent passwd '${key}'; /etc/nsswitch.conf names them`,
  );
}

function ageMs({ atMs }: Remembered): number {
  return performance.now() - atMs;
}
