/**
 * Events from the JSON lines that Warder writes: `warder run --json`, `tail --json`, `query --json`, `export`.
 *
 * In:     one line: a LoggedEvent, an Event, or a run's summary.
 * Out:    the event with what the log knew of it; undefined for a summary and an empty line.
 * Throws: EVENT_JSON with the line's number.
 */
import Long from 'long';
import { WarderError } from '../base/error.ts';
import { type Event, NetworkKind, Outcome, Reason, Verdict } from '../contract/messages.ts';

const ENUMS: readonly Readonly<Record<string, unknown>>[] = [Verdict, Outcome, Reason, NetworkKind] as never;
const LONGS: ReadonlySet<string> = new Set(['sequence', 'timeUnixNs', 'cgroupId', 'inode', 'records']);

export function eventFromJson(line: string, number: number): Event | undefined {
  if (line.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw notAnEvent(number);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnEvent(number);
  if ('summary' in value) return undefined;
  const event = 'event' in value ? (value as { event: unknown }).event : value;
  if (typeof event !== 'object' || event === null || !('timeUnixNs' in event)) throw notAnEvent(number);
  return convert('', event) as Event;
}

function convert(name: string, value: unknown): unknown {
  if (typeof value === 'string') {
    if (LONGS.has(name) && /^\d{1,20}$/.test(value)) return Long.fromString(value, true);
    return enumValue(value) ?? value;
  }
  if (Array.isArray(value))
    return value.map((element) => (typeof element === 'string' ? element : convert(name, element)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, convert(key, child)]));
}

/** An enum's value by its whole name, VERDICT_DENY; names of files do not look so in the fields that hold one. */
function enumValue(text: string): number | undefined {
  if (!/^(VERDICT|OUTCOME|REASON|KIND)_[A-Z_]+$/.test(text)) return undefined;
  for (const names of ENUMS) if (typeof names[text] === 'number') return names[text] as number;
  return undefined;
}

function notAnEvent(number: number): WarderError {
  return new WarderError(
    'EVENT_JSON',
    `line ${number} is no event`,
    'give JSON lines as written by warder run --json, tail --json, query --json or export',
  );
}
