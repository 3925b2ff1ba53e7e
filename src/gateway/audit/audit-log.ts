/**
 * The event log as evidence: checkpoints that sign it, proofs against them.
 *
 * The tree itself grows with every append (store/sqlite-event-log.ts); here it is read. Several gateways may
 * do so on one state directory: a checkpoint is signed within a write transaction, and only when the tree
 * still continues the last one that was signed.
 *
 * The last checkpoint also lies in the file `checkpoint` of the state directory, so that a database set back
 * to an older state is noticed: the log then refuses to sign a second history.
 *
 * Throws: AUDIT_FORK, AUDIT_SET_BACK, AUDIT_RANGE, AUDIT_TILE, GATEWAY_STORE_….
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import type { SigningKey } from '../../contract/keys.ts';
import { storeError, writeTransaction } from '../store/database.ts';
import type { SqliteEventLog } from '../store/sqlite-event-log.ts';
import { type Checkpoint, openCheckpoint, parseCheckpointText, signCheckpoint } from './checkpoint.ts';
import { type LogKey, logKeys } from './key-history.ts';
import { consistencyProof, HASH_BYTES, inclusionProof, type SubtreeHashes, treeRoot } from './merkle.ts';
import { blockRange, type IndexRange, joined } from './ranges.ts';
import { formatVerifierKey, parseNote, parseVerifierKey, signNote, type VerifierKey } from './signed-note.ts';
import { hashesInTile, subtreesOf } from './tiles.ts';

const CHECKPOINT_FILE = 'checkpoint';

export interface SignedCheckpoint extends Checkpoint {
  /** The signed note. */
  note: string;
}

export class AuditLog {
  readonly origin: string;
  #key: SigningKey;
  readonly #keyNow: (() => SigningKey) | undefined;
  readonly #log: SqliteEventLog;
  readonly #file: string;
  readonly #subtrees: SubtreeHashes;

  /** @param keyNow the log's key, read again: the log may get another one while this process runs */
  constructor(log: SqliteEventLog, key: SigningKey, keyNow?: () => SigningKey) {
    const { id } = log.database.prepare('SELECT id FROM log').get() as { id: string };
    this.origin = `warder.dev/log/${id}`;
    this.#key = key;
    this.#keyNow = keyNow;
    this.#log = log;
    this.#file = join(dirname(log.path), CHECKPOINT_FILE);
    this.#subtrees = subtreesOf(log.readTile);
  }

