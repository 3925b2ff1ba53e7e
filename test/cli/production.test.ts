/** WARDER_ENV=production: every reason at once, and none where all is well. */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProductionFacts, productionReasons, requireProduction } from '../../src/cli/production.ts';
import { type RuntimeFacts, requireRuntimeProduction } from '../../src/cli/production-runtime.ts';
import { parseAgentPattern } from '../../src/runtime/local/permissions.ts';
import { removeTree } from '../remove-tree.ts';

let folder: string;
let good: ProductionFacts;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-production-'));
  const policies = join(folder, 'policies');
  mkdirSync(policies, { mode: 0o755 });
  mkdirSync(join(folder, 'keys'), { mode: 0o700 });
  writeFileSync(join(policies, 'fleet.yaml'), '', { mode: 0o644 });
  writeFileSync(join(folder, 'keys', 'policy.pem'), '', { mode: 0o600 });
  good = {
    config: {
      leaseMs: 300_000,
      trustDomain: 'acme.test',
      policies,
      listen: ['0.0.0.0:7443'],
      keys: {},
      console: undefined,
      checkpoints: { file: undefined, log: 'none', witnesses: [] },
    },
    documents: [{ scope: 'fleet', mode: 'enforce' }],
    stateDirectory: folder,
  };
});
afterEach(() => removeTree(folder));

const production = { WARDER_ENV: 'production' };

test('a gateway with nothing against it starts', () => {
  expect(() => requireProduction(good, production)).not.toThrow();
});

test('all reasons are told at once, with what to do', () => {
  chmodSync(join(folder, 'keys', 'policy.pem'), 0o644);
  chmodSync(join(folder, 'policies', 'fleet.yaml'), 0o666);
  const bad: ProductionFacts = {
    ...good,
    config: { ...good.config, leaseMs: 86_400_000, trustDomain: 'warder.local' },
    documents: [
      { scope: 'fleet', mode: 'monitor' },
      { scope: 'team/x', mode: 'enforce' },
    ],
  };
  expect(() => requireProduction(bad, {})).not.toThrow();
  try {
    requireProduction(bad, production);
    expect.unreachable();
  } catch (error) {
    const [head, ...reasons] = (error as Error).message.split('\n');
    expect(head).toBe('with WARDER_ENV=production the gateway does not start, for 5 reasons:');
    expect(reasons).toEqual([
      expect.stringMatching(/^every document of the scope fleet monitors/),
      expect.stringMatching(/^lease is longer than an hour/),
      expect.stringMatching(/^trust_domain is the default/),
      expect.stringMatching(/fleet\.yaml may be written by others; chmod go-w/),
      expect.stringMatching(/policy\.pem is open to others/),
    ]);
  }
});

const witness = (address: string, authority?: string) => ({
  checkpoints: { file: undefined, log: 'none' as const, witnesses: [{ address, key: 'k', authority }] },
});
const open = (name: string): string => {
  writeFileSync(join(folder, name), '', { mode: 0o644 });
  return join(folder, name);
};

test.each<
  [
    string,
    () => Partial<ProductionFacts['config']> | { documents: [] } | { stateDirectory: string },
    RegExp | null,
  ]
>([
  ['a lease without an end worth the name', () => ({ leaseMs: 3_600_001 }), /^lease is longer than an hour/],
  ['the default trust domain', () => ({ trustDomain: 'warder.local' }), /^trust_domain is the default/],
  ['the same where no other host is served', () => ({ trustDomain: 'warder.local', listen: [] }), null],
  ['a witness in the clear', () => witness('witness.example.com:7443'), /^the witness at .* without TLS/],
  ['a witness by TLS', () => witness('witness.example.com:7443', '/etc/warder/witness.pem'), null],
  ['a witness on this machine', () => witness('unix:/run/witness.sock'), null],
  [
    'a key elsewhere that others read',
    () => ({ keys: { policy: { from: 'file' as const, name: open('p.pem') } } }),
    /p\.pem is open to others/,
  ],
  [
    "the page's key, that others read",
    () => ({ console: { listen: '0.0.0.0:7480', certificate: undefined, key: open('c.key') } }),
    /c\.key is open to others/,
  ],
  ['a layer missing for the fleet', () => ({ documents: [] }), /^no document has the scope fleet/],
  [
    'a log that cannot be written',
    () => ({ stateDirectory: join(folder, 'not-there') }),
    /^the event log cannot be written/,
  ],
])('%s', (_, change, reason) => {
  const changed = change();
  const facts: ProductionFacts =
    'documents' in changed || 'stateDirectory' in changed
      ? { ...good, ...changed }
      : { ...good, config: { ...good.config, ...changed } };
  expect(productionReasons(facts)).toEqual(reason ? [expect.stringMatching(reason)] : []);
});

test('without a document for the fleet it does not start', () => {
  expect(() => requireProduction({ ...good, documents: [] }, production)).toThrow(
    /no document has the scope fleet/,
  );
});

test('a runtime with nothing against it starts; else it says all reasons at once', () => {
  const identity = join(folder, 'identity.json');
  const authority = join(folder, 'authority.pem');
  writeFileSync(identity, '', { mode: 0o600 });
  writeFileSync(authority, '', { mode: 0o644 });
  const agents = (text: string) => [parseAgentPattern(text)!];
  const well: RuntimeFacts = {
    config: {
      silenceMs: 30_000,
      gateway: { authority },
      allow: [{ user: 'alice', agents: agents('acme/*/*') }],
    },
    stateDirectory: folder,
  };
  expect(() => requireRuntimeProduction(well, production)).not.toThrow();
  chmodSync(identity, 0o640);
  chmodSync(authority, 0o666);
  const bad: RuntimeFacts = {
    ...well,
    config: { silenceMs: 0, gateway: { authority }, allow: [{ user: 'alice', agents: agents('*') }] },
  };
  expect(() => requireRuntimeProduction(bad, {})).not.toThrow();
  expect(() => requireRuntimeProduction(bad, production)).toThrow(
    /the runtime does not start, for 4 reasons:\nsilence is 0s.*\na row of allow.*\nthe key in .*identity\.json is open.*\n.*authority\.pem may be written/,
  );
});
