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
import { Connections } from './connections.ts';
import type { Console } from './console/server.ts';
import { newEndpointFiles, publishEndpoint, withdrawEndpoint } from './endpoint.ts';
import { attempt, openEvidence, type Undo } from './evidence.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { openGoverning } from './governing.ts';
import { newServer, shutdown } from './grpc-server.ts';
import { Hosts } from './identity/hosts.ts';
import { ApiKeys } from './identity/keys.ts';
import { deadGateways, keyUsed, settingsUsed } from './lifetime.ts';
import { sized } from './limits.ts';
import { checkClear, listenAt } from './listen.ts';
import { gatewayMetrics } from './metrics.ts';
import type { OwnEvents } from './own-events.ts';
import { widenRuntimeWindows } from './runtime-windows.ts';
import type { GatewayContext } from './service.ts';
import { SERVICES } from './services.ts';
import { addStandardServices } from './standard-services.ts';
import { storeError } from './store/database.ts';
import { openKey } from './store/key-file.ts';
import { openGatewayDirectory } from './store/state-directory.ts';
import { Attachments } from './stream/attachments.ts';

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  if (options.listen !== undefined) checkClear(options.listen);
  const undo: Undo = [];
  try {
    return await start(options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw storeError(error, options.stateDirectory);
  }
}

async function start(options: GatewayOptions, undo: Undo): Promise<Gateway> {
  const { onError = () => {}, host = hostname() } = options;
  const stateDirectory = openGatewayDirectory(options.stateDirectory);
  const key = options.ephemeralKey ? generateSigningKey() : openKey(stateDirectory, 'policy', options.keys);
  const id = randomUUID();
  const identity = readHostIdentity();
  const settled = { ...options, stateDirectory, onError };
  const evidence = openEvidence(settled, { id, identity }, undo);
  const { log, audit, own, trouble, witness, lifetime } = evidence;
  const { policies, authority, budgets, control } = openGoverning(settled, evidence, key, undo);

  const keys = new ApiKeys(log.database, own);
  const hosts = new Hosts(log.database, own);
  const connections = new Connections();
  undo.push(() => connections.close());
  const access = new Access({
    keys,
    hosts,
    connections,
    onRefused: (refusal) => tellRefused(refusal, own, onError),
  });
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
  const metrics = gatewayMetrics({ log, audit, authority, trouble, connections, version });
  const context = {
    metrics,
    access,
    log,
    audit,
    witness,
    authority,
    policies,
    budgets,
    control,
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
  for (const each of [bound, ...addresses]) connections.listensAt(each);
  const served = options.console && (await openConsole(options, context, address));
  undo.push(() => served?.close());
  if (options.recordsLifetime ?? true) {
    if (!options.ephemeralKey) keyUsed(log, own, 'policy', key.id);
    keyUsed(log, own, 'log', evidence.keyId);
    const { redactionRules = '' } = options;
    settingsUsed(log, own, options);
    evidence.keep();
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
