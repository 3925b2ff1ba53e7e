/**
 * /etc/warder/runtime.yaml: what the runtime of a host is told.
 */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { parseSize } from '../../gateway/policy/quantities.ts';
import { amount, inRange, list, mapping, two } from '../../gateway/policy/schema-parts.ts';
import { INSTANCE } from '../../kernel/pins.ts';
import { parseServer } from '../../runtime/egress/resolv-conf.ts';
import { SOCKET } from '../../runtime/local/frames.ts';
import { parseAgentPattern } from '../../runtime/local/permissions.ts';
import { adoptionRule } from './adoption.ts';
import { duration, flag, header, log, metrics, option, path, secret, text } from './option.ts';
import { type ConfigFile, type Environment, readConfig } from './read.ts';
import { redaction } from './redaction.ts';

/** Of Docker, and of Podman. */
const ENGINES = ['/run/docker.sock', '/run/podman/podman.sock'];

export const RUNTIME_FILE = '/etc/warder/runtime.yaml';

const agentPattern = amount('an agent', parseAgentPattern, 'acme/payments/coder, acme/payments/* or *');

function name(what: string, example: string) {
  return z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    text(what, /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,63}\$?$/, example),
  );
}

/** A path alone is a file. */
const keyReference = z.preprocess(
  (value) => (typeof value === 'string' && value.startsWith('/') ? `file:${value}` : value),
  secret('gateway.key', 'file:/run/spire/svid_key.pem'),
);

