/**
 * `warder audit export`: the log, or a range of it, as one file of mode 0600.
 *
 * The file appears under its name once it is whole and on disk; a file of that name is replaced.
 *
 * Throws: AUDIT_OUT when it cannot be written; nothing is left of it then.
 */
import { writeFileSync } from 'node:fs';
import { type Draft, openDraft } from '../base/draft.ts';
import { WarderError } from '../base/error.ts';
import { asCaller } from '../base/state-owner.ts';
import { exportLog } from '../gateway/audit/export.ts';
import { withAudit } from './audit-state.ts';
import { stdoutSink } from './line-sink.ts';

export interface ExportCommandOptions {
  out: string;
  from?: number;
  to?: number;
  witnessed?: boolean;
  state?: string;
}

export async function auditExport({
  out,
  from,
  to,
  witnessed = false,
  state,
}: ExportCommandOptions): Promise<void> {
  await withAudit(state, async ({ log, audit, key }) => {
    const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    await writeWhole(out, exportLog({ log, audit, key, witnessed, ...range }));
    const end = to ?? (witnessed ? audit.latestCosigned() : audit.latest())!.size;
    const stdout = stdoutSink();
    stdout.write(`${out}: ${end - (from ?? 0)} events of ${audit.origin}`);
    stdout.write(`check it with: warder audit verify ${out} --key ${audit.verifierKey}`);
    await stdout.close();
  });
}

async function writeWhole(path: string, pieces: AsyncIterable<string>): Promise<void> {
  let draft: Draft | undefined;
  try {
    draft = asCaller(() => openDraft(path, 0o600));
    for await (const piece of pieces) writeFileSync(draft.fd, piece);
    asCaller(draft.keep);
  } catch (error) {
    if (draft) asCaller(draft.drop);
    if (error instanceof WarderError) throw error;
    throw new WarderError(
      'AUDIT_OUT',
      `cannot write ${path}: ${(error as Error).message}`,
      'name a file in a directory that exists, may be written and has room',
      { cause: error },
    );
  }
}
