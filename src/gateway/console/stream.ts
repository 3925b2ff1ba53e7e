/**
 * Live events to the page, as server-sent events (WHATWG HTML, 9.2) over EventService.Subscribe.
 *
 * In:  a session; where to begin, and a filter, in the query. `Last-Event-ID` beats `from`: a stream that broke goes on.
 * Out: messages `events` with {events, next, end, missed}; their id is the cursor. Nothing is answered before the
 *      subscription is accepted. A page that does not read holds one batch, and past SKIP events behind it is told what
 *      it missed.
 * Ends with the session, with the key, with the gateway.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client } from '@grpc/grpc-js';
import { toLong } from '../../contract/int64.ts';
import { plainObject } from '../../contract/json.ts';
import type { SubscribeRequest, SubscribeResponse } from '../../contract/messages.ts';
import { eventService, subscribe } from '../../contract/services.ts';
import { type Caller, Failure, failureOf, metadataOf } from './calls.ts';

const STREAMS_OF_SESSION = 8;
const SKIP = 50_000;
const HEARTBEAT_MS = 15_000;

export function streamEvents(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  caller: Caller & { client: Client },
  headers: Record<string, string>,
): Promise<void> {
  const { session, client } = caller;
  if (session.ends.size >= STREAMS_OF_SESSION) {
    throw new Failure(429, 'CONSOLE_STREAMS', 'too many open pages of this session', 'close some of them');
  }
  const call = subscribe(client, metadataOf(caller), subscription(request, query));
  const opened = Promise.withResolvers<void>();
  let begun = false;
  const end = (): void => {
    session.ends.delete(end);
    clearInterval(heartbeat);
    call.cancel();
    if (begun) response.end();
  };
  const heartbeat = setInterval(() => begun && response.write(':\n\n'), HEARTBEAT_MS).unref();
  session.ends.add(end);
  response.once('close', end);
  response.on('drain', () => call.resume());
  call.on('data', (batch: SubscribeResponse) => {
    if (!begun)
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    begun = true;
    opened.resolve();
    if (!response.write(message(batch))) call.pause();
  });
  call.on('error', (error) => {
    if (begun) response.write(`event: ended\ndata: ${JSON.stringify({ message: error.message })}\n\n`);
    opened.reject(failureOf(error, eventService.subscribe.path));
    end();
  });
  call.on('end', () => {
    opened.resolve();
    end();
  });
  return opened.promise;
}

function message(batch: SubscribeResponse): string {
  const { nextIndex, endIndex, ...rest } = plainObject(batch) as Record<string, unknown>;
  const next = String(nextIndex ?? 0);
  return `id: ${next}\nevent: events\ndata: ${JSON.stringify({ ...rest, next, end: String(endIndex ?? next) })}\n\n`;
}

function subscription({ headers }: IncomingMessage, query: URLSearchParams): SubscribeRequest {
  const from = headers['last-event-id'] ?? query.get('from') ?? undefined;
  if (from !== undefined && !/^\d{1,15}$/.test(String(from))) {
    throw new Failure(400, 'CONSOLE_REQUEST', 'from is no index', 'reload the page');
  }
  const runs = query.getAll('run');
  const agents = query.getAll('agent');
  return {
    ...(from === undefined ? {} : { fromIndex: toLong(BigInt(String(from))) }),
    filter: { runs, agents },
    skipWhenBehind: toLong(BigInt(SKIP)),
  };
}
