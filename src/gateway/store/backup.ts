/**
 * A gateway's state as one file, and back: its database with the log and its audit tree, its keys, its last checkpoint.
 *
 * Backup: while gateways run (SQLite's online backup: one state of the database, as of one moment). The file holds private
 *         keys: 0600.
 * Restore: into a state directory that is empty or not there, whole or not at all; the log is checked against its checkpoint
 *         before. Versions of policies go on above all that may have been given out since, for runtimes refuse older
 *         ones. That it was restored is the log's next event.
 * Throws: BACKUP_…, GATEWAY_STORE_…, AUDIT_….
 */
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { readHostIdentity } from '../../base/host-identity.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { openLogKey } from '../audit/key-rotation.ts';
import { OwnEvents } from '../own-events.ts';
import { exists, type Manifest, readBackup, sha256Of, writeBackup } from './backup-file.ts';
import { storeError } from './database.ts';
import { openEventLog } from './sqlite-event-log.ts';
import { DATABASE_FILE } from './state-directory.ts';

/** All pages in one step: a step sees one state, and a backup that is begun anew at each write would never end. */
const ALL_PAGES = 0x7fff_ffff;
/** More versions than policies change between a backup and its use. */
const VERSIONS_AHEAD = 1_000_000;

export interface Restored extends Manifest {
  stateDirectory: string;
}

/** @param out must not be there. Returns what was backed up. */
export async function backUp(stateDirectory: string, out: string, version: string): Promise<Manifest> {
  const target = resolve(out);
  if (existsSync(target)) throw exists(target);
  const scratch = mkdtempSync(join(dirname(target), '.warder-backup-'));
  try {
    const database = join(scratch, DATABASE_FILE);
    await copyDatabase(join(stateDirectory, DATABASE_FILE), database);
    const others = ['checkpoint', ...keyFiles(stateDirectory)].filter((name) =>
      existsSync(join(stateDirectory, name)),
    );
    const paths = [database, ...others.map((name) => join(stateDirectory, name))];
    const names = [DATABASE_FILE, ...others];
    const manifest: Manifest = {
      createdUnixMs: Date.now(),
      version,
      ...factsOf(database),
      files: names.map((name, at) => ({ name, ...sha256Of(paths[at]!) })),
    };
    writeBackup(target, manifest, paths);
    return manifest;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Into `stateDirectory`, which must be empty or not there. */
export async function restore(file: string, stateDirectory: string): Promise<Restored> {
  const target = resolve(stateDirectory);
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new WarderError(
      'BACKUP_NOT_EMPTY',
      `the state directory ${target} is not empty`,
      'restore into a new directory, or move away what is there: nothing is ever written over',
    );
  }
  mkdirSync(dirname(target), { recursive: true });
  const scratch = mkdtempSync(join(dirname(target), '.warder-restore-'));
  try {
    mkdirSync(join(scratch, 'keys'), { mode: 0o700 });
    const manifest = readBackup(file, (name) => join(scratch, name));
    await goOn(scratch, manifest);
    if (existsSync(target)) {
      // A service's own directory stays its user's.
      const { uid, gid } = statSync(target);
      for (const name of readdirSync(scratch, { recursive: true }))
        lchownSync(join(scratch, String(name)), uid, gid);
      lchownSync(scratch, uid, gid);
      rmdirSync(target);
    }
    renameSync(scratch, target);
    return { ...manifest, stateDirectory: target };
  } catch (error) {
    throw storeError(error, file);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { timeout: 10_000 });
  try {
    await backup(source, to, { rate: ALL_PAGES });
  } catch (error) {
    throw storeError(error, from);
  } finally {
    source.close();
  }
}

function factsOf(path: string): Pick<Manifest, 'events' | 'log'> {
  const database = new DatabaseSync(path);
  try {
    const check = database.prepare('PRAGMA quick_check').get();
    if (Object.values(check ?? {})[0] !== 'ok') {
      throw new WarderError(
        'GATEWAY_STORE_CORRUPT',
        `the database is not whole: ${String(Object.values(check ?? {})[0])}`,
        'keep the state directory for inquiry and restore an earlier backup',
      );
    }
    const last = database.prepare('SELECT max(idx) AS last FROM events').get()?.last as number | null;
    const log = database.prepare('SELECT id FROM log').get()?.id as string;
    return { events: (last ?? -1) + 1, log };
  } finally {
    database.close();
  }
}

/** What a log that goes on from here needs. */
async function goOn(directory: string, { createdUnixMs, events }: Manifest): Promise<void> {
  const log = openEventLog(directory);
  try {
    new AuditLog(log, openLogKey(directory, log)).check();
    const own = new OwnEvents({ log, origin: { ...readHostIdentity(), origin: randomUUID() } });
    own.transaction((record) => {
      log.database
        .prepare(
          `INSERT INTO policy_versions (agent, version, address, policy, time_unix_ms)
           SELECT agent, version + ?, address, policy, ? FROM policy_versions AS latest
           WHERE version = (SELECT max(version) FROM policy_versions WHERE agent = latest.agent)`,
        )
        .run(VERSIONS_AHEAD, Date.now());
      record({
        action: 'store.restored',
        changes: {
          backup: ['', new Date(createdUnixMs).toISOString()],
          events: ['', `${events}`],
        },
      });
    });
  } finally {
    await log.close();
  }
}

function keyFiles(stateDirectory: string): string[] {
  const folder = join(stateDirectory, 'keys');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[a-z]{1,32}(\.next)?\.pem$/.test(name))
    .map((name) => join('keys', name));
}
