/**
 * The gateway as a service: policies from a directory, a socket for this machine's runtime and commands, addresses
 * for others.
 *
 * In:     its configuration.
 * Out:    a service (service.ts). What the runtime of this machine needs stands in the state directory.
 * Throws: what a gateway throws at its start, GATEWAY_RUNS where one runs there already, POLICY_…, CONFIG_INVALID;
 *         then nothing is left running.
 */
import { closeSync, readFileSync } from 'node:fs';
import { WarderError } from '../base/error.ts';
import { readHostIdentity } from '../base/host-identity.ts';
import { readSecret, type SecretReference } from '../base/secret.ts';
import { openStateDirectory, stateDirectoryUser } from '../base/state-dir.ts';
import { publishRuntimeAccess } from '../gateway/endpoint.ts';
import { PolicyDirectory } from '../gateway/policy/directory.ts';
import { startGateway } from '../gateway/server.ts';
import type { KeptKeys, KeyName } from '../gateway/store/key-file.ts';
import { loadAddon } from '../kernel/addon.ts';
import { createRedactor } from '../runtime/redaction/redactor.ts';
import { loadRules, rulesAddress } from '../runtime/redaction/rule-file.ts';
import { fixedChanges, fixedText } from './config/fixed.ts';
import type { GatewayConfig } from './config/gateway.ts';
import { serveMetrics } from './metrics-server.ts';
import { requireProduction } from './production.ts';
import type { Service } from './service.ts';
import { serviceLock } from './service-lock.ts';
import type { ServiceLog } from './service-log.ts';
import { warderVersion } from './version.ts';

function keptKeys(keys: Readonly<Partial<Record<KeyName, SecretReference | undefined>>>): KeptKeys {
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, reference]) =>
      reference ? [[name, () => readSecret(reference)]] : [],
    ),
  );
}

export async function startGatewayService(
  config: GatewayConfig,
  readAgain: () => GatewayConfig,
  log: ServiceLog,
): Promise<Service> {
  const undo: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return { ...(await start(config, readAgain, log, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  config: GatewayConfig,
  readAgain: () => GatewayConfig,
  log: ServiceLog,
  undo: (() => unknown)[],
): Promise<Omit<Service, 'stop'>> {
  const stateDirectory = openStateDirectory(config.stateDirectory, stateDirectoryUser(process.env));
  const lock = serviceLock(stateDirectory, 'gateway');
  undo.push(() => closeSync(lock));
  let changed = (): void => {};
  const policies = new PolicyDirectory({
    path: config.policies,
    onChange: (documents) => {
      log.info(`policy: ${documentCount(documents.length)} in force from ${config.policies}`);
      changed();
    },
    onProblem: (error) => log.problem(error),
  });
  undo.push(() => policies.close());
  requireProduction({ config, documents: policies.documents, stateDirectory }, process.env);
  const rules = await loadRules(config.redactionRules);
  const redactor = createRedactor({ rules });
  const gateway = await startGateway({
    stateDirectory,
    policySource: { documents: () => policies.documents },
    leaseMs: config.leaseMs,
    keys: keptKeys(config.keys),
    listenAlso: config.listen,
    tls: { trustDomain: config.trustDomain, names: config.names, authorities: config.authorities },
    host: readHostIdentity().host,
    version: warderVersion(),
    checkpoints: {
      file: config.checkpoints.file,
      witnesses: config.checkpoints.witnesses.map(({ address, key, authority }) => ({
        address,
        key,
        authority: authority && readFileSync(authority, 'utf8'),
      })),
      print: checkpointPrinter(config.checkpoints.log, log),
    },
    witnessOf: config.witnessOf,
    retain: config.retain,
    redact: (text, counts) => redactor.text(text, counts),
    redactionRules: rulesAddress(rules),
    tellsRuntimes: true,
    ...(config.console ? { console: config.console } : {}),
    onError: (error) => log.problem(error),
  });
  undo.push(() => gateway.stop());
  if (config.metricsListen !== undefined) {
    const served = await serveMetrics(config.metricsListen, {
      metrics: () => gateway.metrics.expose(),
      unready: () => gateway.trouble && `events cannot be stored: ${gateway.trouble}`,
    });
    undo.push(() => served.close());
    log.info(`metrics at http://${served.address}/metrics`);
  }
  changed = () => gateway.policyChanged();
  const { address, addresses, tokens, policyKey } = gateway;
  publishRuntimeAccess(stateDirectory, { address, token: tokens.runtime, policyKey });
  log.info(`gateway ${warderVersion()} listens at ${[address, ...addresses].join(', ')}`);
  if (gateway.consoleUrl) log.info(`console at ${gateway.consoleUrl}`);
  log.info(`policy: ${documentCount(policies.documents.length)} in force from ${config.policies}`);
  return {
    reload: async () => {
      const next = readAgain();
      gateway.witnessOf(next.witnessOf);
      const fixed = fixedText(fixedChanges(config, next, ['witnessOf']));
      if (fixed) log.info(fixed);
      policies.reload();
    },
    status: () => documentCount(policies.documents.length),
  };
}

/** RFC 3164: facility 13 (log audit), severity 5 (notice). */
const SYSLOG_PRIORITY = 13 * 8 + 5;
const SYSLOG_SOCKET = '/dev/log';

function checkpointPrinter(
  to: GatewayConfig['checkpoints']['log'],
  log: ServiceLog,
): ((line: string) => void) | undefined {
  if (to === 'none') return undefined;
  if (to === 'service') return (line) => log.info(`checkpoint ${line}`);
  const addon = loadAddon();
  return (line) => {
    try {
      addon.sendDatagram(SYSLOG_SOCKET, `<${SYSLOG_PRIORITY}>warder-gateway: checkpoint ${line}`);
    } catch (error) {
      throw new WarderError(
        'AUDIT_PUBLISH',
        `the checkpoint cannot be sent to ${SYSLOG_SOCKET}: ${(error as Error).message}`,
        'see whether a syslog daemon listens there, or choose another place with audit.checkpoint_log',
        { cause: error },
      );
    }
  };
}

function documentCount(count: number): string {
  if (count === 0) return 'no document, so that no agent may do anything';
  return count === 1 ? '1 document' : `${count} documents`;
}
