/**
 * The one byte form of an event and of a policy: what is signed, hashed and stored.
 *
 * It is the protobuf encoding with the freedom taken out: fields in order of their number, a field with its
 * default value left out, shortest varints, no unknown fields, text in UTF-8 with U+FFFD for half a surrogate
 * pair. docs/audit.md specifies it to the byte, with vectors.
 */
import { hash } from 'node:crypto';
import Long from 'long';
import type { Writer } from 'protobufjs/minimal.js';
import { EffectivePolicy, Event } from './messages.ts';

/** Tag of field 5, `event`, of LoggedEvent. */
const EVENT_TAG = 0x2a;

interface Codec<T> {
  encode(message: T): Writer;
}

/** Where a sequence of events comes from: one runtime process on one boot of one host. */
export interface Origin {
  host: string;
  boot: string;
  origin: string;
}

export function canonicalEvent(event: Event): Uint8Array {
  return encodeWellFormed<Event>(Event, event);
}

export function canonicalPolicy(policy: EffectivePolicy): Uint8Array {
  return encodeWellFormed<EffectivePolicy>(EffectivePolicy, policy);
}

/**
 * `sha256:<64 hex>` of what a policy says. Version, time of issue and lease are left out, so that the same
 * rules have the same address on every gateway and after every renewal.
 */
export function policyAddress(policy: EffectivePolicy): string {
  const { version: _version, issuedUnixMs: _issued, leaseUnixMs: _lease, ...said } = policy;
  return `sha256:${hash('sha256', canonicalPolicy(said), 'hex')}`;
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
  const bytes = Buffer.allocUnsafe(leafLength(prefix, event));
  writeLeaf(bytes, 0, prefix, event);
  return bytes;
}

/** Of leafBytes. */
export function leafLength(prefix: Uint8Array, event: Uint8Array): number {
  return prefix.length + 1 + varintLength(event.length) + event.length;
}

/** leafBytes, at a place in other bytes. */
export function writeLeaf(bytes: Uint8Array, at: number, prefix: Uint8Array, event: Uint8Array): void {
  bytes.set(prefix, at);
  bytes[at + prefix.length] = EVENT_TAG;
  bytes.set(event, writeVarint(bytes, at + prefix.length + 1, event.length));
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

/**
 * JavaScript strings may hold half a surrogate pair, UTF-8 may not: U+FFFD stands for it, as in every encoder
 * of the web. protobufjs does so in long strings only; in short ones it writes bytes that it refuses to read.
 */
function encodeWellFormed<T extends object>(codec: Codec<T>, message: T): Uint8Array {
  const bytes = codec.encode(message).finish();
  return mayHoldSurrogate(bytes) ? codec.encode(wellFormed(message)).finish() : bytes;
}

/** A surrogate is ED A0..BF in UTF-8 without a check; a number may look like that too, by chance. */
function mayHoldSurrogate(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1)) {
    if (bytes[at + 1]! >= 0xa0) return true;
  }
  return false;
}

function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed() as T;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || Long.isLong(value))
    return value;
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, wellFormed(field)])) as T;
}
