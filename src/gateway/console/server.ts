/**
 * The console: a web page for people, and its calls. Served by the gateway at an address of its own, off unless it is
 * asked for; in the clear on loopback only, otherwise behind TLS.
 *
 *     GET  /, /assets/*         the page, for anyone
 *     POST /api/login           {key} for a session
 *     POST /api/logout
 *     GET  /api/session         who is logged in
 *     POST /api/call/NAME       an RPC (calls.ts)
 *     POST /api/what-if         a policy held against recorded events (what-if.ts)
 *     GET  /api/events          live events (stream.ts)
 *
 * It has no authority of its own: every call is made with the session's key at the gateway's services.
 * Bounds: CONNECTIONS, BODY_BYTES, times; calls of a session and logins of an address in rate.
 *
 * Throws: GATEWAY_LISTEN, GATEWAY_NO_TLS, CONSOLE_PAGE, and what node:fs does for certificate and key.
 */
import { readFileSync } from 'node:fs';
import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Client, credentials } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { RateLimit } from '../../base/rate-limit.ts';
import type { Access } from '../access.ts';
import type { CertificateAuthority } from '../identity/authority.ts';
import { isLoopback } from '../listen.ts';
import { actorOf, type OwnEvents } from '../own-events.ts';
import type { PolicyDocument } from '../policy/document.ts';
import { type Asset, readAssets } from './assets.ts';
import { called, Failure } from './calls.ts';
import { cookie, cookieOf, isOwnName, isOwnPage, securityHeaders } from './headers.ts';
import { type Session, Sessions } from './sessions.ts';
import { streamEvents } from './stream.ts';
import { whatIf } from './what-if.ts';

export interface ConsoleOptions {
  /** `ADDRESS:PORT`; port 0: any. */
  listen: string;
  /** PEM files; the gateway's own authority signs where there are none. */
  certificate?: string | undefined;
  key?: string | undefined;
}

export interface ConsoleContext {
  access: Access;
  own: OwnEvents;
  /** Of the gateway, for gRPC. */
  gatewayAddress: string;
  gateway: string;
  version: string;
  authority: CertificateAuthority | undefined;
  names: readonly string[];
  /** Those in force; undefined at a gateway whose policy comes from the command that started it. */
  documents: (() => readonly PolicyDocument[]) | undefined;
  onError(error: Error): void;
}

const CONNECTIONS = 512;
const BODY_BYTES = 2 << 20;
const REQUEST_MS = 15_000;
const HEADER_BYTES = 16 << 10;
const CALLS = { perSecond: 30, burst: 200 };
const CERTIFICATE_MS = 24 * 3_600_000;

export interface Console {
  /** `http://127.0.0.1:7480` */
  readonly url: string;
  close(): Promise<void>;
}

