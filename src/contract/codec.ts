/**
 * Messages to bytes and back, as @grpc/grpc-js asks for it.
 */
import type { Writer } from 'protobufjs/minimal.js';

/** A message, or the bytes it encodes to. */
export type Sendable<T> = T | Uint8Array;

export interface Codec<T extends object> {
  encode(message: T): Writer;
  decode(bytes: Uint8Array): T;
}

export function serialize<T extends object>(codec: Codec<T>): (message: Sendable<T>) => Buffer {
  return (message) => asBuffer(message instanceof Uint8Array ? message : codec.encode(message).finish());
}

export function deserialize<T extends object>(codec: Codec<T>): (bytes: Buffer) => T {
  return (bytes) => codec.decode(bytes);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
