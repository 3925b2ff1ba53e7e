/** What makes a signed policy usable, and each thing that makes it not. */
import { sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalPolicy } from '../../src/contract/canonical.ts';
import { toLong } from '../../src/contract/int64.ts';
import { generateSigningKey, keyId, publicKeyObject } from '../../src/contract/keys.ts';
import type { EffectivePolicy } from '../../src/contract/messages.ts';
import { signPolicy, type VerifyOptions, verifyPolicy } from '../../src/contract/signing.ts';
import { AGENT } from '../gateway/fixtures.ts';

const NOW = 1_767_225_600_000;
const key = generateSigningKey();
const options: VerifyOptions = { publicKey: key.publicKey, agent: AGENT, nowUnixMs: NOW };

function policy(
  changes: { version?: number; issued?: number; lease?: number; name?: string } = {},
): EffectivePolicy {
  const { version = 1, issued = NOW, lease = NOW + 60_000, name = 'x' } = changes;
  return {
    agent: AGENT,
    version: toLong(version),
    issuedUnixMs: toLong(issued),
    leaseUnixMs: toLong(lease),
    layers: [{ scope: 'fleet', name }],
  };
}

test('a policy signed by the gateway for this agent within its lease is taken', () => {
  const verified = verifyPolicy(signPolicy(policy(), key), options);
  expect(verified).toMatchObject({
    version: 1,
    issuedUnixMs: NOW,
    leaseUnixMs: NOW + 60_000,
    leaseMs: 60_000,
  });
  expect(verified.policy.layers![0]!.name).toBe('x');
});

test('a policy changed in any one byte is refused', () => {
  const signed = signPolicy(policy(), key);
  for (const part of ['payload', 'signature'] as const) {
    for (let at = 0; at < signed[part]!.length; at++) {
      const changed = Buffer.from(signed[part]!);
      changed[at]! ^= 1;
      expect(() => verifyPolicy({ ...signed, [part]: changed }, options)).toThrow(/signature of a policy/);
    }
  }
});

test('a policy signed by another key is refused, also under the right key id', () => {
  const other = generateSigningKey();
  const signed = signPolicy(policy(), other);
  expect(() => verifyPolicy(signed, options)).toThrow(
    new RegExp(`signed with key '${other.id}'.*obeys ${key.id}`),
  );
  expect(() => verifyPolicy({ ...signed, keyId: key.id }, options)).toThrow(/is not by key/);
  expect(() => verifyPolicy({}, options)).toThrow(/signed with key ''/);
});

test('a signature over the bare payload, made for something else, is none', () => {
  const payload = canonicalPolicy(policy());
  const signature = sign(null, payload, key.privateKey);
  expect(() => verifyPolicy({ payload, signature, keyId: key.id }, options)).toThrow(/is not by key/);
});

test("another agent's policy is refused", () => {
  expect(() => verifyPolicy(signPolicy(policy(), key), { ...options, agent: `${AGENT}-2` })).toThrow(
    /policy is for agent 'spiffe:.*coder', asked was for '.*coder-2'/,
  );
});

test('a policy past its lease is refused, at the very millisecond', () => {
  const signed = signPolicy(policy(), key);
  expect(verifyPolicy(signed, { ...options, nowUnixMs: NOW + 59_999 }).leaseMs).toBe(1);
  expect(() => verifyPolicy(signed, { ...options, nowUnixMs: NOW + 60_000 })).toThrow(
    /lease of policy version 1 ended 0 ms ago/,
  );
  expect(() => verifyPolicy(signPolicy({ ...policy(), leaseUnixMs: null }, key), options)).toThrow(/lease/);
});

test('a clock that was set back does not lengthen the lease', () => {
  expect(verifyPolicy(signPolicy(policy(), key), { ...options, nowUnixMs: NOW - 3_600_000 }).leaseMs).toBe(
    60_000,
  );
});

test('a newer version and a renewal follow; an older version, an older issue and a changed content do not', () => {
  const previous = verifyPolicy(signPolicy(policy({ version: 5, issued: NOW - 1000 }), key), options);
  const next = (changes: Parameters<typeof policy>[0]) => () =>
    verifyPolicy(signPolicy(policy(changes), key), { ...options, previous });
  expect(next({ version: 6, name: 'y' })().version).toBe(6);
  expect(next({ version: 5, issued: NOW })().issuedUnixMs).toBe(NOW);
  expect(next({ version: 4 })).toThrow(/version 4 of \d+ does not follow version 5/);
  expect(next({ version: 5, issued: NOW - 2000 })).toThrow(/does not follow/);
  expect(next({ version: 5, name: 'y' })).toThrow(/does not follow/);
});

test('a key is 44 characters of base64 and nothing else', () => {
  expect(keyId(key.publicKey)).toMatch(/^ed25519:[0-9a-f]{16}$/);
  for (const text of ['', 'AAAA', `${key.publicKey} `, key.publicKey.replace('=', ''), 'x'.repeat(44)]) {
    expect(() => publicKeyObject(text)).toThrow(/not an Ed25519 public key/);
  }
});
