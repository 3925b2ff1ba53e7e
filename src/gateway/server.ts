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
import { hostname } from 'node:os';
import { logVerbosity, Server, setLogVerbosity } from '@grpc/grpc-js';
import { readHostIdentity } from '../base/host-identity.ts';
import { generateSigningKey } from '../contract/keys.ts';
import { Access } from './access.ts';
import { AuditLog } from './audit/audit-log.ts';
import { Checkpointer } from './audit/checkpointer.ts';
import { openLogKey } from './audit/key-rotation.ts';
import { Publisher, type PublisherOptions } from './audit/publisher.ts';
import { Retention, RetentionKeeper, type RetentionRule } from './audit/retention.ts';
import { Witness, witnessName } from './audit/witness.ts';
import { Budgets } from './budgets/budgets.ts';
import type { Console, ConsoleOptions } from './console/server.ts';
import { Control } from './control/service.ts';
import { DocumentVersions } from './documents/document-versions.ts';
import { Policies } from './documents/policies.ts';
import { newEndpointFiles, publishEndpoint, withdrawEndpoint } from './endpoint.ts';
import { Hosts } from './identity/hosts.ts';
import { ApiKeys } from './identity/keys.ts';
import type { TlsOptions } from './identity/tls.ts';
import { deadGateways, GatewayLifetime, keyUsed, settingUsed } from './lifetime.ts';
import { MESSAGE_BYTES, sized } from './limits.ts';
import { checkClear, listenAt } from './listen.ts';
import { type GatewayMetrics, gatewayMetrics } from './metrics.ts';
import { type OwnEvent, OwnEvents, type Redact } from './own-events.ts';
import type { PolicyDocument } from './policy/document.ts';
import { effectivePolicy } from './policy/layers.ts';
import { PolicyAuthority, type PolicySource } from './policy-authority.ts';
import type { GatewayContext } from './service.ts';
import { SERVICES } from './services.ts';
import { addStandardServices } from './standard-services.ts';
import { storeError } from './store/database.ts';
import type { EventLog } from './store/event-log.ts';
import { type KeptKeys, openKey } from './store/key-file.ts';
import { PolicyVersions } from './store/policy-versions.ts';
import { openEventLog, type SqliteEventLog } from './store/sqlite-event-log.ts';
import { openGatewayDirectory } from './store/state-directory.ts';
import { StoreTrouble } from './store-trouble.ts';
import { Attachments } from './stream/attachments.ts';

const DEFAULT_LEASE_MS = 5 * 60_000;
const METADATA_BYTES = 16 * 1024;
const STREAMS_OF_CONNECTION = 1000;
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
/** How long open streams get to end at a stop. */
const STOP_MS = 2000;

export interface GatewayOptions {
  stateDirectory: string;
  /** What the command that starts it says; or documents in files, and those that people put into its store. */
  policySource: PolicySource | PolicyFiles;
  /** `host:port` on a loopback address (port 0: any). Default: a unix socket in the state directory. */
  listen?: string;
  /** Addresses besides that one, for other hosts. */
  listenAlso?: readonly string[];
  /** Serve `listenAlso` behind TLS, with an authority of the gateway's own for hosts. */
  tls?: TlsOptions;
  /** A web page for people, at an address of its own. Default: none. */
  console?: ConsoleOptions;
  /** How long a runtime may use a policy without hearing again. */
  leaseMs?: number;
  /**
   * Keep the policy key in memory instead of the state directory: for a gateway whose runtime lives in the same
   * process and ends with it.
   */
  ephemeralKey?: boolean;
  /** Keys that are kept elsewhere than in the state directory. */
  keys?: KeptKeys;
  /** The only host that the runtime token may speak for. Default: this one. */
  host?: string;
  /**
   * Whether its start, stop and keys are events of the log. Default: true. Not so for one that is started to read
   * the log: looking at a log does not make it grow.
   */
  recordsLifetime?: boolean;
  /** Where the log's checkpoints go, besides the state directory. */
  checkpoints?: Pick<PublisherOptions, 'file' | 'print' | 'witnesses'>;
  /** What the log lets go of, looked at each hour. Default: nothing. */
  retain?: RetentionRule;
  /** Address of the rules that `redact` works by. */
  redactionRules?: string;
  /** Whether runtimes that come and go are events of the log. */
  tellsRuntimes?: boolean;
  /** Verifier keys of other logs that this gateway is a witness of. */
  witnessOf?: readonly string[];
  /** Takes secrets out of what people and documents say, before it is an event. Default: nothing is taken out. */
  redact?: Redact;
  /** Of Warder: told to runtimes in the welcome. */
  version?: string;
  /** Told of each failure that ends no more than one call. */
  onError?(error: Error): void;
}

export interface PolicyFiles {
  /** Those in force now: the same array as long as nothing changed. */
  documents(): readonly PolicyDocument[];
}

