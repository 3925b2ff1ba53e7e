/**
 * One document that uses every key: all of it is read, reaches the agent's effective policy, and survives the wire.
 */
import { expect, test } from 'vitest';
import { canonicalPolicy } from '../../src/contract/canonical.ts';
import { EffectivePolicy } from '../../src/contract/messages.ts';
import { readPolicy } from '../../src/contract/policy.ts';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { AGENT } from './documents.ts';

const TEXT = `apiVersion: warder.dev/v1
kind: Policy
metadata:
  name: coding-agent
  scope: team/payments
spec:
  mode: enforce
  exec:
    - allow: [/usr/bin/git, /usr/lib/git-core/**, /usr/bin/node]
    - allow: sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
    - hold: /usr/bin/rm
      because: deleting needs a person's yes
    - deny: [/usr/bin/sudo, /usr/bin/su]
      because: agents do not become root
  read:
    - allow: [/usr/**, /etc/ssl/**, "\${workspace}/**"]
    - deny: ["**/.env", "**/.ssh/**", "**/*.pem"]
      because: credentials are not for agents
  write:
    - allow: ["\${workspace}/**", /tmp/**]
  load:
    - allow: [/usr/lib/**, /lib/**]
  connect:
    - allow: api.anthropic.com:443
    - allow: "*.github.com:443"
    - allow: [10.20.0.0/16:5432, "[2001:db8::]/32:443"]
    - allow: unix:/run/postgresql/**
    - deny: 10.20.0.13
      because: production database
  listen:
    - allow: 127.0.0.1:3000-3999
  privileged: []
  budget:
    execs: 200/min
    connects: 600/min
    egress: 50MB/hour
    cost: 25 USD/day
    on_exceed: suspend
  require: prevent
  limits: {pids: 500, memory: 4GB, cpu: 200%}
  environment: {pass: [PATH, HOME, LANG, TERM]}
`;

const { documents, faults, warnings } = parsePolicyFile(TEXT, 'policy.yaml');

test('it loads without a fault or a warning', () => {
  expect([...faults, ...warnings]).toEqual([]);
  expect(documents).toHaveLength(1);
});

test('every key is read', () => {
  const [document] = documents;
  expect(document).toMatchObject({
    name: 'coding-agent',
    scope: 'team/payments',
    mode: 'enforce',
    requirePrevent: true,
    limits: { pids: 500, memoryBytes: 4e9, cpuPercent: 200 },
    environment: ['HOME', 'LANG', 'PATH', 'TERM'],
    budget: {
      execs: { amount: 200, perSeconds: 60 },
      connects: { amount: 600, perSeconds: 60 },
      egress: { amount: 5e7, perSeconds: 3600 },
      cost: { amount: 25, currency: 'USD', perSeconds: 86_400 },
      on_exceed: 'suspend',
    },
  });
  const said = [...document!.categories].map(([category, rules]) => [
    category,
    rules.map(({ effect, text }) => `${effect} ${text}`),
  ]);
  expect(Object.fromEntries(said)).toEqual({
    exec: [
      'allow /usr/bin/git',
      'allow /usr/lib/git-core/**',
      'allow /usr/bin/node',
      'allow sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      'hold /usr/bin/rm',
      'deny /usr/bin/sudo',
      'deny /usr/bin/su',
    ],
    read: [
      'allow /usr/**',
      'allow /etc/ssl/**',
      'allow ${workspace}/**',
      'deny **/.env',
      'deny **/.ssh/**',
      'deny **/*.pem',
    ],
    write: ['allow ${workspace}/**', 'allow /tmp/**'],
    load: ['allow /usr/lib/**', 'allow /lib/**'],
    connect: [
      'allow api.anthropic.com:443',
      'allow *.github.com:443',
      'allow 10.20.0.0/16:5432',
      'allow [2001:db8::]/32:443',
      'allow unix:/run/postgresql/**',
      'deny 10.20.0.13',
    ],
    listen: ['allow 127.0.0.1:3000-3999'],
    privileged: [],
  });
});

test('a rule knows its line, its column and its reason', () => {
  const rule = documents[0]!.categories.get('exec')!.find(({ text }) => text === '/usr/bin/su');
  expect(rule).toMatchObject({ line: 13, column: 29, because: 'agents do not become root' });
});

test('the effective policy is the same after the wire, and compiles', () => {
  const answer = effectivePolicy(documents, AGENT);
  if ('refusal' in answer) throw new Error(answer.refusal);
  const received = EffectivePolicy.decode(canonicalPolicy(answer.policy));
  expect(readPolicy(received)).toEqual(readPolicy(answer.policy));
  const options = {
    variables: { workspace: '/work', home: '/home/u', run: '/run/r' },
    homes: [],
    readLink: () => null,
  };
  expect(compile(received, options)).toEqual(compile(answer.policy, options));
});
