/**
 * A gateway: takes events from runtimes, is their only authority on policy, serves the event log.
 *
 * In:  a state directory, a policy source, where to listen.
 * Out: RuntimeService and EventService, with the standard health and reflection services beside them.
 *
 * By default it listens on a socket in the state directory that only the same user can reach; several gateways
 * may run on one state directory at once.
 *
 * Throws: STATE_DIRECTORY, GATEWAY_STORE_…, GATEWAY_KEY, GATEWAY_LISTEN, GATEWAY_NO_TLS, AUDIT_FORK,
 * AUDIT_SET_BACK at start; nothing is left running then.
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
import { AuditLog } from './audit/audit-log.ts';
import { Checkpointer } from './audit/checkpointer.ts';
import { type EndpointFiles, newEndpointFiles, publishEndpoint, withdrawEndpoint } from './endpoint.ts';
import { PolicyAuthority, type PolicySource } from './policy-authority.ts';
import { storeError } from './store/database.ts';
import type { EventLog } from './store/event-log.ts';
import { openKeyFile } from './store/key-file.ts';
import { PolicyVersions } from './store/policy-versions.ts';
import { openEventLog } from './store/sqlite-event-log.ts';
import { openStateDirectory } from './store/state-directory.ts';
import { attachHandler } from './stream/attach.ts';
import { subscribeHandler } from './stream/subscribe.ts';

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
  /** Of Warder: told to runtimes in the welcome. */
  version?: string;
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
  /** What the log's checkpoints are verified with (C2SP signed-note). */
  readonly logKey: string;
  readonly log: EventLog;
  /** To be called when the source's answers may have changed. */
  policyChanged(): void;
  /** Ends streams, waits for appends under way, closes the store. Idempotent. */
  stop(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  if (options.listen !== undefined) checkListen(options.listen);
  const undo: (() => unknown)[] = [];
  try {
    return await start(options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw storeError(error, options.stateDirectory);
  }
}

/** `undo` takes back, last first, what was begun: at a failed start, and at the stop. */
async function start(options: GatewayOptions, undo: (() => unknown)[]): Promise<Gateway> {
  const { onError = () => {}, host = hostname() } = options;
  const stateDirectory = openStateDirectory(options.stateDirectory);
  const key = options.ephemeralKey ? generateSigningKey() : openKeyFile(stateDirectory, 'policy');
  const log = openEventLog(stateDirectory);
  undo.push(() => log.close());
  const audit = new AuditLog(log, openKeyFile(stateDirectory, 'log'));
  audit.check();
  const checkpointer = new Checkpointer(log, audit, onError);
  undo.push(async () => {
    await log.idle();
    checkpointer.close();
  });
  const authority = new PolicyAuthority({
    source: options.policySource,
    key,
    versions: new PolicyVersions(log.database, log.path),
    leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    onError,
  });
  undo.push(() => authority.close());

  const access = new Access();
  const tokens = {
    runtime: access.issue({ name: 'runtime', roles: ['runtime'], host }),
    viewer: access.issue({ name: 'viewer', roles: ['viewer'] }),
  };
  const id = randomUUID();
  const attach = attachHandler({
    access,
    log,
    authority,
    gateway: id,
    version: options.version ?? '',
    onError,
  });
  const subscribe = subscribeHandler({ log, onError });
  const server = newServer(access);
  undo.push(() => shutdown(server));
  server.addService(runtimeService as unknown as ServiceDefinition, { attach: attach.handle });
  server.addService(eventService as unknown as ServiceDefinition, { subscribe: subscribe.handle });
  addStandardServices(server);
  undo.push(() => {
    subscribe.closeAll();
    attach.closeAll();
  });

  const files = await newEndpointFiles(stateDirectory);
  undo.push(() => withdrawEndpoint(files));
  const address = await listen(server, options.listen, files);
  publishEndpoint(files, { address, pid: process.pid, viewerToken: tokens.viewer, policyKey: key.publicKey });

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  return {
    id,
    address,
    tokens,
    policyKey: key.publicKey,
    logKey: audit.verifierKey,
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

function addStandardServices(server: Server): void {
  const health = new HealthImplementation({
    '': 'SERVING',
    'warder.v1.RuntimeService': 'SERVING',
    'warder.v1.EventService': 'SERVING',
  });
  health.addToServer(server);
  new ReflectionService(loadSync(PROTO_FILES, { includeDirs: [PROTO_FOLDER] })).addToServer(server);
}

/** Returns the address that clients use. */
async function listen(server: Server, address: string | undefined, files: EndpointFiles): Promise<string> {
  try {
    const port = await bind(server, address ?? `unix:${files.binding}`);
    return address === undefined ? `unix:${files.socket}` : address.replace(/:\d+$/, `:${port}`);
  } catch (error) {
    throw new WarderError(
      'GATEWAY_LISTEN',
      `cannot listen at ${address ?? files.socket}: ${(error as Error).message}`,
      'see whether the address is taken (ss -ltnx), or choose another',
      { cause: error },
    );
  }
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
