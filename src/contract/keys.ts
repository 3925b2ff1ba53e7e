/**
 * Ed25519 keys (RFC 8032) as Warder names and carries them: a public key is the base64 of its 32 bytes, a key
 * id is `ed25519:` and the first 16 hex digits of the SHA-256 of those bytes.
 *
 * Throws: CONTRACT_KEY for text that is no such key.
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { WarderError } from '../base/error.ts';

const KEY_BYTES = 32;

export interface SigningKey {
  privateKey: KeyObject;
  /** base64 of the 32 bytes. */
  publicKey: string;
  id: string;
}

export function generateSigningKey(): SigningKey {
  return signingKey(generateKeyPairSync('ed25519').privateKey);
}

/** A private key with the names of its public half. */
export function signingKey(privateKey: KeyObject): SigningKey {
  const publicKey = publicKeyBytes(createPublicKey(privateKey)).toString('base64');
  return { privateKey, publicKey, id: keyId(publicKey) };
}

export function keyId(publicKey: string): string {
  const digest = createHash('sha256').update(decode(publicKey)).digest('hex');
  return `ed25519:${digest.slice(0, 16)}`;
}

/** For node:crypto's verify. */
export function publicKeyObject(publicKey: string): KeyObject {
  const x = decode(publicKey).toString('base64url');
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
}

/** The 32 bytes of an Ed25519 public key. */
function publicKeyBytes(key: KeyObject): Buffer {
  const { crv, x } = key.export({ format: 'jwk' });
  if (crv !== 'Ed25519' || typeof x !== 'string')
    throw notAKey(`its type is ${crv ?? key.asymmetricKeyType}`);
  return Buffer.from(x, 'base64url');
}

function decode(publicKey: string): Buffer {
  const bytes = Buffer.from(publicKey, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== publicKey) {
    throw notAKey(`'${publicKey.slice(0, 64)}' is not the base64 of ${KEY_BYTES} bytes`);
  }
  return bytes;
}

function notAKey(why: string): WarderError {
  return new WarderError(
    'CONTRACT_KEY',
    `not an Ed25519 public key: ${why}`,
    'give the key as Warder prints it: 44 characters of base64',
  );
}
