/**
 * SVCB and HTTPS records (RFC 9460): how a service is reached, with hints of addresses that a client may connect to
 * without asking for them.
 *
 * In:  the bytes of one record's data, without compression, as 2.2 has it. Out: its parts, and bytes again. Of parameters
 *      only those that say how to connect are kept; a record that demands others is none. Nothing throws.
 */
import { wireName } from '../../contract/host-name.ts';

/** 14.3.2 */
const KEYS = { mandatory: 0, alpn: 1, noDefaultAlpn: 2, port: 3, ipv4hint: 4, ech: 5, ipv6hint: 6 } as const;
const KEPT = new Set<number>(Object.values(KEYS));
const HINT_BYTES: Readonly<Record<number, number>> = { [KEYS.ipv4hint]: 4, [KEYS.ipv6hint]: 16 };

export interface ServiceBinding {
  /** 0: the name is an alias of the target. */
  priority: number;
  /** In normal form; null: the record's own name. */
  target: string | null;
  parameters: ReadonlyMap<number, Uint8Array>;
}

/** Null for what is malformed, or speaks of things that are not kept. */
export function readBinding(data: Uint8Array): ServiceBinding | null {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const named = bytes.length < 3 ? null : readTarget(bytes, 2);
  const parameters = named && readParameters(bytes, named.end);
  if (!named || !parameters) return null;
  const kept = new Map([...parameters].filter(([key]) => KEPT.has(key)));
  const binding = { priority: bytes.readUInt16BE(0), target: named.target, parameters: kept };
  return hasMandatory(binding) ? binding : null;
}

/** Every address that it hints at, in order. */
export function hintsOf({ parameters }: ServiceBinding): Uint8Array[] {
  return [KEYS.ipv4hint, KEYS.ipv6hint].flatMap((key) => split(parameters.get(key), HINT_BYTES[key]!));
}

/** The same with these hints alone; null where it cannot be without one that it loses. */
export function withHints(binding: ServiceBinding, hints: readonly Uint8Array[]): ServiceBinding | null {
  const parameters = new Map(
    [...binding.parameters].flatMap(([key, value]): [number, Uint8Array][] => {
      const length = HINT_BYTES[key];
      if (length === undefined) return [[key, value]];
      const left = hints.filter((hint) => hint.length === length);
      return left.length > 0 ? [[key, Buffer.concat(left)]] : [];
    }),
  );
  const checked = { ...binding, parameters };
  return hasMandatory(checked) ? checked : null;
}

export function bindingBytes({ priority, target, parameters }: ServiceBinding): Buffer {
  const name = (target ?? '').split('.').filter(Boolean);
  return Buffer.concat([
    uint16(priority),
    ...name.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.alloc(1),
    ...[...parameters].flatMap(([key, value]) => [uint16(key), uint16(value.length), value]),
  ]);
}

/** Keys in ascending order, each once; the last ends with the record. */
function readParameters(bytes: Buffer, from: number): Map<number, Uint8Array> | null {
  const parameters = new Map<number, Uint8Array>();
  let last = -1;
  for (let at = from; at < bytes.length; ) {
    if (at + 4 > bytes.length) return null;
    const key = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const hint = HINT_BYTES[key];
    if (key <= last || at + 4 + length > bytes.length) return null;
    if (hint !== undefined && (length === 0 || length % hint !== 0)) return null;
    parameters.set(key, bytes.subarray(at + 4, at + 4 + length));
    last = key;
    at += 4 + length;
  }
  return parameters;
}

function hasMandatory({ parameters }: ServiceBinding): boolean {
  const mandatory = split(parameters.get(KEYS.mandatory), 2);
  return mandatory.every((key) => parameters.has((key[0]! << 8) | key[1]!));
}

/** Not compressed; a host name, or the root. */
function readTarget(bytes: Buffer, from: number): { target: string | null; end: number } | null {
  const labels: string[] = [];
  let at = from;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63 || at + length >= bytes.length) return null;
    if (length === 0) break;
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  const target = labels.length === 0 ? null : wireName(labels.join('.'));
  if (labels.some((label) => label.includes('.')) || (labels.length > 0 && target === null)) return null;
  return { target, end: at + 1 };
}

function split(value: Uint8Array | undefined, length: number): Uint8Array[] {
  if (!value) return [];
  return Array.from({ length: Math.floor(value.length / length) }, (_, index) =>
    value.subarray(index * length, (index + 1) * length),
  );
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
