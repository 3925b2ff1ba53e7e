/**
 * The keys that a log has signed with, one after the other.
 *
 * A new key is told by an event of the log, `key.rotated`, and the checkpoint that ends with that event is the last one
 * that the old key signs: who trusts the old key is led to the new one by the log itself (verify.ts). The old key is
 * destroyed with that.
 *
 * Order: the new key is on disk (`keys/log.next.pem`); the event and the row here are one transaction; the old key signs;
 * the new one takes its file. Whoever opens the log next finishes what a crash left.
 *
 * Throws: GATEWAY_KEY, GATEWAY_STORE_….
 */
import type { SigningKey } from '../../contract/keys.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import { dropKeyFile, findKeyFile, openKeyFile, replaceKeyFile } from '../store/key-file.ts';
import type { SqliteEventLog } from '../store/sqlite-event-log.ts';
import { AuditLog } from './audit-log.ts';
import { logKeys } from './key-history.ts';
import { formatVerifierKey } from './signed-note.ts';

const NEXT = 'log.next';

/** Opens the log's key, after what a rotation that broke off has left to do. */
export function openLogKey(stateDirectory: string, log: SqliteEventLog): SigningKey {
  const key = openKeyFile(stateDirectory, 'log');
  const next = findKeyFile(stateDirectory, NEXT);
  if (!next) return key;
  const last = logKeys(log.database).at(-1);
  if (last?.key.publicKey !== next.publicKey) {
    dropKeyFile(stateDirectory, NEXT); // nothing was told of it
    return key;
  }
  if (key.publicKey !== next.publicKey) new AuditLog(log, key).signUpTo(last.since);
  replaceKeyFile(stateDirectory, 'log', NEXT);
  return openKeyFile(stateDirectory, 'log');
}

export interface Rotation {
  stateDirectory: string;
  log: SqliteEventLog;
  own: OwnEvents;
  actor: Actor;
  because: string;
}

/** No gateway may run on the log meanwhile: it would go on to sign with the old key. Returns the new verifier key. */
export function rotateLogKey({ stateDirectory, log, own, actor, because }: Rotation): string {
  const key = openLogKey(stateDirectory, log);
  const { origin, verifierKey } = new AuditLog(log, key);
  const next = openKeyFile(stateDirectory, NEXT);
  const nextVerifierKey = formatVerifierKey(origin, next.publicKey);
  own.transaction((record) => {
    const index = record({
      action: 'key.rotated',
      actor,
      because,
      subject: 'log',
      changes: { key: [key.id, next.id], 'verifier key': [verifierKey, nextVerifierKey] },
    });
    const insert = log.database.prepare(
      'INSERT INTO log_keys (since, verifier_key) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    if (logKeys(log.database).length === 0) insert.run(0, verifierKey);
    insert.run(index + 1, nextVerifierKey);
    // As lifetime.ts keeps it: the next start has nothing more to tell.
    log.database.prepare('INSERT OR REPLACE INTO keys (name, key_id) VALUES (?, ?)').run('log', next.id);
  });
  openLogKey(stateDirectory, log);
  return nextVerifierKey;
}
