/**
 * A witness of other logs: it cosigns a checkpoint once it has seen that the log only grew since the one before
 * (C2SP tlog-witness, add-checkpoint). So a log that shows different histories to different people is found out.
 *
 * In:  the keys of the logs that it is a witness of; checkpoints that somebody brings.
 * Out: a cosignature, once what it says has been stored; an event of this gateway's log for each checkpoint that was
 *      signed by a known log and does not continue what that log signed before.
 *
 * Throws: WITNESS_UNKNOWN (404 in tlog-witness), WITNESS_SIGNATURE (403), WITNESS_REQUEST (400), WITNESS_FORK (409 with
 * the same size, 422), AUDIT_… for what is no checkpoint, GATEWAY_STORE_….
 */
import { WarderError } from '../../base/error.ts';
import type { SigningKey } from '../../contract/keys.ts';
import type { OwnEvent, OwnEvents } from '../own-events.ts';
import type { SqliteEventLog } from '../store/sqlite-event-log.ts';
import type { AuditLog } from './audit-log.ts';
import { type Checkpoint, openCheckpoint, parseCheckpointText } from './checkpoint.ts';
import { cosign } from './cosignature.ts';
import { EMPTY_ROOT, isConsistent } from './merkle.ts';
import {
  COSIGNATURE_V1,
  formatVerifierKey,
  parseNote,
  parseVerifierKey,
  type VerifierKey,
} from './signed-note.ts';

/** A log's checkpoint is some 200 bytes, a cosignature 150. */
const NOTE_LENGTH = 16 * 1024;
/** Refusals remembered, so that whoever brings one again and again does not fill this gateway's log with it. */
const TOLD_MAX = 1000;
/** As tlog-witness bounds it. */
const PROOF_HASHES = 63;

/** A gateway's name as a witness: its log's, with `witness` for `log`. */
export function witnessName(audit: AuditLog): string {
  return audit.origin.replace('/log/', '/witness/');
}

export function witnessVerifierKey(audit: AuditLog, key: SigningKey): string {
  return formatVerifierKey(witnessName(audit), key.publicKey, COSIGNATURE_V1);
}

export interface WitnessOptions {
  log: SqliteEventLog;
  own: OwnEvents;
  /** Signs nothing but cosignatures. Asked for once it is a witness of any log. */
  key(): SigningKey;
  /** Schema-less, unique for this witness. */
  name: string;
  nowMs?: () => number;
}

export interface BroughtCheckpoint {
  oldSize: number;
  proof: readonly Uint8Array[];
  note: string;
}

/** `size`: of the checkpoint cosigned last. Without a line the one brought does not start from there. */
export interface WitnessAnswer {
  line: string;
  size: number;
}

export class Witness {
  readonly name: string;
  #key: SigningKey | undefined;
  readonly #options: WitnessOptions;
  /** By name; several for a log whose key is being exchanged. */
  #logs: ReadonlyMap<string, readonly VerifierKey[]> = new Map();
  readonly #told = new Set<string>();

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** The logs that it is a witness of from now on, by their verifier keys. Throws AUDIT_NOTE; those before stay then. */
  follow(logs: readonly string[]): void {
    const keys = logs.map((text) => parseVerifierKey(text));
    if (keys.length > 0) this.#key ??= this.#options.key();
    this.#logs = Map.groupBy(keys, ({ name }) => name);
  }

  /** What its cosignatures are verified with; undefined where it never was a witness. */
  get verifierKey(): string | undefined {
    return this.#key && formatVerifierKey(this.name, this.#key.publicKey, COSIGNATURE_V1);
  }

  addCheckpoint({ oldSize, proof, note }: BroughtCheckpoint): WitnessAnswer {
    if (note.length > NOTE_LENGTH || proof.length > PROOF_HASHES)
      throw badRequest(`a checkpoint of ${note.length} characters with ${proof.length} hashes`);
    const checkpoint = this.#opened(note);
    if (oldSize > checkpoint.size)
      throw badRequest(`the old size ${oldSize} is more than the new one, ${checkpoint.size}`);
    const { log, own } = this.#options;
    const answer = own.transaction((record) => {
      const last = this.#last(checkpoint.origin);
      if (last.size !== oldSize) return { line: '', size: last.size };
      if (!isConsistent(last, checkpoint, proof)) {
        const refused = refusal(last, checkpoint);
        if (this.#isNews(refused)) record(refused);
        return refused;
      }
      log.database
        .prepare('INSERT OR REPLACE INTO witnessed (origin, size, root, note) VALUES (?, ?, ?, ?)')
        .run(checkpoint.origin, checkpoint.size, checkpoint.root, note);
      const seconds = Math.floor((this.#options.nowMs?.() ?? Date.now()) / 1000);
      const line = cosign(parseNote(note).text, this.name, this.#key!, seconds);
      return { line, size: checkpoint.size };
    });
    if ('line' in answer) return answer;
    throw new WarderError(
      'WITNESS_FORK',
      `${checkpoint.origin}: ${answer.because}`,
      'keep both checkpoints: together they prove that the log showed two histories, unless the proof alone was wrong',
    );
  }

  #isNews({ subject, changes }: OwnEvent): boolean {
    const key = `${subject} ${changes?.root?.[1]}`;
    if (this.#told.has(key)) return false;
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(key);
    return true;
  }

  #opened(note: string): Checkpoint {
    const { text, signatures } = parseNote(note);
    const { origin } = parseCheckpointText(text);
    const keys = this.#logs.get(origin);
    if (!keys) throw unknownLog(origin.slice(0, 200));
    const key = keys.find(({ keyId }) => signatures.some((by) => by.keyId === keyId)) ?? keys[0]!;
    try {
      return openCheckpoint(note, key);
    } catch (error) {
      const { message, fix } = error as WarderError;
      throw new WarderError('WITNESS_SIGNATURE', message, fix, { cause: error });
    }
  }

  #last(origin: string): { size: number; root: Uint8Array } {
    const row = this.#options.log.database
      .prepare('SELECT size, root FROM witnessed WHERE origin = ?')
      .get(origin) as { size: number; root: Uint8Array } | undefined;
    return row ?? { size: 0, root: EMPTY_ROOT };
  }
}

function refusal(last: { size: number; root: Uint8Array }, { origin, size, root }: Checkpoint) {
  return {
    action: 'checkpoint.refused' as const,
    subject: origin,
    changes: {
      size: [`${last.size}`, `${size}`] as const,
      root: [base64(last.root), base64(root)] as const,
    },
    because: `the ${size} events do not continue the ${last.size} that were cosigned`,
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function unknownLog(origin: string): WarderError {
  return new WarderError(
    'WITNESS_UNKNOWN',
    `${origin} is not among the logs of this witness`,
    "add the log's key to the witness (`warder audit key`, on the host of the log)",
  );
}

function badRequest(what: string): WarderError {
  return new WarderError(
    'WITNESS_REQUEST',
    what,
    'bring a checkpoint and a proof as C2SP tlog-witness has them',
  );
}
