import { expect, test } from 'vitest';
import { canonicalPolicy, policyAddress } from '../../src/contract/canonical.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import { layerName, readPolicy } from '../../src/contract/policy.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';
import { AGENT, document, message, policy, type Written } from './documents.ts';

const names = (...documents: Written[]) => policy(...documents).layers.map(layerName);
const exec: Written['rules'] = { exec: { allow: ['/usr/bin/git'] } };

test('layers go fleet, org, team, agent, then by name, whatever the order of documents', () => {
  const scopes = ['agent/coder', 'team/payments', 'org/acme', 'fleet'];
  const documents = scopes.flatMap((scope) =>
    ['z', 'a'].map((name): Written => ({ scope, name, rules: exec })),
  );
  expect(names(...documents)).toEqual([
    'fleet:a',
    'fleet:z',
    'org/acme:a',
    'org/acme:z',
    'team/payments:a',
    'team/payments:z',
    'agent/coder:a',
    'agent/coder:z',
    'builtin:credentials',
    'builtin:libraries',
    'builtin:base',
  ]);
});

test('documents of other orgs, teams and agents do not apply', () => {
  const others = ['org/other', 'team/other', 'agent/other'].map((scope): Written => ({ scope, rules: exec }));
  expect(names(...others, { scope: 'fleet', rules: exec })[0]).toBe('fleet:test');
  expect(names(...others, { scope: 'fleet', rules: exec })[1]).toBe('builtin:credentials');
});

test('an agent that no document matches is refused, with the scopes that would match and those that are there', () => {
  expect(effectivePolicy([document({ scope: 'team/search', rules: exec })], AGENT)).toEqual({
    refusal:
      'no policy matches spiffe://example.org/acme/payments/coder: none is for fleet, org/acme, team/payments or agent/coder; there are team/search',
  });
  expect(effectivePolicy([], AGENT)).toEqual({
    refusal:
      'no policy matches spiffe://example.org/acme/payments/coder: none is for fleet, org/acme, team/payments or agent/coder',
  });
});

test('more documents than there are bits for are refused with their number', () => {
  const documents = Array.from({ length: LIMITS.layers + 1 }, (_, index) =>
    document({ name: `d${index}`, rules: exec }),
  );
  expect(effectivePolicy(documents, AGENT)).toEqual({
    refusal: `15 documents apply to ${AGENT}, at most 14 can be kept`,
  });
});

test('a text that is no agent is refused', () => {
  expect(() => effectivePolicy([], 'coder')).toThrow("'coder' is no agent's SPIFFE ID");
  expect(() => effectivePolicy([], 'spiffe://x/a/../b')).toThrow('is no agent');
});

