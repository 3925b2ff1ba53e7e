/** Configuration files: every fault told where it is, variables in place of options, defaults. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGatewayConfig } from '../../src/cli/config/gateway.ts';
import { readRuntimeConfig } from '../../src/cli/config/runtime.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
