/**
 * One SQLite database under a state directory, shared by any number of gateways on this host at once.
 *
 * Durability: WAL with synchronous=FULL. A transaction that COMMIT reported is on disk, through a kill, a crash
 * of the kernel and a loss of power (as far as the disk keeps what fdatasync promised). Not so on a network
 * file system: WAL needs memory shared between the processes.
 *
 * Throws: GATEWAY_STORE_OPEN, GATEWAY_STORE_NEWER, GATEWAY_STORE_FOREIGN, and from a write what storeError says.
 */
import { chmodSync, closeSync, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { APPLICATION_ID, MIGRATIONS } from './migrations.ts';

/** How long opening waits for another process that is migrating. */
const OPEN_TIMEOUT_MS = 10_000;
const RARE_WRITE_TIMEOUT_MS = 5000;
/** WAL pages after which SQLite copies them into the database file: 16 MiB. */
const CHECKPOINT_PAGES = 4096;

/** Below this a disk is full: SQLite grows its files by 32 KiB and less. */
const ROOM_BYTES = 64 * 1024;

// Primary result codes, sqlite.org/rescode.html.
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    database = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS, enableForeignKeyConstraints: false });
    configure(database);
    migrate(database, path);
    // Later writes wait without holding this thread: see isBusy and its callers.
    database.exec('PRAGMA busy_timeout = 0');
    return database;
  } catch (error) {
    database?.close();
    throw storeError(error, path);
  }
}

function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -16384;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${CHECKPOINT_PAGES * 4096};
    PRAGMA trusted_schema = OFF;
  `);
}

/** Brings the schema to this version; all of it or nothing, one process at a time. */
function migrate(database: DatabaseSync, path: string): void {
  if (schemaVersion(database, path) === MIGRATIONS.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const from = schemaVersion(database, path);
    for (const step of MIGRATIONS.slice(from)) database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function schemaVersion(database: DatabaseSync, path: string): number {
  const version = pragma(database, 'user_version');
  const application = pragma(database, 'application_id');
  const empty = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()!.n === 0;
  if (application !== APPLICATION_ID && !(application === 0 && version === 0 && empty)) {
    throw new WarderError(
      'GATEWAY_STORE_FOREIGN',
      `${path} is a database, but not one of Warder (application id ${application}, schema ${version})`,
      'choose another state directory with --state DIR, or move that file away',
    );
  }
  if (version > MIGRATIONS.length) {
    throw new WarderError(
      'GATEWAY_STORE_NEWER',
      `${path} has schema ${version}, this Warder knows up to ${MIGRATIONS.length}`,
      'use the newer Warder that wrote it, or another state directory with --state DIR',
    );
  }
  return version;
}

/**
 * One short write transaction, at once: all of `work` or nothing. Waits for another process's write and holds
 * the thread meanwhile, so it is for what is rare.
 */
export function writeTransaction<T>(database: DatabaseSync, path: string, work: () => T): T {
  try {
    database.exec(`PRAGMA busy_timeout = ${RARE_WRITE_TIMEOUT_MS}`);
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw storeError(error, path);
  } finally {
    database.exec('PRAGMA busy_timeout = 0');
  }
}

/** A whole-number pragma's value. */
export function pragma(database: DatabaseSync, name: string): number {
  return Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0] as number;
}

/** True when another connection holds the write lock: nothing is wrong, try again. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === SQLITE_BUSY;
}

/**
 * What a failed database or file call means. Any other error passes through.
 *
 * GATEWAY_STORE_FULL and GATEWAY_STORE_IO may pass once the disk has room or answers again; the others need
 * a person.
 */
export function storeError(error: unknown, path: string): Error {
  const { errcode, syscall, message } = error as { errcode?: number; syscall?: string; message: string };
  if (errcode === undefined && syscall === undefined) return error as Error;
  const [code, says, fix] = MEANINGS[causeOf(error, path)];
  const detail = errcode === undefined ? message : `${message}, SQLite ${errcode}`;
  return new WarderError(code, says(path, detail), fix, { cause: error });
}

type Cause = 'full' | 'io' | 'busy' | 'corrupt' | 'other';

const MEANINGS: Readonly<Record<Cause, readonly [string, (path: string, detail: string) => string, string]>> =
  {
    full: [
      'GATEWAY_STORE_FULL',
      (path) => `no room to write ${path}`,
      'make room on that file system; events wait and nothing acknowledged is lost',
    ],
    io: [
      'GATEWAY_STORE_IO',
      (path, detail) => `${path} cannot be written (${detail})`,
      'check the disk, its quota and its mount options; events wait and nothing acknowledged is lost',
    ],
    busy: [
      'GATEWAY_STORE_BUSY',
      (path) => `${path} is held by another process for too long`,
      'see which one with: fuser -v FILE; end it if it hangs',
    ],
    corrupt: [
      'GATEWAY_STORE_CORRUPT',
      (path, detail) => `${path} is damaged (${detail})`,
      'keep the file for inquiry, restore a backup or choose another state directory with --state DIR',
    ],
    other: [
      'GATEWAY_STORE_OPEN',
      (path, detail) => `${path} cannot be used (${detail})`,
      'check that the directory exists, is yours and is on a local file system, or use --state DIR',
    ],
  };

function causeOf(error: unknown, path: string): Cause {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  if (code === 'EIO' || code === 'EROFS') return 'io';
  switch (resultCode(error)) {
    case SQLITE_FULL:
      return 'full';
    case SQLITE_IOERR:
      // What SQLite cannot grow by mapping (its -shm file) fails so, on a disk that is merely full.
      return hasRoom(path) ? 'io' : 'full';
    case SQLITE_READONLY:
      return 'io';
    case SQLITE_BUSY:
      return 'busy';
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return 'corrupt';
    default:
      return 'other';
  }
}

function hasRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return true; // the file system itself is in trouble
  }
}

/** SQLite's primary result code, 0 for any other error. */
function resultCode(error: unknown): number {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' ? code & 0xff : 0;
}
