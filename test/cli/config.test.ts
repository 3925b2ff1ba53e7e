/** Configuration files: every fault told where it is, variables in place of options, defaults. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGatewayConfig } from '../../src/cli/config/gateway.ts';
import { kindOfFile } from '../../src/cli/config/read.ts';
import { readRuntimeConfig } from '../../src/cli/config/runtime.ts';
import { removeTree } from '../remove-tree.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-config-'));
});
afterAll(() => removeTree(folder));

function file(text: string): { path: string; required: boolean } {
  const path = join(folder, 'it.yaml');
  writeFileSync(path, text);
  return { path, required: true };
}

function faults(text: string, environment: Record<string, string> = {}): string {
  try {
    readGatewayConfig(file(text), environment);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '');
  }
  return 'none';
}

test('all faults of a file are told at once, with line, column and what to write', () => {
  const text =
    'kind: Gatway\nstate: relative\nlisen: []\nlease: 5 parsecs\nlisten: [nowhere]\nlog: {format: xml}\n';
  expect(faults(text).split('\n')).toEqual([
    '6 faults in the configuration, so nothing of it takes effect:',
    'it.yaml:1:7: kind cannot be the string "Gatway"; write kind: Gateway',
    'it.yaml:2:8: state cannot be the string "relative"; write it like an absolute path: /var/lib/warder-gateway',
    "it.yaml:3:1: unknown key 'lisen'; write listen",
    'it.yaml:4:8: lease cannot be the string "5 parsecs"; write it like 5m',
    'it.yaml:5:10: an address cannot be the string "nowhere"; write it like 0.0.0.0:7443 or [::]:7443',
    'it.yaml:6:15: log.format cannot be "xml"; write one of text, json',
  ]);
});

test.each([
  ['', /holds no options; begin with kind: Gateway or kind: Runtime/],
  ['[', /the YAML is broken/],
  ['kind: Gateway\n---\nkind: Gateway\n', /:3:1: a second document/],
])('before it is known which service a file is for: %j is said why', (text, why) => {
  expect(() => kindOfFile(file(text).path)).toThrow(why);
});

test('nor is a file that is not there said to be for no service', () => {
  expect(() => kindOfFile(join(folder, 'missing.yaml'))).toThrow(
    /missing\.yaml:1:1: the file cannot be read: ENOENT/,
  );
  expect(kindOfFile(file('lease: 5m\n').path)).toBeUndefined();
});

test.each([
  ['', /holds no options; begin with kind: Gateway/],
  ['kind: Gateway\n---\nkind: Gateway\n', /:3:1: a second document/],
  ['kind: Gateway\nlease: 1ms\n', /lease \(ms\) is out of range: 1; write 1,000 to/],
  ['[', /the YAML is broken/],
])('%j: said why', (text, why) => {
  expect(faults(text)).toMatch(why);
});

test('a variable stands in for an option, and its fault is told by name', () => {
  const path = file('kind: Gateway\nstate: /from/file\n');
  const config = readGatewayConfig(path, { WARDER_STATE_DIR: '/data', WARDER_LISTEN: '127.0.0.1:1,[::1]:2' });
  expect(config).toMatchObject({ stateDirectory: '/data', listen: ['127.0.0.1:1', '[::1]:2'] });
  expect(faults('kind: Gateway\n', { WARDER_POLICIES: 'here' })).toContain(
    'WARDER_POLICIES: policies cannot be',
  );
});

test('without a file the defaults hold, but not for a file that was asked for', () => {
  const absent = join(folder, 'absent.yaml');
  expect(readRuntimeConfig({ path: absent, required: false }, {}).stateDirectory).toBe(
    '/var/lib/warder-runtime',
  );
  expect(() => readRuntimeConfig({ path: absent, required: true }, {})).toThrow(/cannot be read: ENOENT/);
});

test('rules of adopt: what is wrong with each is said where it stands', () => {
  const text = `kind: Runtime
adopt:
  - {agent: 'acme/pay/\${nam}', units: [coder@*.service]}
  - {agent: acme/pay/x}
  - {agent: 'acme/pay/\${instance}', cgroups: [relative], executables: [/usr/bin/*]}
  - {agent: acme/pay/x, containers: {}}
  - {agent: acme/pay/x, unit: [a.service]}
  - {agent: acme/pay/x, units: [a.timer]}
`;
  let message = '';
  try {
    readRuntimeConfig(file(text), {});
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message.replaceAll(`${folder}/`, '').split('\n').slice(1)).toEqual([
    "it.yaml:3:13: agent 'acme/pay/${nam}' has ${nam} in it, which stands for nothing; write ORG/TEAM/NAME, such as acme/payments/${name}",
    'it.yaml:4:5: a rule of adopt names nothing; write units, cgroups, executables, containers',
    'it.yaml:5:47: a cgroup cannot be the string "relative"; write it like /agents.slice/*, a path below the root of cgroup2',
    'it.yaml:5:72: an executable cannot be the string "/usr/bin/*"; write it like /usr/local/bin/claude',
    "it.yaml:6:37: containers would be every container of the host; write labels, name or image; name: '*' where all are meant",
    'it.yaml:7:5: a rule of adopt names nothing; write units, cgroups, executables, containers',
    "it.yaml:7:25: unknown key 'unit'; write units",
    'it.yaml:8:33: a unit cannot be the string "a.timer"; write it like coder@*.service',
  ]);
});
