/**
 * Signed policies: the gateway signs, the runtime verifies before it uses one.
 *
 * Signed is the text "warder.dev/v1/effective-policy", a zero byte, and the payload: a signature made for
 * anything else is none for a policy. Ed25519 (RFC 8032), keys as in keys.ts.
 *
 * Throws: POLICY_KEY, POLICY_SIGNATURE, POLICY_AGENT, POLICY_LEASE, POLICY_REPLAY from verifyPolicy; each
 * means that the policy is not used and the one before stays, until its lease ends.
 */
import { sign, verify } from 'node:crypto';
import { WarderError } from '../base/error.ts';
import { canonicalPolicy, policyAddress } from './canonical.ts';
import { toNumber } from './int64.ts';
import { keyId, publicKeyObject, type SigningKey } from './keys.ts';
import { EffectivePolicy, type SignedPolicy } from './messages.ts';

const CONTEXT = Buffer.from('warder.dev/v1/effective-policy\0', 'ascii');

declare const verified: unique symbol;

/** A policy whose signature, agent, lease and order have been checked. Only verifyPolicy makes one. */
export interface VerifiedPolicy {
  readonly [verified]: true;
  readonly policy: EffectivePolicy;
  /** Content address, as events name it. */
  readonly address: string;
  readonly version: number;
  readonly issuedUnixMs: number;
  readonly leaseUnixMs: number;
  /**
   * Milliseconds that it may be used from the moment it was verified: to the end of the lease by this host's
   * clock, and never longer than the gateway granted, so that a clock set back wins nothing.
   */
  readonly leaseMs: number;
}

export interface VerifyOptions {
  /** base64, of the gateway that this runtime obeys. */
  publicKey: string;
  /** Whose policy was asked for: a SPIFFE ID. */
  agent: string;
  /** The one in use, which a newer one must not fall behind. */
  previous?: VerifiedPolicy | undefined;
  nowUnixMs?: number;
}

export function signPolicy(policy: EffectivePolicy, key: SigningKey): SignedPolicy {
  const payload = canonicalPolicy(policy);
  return { payload, signature: sign(null, signedBytes(payload), key.privateKey), keyId: key.id };
}

export function verifyPolicy(signed: SignedPolicy, options: VerifyOptions): VerifiedPolicy {
  const payload = signed.payload ?? new Uint8Array();
  const expected = keyId(options.publicKey);
  if (signed.keyId !== expected) {
    throw new WarderError(
      'POLICY_KEY',
      `the policy is signed with key '${signed.keyId ?? ''}', this runtime obeys ${expected}`,
      'attach to the gateway whose public key this runtime was given, or give it the new key',
    );
  }
  const key = publicKeyObject(options.publicKey);
  if (!verify(null, signedBytes(payload), key, signed.signature ?? new Uint8Array())) {
    throw new WarderError(
      'POLICY_SIGNATURE',
      `the signature of a policy of ${payload.length} bytes is not by key ${expected}`,
      'someone between gateway and runtime changed it: find out who, the policy in use stays until its lease ends',
    );
  }
  const policy = EffectivePolicy.decode(payload);
  if (policy.agent !== options.agent) {
    throw new WarderError(
      'POLICY_AGENT',
      `the policy is for agent '${policy.agent}', asked was for '${options.agent}'`,
      'report this: the gateway answered with the policy of another agent',
    );
  }
  return checkOrder(policy, options);
}

function checkOrder(policy: EffectivePolicy, options: VerifyOptions): VerifiedPolicy {
  const { previous, nowUnixMs = Date.now() } = options;
  const version = toNumber(policy.version);
  const issuedUnixMs = toNumber(policy.issuedUnixMs);
  const leaseUnixMs = toNumber(policy.leaseUnixMs);
  const leaseMs = Math.min(leaseUnixMs - nowUnixMs, leaseUnixMs - issuedUnixMs);
  if (leaseMs <= 0) {
    throw new WarderError(
      'POLICY_LEASE',
      `the lease of policy version ${version} ended ${nowUnixMs - leaseUnixMs} ms ago`,
      'compare the clocks of this host and the gateway; a policy past its lease is never used',
    );
  }
  const address = policyAddress(policy);
  if (previous && !follows(previous, { version, issuedUnixMs, address })) {
    throw new WarderError(
      'POLICY_REPLAY',
      `policy version ${version} of ${issuedUnixMs} does not follow version ${previous.version} of ${previous.issuedUnixMs}`,
      'an older policy was played back, or the gateway lost its state: restore the gateway before anything else',
    );
  }
  return { policy, address, version, issuedUnixMs, leaseUnixMs, leaseMs } as VerifiedPolicy;
}

/** A newer version, or the same one issued again with the same content. */
function follows(
  previous: VerifiedPolicy,
  next: { version: number; issuedUnixMs: number; address: string },
): boolean {
  if (next.version !== previous.version) return next.version > previous.version;
  return next.address === previous.address && next.issuedUnixMs >= previous.issuedUnixMs;
}

function signedBytes(payload: Uint8Array): Buffer {
  return Buffer.concat([CONTEXT, payload]);
}
