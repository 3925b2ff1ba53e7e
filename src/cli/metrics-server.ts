/**
 * Where a service tells Prometheus of itself, and load balancers and orchestrators how it is: GET /metrics, /healthz,
 * /readyz. On loopback, for anyone on this host, so nothing of it is secret; off unless the configuration asks for it.
 *
 * A request that names the host otherwise than by address or as localhost is refused: a web page that made its own name
 * point here reads nothing.
 *
 * Throws: METRICS_LISTEN.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WarderError } from '../base/error.ts';

export interface Told {
  metrics(): string;
  /** Why it is not ready; undefined: it is. */
  unready(): string | undefined;
}

const CONNECTIONS = 64;
const REQUEST_MS = 5000;
const OWN_NAME = /^(localhost|[\d.]+|\[[\da-f:.]+\])(:\d+)?$/i;

export async function serveMetrics(
  listen: string,
  told: Told,
): Promise<{ address: string; close(): Promise<void> }> {
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => answer(request, response, told),
  );
  server.maxConnections = CONNECTIONS;
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(listen, error)));
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) }, resolve);
  });
  server.unref();
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Page {
  status: number;
  text: string;
  type?: string;
}

function answer(request: IncomingMessage, response: ServerResponse, told: Told): void {
  const { status, text, type = 'text/plain' } = pageFor(request, told);
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function pageFor({ headers, method, url }: IncomingMessage, told: Told): Page {
  if (!OWN_NAME.test(headers.host ?? '')) return { status: 421, text: 'another host\n' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'GET only\n' };
  const [path] = (url ?? '').split('?');
  if (path === '/metrics') return { status: 200, text: told.metrics(), type: 'text/plain; version=0.0.4' };
  if (path === '/healthz') return { status: 200, text: 'ok\n' };
  if (path !== '/readyz') return { status: 404, text: 'there are /metrics, /healthz and /readyz\n' };
  const why = told.unready();
  return why === undefined ? { status: 200, text: 'ready\n' } : { status: 503, text: `${why}\n` };
}

function cannotListen(listen: string, error: Error): WarderError {
  return new WarderError(
    'METRICS_LISTEN',
    `metrics cannot be served at ${listen}: ${error.message}`,
    'choose another `metrics.listen` in the configuration, or leave it out',
    { cause: error },
  );
}
