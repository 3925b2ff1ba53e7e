/**
 * The log of a state directory, for as long as a command needs it. Gateways that run on it go on meanwhile.
 *
 * Throws: AUDIT_NO_STATE where there is none, AUDIT_FORK and AUDIT_SET_BACK for a log that cannot be believed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../base/error.ts';
import { stateDirectoryPath } from '../base/state-dir.ts';
import { enterStateDirectory, leaveStateDirectory } from '../base/state-owner.ts';
import type { SigningKey } from '../contract/keys.ts';
import { AuditLog } from '../gateway/audit/audit-log.ts';
import { openLogKey } from '../gateway/audit/key-rotation.ts';
import { witnessVerifierKey } from '../gateway/audit/witness.ts';
import { openKeyFile } from '../gateway/store/key-file.ts';
import { openEventLog, type SqliteEventLog } from '../gateway/store/sqlite-event-log.ts';
import { DATABASE_FILE } from '../gateway/store/state-directory.ts';

export interface AuditState {
  /** Real path of the state directory. */
  directory: string;
  log: SqliteEventLog;
  audit: AuditLog;
  key: SigningKey;
  /** What its cosignatures of other logs are verified with; makes the key if there is none. */
  witnessKey(): string;
}

export async function withAudit<T>(
  option: string | undefined,
  work: (state: AuditState) => Promise<T>,
): Promise<T> {
  const path = stateDirectoryPath(option, process.env);
  const directory = enterStateDirectory(path, process.env);
  if (directory === undefined || !existsSync(join(directory, DATABASE_FILE))) {
    throw new WarderError(
      'AUDIT_NO_STATE',
      `there is no log in ${path}`,
      'name the state directory of a run with --state DIR; for runs started with sudo, use sudo here too',
    );
  }
  const log = openEventLog(directory);
  try {
    const key = openLogKey(directory, log);
    const audit = new AuditLog(log, key, () => openLogKey(directory, log));
    audit.check();
    const witnessKey = (): string => witnessVerifierKey(audit, openKeyFile(directory, 'witness'));
    return await work({ directory, log, audit, key, witnessKey });
  } finally {
    await log.close();
    leaveStateDirectory();
  }
}
