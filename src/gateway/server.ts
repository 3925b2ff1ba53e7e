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
import { readHostIdentity } from '../base/host-identity.ts';
import { generateSigningKey } from '../contract/keys.ts';
import { Access } from './access.ts';
import { AuditLog } from './audit/audit-log.ts';
import { Checkpointer } from './audit/checkpointer.ts';
import { openLogKey } from './audit/key-rotation.ts';
import { Publisher } from './audit/publisher.ts';
import { Retention, RetentionKeeper } from './audit/retention.ts';
import { Witness, witnessName } from './audit/witness.ts';
import { Budgets } from './budgets/budgets.ts';
import type { Console } from './console/server.ts';
import { Control } from './control/service.ts';
import { DocumentVersions } from './documents/document-versions.ts';
import { Policies } from './documents/policies.ts';
import { newEndpointFiles, publishEndpoint, withdrawEndpoint } from './endpoint.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { newServer, STOP_MS, shutdown } from './grpc-server.ts';
import { Hosts } from './identity/hosts.ts';
import { ApiKeys } from './identity/keys.ts';
import { deadGateways, GatewayLifetime, keyUsed, settingsUsed } from './lifetime.ts';
import { sized } from './limits.ts';
import { checkClear, listenAt } from './listen.ts';
import { gatewayMetrics } from './metrics.ts';
import { OwnEvents } from './own-events.ts';
import { effectivePolicy } from './policy/layers.ts';
import { PolicyAuthority, type PolicySource } from './policy-authority.ts';
import { widenRuntimeWindows } from './runtime-windows.ts';
import type { GatewayContext } from './service.ts';
import { SERVICES } from './services.ts';
import { addStandardServices } from './standard-services.ts';
import { storeError } from './store/database.ts';
import { openKey } from './store/key-file.ts';
import { PolicyVersions } from './store/policy-versions.ts';
import { openEventLog } from './store/sqlite-event-log.ts';
import { openGatewayDirectory } from './store/state-directory.ts';
import { StoreTrouble } from './store-trouble.ts';
import { Attachments } from './stream/attachments.ts';

const DEFAULT_LEASE_MS = 5 * 60_000;

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
  const { onError = () => {}, host = hostname(), leaseMs = DEFAULT_LEASE_MS } = options;
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
    leaseMs,
    onError,
  });
  undo.push(() => authority.close());
  const budgets = new Budgets({
    database: log.database,
    own,
    source: (agent) => authority.effective(agent),
    // Where the runtime is of the same process, it ends with it.
    keepsHoldings: !options.ephemeralKey,
    leaseMs,
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
  undo.push(widenRuntimeWindows());
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
