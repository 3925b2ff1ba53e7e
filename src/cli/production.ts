/**
 * `WARDER_ENV=production`: what a gateway does not start with where it is relied upon, all reasons at once.
 *
 * In:     its configuration, the policy documents that it would start with, its state directory.
 * Throws: PRODUCTION_REFUSED with every reason, each with what to do.
 */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../base/error.ts';
import { isLoopback } from '../gateway/listen.ts';
import type { PolicyDocument } from '../gateway/policy/document.ts';
import type { GatewayConfig } from './config/gateway.ts';

/** A host that hears nothing goes on for so long at most. */
const LEASE_MOST_MS = 3_600_000;
const OTHERS_WRITE = 0o022;
const OTHERS = 0o077;

export interface ProductionFacts {
  config: Pick<
    GatewayConfig,
    'leaseMs' | 'trustDomain' | 'policies' | 'listen' | 'keys' | 'console' | 'checkpoints'
  >;
  documents: readonly Pick<PolicyDocument, 'scope' | 'mode'>[];
  /** Real path. */
  stateDirectory: string;
}

export function requireProduction(facts: ProductionFacts, environment: NodeJS.ProcessEnv): void {
  refuseProduction('gateway', () => productionReasons(facts), environment);
}

/** Throws where production is asked for and something speaks against it. */
export function refuseProduction(
  service: 'gateway' | 'runtime',
  reasonsOf: () => string[],
  environment: NodeJS.ProcessEnv,
): void {
  if (environment.WARDER_ENV !== 'production') return;
  const reasons = reasonsOf();
  if (reasons.length === 0) return;
  const count = reasons.length === 1 ? '1 reason' : `${reasons.length} reasons`;
  throw new WarderError(
    'PRODUCTION_REFUSED',
    `with WARDER_ENV=production the ${service} does not start, for ${count}:\n${reasons.join('\n')}`,
    `mend all of them, or leave WARDER_ENV out where nobody relies on this ${service}`,
  );
}

export function productionReasons({ config, documents, stateDirectory }: ProductionFacts): string[] {
  return [
    ...fleetReasons(documents),
    ...(config.leaseMs > LEASE_MOST_MS
      ? ['lease is longer than an hour: a host that is cut off would go on; write lease: 5m']
      : []),
    ...(config.listen.length > 0 && config.trustDomain === 'warder.local'
      ? [
          'trust_domain is the default: certificates of two gateways would name the same hosts; write your own name',
        ]
      : []),
    ...policyReasons(config.policies),
    ...keyReasons(stateDirectory, config),
    ...witnessReasons(config.checkpoints.witnesses),
    ...storeReasons(stateDirectory),
  ];
}

/** Every agent has a layer that prevents, whatever else applies to it. */
function fleetReasons(documents: ProductionFacts['documents']): string[] {
  const fleet = documents.filter(({ scope }) => scope === 'fleet');
  if (fleet.length === 0)
    return ['no document has the scope fleet: an agent may have no layer at all; write one'];
  if (fleet.some(({ mode }) => mode === 'enforce')) return [];
  return ['every document of the scope fleet monitors, and prevents nothing; write mode: enforce in one'];
}

function policyReasons(policies: string): string[] {
  const writable = [policies, ...readdirSync(policies).map((name) => join(policies, name))].filter(
    (path) => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS_WRITE,
  );
  return writable.map((path) => `${path} may be written by others; chmod go-w ${path}`);
}

function keyReasons(
  stateDirectory: string,
  { keys: kept, console: page }: Pick<ProductionFacts['config'], 'keys' | 'console'>,
): string[] {
  const keys = join(stateDirectory, 'keys');
  const paths = [
    // They are made, closed, at the first start.
    ...(existsSync(keys) ? readdirSync(keys).map((name) => join(keys, name)) : []),
    ...Object.values(kept).flatMap((key) => (key?.from === 'file' ? [key.name] : [])),
    ...(page?.key === undefined ? [] : [page.key]),
  ];
  const open = paths.filter((path) => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS);
  return open.map(
    (path) => `the key ${path} is open to others: take it as known to them, and make a new one`,
  );
}

/** What is sent is public and what comes back is signed; but who stands between can keep a witness away unseen. */
function witnessReasons(witnesses: ProductionFacts['config']['checkpoints']['witnesses']): string[] {
  return witnesses
    .filter(({ address, authority }) => !authority && !address.startsWith('unix:') && !isLoopback(address))
    .map(
      ({ address }) =>
        `the witness at ${address} is spoken to without TLS; write its authority (warder host authority, on its host)`,
    );
}

function storeReasons(stateDirectory: string): string[] {
  const path = join(stateDirectory, 'warder.db');
  try {
    if (statSync(path, { throwIfNoEntry: false })) accessSync(path, constants.W_OK);
    accessSync(stateDirectory, constants.W_OK);
    return [];
  } catch (error) {
    return [`the event log cannot be written: ${(error as Error).message}`];
  }
}