test('the same documents have the same bytes and the same address, whatever their order', () => {
  const documents = ['fleet', 'org/acme', 'team/payments'].map((scope): Written => ({ scope, rules: exec }));
  const [one, other] = [message(...documents), message(...documents.toReversed())];
  expect(Buffer.from(canonicalPolicy(one))).toEqual(Buffer.from(canonicalPolicy(other)));
  expect(policyAddress(one)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(policyAddress(message(...documents, { scope: 'agent/coder', rules: exec }))).not.toBe(
    policyAddress(one),
  );
});

test('the policy survives the wire', () => {
  const read = policy({
    scope: 'team/payments',
    name: 'p',
    mode: 'monitor',
    rules: { connect: { deny: ['10.0.0.1'] } },
  });
  const layer = read.layers[0]!;
  expect(layer).toMatchObject({
    scope: 'team/payments',
    name: 'p',
    mode: 'monitor',
    file: 'test.yaml',
    builtin: false,
  });
  expect(layer.categories.get('connect')).toEqual([
    expect.objectContaining({ effect: 'deny', text: '10.0.0.1', line: 1, column: 1 }),
  ]);
});

test('base is off when an enforcing layer says none', () => {
  const off: Written = { name: 'off', withoutBase: true, rules: exec };
  expect(names({ rules: exec }, off)).not.toContain('builtin:base');
  expect(names({ rules: exec }, { ...off, mode: 'monitor' })).toContain('builtin:base');
  expect(names({ ...off, mode: 'monitor' })).not.toContain('builtin:base');
});

test('a lifted deny is gone from read and write, and shows', () => {
  const lifted = policy({ lifted: ['**/.env'], rules: exec });
  expect(lifted.lifted).toEqual(['**/.env']);
  const credentials = lifted.layers.find(({ name }) => name === 'credentials')!;
  for (const category of ['read', 'write'] as const) {
    const patterns = credentials.categories.get(category)!.map(({ text }) => text);
    expect(patterns).not.toContain('**/.env');
    expect(patterns).toContain('**/.ssh/**');
  }
});

test('a monitoring layer lifts nothing where another enforces', () => {
  const monitor: Written = { name: 'm', mode: 'monitor', lifted: ['**/.env'], rules: exec };
  expect(policy({ rules: exec }, monitor).lifted).toEqual([]);
});

test('load left out by every layer says of mapping what exec says, and allows system libraries', () => {
  const read = policy({ rules: { exec: { allow: ['/usr/bin/git'], deny: ['/usr/bin/su'] } } });
  expect(read.layers[0]!.categories.get('load')!.map(({ effect, text }) => `${effect} ${text}`)).toEqual([
    'allow /usr/bin/git',
    'deny /usr/bin/su',
  ]);
  const libraries = read.layers.find(({ name }) => name === 'libraries')!;
  expect(libraries.categories.get('load')!.map(({ text }) => text)).toContain('/usr/lib/**');
});

test('load in one layer is load as it stands there, for all', () => {
  const read = policy({ rules: exec }, { name: 'z', rules: { load: { allow: ['/opt/**'] } } });
  expect(read.layers.map(({ categories }) => categories.has('load'))).toEqual([false, true, false, false]);
});

test('limits are the least of all layers, and names to pass those that every layer passes', () => {
  const written = (name: string, pids: number | null, pass: string[] | null) => ({
    ...document({ name, rules: exec }),
    limits: { pids, memoryBytes: pids === null ? null : 2 ** 40, cpuPercent: null },
    environment: pass,
  });
  const documents = [
    written('a', 500, ['HOME', 'PATH']),
    written('b', 100, null),
    written('c', null, ['LANG', 'PATH']),
  ];
  const answer = effectivePolicy(documents, AGENT);
  if ('refusal' in answer) throw new Error(answer.refusal);
  const read = readPolicy(answer.policy);
  expect(read.limits).toEqual({ pids: 100, memoryBytes: 2 ** 40, cpuPercent: 0 });
  expect(read.environment).toEqual(['PATH']);
});

test('a layer that only monitors sets no limit, asks for no prevention and takes no name away', () => {
  const monitor = {
    ...document({ name: 'm', mode: 'monitor', rules: exec }),
    limits: { pids: 1, memoryBytes: null, cpuPercent: null },
    environment: [],
    requirePrevent: true,
  };
  const answer = effectivePolicy([monitor], AGENT);
  if ('refusal' in answer) throw new Error(answer.refusal);
  expect(readPolicy(answer.policy)).toMatchObject({
    limits: { pids: 0 },
    environment: null,
    requirePrevent: false,
  });
});

test.each([
  ['no layer of its own', { layers: [] }, 'it has no layer of its own'],
  [
    'an unknown category',
    { layers: [{ scope: 'fleet', name: 'a', mode: 2, categories: [{ category: 'fly' }] }] },
    "layer fleet:a has category 'fly'",
  ],
  [
    'an unknown effect',
    {
      layers: [
        {
          scope: 'fleet',
          name: 'a',
          mode: 2,
          categories: [{ category: 'exec', rules: [{ effect: 9, pattern: '/a' }] }],
        },
      ],
    },
    "a rule of fleet:a, exec '/a', has effect 9",
  ],
  [
    'a mode of another version',
    { layers: [{ scope: 'fleet', name: 'a', mode: 7 }] },
    'layer fleet:a has mode 7',
  ],
  [
    'a pattern of another version',
    {
      layers: [
        {
          scope: 'fleet',
          name: 'a',
          mode: 2,
          categories: [{ category: 'exec', rules: [{ effect: 1, pattern: '/a*' }] }],
        },
      ],
    },
    "'/a*' has a wildcard that does not exist",
  ],
])('a message with %s is not used in part', (_, wire, expected) => {
  expect(() => readPolicy(wire as never)).toThrow(expected);
});
