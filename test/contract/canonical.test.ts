/** The byte form of events and policies: against hand-made bytes, and against the generated encoder. */
import { expect, test } from 'vitest';
import {
  canonicalEvent,
  canonicalPolicy,
  leafBytes,
  loggedEventBytes,
  originBytes,
  policyAddress,
} from '../../src/contract/canonical.ts';
import { toLong } from '../../src/contract/int64.ts';
import { Event, LoggedEvent } from '../../src/contract/messages.ts';
import { AGENT, execEvent, newOrigin, openEvent } from '../gateway/fixtures.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('an event has its fields in order, defaults left out', () => {
  const event = {
    run: 'r',
    cut: false,
    agent: 'a',
    sequence: toLong(300),
    redactions: [],
    exited: { code: 0 },
  };
  // 1: 300, 3: "a", 4: "r", 18: an empty message, which is not a default
  expect(hex(canonicalEvent(event))).toBe('08ac021a0161220172920100');
});

test('fields in another order, explicit defaults and unknown fields lead to the same bytes', () => {
  const canonical = canonicalEvent({ sequence: toLong(300), agent: 'a' });
  // 3: "a", 8: false, 111: an unknown varint, 1: 300 in a varint of three bytes
  const odd = Buffer.from('1a01614000fa060008ac8200', 'hex');
  expect(hex(canonicalEvent(Event.decode(odd)))).toBe(hex(canonical));
});

test.each(['\ud800', `\udc00${'x'.repeat(200)}`])(
  'half a surrogate pair becomes U+FFFD, in short text and long',
  (text) => {
    const bytes = canonicalEvent({
      sequence: toLong(2n ** 60n),
      agent: 'a',
      exec: { argv: ['ok', text], inode: toLong(7) },
    });
    const read = Event.decode(bytes);
    expect(read.exec!.argv).toEqual(['ok', text.toWellFormed()]);
    expect(read.sequence.toString()).toBe(String(2n ** 60n));
    expect(hex(canonicalEvent(read))).toBe(hex(bytes));
    expect(Buffer.from(originBytes({ ...newOrigin(), host: text })).includes('\ufffd')).toBe(true);
  },
);

test('bytes that only look like half a surrogate pair are taken', () => {
  // 0xed 0xa0 inside a varint: 0x6d | 0x80, 0x20 | 0x80, …
  const event = { timeUnixNs: toLong(0x6dn | (0x20n << 7n) | (1n << 14n)), agent: '한국어 \u{1f600}' };
  const bytes = canonicalEvent(event);
  expect(hex(bytes)).toContain('eda001');
  expect(Event.decode(bytes).agent).toBe('한국어 \u{1f600}');
});

test.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 40])(
  'a logged event at index %d is what the generated encoder makes',
  (index) => {
    const origin = newOrigin();
    for (const event of [execEvent(1), openEvent(2, '/etc/hosts'), {}]) {
      const leaf = leafBytes(originBytes(origin), canonicalEvent(event));
      expect(hex(leaf)).toBe(hex(LoggedEvent.encode({ ...origin, event }).finish()));
      expect(hex(loggedEventBytes(index, leaf))).toBe(
        hex(LoggedEvent.encode({ index: toLong(index), ...origin, event }).finish()),
      );
    }
  },
);

test('a policy keeps its address through versions and renewals, and changes it with its content', () => {
  const policy = { agent: AGENT, layers: [{ scope: 'fleet', name: 'x' }] };
  const renewed = { ...policy, version: toLong(7), issuedUnixMs: toLong(1), leaseUnixMs: toLong(2) };
  expect(policyAddress(policy)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(policyAddress(renewed)).toBe(policyAddress(policy));
  expect(policyAddress({ ...policy, agent: `${AGENT}x` })).not.toBe(policyAddress(policy));
  expect(hex(canonicalPolicy(renewed))).not.toBe(hex(canonicalPolicy(policy)));
});
