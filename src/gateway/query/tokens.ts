/**
 * Page sizes and page tokens, checked.
 *
 * Throws: GATEWAY_REQUEST for a token that this gateway did not give for this question.
 */
import { createHash } from 'node:crypto';
import { WarderError } from '../../base/error.ts';

/** A size of 0 is the usual one; more than the most is the most. */
export function pageSize(
  wanted: number | null | undefined,
  { usual, most }: { usual: number; most: number },
): number {
  return Math.min(wanted || usual, most);
}

/** Where a list goes on. */
export function pageNumber(token: string | null | undefined): number {
  if (!token) return 0;
  if (!/^\d{1,15}$/.test(token)) throw badToken();
  return Number(token);
}

/** Where a query goes on, and the part of the log that it is about. */
export interface QueryCursor {
  /** First index to look at; with newest_first, the index behind it. */
  at: number;
  /** Size of the log at the first page. */
  end: number;
}

/** @param question what must be the same on every page */
export function cursorToken({ at, end }: QueryCursor, question: Uint8Array): string {
  return `${at.toString(36)}.${end.toString(36)}.${digest(question)}`;
}

export function readCursor(token: string, question: Uint8Array): QueryCursor {
  const parts = /^([0-9a-z]{1,11})\.([0-9a-z]{1,11})\.([\w-]{11})$/.exec(token);
  if (!parts) throw badToken();
  if (parts[3] !== digest(question)) {
    throw new WarderError(
      'GATEWAY_REQUEST',
      'the page token is of another question',
      'send the request of the first page again with nothing changed but the page token',
    );
  }
  const [at, end] = [Number.parseInt(parts[1]!, 36), Number.parseInt(parts[2]!, 36)];
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(end)) throw badToken();
  return { at, end };
}

function digest(question: Uint8Array): string {
  return createHash('sha256').update(question).digest('base64url').slice(0, 11);
}

function badToken(): WarderError {
  return new WarderError(
    'GATEWAY_REQUEST',
    'the page token is none of this gateway',
    'begin with the first page',
  );
}
