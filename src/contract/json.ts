/**
 * Messages of the contract as JSON, in the form that ProtoJSON gives them: lowerCamelCase names, 64-bit integers
 * as decimal strings, enum values by name, fields with their default value left out.
 *
 * In:  an Event or a LoggedEvent, decoded or as the runtime makes it.
 * Out: one line without a newline; docs/events.md names the fields. The index of a LoggedEvent always stands
 *      there, for 0 is an index.
 *
 * Source: protobuf.dev/programming-guides/json. The generated code has no JSON of its own; test/cli compares
 * this with protobufjs' reflection on proto/.
 */
import { type Event, type LoggedEvent, NetworkKind, Outcome, Reason, Verdict } from './messages.ts';

/** Fields that hold an enum, by name. A `kind` that is a number is that of a NetworkAction. */
const ENUMS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  verdict: Verdict as unknown as Record<number, string>,
  would: Verdict as unknown as Record<number, string>,
  outcome: Outcome as unknown as Record<number, string>,
  reason: Reason as unknown as Record<number, string>,
  kind: NetworkKind as unknown as Record<number, string>,
};

export function eventJson(event: Event): string {
  return JSON.stringify(plainObject(event));
}

export function loggedEventJson(logged: LoggedEvent): string {
  return JSON.stringify({ index: String(logged.index ?? 0), ...plainObject(logged) });
}

/** Any other message of the contract. */
export function plainJson(message: object): string {
  return JSON.stringify(plainObject(message));
}

export function plainObject(message: object): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    if (name.startsWith('$')) continue;
    const plain = plainValue(name, value);
    if (plain !== undefined) out[name] = plain;
  }
  return out;
}

/** Undefined for a default value: it is left out. A message that is there but empty stays, as `{}`. */
function plainValue(name: string, value: unknown): unknown {
  if (value === null || value === undefined || value === '' || value === 0 || value === false)
    return undefined;
  if (typeof value === 'number') return ENUMS[name]?.[value] ?? value;
  if (typeof value === 'bigint') return value === 0n ? undefined : value.toString();
  if (typeof value !== 'object') return value;
  if (isLong(value)) return value.low === 0 && value.high === 0 ? undefined : value.toString();
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((element) => plainElement(name, element));
  return plainObject(value);
}

/** An element of a list: it keeps its place, so an empty text stays. */
function plainElement(name: string, element: unknown): unknown {
  return typeof element === 'string' ? element : (plainValue(name, element) ?? element);
}

function isLong(value: object): value is { low: number; high: number } {
  return 'low' in value && 'high' in value;
}