export interface Gateway {
  /** UUID, new at each start. */
  readonly id: string;
  /** For gRPC: `unix:/path` or `host:port`. */
  readonly address: string;
  /** Of listenAlso, with the ports that were taken. */
  readonly addresses: readonly string[];
  /** Of the console, where there is one. */
  readonly consoleUrl: string | undefined;
  readonly tokens: { readonly runtime: string; readonly viewer: string; readonly operator: string };
  /** base64 of the Ed25519 key that signs policies. */
  readonly policyKey: string;
  /** What the log's checkpoints are verified with (C2SP signed-note). */
  readonly logKey: string;
  /** What this gateway's cosignatures are verified with, where it is a witness. */
  readonly witnessKey: string | undefined;
  readonly log: EventLog;
  /** Appends that the store refused since the start, by the error's code: a metric. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly metrics: GatewayMetrics;
  /** Why events cannot be stored now, by the error's code; undefined while they can. */
  readonly trouble: string | undefined;
  /**
   * Makes an event of the log of something that was done at this gateway (own-events.ts). Returns its index.
   * Throws GATEWAY_STORE_…: then it is not in the log, and must not take effect.
   */
  record(event: OwnEvent): number;
  /** Makes it a witness of these logs from now on. Throws AUDIT_NOTE for what is no key; nothing has changed then. */
  witnessOf(logs: readonly string[]): void;
  /** To be called when the source's answers may have changed. */
  policyChanged(): void;
  /** Ends streams, waits for appends under way, closes the store. Idempotent. */
  stop(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  if (options.listen !== undefined) checkClear(options.listen);
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
  const stateDirectory = openGatewayDirectory(options.stateDirectory);
  const key = options.ephemeralKey ? generateSigningKey() : openKey(stateDirectory, 'policy', options.keys);
  const log = openEventLog(stateDirectory);
  undo.push(() => log.close());
  const logKey = openLogKey(stateDirectory, log);
  const audit = new AuditLog(log, logKey, () => openLogKey(stateDirectory, log));
  audit.check();
  const id = randomUUID();
  const identity = readHostIdentity();
  const own = new OwnEvents({ log, origin: { ...identity, origin: id }, redact: options.redact });
  const trouble = new StoreTrouble(own, onError);
  const publisher = new Publisher({ ...options.checkpoints, audit, own, onError });
  undo.push(() => publisher.close());
  const checkpointer = new Checkpointer(log, audit, onError, (signed) => publisher.publish(signed));
  undo.push(async () => {
    await log.idle();
    checkpointer.close();
    await publisher.settled(STOP_MS);
  });
  const witness = new Witness({
    log,
    own,
    key: () => openKey(stateDirectory, 'witness', options.keys),
    name: witnessName(audit),
  });
  witness.follow(options.witnessOf ?? []);
  const keeper = new RetentionKeeper(new Retention(log, own), options.retain ?? {}, onError);
  undo.push(() => keeper.close());
  const lifetime = new GatewayLifetime(log, own);
  undo.push(async () => {
    await log.idle();
    attempt(() => lifetime.stopped(), onError);
  });
  const { policySource } = options;
  const policies =
    'documents' in policySource
      ? new Policies({
          versions: new DocumentVersions(log.database),
          own,
          files: policySource.documents,
          onChange: () => authority.refresh(),
        })
      : undefined;
  const authority = new PolicyAuthority({
    source: policies
      ? (agent) => effectivePolicy(policies.documents(), agent)
      : (policySource as PolicySource),
    key,
    versions: new PolicyVersions(log.database, own),
    leaseMs: options.leaseMs ?? DEFAULT_LEASE_MS,
    onError,
  });
  undo.push(() => authority.close());
  const budgets = new Budgets({
    database: log.database,
    own,
    source: (agent) => authority.effective(agent),
    onError,
  });
  undo.push(() => budgets.close());
  log.onAppend = (origin, entry) => {
    if (entry.kind === 'usage') budgets.counted(`${origin.host}/${origin.origin}`, entry);
  };

  const keys = new ApiKeys(log.database, own);
  const hosts = new Hosts(log.database, own);
  const access = new Access({ keys, hosts, onRefused: (refusal) => tellRefused(refusal, own, onError) });
  undo.push(() => access.close());
  const tokens = {
    runtime: access.issue({ name: 'runtime', roles: ['runtime'], host }),
    viewer: access.issue({ name: 'viewer', roles: ['viewer'] }),
    operator: access.issue({
      name: 'operator',
      roles: ['operator', 'viewer', 'policy-admin', 'approver', 'host-admin'],
    }),
  };
  const tls = options.tls && (await openTls(stateDirectory, options, onError));
  undo.push(() => tls?.close());
  const { version = '' } = options;
  const metrics = gatewayMetrics({ log, audit, authority, trouble, version });
  const context = {
    metrics,
    access,
    log,
    audit,
    witness,
    authority,
    policies,
    budgets,
    control: new Control({
      database: log.database,
      own,
      needsSecond: (agent) => needsSecond(authority, agent),
      onError,
    }),
    own,
    keys,
    hosts,
    authorityOfHosts: tls?.authority,
    policyKey: key.publicKey,
    trouble,
    attachments: options.tellsRuntimes ? new Attachments(log, own, onError) : undefined,
    stateDirectory,
    gateway: id,
    version,
    onError,
  };
  const services = SERVICES.map((make) => make(context));
  const server = newServer(access);
  undo.push(() => shutdown(server));
  for (const { definition, implementation } of services) server.addService(sized(definition), implementation);
  addStandardServices(server, services);
  undo.push(() => {
    for (const service of [...services].reverse()) service.closeAll?.();
  });

  const files = await newEndpointFiles(stateDirectory);
  undo.push(() => withdrawEndpoint(files));
  const dead = await deadGateways(log, identity.boot);
  const bound = await listenAt(server, options.listen ?? `unix:${files.binding}`, undefined);
  const address = options.listen === undefined ? `unix:${files.socket}` : bound;
  const addresses: string[] = [];
  for (const also of options.listenAlso ?? []) addresses.push(await listenAt(server, also, tls));
  const served = options.console && (await openConsole(options, context, address));
  undo.push(() => served?.close());
  if (options.recordsLifetime ?? true) {
    if (!options.ephemeralKey) keyUsed(log, own, 'policy', key.id);
    keyUsed(log, own, 'log', logKey.id);
    const { redactionRules = '' } = options;
    settingsUsed(log, own, options);
    keeper.start();
    lifetime.started({
      id,
      boot: identity.boot,
      address,
      version,
      policyKeyId: key.id,
      redactionRules,
      dead,
    });
  }
  publishEndpoint(files, {
    address,
    pid: process.pid,
    viewerToken: tokens.viewer,
    operatorToken: tokens.operator,
    policyKey: key.publicKey,
  });

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  return {
    id,
    address,
    addresses,
    consoleUrl: served?.url,
    tokens,
    policyKey: key.publicKey,
    get logKey() {
      return audit.verifierKey;
    },
    get witnessKey() {
      return witness.verifierKey;
    },
    witnessOf: (logs) => witness.follow(logs),
    log,
    refusals: trouble.refusals,
    metrics,
    get trouble() {
      return trouble.code;
    },
    record: (event) => own.record(event),
    policyChanged: () => authority.refresh(),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Asked of the policy as it is at the answer. Of an agent that has none (any more), nobody may say yes. */
function needsSecond(authority: PolicyAuthority, agent: string): boolean {
  const answer = authority.effective(agent);
  return 'refusal' in answer || (answer.policy.secondPerson ?? false);
}

/** Loaded where it is asked for: certificates take a moment to load that an embedded gateway does not have. */
async function openTls(
  stateDirectory: string,
  { tls, keys }: GatewayOptions,
  onError: (error: Error) => void,
) {
  const { GatewayTls } = await import('./identity/tls.ts');
  return GatewayTls.open(stateDirectory, tls!, keys?.authority, onError);
}

/** Asks at the gateway's own socket, which is there only once it has its name. */
async function openConsole(
  { console, tls }: GatewayOptions,
  context: Pick<
    GatewayContext,
    'access' | 'own' | 'gateway' | 'version' | 'authorityOfHosts' | 'policies' | 'onError'
  >,
  gatewayAddress: string,
): Promise<Console> {
  const { startConsole } = await import('./console/server.ts');
  const { authorityOfHosts: authority, policies, ...rest } = context;
  const documents = policies && (() => policies.documents());
  return startConsole(console!, { ...rest, authority, documents, gatewayAddress, names: tls?.names ?? [] });
}

function settingsUsed(
  log: SqliteEventLog,
  own: OwnEvents,
  { retain = {}, redactionRules = '', ephemeralKey }: GatewayOptions,
): void {
  if (ephemeralKey) return; // a command's own gateway: what it is told holds for that command
  const { ageMs, maxBytes } = retain;
  const rule = [ageMs && `age ${ageMs} ms`, maxBytes && `size ${maxBytes} bytes`].filter(Boolean).join(', ');
  settingUsed(
    log,
    own,
    { name: 'retention', value: rule, action: 'retention.changed', subject: 'retention', field: 'rule' },
    '',
  );
  settingUsed(log, own, {
    name: 'redaction rules',
    value: redactionRules,
    action: 'redaction.changed',
    subject: 'gateway',
    field: 'rules',
  });
}

/** Who was refused is in the log, as far as the limit on telling lets it. */
function tellRefused(
  { path, address, details }: { path: string; address: string; details: string },
  own: OwnEvents,
  onError: (error: Error) => void,
): void {
  const actor = { kind: 'person', name: 'nobody known', address } as const;
  attempt(() => own.record({ action: 'login.refused', actor, subject: path, because: details }), onError);
}

/** What a stop can do without. */
function attempt(work: () => void, onError: (error: Error) => void): void {
  try {
    work();
  } catch (error) {
    onError(error as Error);
  }
}

function newServer(access: Access): Server {
  // What fails is told through onError and as statuses; grpc-js would also write to stderr.
  if (!process.env.GRPC_VERBOSITY) setLogVerbosity(logVerbosity.NONE);
  return new Server({
    interceptors: [access.interceptor],
    // Counts each call for a debugging service that is not served.
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': MESSAGE_BYTES,
    'grpc.max_metadata_size': METADATA_BYTES,
    'grpc.max_concurrent_streams': STREAMS_OF_CONNECTION,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
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
