/**
 * /etc/warder/runtime.yaml: what the runtime of a host is told.
 */
import type { z } from 'zod';
import { parseSize } from '../../gateway/policy/quantities.ts';
import { amount, inRange, mapping } from '../../gateway/policy/schema-parts.ts';
import { header, log, option, path } from './option.ts';
import { type ConfigFile, type Environment, readConfig } from './read.ts';

export const RUNTIME_FILE = '/etc/warder/runtime.yaml';

export const runtimeSchema = mapping('the configuration', {
  ...header('Runtime'),
  state: option(path('state', '/var/lib/warder-runtime').optional(), {
    form: 'a directory',
    fallback: '`/var/lib/warder-runtime`',
    variable: 'WARDER_STATE_DIR',
    says: "The runtime's own: nobody else's to read, and no agent's.",
  }),
  gateway: mapping('gateway', {
    state: option(path('gateway.state', '/var/lib/warder-gateway').optional(), {
      form: 'a directory',
      fallback: '`/var/lib/warder-gateway`',
      variable: 'WARDER_GATEWAY_STATE',
      says: 'State directory of a gateway on this machine; its address and credentials are read there.',
    }),
  }).optional(),
  spool: option(
    amount('spool', parseSize, '256MB')
      .superRefine(inRange('spool (bytes)', Number, 16e6, 1e12))
      .optional(),
    {
      form: 'a size: `256MB`, `2GB`',
      fallback: '`256MB`',
      says:
        "Most that events may take on disk (in `spool` below `state`) until they are in the gateway's log. Past it the oldest " +
        'observations go before any decision does, and are counted.',
    },
  ),
  log,
});

export type RuntimeConfig = ReturnType<typeof readRuntimeConfig>;

export function readRuntimeConfig(file: ConfigFile, environment: Environment) {
  const given: z.output<typeof runtimeSchema> = readConfig(runtimeSchema, 'Runtime', file, environment);
  return {
    stateDirectory: given.state ?? '/var/lib/warder-runtime',
    gatewayState: given.gateway?.state ?? '/var/lib/warder-gateway',
    spoolBytes: given.spool ?? 256e6,
    logFormat: given.log?.format ?? ('text' as const),
  };
}
