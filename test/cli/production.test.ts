/** WARDER_ENV=production: every reason at once, and none where all is well. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProductionFacts, requireProduction } from '../../src/cli/production.ts';
import { type RuntimeFacts, requireRuntimeProduction } from '../../src/cli/production-runtime.ts';
import { parseAgentPattern } from '../../src/runtime/local/permissions.ts';

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
    config: { leaseMs: 300_000, trustDomain: 'acme.test', policies, listen: ['0.0.0.0:7443'] },
    documents: [{ scope: 'fleet', mode: 'enforce' }],
    stateDirectory: folder,
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

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
