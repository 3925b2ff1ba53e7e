/**
 * The contract's 64-bit integers, exactly.
 *
 * protobufjs gives them as Long. In Warder a count, sequence or index is a `number` (checked to be exact) and
 * a time in nanoseconds is a `bigint`; these functions are the only way between the three.
 *
 * Throws: CONTRACT_INTEGER for a value that does not fit exactly; it is never rounded.
 */
import Long from 'long';
import { WarderError } from '../base/error.ts';

/** Whatever a generated message may hold in a 64-bit field. Absent means 0, as in proto3. */
export type Int64 = Long | number | bigint | null | undefined;

const UINT64_MAX = (1n << 64n) - 1n;

/** A 64-bit number and its halves, without a shift or a mask, each of which would make a number of its own. */
const whole = new BigUint64Array(1);
const halves = new Int32Array(whole.buffer);
const LOW = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;

export function toBigInt(value: Int64): bigint {
  if (value == null) return 0n;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw notExact(value, 'a whole number that a double holds');
    return BigInt(value);
  }
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

/** For sequences, indexes and sizes: exact up to 2^53 - 1. */
export function toNumber(value: Int64): number {
  if (value == null) return 0;
  if (typeof value === 'object') {
    const high = value.high >>> 0;
    if (high > 0x1fffff) throw notExact(toBigInt(value), `at most ${Number.MAX_SAFE_INTEGER}`);
    return high * 0x1_0000_0000 + (value.low >>> 0);
  }
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw notExact(value, `0 to ${Number.MAX_SAFE_INTEGER}`);
  return number;
}

/** A uint64 field's value. */
export function toLong(value: bigint | number): Long {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || value < 0) throw notExact(value, `0 to ${Number.MAX_SAFE_INTEGER}`);
    return Long.fromBits((value % 0x1_0000_0000) | 0, (value / 0x1_0000_0000) | 0, true);
  }
  if (value < 0n || value > UINT64_MAX) throw notExact(value, `0 to ${UINT64_MAX}`);
  whole[0] = value;
  return Long.fromBits(halves[LOW]!, halves[1 - LOW]!, true);
}

function notExact(value: bigint | number, range: string): WarderError {
  return new WarderError(
    'CONTRACT_INTEGER',
    `the integer ${value} cannot be taken exactly: expected ${range}`,
    'the sender is at fault or of another version: compare both sides with proto/warder/v1',
  );
}
