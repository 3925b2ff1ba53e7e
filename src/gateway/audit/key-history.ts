/**
 * Which keys a log has signed with, as its database has it (key-rotation.ts writes it).
 */
import type { DatabaseSync } from 'node:sqlite';
import { parseVerifierKey, type VerifierKey } from './signed-note.ts';

export interface LogKey {
  /** It signs checkpoints of more events than these. */
  since: number;
  key: VerifierKey;
}

/** In order; none where the log has had one key only. */
export function logKeys(database: DatabaseSync): LogKey[] {
  const rows = database.prepare('SELECT since, verifier_key FROM log_keys ORDER BY since').all();
  return (rows as { since: number; verifier_key: string }[]).map(({ since, verifier_key }) => ({
    since,
    key: parseVerifierKey(verifier_key),
  }));
}