export const runtimeSchema = mapping('the configuration', {
  ...header('Runtime'),
  state: option(path('state', '/var/lib/warder-runtime').optional(), {
    form: 'a directory',
    fallback: '`/var/lib/warder-runtime`',
    variable: 'WARDER_STATE_DIR',
    says: "The runtime's own: nobody else's to read, and no agent's.",
  }),
  instance: option(text('instance', INSTANCE, 'blue').optional(), {
    form: 'a name: `a-z`, `0-9`, `-`',
    fallback: 'of its own for each `state`',
    variable: 'WARDER_INSTANCE',
    says:
      'Under which name its programs, maps and labels outlive it in the kernel (`/sys/fs/bpf/warder/<instance>`). Two runtimes ' +
      'of a host have different ones; one that is given another `state` but this name takes the labels over, and not the runs. ' +
      'On the command line: `warder runtime --instance`.',
  }),
  gateway: mapping('gateway', {
    state: option(path('gateway.state', '/var/lib/warder-gateway').optional(), {
      form: 'a directory',
      fallback: '`/var/lib/warder-gateway`',
      variable: 'WARDER_GATEWAY_STATE',
      says: 'State directory of a gateway on this machine; its address and credentials are read there.',
    }),
    address: option(
      text(
        'gateway.address',
        /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/,
        'gateway.example.org:7443',
      ).optional(),
      {
        form: '`ADDRESS:PORT`',
        fallback: 'a gateway on this machine',
        variable: 'WARDER_GATEWAY',
        says: 'A gateway elsewhere, by TLS in both directions, with what `warder runtime enroll` left in `state`.',
      },
    ),
    certificate: option(path('gateway.certificate', '/run/spire/svid.pem').optional(), {
      form: 'a PEM file',
      fallback: 'from the enrolment',
      says: "A certificate of another authority in its place, such as SPIRE's; with `key`, `authority` and `policy_key`. Read anew for each connection.",
    }),
    key: option(keyReference.optional(), {
      form: 'a PEM file, `file:/path`, `env:NAME` or `cred:NAME`',
      fallback: 'from the enrolment',
      says: 'Its private key: where it is kept, never the key itself. `cred:` is a credential of the service manager (`LoadCredential=`).',
    }),
    authority: option(path('gateway.authority', '/etc/warder/gateway-authority.pem').optional(), {
      form: 'a PEM file',
      fallback: 'from the enrolment',
      says: "The gateway's certificate authority.",
    }),
    policy_key: option(
      text('gateway.policy_key', /^[A-Za-z0-9+/]{43}=$/, '44 characters of base64').optional(),
      {
        form: 'base64',
        fallback: 'from the enrolment',
        says: 'The public key that policies must be signed with.',
      },
    ),
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
  silence: option(
    duration('silence', '30s')
      .superRefine(inRange('silence (ms)', (ms) => (ms === 0 ? 2000 : ms), 2000, 24 * 3600_000))
      .optional(),
    {
      form: 'a duration: `30s`, `5m`; `0s` for ever',
      fallback: '`30s`',
      says:
        'How long the runtime may be gone, stopped or killed, before its agents may start and reach nothing new. They go on ' +
        'under the policy in force meanwhile, and the next runtime takes them over.',
    },
  ),
  socket: option(path('socket', '/run/warder/runtime.sock').optional(), {
    form: 'a path',
    fallback: '`/run/warder/runtime.sock`',
    variable: 'WARDER_RUNTIME_SOCKET',
    says:
      'Where users of this host start agents (`warder run` without `--policy`). Anyone may connect; `allow` says who may ' +
      'do what. Under socket activation the service manager makes it, and this is not used but for the directory `ask` beside it ' +
      '(`blue-ask` beside `blue.sock`), where agents that were adopted ask why ([why.md](why.md#runs-that-were-adopted)).',
  }),
  allow: list(
    'allow',
    mapping('a row of allow', {
      user: option(name('user', 'alice').optional(), {
        form: 'a name or a uid',
        fallback: 'no user',
        says: 'Who. A row names a user, a group, or both.',
      }),
      group: option(name('group', 'developers').optional(), {
        form: 'a name or a gid',
        fallback: 'no group',
        says: 'Everybody in this group, primary or supplementary.',
      }),
      agents: option(list('agents', agentPattern, '[acme/payments/coder]'), {
        form: 'list of `ORG/TEAM/NAME`, each part a name or `*`',
        fallback: 'must be written',
        says: 'Which agents these may start, as themselves. Where it is only one, it need not be named at the start. Root may start any.',
      }),
      adopt: option(flag('adopt').optional(), {
        form: '`true` or `false`',
        fallback: '`false`',
        says: 'These may also bring running processes of their own under these agents: `warder adopt --pid`.',
      }),
    }).superRefine((row, context) => {
      if (row.user !== undefined || row.group !== undefined) return;
      context.addIssue({
        code: 'custom',
        message: two({ message: 'a row of allow names nobody', fix: 'write user: or group:' }),
      });
    }),
    '[{user: alice, agents: [acme/payments/coder]}]',
  ).optional(),
  adopt: list(
    'adopt',
    adoptionRule,
    '[{units: [coder@*.service], agent: acme/payments/${instance}}]',
  ).optional(),
  engines: option(list('engines', path('an engine', '/run/docker.sock'), '[/run/docker.sock]').optional(), {
    form: 'list of paths',
    fallback: '`/run/docker.sock` and `/run/podman/podman.sock`, where they are',
    says:
      "Sockets of container engines that are asked about containers: Docker's, or Podman's (`podman.socket`). " +
      "Each must be root's.",
  }),
  dns: option(list('dns', amount('a DNS server', parseServer, '192.0.2.53'), '[192.0.2.53]').optional(), {
    form: 'list of `ADDRESS` or `ADDRESS:PORT`',
    fallback: 'the servers in `/etc/resolv.conf`, as it stands at each look-up',
    says:
      'DNS servers that names are asked of for agents whose policy has rules by host name, one after the other until one answers. ' +
      'Which names they may ask is for the policy.',
  }),
  metrics,
  redaction: redaction.optional(),
  log,
});

export type RuntimeConfig = ReturnType<typeof readRuntimeConfig>;

export function readRuntimeConfig(file: ConfigFile, environment: Environment) {
  const given: z.output<typeof runtimeSchema> = readConfig(runtimeSchema, 'Runtime', file, environment);
  return {
    stateDirectory: given.state ?? '/var/lib/warder-runtime',
    instance: given.instance,
    gateway: given.gateway ?? {},
    gatewayState: given.gateway?.state ?? '/var/lib/warder-gateway',
    spoolBytes: given.spool ?? 256e6,
    silenceMs: given.silence ?? 30_000,
    socket: given.socket ?? SOCKET,
    allow: given.allow ?? [],
    adopt: given.adopt ?? [],
    engines: given.engines ?? ENGINES.filter((socket) => existsSync(socket)),
    dns: given.dns,
    metricsListen: given.metrics?.listen,
    redactionRules: given.redaction?.rules ?? [],
    logFormat: given.log?.format ?? ('text' as const),
  };
}
