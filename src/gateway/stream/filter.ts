/**
 * What a consumer asks for, checked: the conditions that the store looks up, and those that need the event.
 *
 * In:     EventFilter of the contract, a field mask.
 * Out:    a LogFilter, and a function over rows as the store gives them: the encoded LoggedEvent, or undefined
 *         for one that does not match.
 * Throws: GATEWAY_REQUEST for what cannot be meant.
 */
import { WarderError } from '../../base/error.ts';
import { loggedEventBytes } from '../../contract/canonical.ts';
import { toLong } from '../../contract/int64.ts';
import { type EventFilter, LoggedEvent, Verdict } from '../../contract/messages.ts';
import { KINDS, type Kind } from '../store/entry.ts';
import type { LogFilter, LogRow } from '../store/event-log.ts';
import { parseExpression } from './expression.ts';
import { fieldMask } from './field-mask.ts';

const FILTER_ITEMS = 64;

export interface Selection {
  filter: LogFilter | undefined;
  /** The encoded LoggedEvent; undefined where it does not match. */
  take(row: LogRow): Uint8Array | undefined;
  /** True where take passes rows on as they are. */
  whole: boolean;
  /** The same for selections that give the same. */
  key: string;
}

export function selection(wanted: EventFilter | null | undefined, fields: readonly string[]): Selection {
  const filter = logFilter(wanted);
  const test = wanted?.expression ? parseExpression(wanted.expression) : undefined;
  const mask = fields.length > 0 ? fieldMask(fields) : undefined;
  const whole = !test && !mask;
  return {
    filter,
    whole,
    key: JSON.stringify([filter ?? null, wanted?.expression ?? '', fields]),
    take: (row) => {
      if (whole) return loggedEventBytes(row.index, row.leaf);
      const logged = LoggedEvent.decode(row.leaf);
      logged.index = toLong(row.index);
      if (test && !test(logged)) return undefined;
      return mask ? LoggedEvent.encode(mask(logged)).finish() : loggedEventBytes(row.index, row.leaf);
    },
  };
}

/** Undefined where nothing of it is for the store. */
function logFilter(filter: EventFilter | null | undefined): LogFilter | undefined {
  if (!filter) return undefined;
  const { agents, runs, kinds, verdicts, hosts, pathPrefix } = filter;
  const items = [agents, runs, kinds, verdicts, hosts].reduce((sum, list) => sum + (list?.length ?? 0), 0);
  if (items > FILTER_ITEMS) throw badFilter(`${items} items`, `name at most ${FILTER_ITEMS}`);
  const unknown = kinds?.find((kind) => !(KINDS as readonly string[]).includes(kind));
  if (unknown !== undefined)
    throw badFilter(`the kind '${unknown}'`, `use one of ${KINDS.slice(1).join(', ')}`);
  const verdict = verdicts?.find((value) => !(value in Verdict));
  if (verdict !== undefined) throw badFilter(`the verdict ${verdict}`, 'use one of the contract');
  if (pathPrefix && !pathPrefix.startsWith('/'))
    throw badFilter(`the path '${pathPrefix}'`, 'begin it with /');
  if (items === 0 && !pathPrefix) return undefined;
  return {
    agents: agents ?? [],
    runs: runs ?? [],
    kinds: (kinds ?? []) as Kind[],
    verdicts: verdicts ?? [],
    hosts: hosts ?? [],
    ...(pathPrefix ? { pathPrefix } : {}),
  };
}

function badFilter(what: string, fix: string): WarderError {
  return new WarderError('GATEWAY_REQUEST', `the filter has ${what}`, fix);
}
