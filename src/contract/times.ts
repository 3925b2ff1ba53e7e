/**
 * Times of the contract: nanoseconds since the Unix epoch as `bigint` (fields *_unix_ns), milliseconds as
 * `number` (fields *_unix_ms), and RFC 3339 text with nanoseconds for people. Nothing is rounded.
 */
import { WarderError } from '../base/error.ts';

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
/** Last nanosecond of the year 9999, where RFC 3339 ends. */
const LAST_NS = 253_402_300_799_999_999_999n;

/** The wall clock. JavaScript has milliseconds of it; the rest is 0. */
export function unixNowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** `2026-03-01T12:00:00.000000001Z`, always UTC and always nine digits. Throws CONTRACT_TIME past the year 9999. */
export function formatUnixNs(timeNs: bigint): string {
  if (timeNs < 0n || timeNs > LAST_NS) {
    throw new WarderError(
      'CONTRACT_TIME',
      `the time ${timeNs} ns since 1970 lies outside the years 1970 to 9999`,
      'check the clock of the host that sent it',
    );
  }
  const second = new Date(Number(timeNs / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${second}.${(timeNs % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}

/** RFC 3339 text to nanoseconds. Throws CONTRACT_TIME. */
export function parseUnixNs(text: string): bigint {
  const parts = RFC3339.exec(text);
  const second = parts ? Date.parse(`${parts[1]}${parts[3]}`) : Number.NaN;
  if (!parts || Number.isNaN(second) || second < 0) {
    throw new WarderError(
      'CONTRACT_TIME',
      `'${text}' is not a time`,
      'write it as in RFC 3339, from 1970 on: 2026-03-01T12:00:00Z or 2026-03-01T13:00:00.5+01:00',
    );
  }
  return BigInt(second) * 1_000_000n + BigInt((parts[2] ?? '').padEnd(9, '0'));
}
