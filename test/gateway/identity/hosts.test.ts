/** Hosts by certificates, over TLS on loopback: enrolment, renewal, revocation, and what a stolen one is good for. */
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { TLS_CHANNEL } from '../../../src/contract/certificates.ts';
import { gatewayChannel, hostChannel } from '../../../src/contract/channels.ts';
import { hostService } from '../../../src/contract/identity-service.ts';
import type { RuntimeMessage } from '../../../src/contract/messages.ts';
import { attach, subscribe } from '../../../src/contract/services.ts';
import { callUnary } from '../../../src/contract/unary.ts';
import { SIGNATURE, x509 } from '../../../src/contract/x509.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import { CertificateAuthority } from '../../../src/gateway/identity/authority.ts';
import {
  enroll,
  type HostCredentials,
  hostName,
  readCredentials,
  renew,
} from '../../../src/runtime/identity/credentials.ts';
import { Uplink } from '../../../src/runtime/uplink/uplink.ts';
import { removeTree } from '../../remove-tree.ts';
import {
  authorityOf,
  bearer,
  cleanUp,
  clientOf,
  execEvents,
  gateway,
  later,
  newOrigin,
  stateDirectory,
} from '../fixtures.ts';

afterEach(cleanUp);

const TLS = { trustDomain: 'warder.test', names: ['localhost', '127.0.0.1'] };
const serving = (options: object = {}): Promise<Gateway> =>
  gateway({ listenAlso: ['127.0.0.1:0'], tls: TLS, ...options });

async function token(to: Gateway, host: string): Promise<{ token: string; fingerprint: string }> {
  const request = { host, validSeconds: 600 };
  const answer = await callUnary(clientOf(to), hostService.issueToken, request, bearer(to.tokens.operator));
  return { token: answer.token!, fingerprint: answer.authorityFingerprint! };
}

async function enrolled(to: Gateway, host: string): Promise<{ state: string; credentials: HostCredentials }> {
  const state = stateDirectory();
  await enroll(state, { gateway: to.addresses[0]!, ...(await token(to, host)) });
  return { state, credentials: readCredentials(state) };
}

function tlsClient(to: Gateway, channel = credentials.createInsecure()): Client {
  const client = new Client(to.addresses[0]!, channel, {
    ...TLS_CHANNEL,
    'grpc.use_local_subchannel_pool': 1,
  });
  later(() => client.close());
  return client;
}

/** How an Attach with these credentials and this hello ends, or its welcome. */
function attached(to: Gateway, channel: HostCredentials | undefined, hello: object): Promise<string> {
  const call = attach(tlsClient(to, channel && hostChannel(channel)), new Metadata());
  call.write({ hello: { ...newOrigin(), version: 'test', ...hello } } as RuntimeMessage);
  return new Promise((resolve) => {
    call.on('data', () => resolve('welcome'));
    call.on('error', ({ code, details }: ServiceError) => resolve(`${status[code]}: ${details}`));
  });
}

test('a host enrolls once, with a key that is its own, and its events are stored under its name', async () => {
  const to = await serving();
  const { state, credentials: own } = await enrolled(to, 'build-7');
  expect(statSync(join(state, 'identity.json')).mode & 0o777).toBe(0o600);
  expect(hostName(own)).toBe('build-7');
  const link = new Uplink({
    endpoint: { address: to.addresses[0]!, channel: hostChannel(own), gatewayPublicKey: own.policyKey },
    origin: { ...newOrigin(), host: 'build-7' },
    version: 'test',
  });
  later(() => link.close());
  await link.attached(20_000);
  await link.sendEvents(execEvents(3));
  await link.flush(20_000);
  const listed = async () => {
    const { hosts } = await callUnary(clientOf(to), hostService.listHosts, {}, bearer(to.tokens.viewer));
    return hosts!.map(({ host, attached: there }) => [host, there]);
  };
  expect(await listed()).toEqual([['build-7', true]]);
  link.close();
  await expect.poll(listed, { timeout: 20_000 }).toEqual([['build-7', false]]);
});

