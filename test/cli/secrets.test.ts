/** Secrets by reference: read where they are kept, and nowhere to be found of what the gateway writes or says. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSecretReference, readSecret } from '../../src/base/secret.ts';
import { readGatewayConfig } from '../../src/cli/config/gateway.ts';
import { readRuntimeConfig } from '../../src/cli/config/runtime.ts';
import { CertificateAuthority } from '../../src/gateway/identity/authority.ts';
import { removeTree } from '../remove-tree.ts';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-secrets-'));
});
afterAll(() => removeTree(folder));

function newKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** What nobody but the gateway may see of a PEM. */
function bodyOf(pem: string): string {
  return pem.split('\n')[1]!;
}

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test('each of the three forms is read; a variable is gone from the environment afterwards', () => {
  const path = file('secret', 'in a file');
  const environment: NodeJS.ProcessEnv = { SECRET: 'in a variable', CREDENTIALS_DIRECTORY: folder };
  const read = (text: string) => readSecret(parseSecretReference(text)!, environment);
  expect(read(`file:${path}`)).toBe('in a file');
  expect(read('env:SECRET')).toBe('in a variable');
  expect(environment.SECRET).toBeUndefined();
  expect(read('env:SECRET')).toBe('in a variable');
  expect(read('cred:secret')).toBe('in a file');
});

test('what cannot be read is told by its reference, and a file that others may read is not used', () => {
  const environment = { CREDENTIALS_DIRECTORY: folder };
  const read = (text: string) => () => readSecret(parseSecretReference(text)!, environment);
  expect(read('env:NOWHERE')).toThrow(/env:NOWHERE cannot be read: the variable is not set/);
  expect(read('cred:nowhere')).toThrow(/cred:nowhere cannot be read: ENOENT/);
  expect(read(`file:${folder}`)).toThrow(/it is no file/);
  expect(read(`file:${file('wide', 'x', 0o644)}`)).toThrow(/is open to others \(mode 644\)/);
  expect(read(`file:${file('large', 'x'.repeat(70_000))}`)).toThrow(/has 70000 bytes/);
  expect(() => readSecret(parseSecretReference('cred:x')!, {})).toThrow(/CREDENTIALS_DIRECTORY is not set/);
  for (const text of ['cred:../x', 'cred:.hidden', 'env:A B', 'file:relative', 'vault:x', ''])
    expect(parseSecretReference(text)).toBeNull();
});

test('a secret that stands in a configuration is refused, and not repeated in the message', () => {
  const pem = newKey();
  const written = JSON.stringify(pem);
  const cases = [
    () =>
      readGatewayConfig(
        { path: file('g.yaml', `kind: Gateway\nkeys: {policy: ${written}}\n`), required: true },
        {},
      ),
    () =>
      readRuntimeConfig(
        { path: file('r.yaml', `kind: Runtime\ngateway: {key: ${written}}\n`), required: true },
        {},
      ),
  ];
  for (const read of cases) {
    const error = (() => {
      try {
        read();
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error?.message).toMatch(/(keys\.policy|gateway\.key) is not where a secret is kept; write file:/);
    expect(JSON.stringify([error?.message, error?.stack])).not.toContain(bodyOf(pem));
  }
});

test('a path alone is still a file for the key of a runtime', () => {
  const path = file('r.yaml', 'kind: Runtime\ngateway: {key: /run/spire/key.pem}\n');
  const { gateway } = readRuntimeConfig({ path, required: true }, {});
  expect(gateway.key).toEqual({ from: 'file', name: '/run/spire/key.pem' });
});

/** Everything in a directory, as text. */
function all(directory: string): string {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
}

test('a gateway works with keys that are kept elsewhere, and they are in nothing that it writes, says or was started with', async () => {
  const [policy, witness] = [newKey(), newKey()];
  const scratch = join(folder, 'authority');
  mkdirSync(join(scratch, 'keys'), { recursive: true });
  await CertificateAuthority.open(scratch, 'warder.local');
  const authority = readFileSync(join(scratch, 'keys', 'authority.pem'), 'utf8');
  const credentials = join(folder, 'credentials');
  mkdirSync(credentials);
  writeFileSync(join(credentials, 'witness'), witness, { mode: 0o400 });
  writeFileSync(join(credentials, 'authority'), authority, { mode: 0o400 });
  const state = join(folder, 'state');
  const policies = join(folder, 'policies');
  mkdirSync(policies);
  const config = file(
    'gateway.yaml',
    `kind: Gateway
state: ${state}
policies: ${policies}
listen: ["127.0.0.1:0"]
keys: {policy: "env:POLICY_KEY", witness: "cred:witness", authority: "cred:authority"}
`,
  );
  const environment = { ...process.env, POLICY_KEY: policy, CREDENTIALS_DIRECTORY: credentials };
  const gateway = spawn(process.execPath, [MAIN, 'gateway', '--config', config], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [gateway.stdout, gateway.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  const ended = once(gateway, 'exit');
  try {
    await expect.poll(() => said, { timeout: 60_000 }).toContain('listens at');
    const argv = readFileSync(`/proc/${gateway.pid}/cmdline`, 'latin1');
    gateway.kill('SIGTERM');
    await ended;
    expect(said).not.toMatch(/fail|fault/i);
    const written = all(state);
    expect(readdirSync(join(state, 'keys'))).toEqual(['log.pem']);
    for (const pem of [policy, witness, authority])
      for (const text of [said, argv, written]) expect(text).not.toContain(bodyOf(pem));
  } finally {
    gateway.kill('SIGKILL');
  }
}, 120_000);

test('what is kept there and is no key is not told', async () => {
  const secret = 'hunter2 is no key';
  const config = file(
    'bad.yaml',
    `kind: Gateway\nstate: ${join(folder, 'bad')}\npolicies: ${join(folder, 'policies')}\nkeys: {policy: "file:${file('bad.pem', secret)}"}\n`,
  );
  const gateway = spawn(process.execPath, [MAIN, 'gateway', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  gateway.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  await once(gateway, 'exit');
  expect(said).toContain('what is kept as the policy key is no Ed25519 key in PEM');
  expect(said).not.toContain('hunter2');
}, 120_000);
