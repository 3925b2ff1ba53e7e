/** Logs to take evidence from: a real log on disk, with checkpoints at chosen sizes, and its export. */
import { randomUUID } from 'node:crypto';
import type { SigningKey } from '../../../src/contract/keys.ts';
import { AuditLog } from '../../../src/gateway/audit/audit-log.ts';
import { type ExportOptions, exportLog } from '../../../src/gateway/audit/export.ts';
import { type AuditReport, type VerifyOptions, verifyExport } from '../../../src/gateway/audit/verify.ts';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import { openKeyFile } from '../../../src/gateway/store/key-file.ts';
import { openEventLog, type SqliteEventLog } from '../../../src/gateway/store/sqlite-event-log.ts';
import { openGatewayDirectory } from '../../../src/gateway/store/state-directory.ts';
import { BOOT, execEvents, HOST, later, numbered, stateDirectory } from '../fixtures.ts';

export interface Evidence {
  state: string;
  log: SqliteEventLog;
  audit: AuditLog;
  key: SigningKey;
  /** Appends events and signs a checkpoint. */
  grow(count: number): Promise<string>;
}

export function openEvidence(state = stateDirectory()): Evidence {
  openGatewayDirectory(state);
  const log = openEventLog(state);
  later(() => log.close());
  const key = openKeyFile(state, 'log');
  const audit = new AuditLog(log, key);
  const origin = { host: HOST, boot: BOOT, origin: randomUUID() };
  const grow = async (count: number): Promise<string> => {
    const from = (await log.lastSequence(origin)) + 1;
    if (count > 0) await log.append(origin, numbered(execEvents(count, from), from).map(logEntry));
    return audit.checkpoint().note;
  };
  return { state, log, audit, key, grow };
}

/** A log that was checkpointed at each of the sizes that the steps add up to. */
export async function evidence(steps: readonly number[]): Promise<Evidence> {
  const opened = openEvidence();
  for (const step of steps) await opened.grow(step);
  return opened;
}

export async function exported(from: Evidence, options: Partial<ExportOptions> = {}): Promise<string> {
  let text = '';
  for await (const piece of exportLog({ ...from, ...options })) text += piece;
  return text;
}

export function verified(text: string | Uint8Array, options: VerifyOptions = {}): Promise<AuditReport> {
  return verifyExport(chunks(Buffer.from(text as string)), options);
}

/** In pieces that do not care for lines. */
async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}
