/**
 * The log as one self-contained file: events, the checkpoints that sign them, the key, and a seal over it all.
 *
 * In:  the log, its checkpoints and key, a range of events.
 * Out: text in the format of export-format.ts, in pieces; memory does not grow with the log.
 *
 * The range ends at a checkpoint: at the one asked for, or at a fresh one of the log as it is.
 *
 * Throws: AUDIT_RANGE for a range that the log does not have or that ends at no checkpoint.
 */
import { createHash } from 'node:crypto';
import { WarderError } from '../../base/error.ts';
import type { SigningKey } from '../../contract/keys.ts';
import type { EventLog } from '../store/event-log.ts';
import type { AuditLog, SignedCheckpoint } from './audit-log.ts';
import { coveringSubtrees } from './compact-range.ts';
import { BLOCK_EVENTS, MAGIC, sealText, write } from './export-format.ts';
import { leafHash } from './merkle.ts';
import type { IndexRange } from './ranges.ts';
import { signNote } from './signed-note.ts';

export interface ExportOptions {
  log: EventLog;
  audit: AuditLog;
  /** The log's key: it seals the file. */
  key: SigningKey;
  /** First event; default 0. */
  from?: number;
  /** The size of a checkpoint; default: the whole log, checkpointed now. */
  to?: number;
  /** End at the last checkpoint that a witness has cosigned. */
  witnessed?: boolean;
}

export async function* exportLog(options: ExportOptions): AsyncGenerator<string> {
  const { log, audit, key, from = 0 } = options;
  const last = lastCheckpoint(options);
  if (from > last.size)
    throw range(`the export would begin at event ${from}, behind its end at ${last.size}`);
  const goneRanges = audit.gone();
  checkTold(goneRanges, from, last.size, audit);
  checkSealable(last.size, options);
  const digest = createHash('sha256');
  const emit = (lines: readonly string[]): string => {
    const text = `${lines.join('\n')}\n`;
    digest.update(text, 'utf8');
    return text;
  };

  yield emit([
    MAGIC,
    write.log(audit.origin),
    write.key(audit.verifierKeyAt(from + 1)),
    write.range(from, last.size),
    ...coveringSubtrees(from).map(({ level, index }) => write.prefix(audit.subtrees(level, index))),
  ]);
  let position = from;
  // Where a key ends the file begins with the next one.
  const first = audit.verifierKeyAt(from) === audit.verifierKeyAt(from + 1) ? from : from + 1;
  for (const checkpoint of [...audit.checkpoints(first, last.size - 1), last]) {
    while (position < checkpoint.size) {
      const { until, isGone } = sameKind(goneRanges, position);
      const count = Math.min(BLOCK_EVENTS, checkpoint.size - position, until - position);
      yield emit(isGone ? goneBlock(audit, position, count) : await block(log, position, count));
      position += count;
    }
    yield emit(write.checkpoint(checkpoint.note));
  }
  const seal = signNote(sealText(audit.origin, digest.digest()), audit.origin, key);
  yield `${write.seal(seal).join('\n')}\n`;
}

/** How far from an index on the events are all kept, or all gone. */
function sameKind(gone: readonly IndexRange[], index: number): { until: number; isGone: boolean } {
  for (const { from, to } of gone) {
    if (index < from) return { until: from, isGone: false };
    if (index < to) return { until: to, isGone: true };
  }
  return { until: Number.POSITIVE_INFINITY, isGone: false };
}

/** Events that are not kept any more: their hashes, which the tree has for good. */
function goneBlock(audit: AuditLog, first: number, count: number): string[] {
  const hashes = Array.from({ length: count }, (_, at) => audit.subtrees(0, first + at));
  return [write.hashes(first, hashes), write.gone(first, count)];
}

/** The event that says so must be in the file: without it a gap proves nothing. */
function checkTold(gone: readonly IndexRange[], from: number, to: number, audit: AuditLog): void {
  const told = audit.goneToldAt();
  if (told === undefined || told < to || !gone.some((range) => range.from < to && range.to > from)) return;
  throw range(
    `events of it are not kept any more, and event ${told}, which says so, is behind the end at ${to}`,
  );
}

/** A file is sealed by the present key: it must be led to by the events of the file, or be the only one. */
function checkSealable(to: number, { audit, key }: ExportOptions): void {
  audit.checkIsCurrent(key);
  if (to >= audit.keySince) return;
  throw range(
    `the key that signed up to ${to} events is gone: it was replaced with event ${audit.keySince - 1}, which must be in the file`,
  );
}

async function block(log: EventLog, first: number, count: number): Promise<string[]> {
  const leaves: Uint8Array[] = [];
  while (leaves.length < count) {
    const from = first + leaves.length;
    const { rows } = await log.read({
      from,
      limit: count - leaves.length,
      maxBytes: Number.POSITIVE_INFINITY,
    });
    if (rows.length === 0 || rows[0]!.index !== from) throw hole(from);
    leaves.push(...rows.map(({ leaf }) => leaf));
  }
  return [
    write.hashes(first, leaves.map(leafHash)),
    ...leaves.map((leaf, at) => write.event(first + at, leaf)),
  ];
}

function lastCheckpoint({ audit, to, witnessed }: ExportOptions): SignedCheckpoint {
  if (witnessed) {
    const cosigned = audit.latestCosigned();
    if (cosigned) return cosigned;
    throw range('no witness has cosigned a checkpoint of this log yet');
  }
  if (to === undefined) return audit.checkpoint();
  const [checkpoint] = audit.checkpoints(to, to);
  if (checkpoint) return checkpoint;
  const next = audit.checkpoints(to, Number.MAX_SAFE_INTEGER)[0];
  throw range(`no checkpoint was signed at ${to} events${next ? `; the next one is at ${next.size}` : ''}`);
}

function range(what: string): WarderError {
  return new WarderError('AUDIT_RANGE', what, 'leave the end out for the whole log, or end at a checkpoint');
}

function hole(index: number): WarderError {
  return new WarderError(
    'AUDIT_HOLE',
    `event ${index} is missing from the database`,
    'the database was damaged or changed: keep the state directory for inquiry and restore a backup',
  );
}
