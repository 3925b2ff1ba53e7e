/**
 * `warder audit verify`: whether an export or a proof is what the log signed, and where it is not.
 *
 * Out:    on stdout, for people or as one JSON object.
 * Status: 0 when all is proven, 1 when not.
 * Throws: AUDIT_FILE for a file that cannot be read, AUDIT_NOTE for a key or checkpoint that is none,
 *         AUDIT_KEY_NEEDED for a proof without a key.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { toNumber } from '../contract/int64.ts';
import { LoggedEvent } from '../contract/messages.ts';
import { cosignedAt } from '../gateway/audit/cosignature.ts';
import { MAGIC } from '../gateway/audit/export-format.ts';
import { PROOF_MAGIC, parseProof, verifyProof } from '../gateway/audit/proof-file.ts';
import { COSIGNATURE_V1, parseVerifierKey, type VerifierKey } from '../gateway/audit/signed-note.ts';
import { type AuditReport, verifyExport } from '../gateway/audit/verify.ts';
import type { Problem } from '../gateway/audit/verify-block.ts';
import { EXIT } from './failure.ts';
import { stdoutSink } from './line-sink.ts';

export interface VerifyCommandOptions {
  key?: string;
  checkpoint?: string[];
  witness?: string[];
  json?: boolean;
}

/** Problems that are printed; --json has them all. */
const PRINTED = 20;
/** A proof is one event and a few hashes. */
const PROOF_BYTES = 4 * 1024 * 1024;

export async function auditVerify(file: string, options: VerifyCommandOptions): Promise<void> {
  const key = options.key === undefined ? undefined : keyText(options.key);
  const checkpoints = (options.checkpoint ?? []).map((path) => readText(path));
  const witnesses = (options.witness ?? []).map(keyText);
  const proof = await beginsAs(file, PROOF_MAGIC);
  const { ok, lines } = proof
    ? proofLines(file, key, witnesses, options)
    : exportLines(
        file,
        await verifyExport(readable(file), { key, checkpoints, witnesses }),
        options,
        await beginsAs(file, MAGIC),
      );
  const stdout = stdoutSink();
  for (const line of lines) stdout.write(line);
  await stdout.close();
  if (!ok) process.exitCode = EXIT.failed;
}

interface Verdict {
  ok: boolean;
  lines: string[];
}

function exportLines(
  file: string,
  report: AuditReport,
  { json }: VerifyCommandOptions,
  begins: boolean,
): Verdict {
  const { ok, problems, more, origin, key, keyPinned, from, to, proven, checkpoints, unchecked } = report;
  if (json) return { ok, lines: [JSON.stringify({ file, ...report })] };
  const lines: string[] = [];
  if (ok) {
    const events = to > from ? `events ${from} to ${to - 1}` : 'no events';
    lines.push(`${file}: proven: ${events} of ${origin}, by ${count(checkpoints, 'checkpoint')}`);
  } else {
    lines.push(`${file}: altered: ${count(problems.length + more, 'problem')}`);
    if (!begins) lines.push('  if it never was an export: `warder audit export` writes one');
    lines.push(...problems.slice(0, PRINTED).map(problemLine));
    const hidden = problems.length + more - PRINTED;
    if (hidden > 0) lines.push(`  and ${count(hidden, 'problem')} more`);
    lines.push(`  proven all the same: ${proven} of ${count(to - from, 'event')}`);
  }
  lines.push(
    keyPinned
      ? '  under the key given'
      : `  under the key that the file brings: ${key || 'none'}; compare it with \`warder audit key\`, or pin it with --key`,
  );
  if (report.gone > 0)
    lines.push(`  ${count(report.gone, 'event')} of them are not kept any more, as the log says`);
  for (const { name, size, unixSeconds } of report.witnessed) {
    const when = new Date(unixSeconds * 1000).toISOString();
    if (size > 0) lines.push(`  ${name} cosigned the first ${count(size, 'event')} at ${when}`);
  }
  for (const size of unchecked) lines.push(`  the checkpoint of ${size} events lies outside of this file`);
  return { ok, lines: lines.map(printable) };
}

function problemLine({ kind, line, index, message }: Problem): string {
  const place = index === undefined ? `line ${line}` : `line ${line}, event ${index}`;
  return `  ${place}: ${kind}: ${message}`;
}

function proofLines(
  file: string,
  key: string | undefined,
  witnesses: readonly string[],
  { json }: VerifyCommandOptions,
): Verdict {
  if (key === undefined) {
    throw new WarderError(
      'AUDIT_KEY_NEEDED',
      `${file} is the proof of one event, and brings no key`,
      "give the log's key with --key KEY; the host of the log prints it: warder audit key",
    );
  }
  try {
    const proof = parseProof(readText(file));
    const { size, origin } = verifyProof(proof, parseVerifierKey(key));
    for (const text of witnesses) checkCosigned(proof.note, parseVerifierKey(text, COSIGNATURE_V1));
    const { host, event } = LoggedEvent.decode(proof.leaf);
    const sequence = toNumber(event?.sequence);
    if (json)
      return {
        ok: true,
        lines: [JSON.stringify({ file, ok: true, origin, size, index: proof.index, host, sequence })],
      };
    const which = `event ${proof.index} of ${origin}, sequence ${sequence} of host ${host}`;
    return { ok: true, lines: [printable(`${file}: proven: ${which}, in its first ${size} events`)] };
  } catch (error) {
    if (!(error instanceof WarderError)) throw error;
    if (json) return { ok: false, lines: [JSON.stringify({ file, ok: false, message: error.message })] };
    return { ok: false, lines: [printable(`${file}: not proven: ${error.message}`)] };
  }
}

function checkCosigned(note: string, witness: VerifierKey): void {
  if (cosignedAt(note, witness) !== undefined) return;
  throw new WarderError(
    'AUDIT_PROOF',
    `${witness.name} has not cosigned the checkpoint`,
    'ask the log for the proof again: a witness cosigns a moment after the log has signed',
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** The key itself, or a file that holds it. */
function keyText(option: string): string {
  if (/^[^+]+\+[0-9a-f]{8}\+/.test(option)) return option;
  return readText(option).trim();
}

async function beginsAs(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(text.length), 0, text.length, 0);
      return buffer.toString('latin1', 0, bytesRead) === text;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, PROOF_BYTES);
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function* readable(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): WarderError {
  return new WarderError(
    'AUDIT_FILE',
    `cannot read ${path}: ${(cause as Error).message}`,
    'name a file that exists and that you may read',
    { cause },
  );
}
