/**
 * `WARDER_ENV=production`: what a runtime does not start with where its host is relied upon, all reasons at once.
 *
 * In:     its configuration and state directory.
 * Throws: PRODUCTION_REFUSED with every reason, each with what to do.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeConfig } from './config/runtime.ts';
import { refuseProduction } from './production.ts';

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

export interface RuntimeFacts {
  config: Pick<RuntimeConfig, 'silenceMs' | 'gateway' | 'allow'>;
  /** Real path. */
  stateDirectory: string;
}

export function requireRuntimeProduction(facts: RuntimeFacts, environment: NodeJS.ProcessEnv): void {
  refuseProduction('runtime', () => runtimeReasons(facts), environment);
}

function runtimeReasons({ config, stateDirectory }: RuntimeFacts): string[] {
  const { gateway, silenceMs, allow } = config;
  const keyPath = gateway.key?.from === 'file' ? [gateway.key.name] : [];
  const everyone = allow.filter(({ agents }) =>
    agents.some(({ org, team, agent }) => [org, team, agent].every((part) => part === '*')),
  );
  return [
    ...(silenceMs === 0
      ? ['silence is 0s: agents would start new programs for ever without a runtime; write silence: 30s']
      : []),
    ...(everyone.length > 0
      ? ['a row of allow lets its users be any agent, with any of their policies; name the agents, or an org']
      : []),
    ...[join(stateDirectory, 'identity.json'), ...keyPath]
      .filter((path) => modeOf(path) & OTHERS)
      .map((path) => `the key in ${path} is open to others: take it as known to them, and enroll anew`),
    ...(gateway.authority !== undefined && modeOf(gateway.authority) & OTHERS_WRITE
      ? [
          `${gateway.authority} may be written by others, who could name another gateway; chmod go-w ${gateway.authority}`,
        ]
      : []),
    ...spoolReasons(stateDirectory),
  ];
}

function modeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
}

function spoolReasons(stateDirectory: string): string[] {
  try {
    accessSync(stateDirectory, constants.W_OK);
    return [];
  } catch (error) {
    return [`events cannot be kept while the gateway is away: ${(error as Error).message}`];
  }
}
