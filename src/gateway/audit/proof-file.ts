/**
 * The proof that one event is in the log, as a file (C2SP tlog-proof): the event, its index, its inclusion
 * proof, a checkpoint.
 *
 * The format's `extra` line holds the leaf itself, so that the file needs nothing beside the log's key.
 *
 * Throws: AUDIT_PROOF for what is no proof or proves nothing, and what signed-note.ts throws.
 */
import { WarderError } from '../../base/error.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { HASH_BYTES, leafHash, rootOfInclusion } from './merkle.ts';
import type { VerifierKey } from './signed-note.ts';

export const PROOF_MAGIC = 'c2sp.org/tlog-proof@v1';

const INDEX = /^index (0|[1-9]\d{0,15})$/;
/** Siblings of a leaf in the largest tree that is taken. */
const HASHES_MAX = 53;

export interface InclusionProof {
  index: number;
  /** The canonical LoggedEvent without its index. */
  leaf: Uint8Array;
  /** From the leaf's sibling up. */
  hashes: readonly Uint8Array[];
  /** A signed checkpoint. */
  note: string;
}

export function formatProof({ index, leaf, hashes, note }: InclusionProof): string {
  const lines = [PROOF_MAGIC, `extra ${base64(leaf)}`, `index ${index}`, ...hashes.map(base64), '', note];
  return lines.join('\n');
}

export function parseProof(text: string): InclusionProof {
  const end = text.indexOf('\n\n');
  const [magic, extra = '', indexLine = '', ...encoded] = text.slice(0, end).split('\n');
  const index = Number(INDEX.exec(indexLine)?.[1] ?? Number.NaN);
  const leaf = decode(extra.slice('extra '.length));
  const hashes = encoded.map((hash) => decode(hash));
  const whole =
    end !== -1 && magic === PROOF_MAGIC && extra.startsWith('extra ') && leaf && Number.isSafeInteger(index);
  if (!whole || hashes.length > HASHES_MAX || !hashes.every((hash) => hash?.length === HASH_BYTES)) {
    throw notProven('the file is not a proof as `warder audit prove` writes it');
  }
  return { index, leaf, hashes: hashes as Uint8Array[], note: text.slice(end + 2) };
}

/** The checkpoint that proves the event. */
export function verifyProof({ index, leaf, hashes, note }: InclusionProof, key: VerifierKey): Checkpoint {
  const checkpoint = openCheckpoint(note, key);
  if (checkpoint.origin !== key.name) throw notProven(`the checkpoint is of the log ${checkpoint.origin}`);
  const root = rootOfInclusion(index, checkpoint.size, leafHash(leaf), hashes);
  if (root && Buffer.compare(root, checkpoint.root) === 0) return checkpoint;
  throw notProven(`this event is not event ${index} of the ${checkpoint.size} that the checkpoint signed`);
}

function decode(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function notProven(what: string): WarderError {
  return new WarderError('AUDIT_PROOF', what, 'ask the log for the proof again: warder audit prove EVENT');
}
