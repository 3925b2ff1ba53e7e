/**
 * The held actions in the gateway's database: found by id, listed for people, and how many a host may have waiting.
 *
 * Throws: HOLD_UNKNOWN.
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { toLong } from '../../contract/int64.ts';
import { HeldAction, type Hold } from '../../contract/messages.ts';
import { SHOWN_BYTES, shownOf } from './shown.ts';

/** Questions of one host that may be open; further ones are answered with no. */
const MOST_PENDING = { count: 256, bytes: 1 << 20 };
/** What is told of those that were answered. */
const MOST_LISTED = 200;
/** Of one in an answer, beside the action and the reason. */
const ROW_BYTES = 512;

export type State = 'pending' | 'allowed' | 'denied' | 'expired';

export interface HeldRow {
  id: string;
  host: string;
  action: HeldAction;
  /** Of the action. */
  bytes: number;
  asked: number;
  expires: number;
  state: State;
  answeredBy: string;
  answered: number;
  because: string;
}

export class HeldActions {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** What waits, oldest first; with `all` the newest first, those that were answered after those that wait. */
  list(all: boolean): { holds: Hold[]; leftOut: number } {
    const sizeOf = ({ bytes, because }: HeldRow) => bytes + 4 * because.length + ROW_BYTES;
    const waiting = shownOf(this.rows("WHERE state = 'pending' ORDER BY asked"), sizeOf);
    if (!all) return { holds: waiting.shown.map((row) => holdMessage(row)), leftOut: waiting.leftOut };
    const others = this.rows(`WHERE state <> 'pending' ORDER BY asked DESC LIMIT ${MOST_LISTED}`);
    const answered = shownOf(others, sizeOf, SHOWN_BYTES - waiting.bytes);
    const rows = [...waiting.shown, ...answered.shown].sort((a, b) => b.asked - a.asked);
    return { holds: rows.map((row) => holdMessage(row)), leftOut: waiting.leftOut };
  }

  /** Whether a host has so much waiting that one more of so many bytes is too much. */
  isFull(host: string, bytes: number): boolean {
    const pending = this.#database
      .prepare(
        "SELECT count(*) AS count, total(length(action)) AS bytes FROM held_actions WHERE host = ? AND state = 'pending'",
      )
      .get(host)!;
    return (
      (pending.count as number) >= MOST_PENDING.count ||
      (pending.bytes as number) + bytes > MOST_PENDING.bytes
    );
  }

  /** By id, or by a beginning of it that is the only one. */
  find(wanted: string): HeldRow {
    const rows = /^[0-9a-f-]{4,36}$/.test(wanted) ? this.rows("WHERE id LIKE ? || '%' LIMIT 2", wanted) : [];
    const [row, second] = rows;
    if (row && !second) return row;
    throw new WarderError(
      'HOLD_UNKNOWN',
      row ? `more than one held action begins with ${wanted}` : `no held action '${wanted.slice(0, 80)}'`,
      'give the id that `warder holds` shows, or enough of its beginning',
    );
  }

  rows(where: string, ...values: (string | number)[]): HeldRow[] {
    return this.#database
      .prepare(`SELECT * FROM held_actions ${where}`)
      .all(...values)
      .map(toRow);
  }
}

export function holdMessage({
  action,
  host,
  asked,
  state,
  answeredBy,
  answered: at,
  because,
}: HeldRow): Hold {
  return {
    action,
    host,
    askedUnixMs: toLong(asked),
    state,
    answeredBy,
    answeredUnixMs: toLong(at),
    because,
  };
}

function toRow(row: Record<string, SQLOutputValue>): HeldRow {
  return {
    id: row.id as string,
    host: row.host as string,
    action: HeldAction.decode(row.action as Uint8Array),
    bytes: (row.action as Uint8Array).length,
    asked: row.asked as number,
    expires: row.expires as number,
    state: row.state as State,
    answeredBy: row.answered_by as string,
    answered: row.answered as number,
    because: row.because as string,
  };
}
