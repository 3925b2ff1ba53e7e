/**
 * Cosignatures (C2SP tlog-cosignature, cosignature/v1, Ed25519): a witness says that at a time the largest tree it
 * has seen of a log has this size and root.
 *
 * Signed is "cosignature/v1\n", "time <seconds since 1970>\n" and the text of the checkpoint; the signature is the
 * time as u64 big-endian and 64 bytes. A witness key is `<name>+<key id, 8 hex>+<base64 of 0x04 and the 32 bytes>`.
 *
 * Throws: AUDIT_NOTE for what is no witness key.
 */
import { sign, verify } from 'node:crypto';
import { publicKeyObject, type SigningKey } from '../../contract/keys.ts';
import { COSIGNATURE_V1, keyIdOf, parseNote, signatureLine, type VerifierKey } from './signed-note.ts';

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** The signature line, with its newline, of a witness under a checkpoint's text. */
export function cosign(text: string, name: string, key: SigningKey, unixSeconds: number): string {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(unixSeconds));
  const signature = sign(null, signedBytes(text, unixSeconds), key.privateKey);
  return signatureLine(name, keyIdOf(name, key.publicKey, COSIGNATURE_V1), Buffer.concat([time, signature]));
}

/** When the witness cosigned the checkpoint in a note; undefined: it did not. */
export function cosignedAt(note: string, witness: VerifierKey): number | undefined {
  const { text, signatures } = parseNote(note);
  const key = publicKeyObject(witness.publicKey);
  for (const { name, keyId, signature } of signatures) {
    if (name !== witness.name || keyId !== witness.keyId) continue;
    if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) continue;
    const time = Number(signature.readBigUInt64BE());
    if (verify(null, signedBytes(text, time), key, signature.subarray(TIME_BYTES))) return time;
  }
  return undefined;
}

function signedBytes(text: string, unixSeconds: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${unixSeconds}\n${text}`, 'utf8');
}
