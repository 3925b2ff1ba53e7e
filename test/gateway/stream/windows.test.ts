/** A runtime may send more than the 64 KiB that HTTP/2 begins with before it is read; a stranger may not. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { runtimeService } from '../../../src/contract/services.ts';
import { WINDOW_BYTES } from '../../../src/gateway/runtime-windows.ts';
import { cleanUp, gateway, later } from '../fixtures.ts';

afterAll(cleanUp);

const { path: ATTACH } = runtimeService.attach;
const FIRST = 65_535;

/** How much the gateway takes of a stream to `path`, and of all streams of that connection, before it has read any. */
async function windows(address: string, path: string): Promise<(number | undefined)[]> {
  const unix = address.startsWith('unix:') && address.slice('unix:'.length);
  const session = connect('http://gateway', {
    createConnection: () =>
      unix ? connectSocket(unix) : connectSocket(Number(address.split(':')[1]), '127.0.0.1'),
  });
  later(() => session.destroy());
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  // Refused, as it names nobody; what widens the connection comes in front of that.
  await once(stream, 'response');
  return [session.remoteSettings.initialWindowSize, session.state.remoteWindowSize];
}

test('who attaches on the socket that only runtimes reach is given more', async () => {
  expect(await windows((await gateway()).address, ATTACH)).toEqual([WINDOW_BYTES, WINDOW_BYTES]);
});

test('others on that socket, and strangers on the network, are not', async () => {
  const local = await gateway();
  const remote = await gateway({ listen: '127.0.0.1:0' });
  expect(await windows(local.address, '/warder.v1.EventService/Subscribe')).toEqual([FIRST, FIRST]);
  expect(await windows(remote.address, ATTACH)).toEqual([FIRST, FIRST]);
});
