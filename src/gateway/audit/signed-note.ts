/**
 * Signed notes (C2SP signed-note): text that people can read, with Ed25519 signatures below it.
 *
 * A verifier key is `<name>+<key id, 8 hex>+<base64 of the type and the 32 bytes>`.
 *
 * Throws: AUDIT_NOTE for what is no note or no verifier key, AUDIT_SIGNER for a note that others signed,
 * AUDIT_SIGNATURE for one whose signature does not fit.
 */
import { createHash, sign, verify } from 'node:crypto';
import { WarderError } from '../../base/error.ts';
import { publicKeyObject, type SigningKey } from '../../contract/keys.ts';

/** Signature types: a signature over the text; one over a time and the text, by a witness (cosignature.ts). */
const ED25519 = 0x01;
export const COSIGNATURE_V1 = 0x04;
export type SignatureType = typeof ED25519 | typeof COSIGNATURE_V1;

const KEY_ID_BYTES = 4;
/** More is no note of ours; C2SP asks for at least 16. */
const SIGNATURES_MAX = 64;
const SIGNATURE_LINE = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/;
const NAME = /^[^\s+]+$/u;

export interface NoteSignature {
  name: string;
  /** 8 hex digits. */
  keyId: string;
  signature: Buffer;
}

export interface Note {
  /** With its last newline. */
  text: string;
  signatures: NoteSignature[];
}

/** A key that notes are verified with. */
export interface VerifierKey {
  name: string;
  keyId: string;
  /** base64 of 32 bytes. */
  publicKey: string;
}

/** Signs `text`, which ends in a newline. */
export function signNote(text: string, name: string, key: SigningKey): string {
  const signature = sign(null, Buffer.from(text, 'utf8'), key.privateKey);
  return `${text}\n${signatureLine(name, keyIdOf(name, key.publicKey, ED25519), signature)}`;
}

/** With its newline. */
export function signatureLine(name: string, keyId: string, signature: Buffer): string {
  return `\u2014 ${name} ${Buffer.concat([Buffer.from(keyId, 'hex'), signature]).toString('base64')}\n`;
}

export function parseNote(note: string): Note {
  const split = note.lastIndexOf('\n\n');
  if (split === -1 || !note.endsWith('\n') || hasControl(note) || !note.isWellFormed()) {
    throw notANote('it has no text, blank line and signature lines, or control characters in them');
  }
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX)
    throw notANote(`${lines.length} signatures, at most ${SIGNATURES_MAX} are taken`);
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

/** The text of a note that the key signed. */
export function openNote(note: string, key: VerifierKey): string {
  const { text, signatures } = parseNote(note);
  const own = signatures.filter(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (own.length === 0) {
    const others = signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
    throw new WarderError(
      'AUDIT_SIGNER',
      `not signed by ${key.name}+${key.keyId}, but by ${others}`,
      'find out whose key that is before you believe anything in it',
    );
  }
  const publicKey = publicKeyObject(key.publicKey);
  const bytes = Buffer.from(text, 'utf8');
  if (own.every(({ signature }) => verify(null, bytes, publicKey, signature))) return text;
  throw new WarderError(
    'AUDIT_SIGNATURE',
    `the signature of ${key.name}+${key.keyId} does not fit the text`,
    'the text or the signature was changed after it was made',
  );
}

export function formatVerifierKey(name: string, publicKey: string, type: SignatureType = ED25519): string {
  const material = Buffer.concat([Buffer.of(type), Buffer.from(publicKey, 'base64')]);
  return `${name}+${keyIdOf(name, publicKey, type)}+${material.toString('base64')}`;
}

/** @param type what the key must be for: a log's signatures, or a witness's cosignatures */
export function parseVerifierKey(text: string, type: SignatureType = ED25519): VerifierKey {
  const [, name = '', keyId = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const material = Buffer.from(encoded, 'base64');
  const publicKey = material.subarray(1).toString('base64');
  const valid = NAME.test(name) && material[0] === type && material.length === 33;
  if (!valid || material.toString('base64') !== encoded || keyIdOf(name, publicKey, type) !== keyId) {
    throw new WarderError(
      'AUDIT_NOTE',
      `'${text.slice(0, 200)}' is not a ${type === ED25519 ? 'verifier key' : 'witness key'}`,
      `give it whole, as \`warder audit key${type === ED25519 ? '' : ' --witness'}\` prints it: NAME+8 hex digits+base64`,
    );
  }
  return { name, keyId, publicKey };
}

/** The first four bytes of SHA-256(name, newline, type, public key), in hex. */
export function keyIdOf(name: string, publicKey: string, type: SignatureType): string {
  const hash = createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(type))
    .update(Buffer.from(publicKey, 'base64'));
  return hash.digest('hex').slice(0, 2 * KEY_ID_BYTES);
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (!NAME.test(name) || bytes.length <= KEY_ID_BYTES || bytes.toString('base64') !== encoded) {
    throw notANote(`'${line.slice(0, 100)}' is no signature line`);
  }
  return {
    name,
    keyId: bytes.subarray(0, KEY_ID_BYTES).toString('hex'),
    signature: bytes.subarray(KEY_ID_BYTES),
  };
}

/** Any ASCII control character but the newline. */
function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

function notANote(why: string): WarderError {
  return new WarderError(
    'AUDIT_NOTE',
    `not a signed note: ${why}`,
    'give it whole and unchanged, with its last newline',
  );
}
