/**
 * A gateway: takes events from runtimes, is their only authority on policy, serves the event log.
 *
 * In:  a state directory, a policy source, where to listen.
 * Out: RuntimeService and EventService, with the standard health and reflection services beside them.
 *
 * By default it listens on a socket in the state directory that only the same user can reach; several gateways
 * may run on one state directory at once.
 *
 * Throws: GATEWAY_STATE, GATEWAY_STORE_…, GATEWAY_KEY, GATEWAY_LISTEN, GATEWAY_NO_TLS at start; nothing is left
 * running then.
 */
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { WarderError } from '../base/error.ts';
import { generateSigningKey } from '../contract/keys.ts';
import { eventService, runtimeService } from '../contract/services.ts';
import { Access } from './access.ts';
import { type EndpointFiles, newEndpointFiles, publishEndpoint, withdrawEndpoint } from './endpoint.ts';
import { PolicyAuthority, type PolicySource } from './policy-authority.ts';
import type { EventLog } from './store/event-log.ts';
import { openKeyFile } from './store/key-file.ts';
import { PolicyVersions } from './store/policy-versions.ts';
import { openEventLog } from './store/sqlite-event-log.ts';
import { DATABASE_FILE, openStateDirectory } from './store/state-directory.ts';
import { attachHandler } from './stream/attach.ts';
import { subscribeHandler } from './stream/subscribe.ts';

const VERSION = '0.1.0';
const DEFAULT_LEASE_MS = 5 * 60_000;
/** Largest message taken: a runtime's batches stay well below. */
const MESSAGE_BYTES = 4 * 1024 * 1024;
const METADATA_BYTES = 16 * 1024;
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
/** How long open streams get to end at a stop. */
const STOP_MS = 2000;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost):\d+$/;
const PROTO_FOLDER = fileURLToPath(new URL('../../proto', import.meta.url));
const PROTO_FILES = ['runtime.proto', 'stream.proto'].map((file) => join('warder/v1', file));

export interface GatewayOptions {
  stateDirectory: string;
  policySource: PolicySource;
  /** `host:port` on a loopback address (port 0: any). Default: a unix socket in the state directory. */
  listen?: string;
  /** How long a runtime may use a policy without hearing again. */
  leaseMs?: number;
  /**
   * Keep the policy key in memory instead of the state directory: for a gateway whose runtime lives in the same
   * process and ends with it.
   */
  ephemeralKey?: boolean;
  /** The only host that the runtime token may speak for. Default: this one. */
  host?: string;
  /** Told of each failure that ends no more than one call. */
  onError?(error: Error): void;
}

export interface Gateway {
  /** UUID, new at each start. */
  readonly id: string;
  /** For gRPC: `unix:/path` or `host:port`. */
  readonly address: string;
  readonly tokens: { readonly runtime: string; readonly viewer: string };
  /** base64 of the Ed25519 key that signs policies. */
  readonly policyKey: string;
  readonly log: EventLog;
  /** To be called when the source's answers may have changed. */
  policyChanged(): void;
  /** Ends streams, waits for appends under way, closes the store. Idempotent. */
  stop(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { stateDirectory, onError = () => {}, host = hostname(), listen } = options;
  if (listen !== undefined) checkListen(listen);
  openStateDirectory(stateDirectory);
  const key = options.ephemeralKey ? generateSigningKey() : openKeyFile(stateDirectory, 'policy');
  const log = openEventLog(stateDirectory);
  const authority = new PolicyAuthority({
    source: options.policySource,
    key,
    versions: new PolicyVersions(log.database, join(stateDirectory, DATABASE_FILE)),
    leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    onError,
  });
  const access = new Access();
  const id = randomUUID();
  const attach = attachHandler({ access, log, authority, gateway: id, version: VERSION, onError });
  const subscribe = subscribeHandler({ log, onError });
  const server = newServer(access);
  server.addService(runtimeService as unknown as ServiceDefinition, { attach: attach.handle });
  server.addService(eventService as unknown as ServiceDefinition, { subscribe: subscribe.handle });
  const health = addStandardServices(server);
  const tokens = {
    runtime: access.issue({ name: 'runtime', roles: ['runtime'], host }),
    viewer: access.issue({ name: 'viewer', roles: ['viewer'] }),
  };

  let files: EndpointFiles | undefined;
  let address: string;
  try {
    files = await newEndpointFiles(stateDirectory);
    const port = await bind(server, listen ?? `unix:${files.binding}`);
    address = listen === undefined ? `unix:${files.socket}` : listen.replace(/:\d+$/, `:${port}`);
    publishEndpoint(files, {
      address,
      pid: process.pid,
      viewerToken: tokens.viewer,
      policyKey: key.publicKey,
    });
  } catch (error) {
    server.forceShutdown();
    authority.close();
    await log.close();
    if (files) withdrawEndpoint(files);
    throw listenError(listen ?? stateDirectory, error as Error);
  }

  const stop = async (): Promise<void> => {
    withdrawEndpoint(files);
    health.setStatus('', 'NOT_SERVING');
    subscribe.closeAll();
    attach.closeAll();
    await shutdown(server);
    authority.close();
    await log.close();
  };
  let stopping: Promise<void> | undefined;
  return {
    id,
    address,
    tokens,
    policyKey: key.publicKey,
    log,
    policyChanged: () => authority.refresh(),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function newServer(access: Access): Server {
  // What fails is told through onError and as statuses; grpc-js would also write to stderr.
  if (!process.env.GRPC_VERBOSITY) setLogVerbosity(logVerbosity.NONE);
  return new Server({
    interceptors: [access.interceptor],
    'grpc.max_receive_message_length': MESSAGE_BYTES,
    'grpc.max_metadata_size': METADATA_BYTES,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  });
}

function addStandardServices(server: Server): HealthImplementation {
  const health = new HealthImplementation({
    '': 'SERVING',
    'warder.v1.RuntimeService': 'SERVING',
    'warder.v1.EventService': 'SERVING',
  });
  health.addToServer(server);
  new ReflectionService(loadSync(PROTO_FILES, { includeDirs: [PROTO_FOLDER] })).addToServer(server);
  return health;
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

/** Gives open streams a moment to end by themselves. */
function shutdown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, STOP_MS);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}

/** Tokens travel in the clear without TLS: only where nobody can listen. */
function checkListen(listen: string): void {
  if (LOOPBACK.test(listen)) return;
  const host = listen.slice(0, listen.lastIndexOf(':'));
  const address = isIP(host.replace(/^\[|\]$/g, ''))
    ? 'not a loopback address'
    : 'not a numeric loopback address';
  throw new WarderError(
    'GATEWAY_NO_TLS',
    `'${listen}' is ${address}, and this gateway speaks without TLS`,
    'listen on 127.0.0.1:PORT or [::1]:PORT, or on the unix socket (the default)',
  );
}

function listenError(where: string, error: Error): Error {
  if (error instanceof WarderError) return error;
  return new WarderError(
    'GATEWAY_LISTEN',
    `cannot listen at ${where}: ${error.message}`,
    'see whether the address is taken (ss -ltnx), or choose another',
    { cause: error },
  );
}
