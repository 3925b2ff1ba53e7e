/** A runtime may send more than the 64 KiB that HTTP/2 begins with before it is read; a stranger may not. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { TLS_CHANNEL } from '../../../src/contract/certificates.ts';
import { hostService } from '../../../src/contract/identity-service.ts';
import { runtimeService } from '../../../src/contract/services.ts';
import { callUnary } from '../../../src/contract/unary.ts';
import { WINDOW_BYTES } from '../../../src/gateway/runtime-windows.ts';
import { enroll, readCredentials } from '../../../src/runtime/identity/credentials.ts';
import { bearer, cleanUp, clientOf, gateway, later, stateDirectory } from '../fixtures.ts';

afterAll(cleanUp);

const { path: ATTACH } = runtimeService.attach;
const FIRST = 65_535;

const unix = (address: string) => connectSocket(address.slice('unix:'.length));
const tcp = (address: string) => connectSocket(Number(address.split(':')[1]), '127.0.0.1');

/** How much the gateway takes of a stream to `path`, and of all streams of that connection, before it has read any. */
async function windows(connection: Duplex, path: string): Promise<(number | undefined)[]> {
  const scheme = connection instanceof TLSSocket ? 'https' : 'http';
  const session = connect(`${scheme}://gateway`, { createConnection: () => connection });
  later(() => session.destroy());
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc' };
  const stream = session.request(headers, { endStream: true });
  // An end, or a refusal where it names nobody; what widens the connection comes in front of that.
  await once(stream, 'response');
  return [session.remoteSettings.initialWindowSize, session.state.remoteWindowSize];
}

test('who attaches on the socket that only runtimes reach is given more', async () => {
  expect(await windows(unix((await gateway()).address), ATTACH)).toEqual([WINDOW_BYTES, WINDOW_BYTES]);
});

test('others on that socket, and strangers on the network, are not', async () => {
  const local = await gateway();
  const remote = await gateway({ listen: '127.0.0.1:0' });
  expect(await windows(unix(local.address), '/warder.v1.EventService/Subscribe')).toEqual([FIRST, FIRST]);
  expect(await windows(tcp(remote.address), ATTACH)).toEqual([FIRST, FIRST]);
});

test('over TLS a host is, by its certificate, and who has none is not', async () => {
  const tls = { trustDomain: 'warder.test', names: ['localhost', '127.0.0.1'] };
  const to = await gateway({ listenAlso: ['127.0.0.1:0'], tls });
  const address = to.addresses[0]!;
  const asked = { host: 'build-7', validSeconds: 600 };
  const { token, authorityFingerprint } = await callUnary(
    clientOf(to),
    hostService.issueToken,
    asked,
    bearer(to.tokens.operator),
  );
  const state = stateDirectory();
  await enroll(state, { gateway: address, token: token!, fingerprint: authorityFingerprint! });
  const { key, certificate, authority } = readCredentials(state);
  const over = async (own: { key?: string; cert?: string }) => {
    const servername = TLS_CHANNEL['grpc.ssl_target_name_override'];
    const trust = { ca: authority, checkServerIdentity: () => undefined };
    const socket = connectTls({ socket: tcp(address), servername, ALPNProtocols: ['h2'], ...trust, ...own });
    return windows(socket, ATTACH);
  };
  expect(await over({ key, cert: certificate })).toEqual([WINDOW_BYTES, WINDOW_BYTES]);
  expect(await over({})).toEqual([FIRST, FIRST]);
});
