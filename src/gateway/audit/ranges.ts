/**
 * Ranges of event indexes as the event of a retention has them: `0-4095,8192-12287`, both ends among them, in fields
 * `gone`, `gone 2`, … short enough for a text of an event.
 */
import type { GatewayEvent } from '../../contract/messages.ts';
import { BLOCK_EVENTS } from '../store/block-index.ts';

/** Without `to`. */
export interface IndexRange {
  from: number;
  to: number;
}

const FIELD = /^gone( \d+)?$/;
const RANGE = /^(0|[1-9]\d{0,15})-(0|[1-9]\d{0,15})$/;
/** Of one field: two numbers of 16 digits each take 34 characters. */
const RANGES_PER_FIELD = 100;

/** The events of a segment. */
export function blockRange(block: number): IndexRange {
  return { from: block * BLOCK_EVENTS, to: (block + 1) * BLOCK_EVENTS };
}

export function formatRanges(ranges: readonly IndexRange[]): Record<string, readonly ['', string]> {
  const fields: Record<string, readonly ['', string]> = {};
  for (let at = 0; at < ranges.length; at += RANGES_PER_FIELD) {
    const some = ranges.slice(at, at + RANGES_PER_FIELD).map(({ from, to }) => `${from}-${to - 1}`);
    fields[at === 0 ? 'gone' : `gone ${at / RANGES_PER_FIELD + 1}`] = ['', some.join(',')];
  }
  return fields;
}

/** What an event of a retention says is gone. */
export function rangesIn({ changes }: GatewayEvent): IndexRange[] {
  const texts = (changes ?? [])
    .filter(({ field }) => FIELD.test(field ?? ''))
    .map(({ after }) => after ?? '');
  return texts
    .flatMap((text) => text.split(','))
    .flatMap((text) => {
      const [, from, last] = RANGE.exec(text) ?? [];
      return from === undefined ? [] : [{ from: Number(from), to: Number(last) + 1 }];
    });
}

/** Ranges in rising order, those that touch or overlap made one. */
export function joined(ranges: readonly IndexRange[]): IndexRange[] {
  const result: IndexRange[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

export function covers(ranges: readonly IndexRange[], { from, to }: IndexRange): boolean {
  return ranges.some((range) => range.from <= from && to <= range.to);
}
