/**
 * A moment on the command line: `7d`, `90m`, `30s` ago, or a time as RFC 3339 has it, or a day.
 *
 * Out:    nanoseconds since 1970.
 * Throws: InvalidArgumentError.
 */
import { InvalidArgumentError } from 'commander';
import { parseUnixNs, unixNowNs } from '../contract/times.ts';

const UNITS_NS: Readonly<Record<string, bigint>> = {
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

export function moment(text: string): bigint {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text);
  if (ago) {
    const from = unixNowNs() - BigInt(ago[1]!) * UNITS_NS[ago[2]!]!;
    return from < 0n ? 0n : from;
  }
  try {
    return parseUnixNs(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  } catch {
    throw new InvalidArgumentError(
      'Write how long ago (7d, 2h, 30m), a day, or a time: 2026-03-01T12:00:00Z.',
    );
  }
}
