/**
 * The one byte form of an event and of a policy: what is signed, hashed and stored.
 *
 * It is the protobuf encoding with the freedom taken out: fields in order of their number, a field with its
 * default value left out, shortest varints, no unknown fields, text in UTF-8 without lone surrogates.
 * docs/audit.md specifies it to the byte, with vectors.
 *
 * Throws: CONTRACT_TEXT for a string that has no UTF-8 form.
 */
import { createHash } from 'node:crypto';
import { WarderError } from '../base/error.ts';
import { EffectivePolicy, Event } from './messages.ts';

/** Tag of field 5, `event`, of LoggedEvent. */
const EVENT_TAG = 0x2a;

/** Where a sequence of events comes from: one runtime process on one boot of one host. */
export interface Origin {
  host: string;
  boot: string;
  origin: string;
}

export function canonicalEvent(event: Event): Uint8Array {
  refuseLoneSurrogates(event);
  return Event.encode(event).finish();
}

export function canonicalPolicy(policy: EffectivePolicy): Uint8Array {
  refuseLoneSurrogates(policy);
  return EffectivePolicy.encode(policy).finish();
}

/**
 * `sha256:<64 hex>` of what a policy says. Version, time of issue and lease are left out, so that the same
 * rules have the same address on every gateway and after every renewal.
 */
export function policyAddress(policy: EffectivePolicy): string {
  const { version: _version, issuedUnixMs: _issued, leaseUnixMs: _lease, ...said } = policy;
  return `sha256:${createHash('sha256').update(canonicalPolicy(said)).digest('hex')}`;
}

/** The canonical LoggedEvent up to its event: fields 2 to 4. The same for all events of an origin. */
export function originBytes(origin: Origin): Buffer {
  return Buffer.concat([textField(2, origin.host), textField(3, origin.boot), textField(4, origin.origin)]);
}

/**
 * A leaf of the audit tree: the canonical LoggedEvent without its index, which the place in the tree gives.
 *
 * @param prefix originBytes of its origin
 * @param event  canonicalEvent
 */
export function leafBytes(prefix: Uint8Array, event: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(prefix.length + 1 + varintLength(event.length) + event.length);
  bytes.set(prefix, 0);
  bytes[prefix.length] = EVENT_TAG;
  bytes.set(event, writeVarint(bytes, prefix.length + 1, event.length));
  return bytes;
}

/** The canonical LoggedEvent: its index (left out when 0), then the leaf. */
export function loggedEventBytes(index: number, leaf: Uint8Array): Uint8Array {
  if (index === 0) return leaf;
  const bytes = Buffer.allocUnsafe(1 + varintLength(index) + leaf.length);
  bytes[0] = 0x08;
  bytes.set(leaf, writeVarint(bytes, 1, index));
  return bytes;
}

/** One length-delimited field. */
export function bytesField(field: number, content: Uint8Array): Buffer {
  const tag = (field << 3) | 2;
  const bytes = Buffer.allocUnsafe(varintLength(tag) + varintLength(content.length) + content.length);
  bytes.set(content, writeVarint(bytes, writeVarint(bytes, 0, tag), content.length));
  return bytes;
}

function textField(field: number, text: string): Buffer {
  if (!text.isWellFormed()) throw loneSurrogate(text);
  return text === '' ? Buffer.alloc(0) : bytesField(field, Buffer.from(text, 'utf8'));
}

/** Bytes of the shortest varint of a safe integer. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** Writes the shortest varint at `at`; returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let offset = at;
  let rest = value;
  while (rest >= 0x80) {
    bytes[offset++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[offset++] = rest;
  return offset;
}

/** JavaScript strings may hold half a surrogate pair, UTF-8 may not: such text would be refused when read back. */
function refuseLoneSurrogates(value: unknown): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw loneSurrogate(value);
    return;
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  if (Array.isArray(value)) {
    for (const element of value) refuseLoneSurrogates(element);
    return;
  }
  for (const key in value) refuseLoneSurrogates((value as Record<string, unknown>)[key]);
}

function loneSurrogate(text: string): WarderError {
  return new WarderError(
    'CONTRACT_TEXT',
    `a text of ${text.length} UTF-16 units holds half a surrogate pair and has no UTF-8 form`,
    'cut texts between characters, or make them well formed with toWellFormed()',
  );
}
