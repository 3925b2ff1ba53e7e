/**
 * /etc/warder/gateway.yaml: what a gateway is told.
 */
import { hostname } from 'node:os';
import type { z } from 'zod';
import { inRange, list, mapping } from '../../gateway/policy/schema-parts.ts';
import { audit } from './audit.ts';
import { console, consoleOptions } from './console.ts';
import { keys } from './keys.ts';
import { duration, header, log, metrics, option, path, text } from './option.ts';
import { type ConfigFile, type Environment, readConfig } from './read.ts';
import { redaction } from './redaction.ts';

export const GATEWAY_FILE = '/etc/warder/gateway.yaml';

const MINUTE = 60_000;

export const gatewaySchema = mapping('the configuration', {
  ...header('Gateway'),
  state: option(path('state', '/var/lib/warder-gateway').optional(), {
    form: 'a directory',
    fallback: '`/var/lib/warder-gateway`',
    variable: 'WARDER_STATE_DIR',
    says: "Event log, keys, and the socket through which commands of the same user reach the gateway. Nobody else's to read.",
  }),
  policies: option(path('policies', '/etc/warder/policies').optional(), {
    form: 'a directory',
    fallback: '`/etc/warder/policies`',
    variable: 'WARDER_POLICIES',
    says:
      'Its `*.yaml` files are the policy, but for `*.test.yaml`. All of them take effect together, at once after a change; ' +
      'with a fault in any of them the set before stays, and the log says so.',
  }),
  listen: option(
    list(
      'listen',
      text('an address', /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, '0.0.0.0:7443 or [::]:7443'),
      '[0.0.0.0:7443]',
    ).optional(),
    {
      form: 'list of `ADDRESS:PORT`',
      fallback: 'none',
      variable: 'WARDER_LISTEN',
      says: 'Where other hosts and people reach the gateway, by TLS, besides its socket in `state`.',
    },
  ),
  trust_domain: option(text('trust_domain', /^[a-z0-9._-]{1,255}$/, 'example.org').optional(), {
    form: 'a name',
    fallback: '`warder.local`',
    says:
      'SPIFFE trust domain of the certificates that the gateway gives: hosts are `spiffe://<trust_domain>/host/<name>`. ' +
      'Fixed with the authority, which is made at the first start.',
  }),
  names: option(
    list(
      'names',
      text('a name', /^[A-Za-z0-9.:-]{1,253}$/, 'gateway.example.org'),
      '[gateway.example.org]',
    ).optional(),
    {
      form: 'list of DNS names and addresses',
      fallback: "the machine's host name, localhost and 127.0.0.1",
      variable: 'WARDER_NAMES',
      says: "Names in the gateway's own certificate, for clients that go by names. Warder's go by its SPIFFE ID.",
    },
  ),
  authorities: option(
    list('authorities', path('an authority', '/etc/warder/spire.pem'), '[/etc/warder/spire.pem]').optional(),
    {
      form: 'list of PEM files',
      fallback: 'none',
      says:
        "Further certificate authorities for hosts, such as SPIRE's. A host's SPIFFE ID must end in `/host/<name>`. Read " +
        'again twice a day.',
    },
  ),
  keys: keys.optional(),
  lease: option(
    duration('lease', '5m')
      .superRefine(inRange('lease (ms)', Number, 1000, 24 * 60 * MINUTE))
      .optional(),
    {
      form: 'a duration: `30s`, `5m`, `1h`',
      fallback: '`5m`',
      says: 'How long a host may go on under a policy without hearing from the gateway. Past it governed work is refused.',
    },
  ),
  audit: audit.optional(),
  console: console.optional(),
  metrics,
  redaction: redaction.optional(),
  log,
});

export type GatewayConfig = ReturnType<typeof readGatewayConfig>;

export function readGatewayConfig(file: ConfigFile, environment: Environment) {
  const given: z.output<typeof gatewaySchema> = readConfig(gatewaySchema, 'Gateway', file, environment);
  return {
    stateDirectory: given.state ?? '/var/lib/warder-gateway',
    policies: given.policies ?? '/etc/warder/policies',
    listen: given.listen ?? [],
    trustDomain: given.trust_domain ?? 'warder.local',
    names: given.names ?? [hostname(), 'localhost', '127.0.0.1'],
    authorities: given.authorities ?? [],
    keys: given.keys ?? {},
    leaseMs: given.lease ?? 5 * MINUTE,
    checkpoints: {
      file: given.audit?.checkpoint_file,
      log: given.audit?.checkpoint_log ?? ('none' as const),
      witnesses: given.audit?.witnesses ?? [],
    },
    retain: { ageMs: given.audit?.retain?.age, maxBytes: given.audit?.retain?.size },
    witnessOf: given.audit?.witness_of ?? [],
    console: consoleOptions(given.console),
    metricsListen: given.metrics?.listen,
    redactionRules: given.redaction?.rules ?? [],
    logFormat: given.log?.format ?? ('text' as const),
  };
}
