/**
 * What a later runtime must know of a run to take it over: one file a run in the state directory, for root alone.
 *
 * A record gives no right. Which policy is in force stands in the kernel and comes from the gateway anew; from the
 * record come the texts of decisions, and what the run's variables stand for. So that nobody else can say
 * what they stand for, a record is sealed with a key that only the kernel keeps (kernel/pins.ts): it is worth
 * something until the host boots again, and to the same instance.
 *
 * In:     <state>/runs/<run>.json, and <state>/runs/state.json
 * Throws: RUNTIME_RECORD where a record cannot be written. One that cannot be used is a problem in what `read` returns.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import type { Variables } from '../../contract/path-pattern.ts';
import type { PolicyTables } from '../decision-texts.ts';
import type { ProcessRecord } from '../identity/processes.ts';
import type { AdoptedAs } from './run.ts';

export interface RunRecord {
  /** Boot id of the kernel. */
  boot: string;
  run: string;
  /** Runtime processes that it has been under, oldest first: the origins of their events. */
  origins: readonly string[];
  /** The run's number in the kernel. */
  number: number;
  agent: string;
  variables: Variables;
  walled: boolean;
  /** Of a run that Warder started: its first process, and whether it has a directory of its own. */
  launched?: { pid: number; directory: boolean };
  /** Of one that it did not. */
  adopted?: AdoptedAs;
  /** The policy in force when it was written, and its number in the kernel. */
  policy?: PolicyTables & { number: number };
}

/** What is known of the host's agents beside their runs. */
export interface KnownState {
  processes: Omit<ProcessRecord, 'ended'>[];
  /** Losses that have been told of, by kind and cause. */
  losses: [string, bigint][];
}

const STATE = 'state.json';
const SUFFIX = '.json';
const END = '.end';

export class RunRecords {
  readonly #directory: string;
  readonly #key: Buffer;

  constructor(stateDirectory: string, key: Buffer) {
    this.#directory = join(stateDirectory, 'runs');
    this.#key = key;
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Where the launcher of a run says how its first process ended. */
  endPath(run: string): string {
    return join(this.#directory, run + END);
  }

  /** What the launcher said there; undefined while it has not. */
  end(run: string): { code: number } | { signal: number } | undefined {
    const [, how, number] = /^(exited|signaled) (\d{1,3})\n$/.exec(readText(this.endPath(run)) ?? '') ?? [];
    if (number === undefined) return undefined;
    return how === 'exited' ? { code: Number(number) } : { signal: Number(number) };
  }

  write(record: RunRecord): void {
    // Only what is adopted has a bigint. Else each of some thousand fields of its rules would be asked for one.
    this.#write(record.run + SUFFIX, JSON.stringify(record, record.adopted ? keepBigint : undefined));
  }

  writeState(state: KnownState): void {
    this.#write(STATE, JSON.stringify(state, keepBigint));
  }

  remove(run: string): void {
    rmSync(join(this.#directory, run + SUFFIX), { force: true });
    rmSync(this.endPath(run), { force: true });
  }

  /** All of them: nothing of these runs is left in the kernel. */
  clear(): void {
    for (const name of readdirSync(this.#directory)) rmSync(join(this.#directory, name), { force: true });
  }

  /** Records of this boot; the others are taken away. */
  read(boot: string): { records: RunRecord[]; problems: WarderError[] } {
    const records: RunRecord[] = [];
    const problems: WarderError[] = [];
    for (const name of readdirSync(this.#directory)) {
      if (!name.endsWith(SUFFIX) || name === STATE) continue;
      const record = this.#read<RunRecord>(name);
      if (record?.boot === boot) records.push(record);
      else rmSync(join(this.#directory, name), { force: true });
      if (!record) problems.push(unusable(join(this.#directory, name)));
    }
    return { records, problems };
  }

  /** What was known of processes; some of them are gone. */
  readState(): KnownState {
    return this.#read<KnownState>(STATE) ?? { processes: [], losses: [] };
  }

  #read<T>(name: string): T | undefined {
    const text = readText(join(this.#directory, name)) ?? '';
    const end = text.indexOf('\n');
    const seal = Buffer.from(text.slice(0, Math.max(0, end)), 'hex');
    const body = text.slice(end + 1);
    const wanted = this.#seal(name, body);
    if (seal.length !== wanted.length || !timingSafeEqual(seal, wanted)) return undefined;
    return JSON.parse(body, reviveBigint) as T;
  }

  /**
   * Whole or not at all, also when this process ends meanwhile. No wait for the disk: when the host ends, so does the key, and
   * what was written is cleared away unread.
   */
  #write(name: string, body: string): void {
    const path = join(this.#directory, name);
    try {
      const file = openSync(`${path}.new`, 'w', 0o600);
      try {
        writeSync(file, `${this.#seal(name, body).toString('hex')}\n${body}`);
      } finally {
        closeSync(file);
      }
      renameSync(`${path}.new`, path);
    } catch (error) {
      throw new WarderError(
        'RUNTIME_RECORD',
        `cannot write ${path}: ${(error as Error).message}`,
        'free or mend the state directory; until then a later runtime would not know of this run, and refuse it everything',
        { cause: error },
      );
    }
  }

  #seal(name: string, body: string): Buffer {
    return createHmac('sha256', this.#key).update(`${name}\n${body}`).digest();
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unusable(path: string): WarderError {
  return new WarderError(
    'RUNTIME_RECORD',
    `${path} is not as this instance of Warder wrote it since the host booted, and has been taken away`,
    'what still runs under that run may do nothing more; end it and start it again',
  );
}

/** bigint is `{"bigint": "1"}`. */
function keepBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { bigint: String(value) } : value;
}

function reviveBigint(_: string, value: unknown): unknown {
  const text = (value as { bigint?: unknown } | null)?.bigint;
  return typeof text === 'string' && Object.keys(value as object).length === 1 ? BigInt(text) : value;
}