  /** Refuses a log that does not continue what it signed last, by the database's word and by the file's. */
  check(): void {
    try {
      this.#checkNow();
    } catch (error) {
      throw storeError(error, this.#log.path); // what opens as a database may be damaged further in
    }
  }

  #checkNow(): void {
    const last = this.latest();
    if (last) this.#checkContinues(last, 'AUDIT_FORK');
    if (!existsSync(this.#file)) return;
    const filed = openNote(readFileSync(this.#file, 'utf8'), this.#keys());
    this.#checkContinues(filed, 'AUDIT_SET_BACK');
  }

  /** The log as of now, signed: the last checkpoint when nothing was appended since, a new one otherwise. */
  checkpoint(): SignedCheckpoint {
    try {
      return this.#checkpointNow();
    } catch (error) {
      throw storeError(error, this.#log.path); // a read can fail for want of room too
    }
  }

  #checkpointNow(): SignedCheckpoint {
    const { database, path } = this.#log;
    const last = this.latest();
    if (last && last.size === this.size) return last;
    this.#followKey();
    const signed = writeTransaction(database, path, () => {
      this.checkIsCurrent(this.#key);
      // Another gateway may have signed meanwhile.
      const before = this.latest();
      const size = this.size;
      if (before) this.#checkContinues(before, 'AUDIT_FORK');
      return before?.size === size ? before : this.#sign(size);
    });
    this.#writeFile(signed.note);
    return signed;
  }

  /** The last checkpoint that was signed. */
  latest(): SignedCheckpoint | undefined {
    return this.#opened('SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1')[0];
  }

  /** The last checkpoint that a witness has cosigned. */
  latestCosigned(): SignedCheckpoint | undefined {
    // An empty line, then the signatures: after the log's own, of which there may be two, follows a witness's.
    const others = `replace(note, char(10) || '\u2014 ' || ?, '')`;
    return this.#opened(
      `SELECT note FROM checkpoints WHERE ${others} LIKE '%' || char(10) || '\u2014 %' ORDER BY size DESC LIMIT 1`,
      `${this.origin} `,
    )[0];
  }

  /** The checkpoint of a size. */
  signedAt(size: number): SignedCheckpoint {
    const [checkpoint] = this.checkpoints(size, size);
    if (checkpoint) return checkpoint;
    throw outOfRange(`no checkpoint was signed at ${size} events`);
  }

  /** Stores a witness's signature line with the checkpoint, once for each witness. */
  addCosignature(size: number, line: string): void {
    const [, name = ''] = line.split(' ');
    this.#addSignature(size, line, `\n\u2014 ${name} `);
  }

  /** Signs the last checkpoint of the key before as well, so that it proves the log to who trusts this one alone. */
  countersign(size: number): void {
    const { text } = parseNote(this.signedAt(size).note);
    const line = signNote(text, this.origin, this.#key).slice(text.length + 1);
    this.#addSignature(size, line, `\n${line}`);
  }

  /** @param unless what the note has where the signature is there already */
  #addSignature(size: number, line: string, unless: string): void {
    const { database, path } = this.#log;
    const note = writeTransaction(database, path, () => {
      const { note } = this.signedAt(size);
      if (note.includes(unless)) return undefined;
      database.prepare('UPDATE checkpoints SET note = ? WHERE size = ?').run(`${note}${line}`, size);
      return this.latest()?.size === size ? `${note}${line}` : undefined;
    });
    if (note) this.#writeFile(note);
  }

  /** Hashes of the tree. */
  tile(level: number, index: number): Uint8Array {
    const hashes = level < 7 ? hashesInTile(level, index, this.size) : 0;
    if (hashes < 1) throw outOfRange(`no tile ${level}/${index}`);
    return this.#log.readTile(level, index).subarray(0, hashes * HASH_BYTES);
  }

  /** Checkpoints of sizes from..to, in order. */
  checkpoints(from: number, to: number): SignedCheckpoint[] {
    return this.#opened('SELECT note FROM checkpoints WHERE size BETWEEN ? AND ? ORDER BY size', from, to);
  }

  /** That event `index` is in the tree of the first `size` events. */
  inclusion(index: number, size: number): Uint8Array[] {
    if (index >= size) throw outOfRange(`event ${index} is not among the first ${size}`);
    this.#checkSize(size);
    return inclusionProof(index, size, this.#subtrees);
  }

  /** That the tree of the first `from` events is the beginning of that of the first `to`. */
  consistency(from: number, to: number): Uint8Array[] {
    if (from > to) throw outOfRange(`${from} events are more than ${to}`);
    this.#checkSize(to);
    return consistencyProof(from, to, this.#subtrees);
  }

  /** Hashes of complete subtrees, as they are in the database. */
  get subtrees(): SubtreeHashes {
    return this.#subtrees;
  }

  /** Ranges of events that are not kept any more (retention.ts). */
  gone(): IndexRange[] {
    const rows = this.#log.database.prepare('SELECT block FROM gone ORDER BY block').all();
    return joined((rows as { block: number }[]).map(({ block }) => blockRange(block)));
  }

  /** Index of the event that names them all; undefined: none are gone. */
  goneToldAt(): number | undefined {
    const row = this.#log.database.prepare('SELECT max(event) AS event FROM gone').get();
    return (row?.event as number | null) ?? undefined;
  }

  /** Number of events. */
  get size(): number {
    return this.#log.sizeNow();
  }

  /** The same as watchers of the log were told of it last. */
  get knownSize(): number {
    return this.#log.knownSize;
  }

  #opened(sql: string, ...values: (number | string)[]): SignedCheckpoint[] {
    const rows = this.#log.database.prepare(sql).all(...values) as { note: string }[];
    const keys = this.#keys();
    return rows.map(({ note }) => ({ ...openNote(note, keys), note }));
  }

  /** What checkpoints that this process signs are verified with, as text. */
  get verifierKey(): string {
    return formatVerifierKey(this.origin, this.#key.publicKey);
  }

  /** What a checkpoint of so many events is verified with, as text. */
  verifierKeyAt(size: number): string {
    const { name, publicKey } = keyOf(this.#keys(), size);
    return formatVerifierKey(name, publicKey);
  }

  /** The number of events up to which other keys than the present one have signed. */
  get keySince(): number {
    return this.#keys().at(-1)!.since;
  }

  /** One after the other, as of now. */
  #keys(): readonly LogKey[] {
    const keys = logKeys(this.#log.database);
    return keys.length > 0 ? keys : [{ since: 0, key: parseVerifierKey(this.verifierKey) }];
  }

  /** Signs the first `size` events, where that has not been done: the last checkpoint of a key that goes. */
  signUpTo(size: number): void {
    const { database, path } = this.#log;
    writeTransaction(database, path, () => this.#sign(size));
  }

  #sign(size: number): SignedCheckpoint {
    const [signed] = this.checkpoints(size, size);
    if (signed) return signed;
    const checkpoint: Checkpoint = { origin: this.origin, size, root: treeRoot(size, this.#subtrees) };
    const note = signCheckpoint(checkpoint, this.#key);
    this.#log.database
      .prepare('INSERT INTO checkpoints (size, time_unix_ms, note) VALUES (?, ?, ?)')
      .run(size, Date.now(), note);
    return { ...checkpoint, note };
  }

  /** The log may have got another key since this process last signed. */
  #followKey(): void {
    // Twice: the file may have been exchanged between two looks of the first time.
    for (let tries = 0; tries < 2 && this.#keyNow; tries++) {
      if (this.#keys().at(-1)!.key.publicKey === this.#key.publicKey) return;
      this.#key = this.#keyNow();
    }
  }

  /** Refuses a key that the log has put another one in the place of. */
  checkIsCurrent(key: SigningKey): void {
    const { name, keyId, publicKey } = this.#keys().at(-1)!.key;
    if (key.publicKey === publicKey) return;
    throw new WarderError(
      'AUDIT_KEY_REPLACED',
      `the log is signed by ${name}+${keyId} now, and what was opened is the key before it`,
      'try again; a gateway that tells this again and again is to be started anew',
    );
  }

  #checkContinues(signed: Checkpoint, code: 'AUDIT_FORK' | 'AUDIT_SET_BACK'): void {
    const size = this.size;
    const root = signed.size <= size ? treeRoot(signed.size, this.#subtrees) : undefined;
    if (root && Buffer.compare(root, signed.root) === 0) return;
    const found = root ? 'other events stand in their place' : `the log has ${size}`;
    throw new WarderError(
      code,
      `the log signed ${signed.size} events with a root that its database no longer has: ${found}`,
      code === 'AUDIT_FORK'
        ? 'the database was changed behind the log: keep the state directory for inquiry and begin with a new one'
        : 'an older database was put back: keep what there is, and begin with a new state directory, for a log signs one history only',
    );
  }

  #checkSize(size: number): void {
    const present = this.size;
    if (size > present) throw outOfRange(`the log has ${present} events, not ${size}`);
  }

  /** Whole or not at all; an older one is no harm, for it is as true. */
  #writeFile(note: string): void {
    const draft = `${this.#file}.${process.pid}`;
    try {
      const file = openSync(draft, 'w', 0o600);
      try {
        writeSync(file, note);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(draft, this.#file);
    } catch (error) {
      rmSync(draft, { force: true });
      throw storeError(error, this.#file);
    }
  }
}

function openNote(note: string, keys: readonly LogKey[]): Checkpoint {
  const { size } = parseCheckpointText(parseNote(note).text);
  return openCheckpoint(note, keyOf(keys, size));
}

function keyOf(keys: readonly LogKey[], size: number): VerifierKey {
  return (keys.findLast(({ since }) => since < size) ?? keys[0]!).key;
}

function outOfRange(what: string): WarderError {
  return new WarderError(
    'AUDIT_RANGE',
    what,
    'ask for events that the log has: see `warder audit checkpoint`',
  );
}