export async function startConsole(options: ConsoleOptions, context: ConsoleContext): Promise<Console> {
  const assets = readAssets();
  const secured = await certificateOf(options, context);
  const console = new ConsoleServer(context, assets, secured !== undefined);
  const limits = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: HEADER_BYTES };
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void console.handle(request, response);
  const server = secured
    ? createHttps({ ...limits, ...(await secured()), minVersion: 'TLSv1.3' }, handle)
    : createHttp(limits, handle);
  server.maxConnections = CONNECTIONS;
  const renewal =
    secured &&
    setInterval(() => {
      secured().then((next) => (server as HttpsServer).setSecureContext(next), context.onError);
    }, CERTIFICATE_MS / 2).unref();
  try {
    await listening(server, options.listen);
  } catch (error) {
    console.close();
    clearInterval(renewal);
    throw error;
  }
  const host = options.listen.slice(0, options.listen.lastIndexOf(':'));
  return {
    url: `${secured ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      clearInterval(renewal);
      console.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

class ConsoleServer {
  readonly #context: ConsoleContext;
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #tls: boolean;
  readonly #headers: Record<string, string>;
  readonly #sessions = new Sessions();
  readonly #client: Client;
  readonly #calls = new RateLimit(CALLS);

  constructor(context: ConsoleContext, assets: ReadonlyMap<string, Asset>, tls: boolean) {
    this.#context = context;
    this.#assets = assets;
    this.#tls = tls;
    this.#headers = securityHeaders(tls);
    this.#client = new Client(context.gatewayAddress, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {}); // the browser has gone
    try {
      await this.#route(request, response);
    } catch (error) {
      const failure = error instanceof Failure ? error : this.#fault(error as Error);
      const { status, code, message, fix } = failure;
      this.#json(response, status, { error: { code, message, fix } });
    }
  }

  close(): void {
    this.#sessions.close();
    this.#client.close();
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOwnName(request, this.#context.names)) throw elsewhere();
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://console');
    const { method } = request;
    if (!pathname.startsWith('/api/')) {
      this.#asset(pathname, method, response);
      return;
    }
    if (!isOwnPage(request, this.#tls)) throw foreign();
    if (method === 'POST') await this.#post(pathname, request, response);
    else if (method === 'GET') await this.#get(pathname, searchParams, request, response);
    else throw new Failure(405, 'CONSOLE_METHOD', 'GET or POST', 'reload the page');
  }

  #asset(path: string, method: string | undefined, response: ServerResponse): void {
    if (method !== 'GET' && method !== 'HEAD') throw new Failure(405, 'CONSOLE_METHOD', 'GET only', 'reload');
    const asset = this.#assets.get(path);
    if (!asset) throw new Failure(404, 'CONSOLE_PAGE', 'there is no such page', 'go to /');
    const kept = asset.immutable ? { 'cache-control': 'public, max-age=31536000, immutable' } : {};
    response.writeHead(200, { ...this.#headers, ...kept, 'content-type': asset.type });
    response.end(method === 'HEAD' ? undefined : asset.bytes);
  }

  async #get(
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const session = this.#session(request);
    if (path === '/api/events') {
      const caller = this.#caller(request, session);
      await streamEvents(request, response, query, caller, this.#headers);
    } else if (path === '/api/session') {
      const { name, roles } = session.principal;
      const { gateway, version } = this.#context;
      this.#json(response, 200, { name, roles, gateway, version });
    } else throw new Failure(404, 'CONSOLE_CALL', 'there is no such call', 'reload the page');
  }

  async #post(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const type = request.headers['content-type'] ?? '';
    if (!/^application\/json(;|$)/.test(type)) throw foreign();
    if (path === '/api/login') {
      this.#login(await bodyOf(request), request, response);
      return;
    }
    const session = this.#session(request);
    const call = /^\/api\/call\/([A-Za-z]{1,40})$/.exec(path)?.[1];
    if (path === '/api/logout') {
      await bodyOf(request);
      this.#sessions.end(cookieOf(request, this.#tls)!);
      this.#json(response, 200, {}, { 'set-cookie': cookie(this.#tls, '') });
    } else if (path === '/api/what-if' && this.#context.documents) {
      const { text } = await bodyOf(request);
      if (typeof text !== 'string') throw new Failure(400, 'CONSOLE_REQUEST', 'no text', 'reload the page');
      const caller = this.#caller(request, session);
      this.#json(response, 200, await whatIf(text, this.#context.documents(), caller));
    } else if (call !== undefined) {
      const body = await bodyOf(request);
      this.#json(response, 200, await called(call, body, this.#caller(request, session)));
    } else throw new Failure(404, 'CONSOLE_CALL', 'there is no such call', 'reload the page');
  }

  #login(body: Record<string, unknown>, request: IncomingMessage, response: ServerResponse): void {
    const { access, own } = this.#context;
    const address = addressOf(request);
    const key = typeof body.key === 'string' ? body.key : '';
    const found = access.identify(key, address, '/console/login');
    if ('code' in found) {
      throw new Failure(
        found.code === 8 ? 429 : 401,
        'CONSOLE_LOGIN',
        found.details,
        'log in with a key of this gateway: warder key create',
      );
    }
    const before = cookieOf(request, this.#tls);
    if (before !== undefined) this.#sessions.end(before);
    const principal = { ...found.principal, address };
    own.record({ action: 'login.accepted', actor: actorOf(principal), subject: 'console' });
    const name = this.#sessions.open({ principal, key, isGood: found.isGood });
    const { roles } = principal;
    this.#json(response, 200, { name: principal.name, roles }, { 'set-cookie': cookie(this.#tls, name) });
  }

  #session(request: IncomingMessage): Session {
    const session = this.#sessions.find(cookieOf(request, this.#tls));
    if (!session) throw new Failure(401, 'CONSOLE_SESSION', 'nobody is logged in', 'log in');
    if (this.#calls.take(session.principal.credential ?? session.principal.name)) return session;
    throw new Failure(429, 'CONSOLE_RATE', 'too many calls of this key', 'wait a moment');
  }

  #caller(request: IncomingMessage, session: Session) {
    const { access } = this.#context;
    return { client: this.#client, mark: access.consoleMark, address: addressOf(request), session };
  }

  #json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
    if (response.headersSent) {
      response.end();
      return;
    }
    // What was not read of a refused request is not read any more.
    const close = status >= 400 ? { connection: 'close' } : {};
    response.writeHead(status, {
      ...this.#headers,
      ...headers,
      ...close,
      'content-type': 'application/json',
    });
    response.end(JSON.stringify(body));
  }

  #fault(error: Error): Failure {
    this.#context.onError(error);
    return new Failure(500, 'CONSOLE_FAULT', 'the console failed', "see the gateway's log");
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += (piece as Buffer).length;
    if (bytes > BODY_BYTES)
      throw new Failure(413, 'CONSOLE_REQUEST', 'the request is too large', 'send less');
    pieces.push(piece as Buffer);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString() || '{}');
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Failure(400, 'CONSOLE_REQUEST', 'the request is no JSON object', 'reload the page');
}

function addressOf({ socket }: IncomingMessage): string {
  const { remoteAddress = '', remotePort = 0 } = socket;
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

/** Undefined where the console speaks in the clear. */
async function certificateOf(
  { listen, certificate, key }: ConsoleOptions,
  { authority, names }: ConsoleContext,
): Promise<(() => Promise<{ cert: string; key: string }>) | undefined> {
  if (certificate !== undefined && key !== undefined) {
    return async () => ({ cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') });
  }
  if (isLoopback(listen)) return undefined;
  if (!authority) {
    throw new WarderError(
      'GATEWAY_NO_TLS',
      `the console cannot be served at '${listen}' without TLS`,
      'listen on a loopback address, or give `console.certificate` and `console.key`',
    );
  }
  return async () => {
    const { chain, key: issued } = await authority.issueServer(names, CERTIFICATE_MS);
    return { cert: chain, key: issued };
  };
}

function listening(server: Server | HttpsServer, listen: string): Promise<void> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? [];
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new WarderError(
          'GATEWAY_LISTEN',
          `the console cannot be served at ${listen}: ${error.message}`,
          'see whether the address is taken (ss -ltnx), or choose another `console.listen`',
          { cause: error },
        ),
      ),
    );
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) }, resolve);
  });
}

function elsewhere(): Failure {
  return new Failure(
    421,
    'CONSOLE_HOST',
    'this gateway has another name',
    'use an address, or a name under `names`',
  );
}

function foreign(): Failure {
  return new Failure(403, 'CONSOLE_FOREIGN', 'that did not come from the console itself', 'use its own page');
}
