/**
 * The keys that a log has signed with, one after the other.
 *
 * A new key is told by an event of the log, `key.rotated`, and the checkpoint that ends with that event is the last one
 * that the old key signs: who trusts the old key is led to the new one by the log itself (verify.ts). The old key is
 * destroyed with that. The new key signs that checkpoint too: from then on who trusts it alone has what proves the log,
 * whether or not another event ever comes.
 *
 * Order: the new key is on disk (`keys/log.next.pem`), the event and the row here are one transaction; the old key signs;
 * the new one signs, and takes its file. Whoever opens the log next finishes what a crash left. The key's files are changed under
 * the database's write lock, and every process reads the row here before it signs: gateways go on meanwhile, and take
 * the new key with their next checkpoint (audit-log.ts).
 *
 * Throws: GATEWAY_KEY, GATEWAY_STORE_….
 */
import type { SigningKey } from '../../contract/keys.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import { writeTransaction } from '../store/database.ts';
import { dropKeyFile, findKeyFile, openKeyFile, replaceKeyFile } from '../store/key-file.ts';
import type { SqliteEventLog } from '../store/sqlite-event-log.ts';
import { AuditLog } from './audit-log.ts';
import { logKeys } from './key-history.ts';
import { formatVerifierKey } from './signed-note.ts';

const NEXT = 'log.next';

/** Opens the log's key, after what a rotation that broke off has left to do. */
export function openLogKey(stateDirectory: string, log: SqliteEventLog): SigningKey {
  if (findKeyFile(stateDirectory, NEXT)) finish(stateDirectory, log);
  return openKeyFile(stateDirectory, 'log');
}

/** What another process does at the same moment is done once. */
function finish(stateDirectory: string, log: SqliteEventLog): void {
  const { database, path } = log;
  const told = writeTransaction(database, path, () => {
    const next = findKeyFile(stateDirectory, NEXT);
    const last = logKeys(database).at(-1);
    if (next && last?.key.publicKey === next.publicKey) return last;
    dropKeyFile(stateDirectory, NEXT); // nothing was told of it
    return undefined;
  });
  if (!told) return;
  const old = openKeyFile(stateDirectory, 'log');
  if (old.publicKey !== told.key.publicKey) new AuditLog(log, old).signUpTo(told.since);
  const next = findKeyFile(stateDirectory, NEXT);
  if (next) new AuditLog(log, next).countersign(told.since);
  writeTransaction(database, path, () => {
    if (findKeyFile(stateDirectory, NEXT)) replaceKeyFile(stateDirectory, 'log', NEXT);
  });
}

export interface Rotation {
  stateDirectory: string;
  log: SqliteEventLog;
  own: OwnEvents;
  actor: Actor;
  because: string;
}

/** Returns the new verifier key. */
export function rotateLogKey({ stateDirectory, log, own, actor, because }: Rotation): string {
  const key = openLogKey(stateDirectory, log);
  const { origin, verifierKey } = new AuditLog(log, key);
  const nextVerifierKey = own.transaction((record) => {
    // Here, where nobody else can take it for what a crash has left.
    const next = openKeyFile(stateDirectory, NEXT);
    const made = formatVerifierKey(origin, next.publicKey);
    const index = record({
      action: 'key.rotated',
      actor,
      because,
      subject: 'log',
      changes: { key: [key.id, next.id], 'verifier key': [verifierKey, made] },
    });
    const insert = log.database.prepare(
      'INSERT INTO log_keys (since, verifier_key) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    if (logKeys(log.database).length === 0) insert.run(0, verifierKey);
    insert.run(index + 1, made);
    // As lifetime.ts keeps it: the next start has nothing more to tell.
    log.database.prepare('INSERT OR REPLACE INTO keys (name, key_id) VALUES (?, ?)').run('log', next.id);
    return made;
  });
  openLogKey(stateDirectory, log);
  return nextVerifierKey;
}
