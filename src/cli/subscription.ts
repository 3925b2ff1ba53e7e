/**
 * The events of a log from an index on, through as many gateways as come and go meanwhile.
 *
 * In:     a source of gateways, a filter, where to begin, whether to wait for more at the end.
 * Out:    batches of events in the order of the log, each event once.
 * Throws: TAIL_REFUSED for what no other try would mend, TAIL_UNREACHABLE where a gateway does not answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceError, status } from '@grpc/grpc-js';
import { WarderError } from '../base/error.ts';
import { connectionFailure } from '../contract/connection-failure.ts';
import { toLong, toNumber } from '../contract/int64.ts';
import type { EventFilter, LoggedEvent, Missed } from '../contract/messages.ts';
import { subscribe } from '../contract/services.ts';
import { openAs } from './gateway-channel.ts';
import type { GatewaySource, Reachable } from './gateway-source.ts';

/** Whether to go on at the log's end. `while-live`: as long as a gateway of somebody else is running. */
export type Follow = 'always' | 'never' | 'while-live';

export interface SubscriptionOptions {
  source: GatewaySource;
  filter: EventFilter;
  /** First index wanted; undefined: from now on. */
  from: number | undefined;
  follow: Follow;
  signal: AbortSignal;
  /** Told of events that the gateway passes over. */
  onMissed?: (missed: { from: number; to: number; reason: string }) => void;
  /** Told of the cursor, also when no event came. */
  onCursor?: (next: number) => void;
}

/** A gateway that ends takes its streams with it: the next one is asked. */
const PASSING: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.CANCELLED, status.ABORTED]);
const RETRY_MS = 250;
/** Tries in a row without one answer. */
const TRIES = 8;

export async function* subscription(options: SubscriptionOptions): AsyncGenerator<LoggedEvent[]> {
  let from = options.from;
  let failures = 0;
  while (!options.signal.aborted) {
    const gateway = await options.source.next();
    const untilNow = options.follow === 'never' || (options.follow === 'while-live' && gateway.own);
    try {
      for await (const { events, nextIndex, missed } of stream(gateway, { ...options, from, untilNow })) {
        failures = 0;
        from = toNumber(nextIndex);
        if (missed) options.onMissed?.(missedOf(missed));
        if (events && events.length > 0) yield events;
        options.onCursor?.(from);
      }
      return;
    } catch (error) {
      if (options.signal.aborted) return;
      const { code, details } = error as ServiceError;
      if (code === undefined) throw error; // not of gRPC: a fault of the caller
      if (!PASSING.has(code)) throw refused(gateway, details);
      if (++failures >= TRIES) throw unreachable(gateway, details);
      await sleep(failures === 1 ? 0 : RETRY_MS);
    }
  }
}

function missedOf({ fromIndex, toIndex, reason }: Missed) {
  return { from: toNumber(fromIndex), to: toNumber(toIndex), reason: reason ?? '' };
}

interface StreamOptions extends SubscriptionOptions {
  untilNow: boolean;
}

async function* stream(gateway: Reachable, { filter, from, untilNow, signal }: StreamOptions) {
  const { client, metadata } = openAs(gateway);
  const call = subscribe(client, metadata, {
    filter,
    untilNow,
    ...(from === undefined ? {} : { fromIndex: toLong(from) }),
  });
  const abort = (): void => call.cancel();
  signal.addEventListener('abort', abort);
  try {
    yield* call;
  } finally {
    signal.removeEventListener('abort', abort);
    call.on('error', () => {}); // CANCELLED, for having been left
    call.cancel();
    client.close();
  }
}

function refused({ address }: Reachable, details: string): WarderError {
  return new WarderError(
    'TAIL_REFUSED',
    `the gateway at ${address} refused: ${details}`,
    'change what is asked for, or use a token that may ask it',
  );
}

function unreachable({ address }: Reachable, details: string): WarderError {
  return new WarderError(
    'TAIL_UNREACHABLE',
    `the gateway at ${address} does not answer after ${TRIES} tries: ${connectionFailure(details)}`,
    'see whether it runs and listens there; gateways of this host are found without --gateway',
  );
}