test('a token is good once, for one host, and not for another gateway', async () => {
  const to = await serving();
  const { token: once, fingerprint } = await token(to, 'build-7');
  const asked = { gateway: to.addresses[0]!, token: once, fingerprint };
  const first = enroll(stateDirectory(), asked);
  const second = enroll(stateDirectory(), asked);
  const outcomes = (await Promise.allSettled([first, second])).map((outcome) => outcome.status);
  expect(outcomes.sort()).toEqual(['fulfilled', 'rejected']);
  const other = await serving();
  const elsewhere = await token(to, 'build-8');
  const { fingerprint: others } = await token(other, 'x');
  await expect(
    enroll(stateDirectory(), { gateway: other.addresses[0]!, token: elsewhere.token, fingerprint: others }),
  ).rejects.toThrow(/token is not known here/);
});

test('a gateway whose authority is not the one that was said is not spoken to', async () => {
  const [to, other] = [await serving(), await serving()];
  const { token: secret } = await token(to, 'build-7');
  const { fingerprint } = await token(other, 'build-7');
  await expect(
    enroll(stateDirectory(), { gateway: to.addresses[0]!, token: secret, fingerprint }),
  ).rejects.toThrow(/does not have the authority with the fingerprint/);
});

test("a host's certificate speaks for that host and for no other", async () => {
  const to = await serving();
  const { credentials: stolen } = await enrolled(to, 'build-7');
  expect(await attached(to, stolen, { host: 'build-7' })).toBe('welcome');
  expect(await attached(to, stolen, { host: 'build-8' })).toMatch(
    /PERMISSION_DENIED.*may speak for host 'build-7' only/,
  );
});

test('without a certificate, or with one of another authority, a host is nobody', async () => {
  const [to, other] = [await serving(), await serving()];
  const { credentials: foreign } = await enrolled(other, 'build-7');
  const { credentials: own } = await enrolled(to, 'build-7');
  const mixed = { ...foreign, authority: own.authority };
  expect(await attached(to, mixed, { host: 'build-7' })).toMatch(/^(UNAUTHENTICATED|UNAVAILABLE)/);
  const call = attach(tlsClient(to, gatewayChannel(own.authority)), new Metadata());
  const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  expect(await ended).toMatchObject({ code: status.UNAUTHENTICATED });
});

test('a certificate opens nothing that is for people', async () => {
  const to = await serving();
  const { credentials: own } = await enrolled(to, 'build-7');
  const call = subscribe(tlsClient(to, hostChannel(own)), new Metadata(), {});
  const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve).on('data', () => {}));
  expect(await ended).toMatchObject({ code: status.PERMISSION_DENIED });
});

test('a host of the same authority does not pass for the gateway, nor one of another', async () => {
  const [to, other] = [await serving(), await serving()];
  const { credentials: own } = await enrolled(to, 'build-7');
  const call = attach(tlsClient(other, hostChannel(own)), new Metadata());
  const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  expect(await ended).toMatchObject({ code: status.UNAVAILABLE });
});

test('what is revoked is refused at once, streams that are open end, and a new token lets the host in again', async () => {
  const to = await serving();
  const { state, credentials: own } = await enrolled(to, 'build-7');
  const call = attach(tlsClient(to, hostChannel(own)), new Metadata());
  const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  call.write({ hello: { ...newOrigin(), host: 'build-7', version: 'test' } });
  await new Promise((resolve) => call.once('data', resolve));
  const revoke = { host: 'build-7', because: 'stolen' };
  const { certificates } = await callUnary(
    clientOf(to),
    hostService.revokeHost,
    revoke,
    bearer(to.tokens.operator),
  );
  expect(certificates).toBe(1);
  expect(await ended).toMatchObject({ code: status.UNAUTHENTICATED, details: /revoked/ });
  expect(await attached(to, own, { host: 'build-7' })).toMatch(/^UNAUTHENTICATED/);
  await expect(renew(state, to.addresses[0]!)).rejects.toThrow(/UNAUTHENTICATED/);
  const { credentials: fresh } = await enrolled(to, 'build-7');
  expect(await attached(to, fresh, { host: 'build-7' })).toBe('welcome');
  expect(await attached(to, own, { host: 'build-7' })).toMatch(/^UNAUTHENTICATED/);
});

