/**
 * Checkpoints (C2SP tlog-checkpoint): what the log signs about itself, "so many events, this root". A signed
 * note whose text is origin, size and root, a line each; Warder writes no extension lines and reads over them.
 *
 * Throws: AUDIT_CHECKPOINT, and what signed-note.ts throws.
 */
import { WarderError } from '../../base/error.ts';
import type { SigningKey } from '../../contract/keys.ts';
import { HASH_BYTES } from './merkle.ts';
import { openNote, signNote, type VerifierKey } from './signed-note.ts';

export interface Checkpoint {
  /** Which log: `warder.dev/log/<id>`. Also the name of its key. */
  origin: string;
  size: number;
  root: Uint8Array;
}

export function signCheckpoint({ origin, size, root }: Checkpoint, key: SigningKey): string {
  return signNote(`${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`, origin, key);
}

/** The checkpoint in a note, once its signature by the log's key has been checked. */
export function openCheckpoint(note: string, key: VerifierKey): Checkpoint {
  return parseCheckpointText(openNote(note, key));
}

export function parseCheckpointText(text: string): Checkpoint {
  const [origin = '', digits = '', encoded = ''] = text.split('\n');
  const size = Number(digits);
  const root = Buffer.from(encoded, 'base64');
  const valid = origin !== '' && /^(0|[1-9]\d{0,15})$/.test(digits) && Number.isSafeInteger(size);
  if (!valid || root.length !== HASH_BYTES || root.toString('base64') !== encoded) {
    throw new WarderError(
      'AUDIT_CHECKPOINT',
      'the signed text is no checkpoint: it must be origin, size and root hash, a line each',
      'give a checkpoint as `warder audit checkpoint` prints it',
    );
  }
  return { origin, size, root };
}