test('a renewed certificate has a new key and the same host', async () => {
  const to = await serving();
  const { state, credentials: first } = await enrolled(to, 'build-7');
  await renew(state, to.addresses[0]!);
  const second = readCredentials(state);
  expect(second.key).not.toBe(first.key);
  expect(second.certificate).not.toBe(first.certificate);
  expect(await attached(to, second, { host: 'build-7' })).toBe('welcome');
});

test('the authority outlives the gateway, so that hosts do', async () => {
  const state = stateDirectory();
  const before = await serving({ stateDirectory: state });
  const { credentials: own } = await enrolled(before, 'build-7');
  await before.stop();
  const after = await serving({ stateDirectory: state });
  expect(await attached(after, own, { host: 'build-7' })).toBe('welcome');
});

test('certificates of a further authority are hosts too, by their SPIFFE ID', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-spire-'));
  later(() => removeTree(folder));
  mkdirSync(join(folder, 'keys'));
  const spire = await CertificateAuthority.open(folder, 'example.org');
  writeFileSync(join(folder, 'bundle.pem'), spire.pem);
  const to = await serving({ tls: { ...TLS, authorities: [join(folder, 'bundle.pem')] } });
  const { credentials: own } = await enrolled(to, 'build-7');
  const keys = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: SIGNATURE });
  const { pem } = await spire.issueHost(new Uint8Array(request.rawData), 'from-spire', 60_000);
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
  expect(await attached(to, { ...own, certificate: pem, key }, { host: 'from-spire' })).toBe('welcome');
  expect(await attached(to, { ...own, certificate: pem, key }, { host: 'build-7' })).toMatch(
    /^PERMISSION_DENIED/,
  );
});

test('a certificate that says more than the one name of a host, or another thing, is nobody', async () => {
  const bundle = join(stateDirectory(), 'bundle.pem');
  const signing = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ name: 'CN=root', keys: signing, signingAlgorithm: SIGNATURE },
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  writeFileSync(bundle, root.toString('pem'));
  const to = await serving({ tls: { ...TLS, authorities: [bundle] } });
  const { credentials: own } = await enrolled(to, 'build-7');
  const keys = await crypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']);
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
  const presented = async (names: readonly [type: 'url' | 'dns', value: string][]) => {
    const certificate = await x509.X509CertificateGenerator.create({
      ...{ subject: 'CN=host/build-7', issuer: root.subject, publicKey: keys.publicKey },
      ...{ signingKey: signing.privateKey, signingAlgorithm: SIGNATURE },
      extensions: [new x509.SubjectAlternativeNameExtension(names.map(([type, value]) => ({ type, value })))],
    });
    return attached(to, { ...own, certificate: certificate.toString('pem'), key }, { host: 'build-7' });
  };
  const host = 'spiffe://warder.test/host/build-7';
  expect(await presented([['url', host]])).toBe('welcome');
  for (const names of [
    [['dns', 'build-7']],
    [
      ['url', host],
      ['url', 'spiffe://warder.test/host/build-8'],
    ],
    [['url', `${host}/more`]],
    [['url', `${host}%2f`]],
    [['url', `${host}\0`]],
    [['url', `x${host}`]],
    [['url', host.toUpperCase()]],
    [['url', 'spiffe://warder.test/hosts/build-7']],
    [['url', 'spiffe://warder.test/host/../host/build-7']],
    [['dns', `x, URI:${host}`]],
  ] as const)
    expect(`${names} ${await presented(names as never)}`).toMatch(/UNAUTHENTICATED/);
});

test.each([
  ['garbage', () => new Uint8Array(100), /cannot be read/],
  ['nothing', () => new Uint8Array(), /cannot be read/],
  ['too much', () => new Uint8Array(10_240), /request of 10240 bytes/],
  ['a megabyte', () => new Uint8Array(1 << 20), /at most 16384 bytes/],
])('%s as a request: refused, and the token is as good as before', async (_, request, why) => {
  const to = await serving();
  const { token: secret, fingerprint } = await token(to, 'build-7');
  const client = tlsClient(to, gatewayChannel(authorityOf(to)));
  await expect(
    callUnary(client, hostService.enroll, { token: secret, request: request() }, new Metadata()),
  ).rejects.toThrow(why);
  expect(await enroll(stateDirectory(), { gateway: to.addresses[0]!, token: secret, fingerprint })).toBe(
    'build-7',
  );
});
