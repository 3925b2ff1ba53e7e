/** What somebody without a credential can do to a gateway that is reached by network. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { hostService } from '../../../src/contract/identity-service.ts';
import { Connections, STRANGE_CONNECTIONS } from '../../../src/gateway/connections.ts';
import { networkOf } from '../../../src/gateway/network-of.ts';
import { FLAG, FRAME, frame, headerBlock, PREFACE } from '../../http2.ts';
import { asker, cleanUp, eventually, gateway, later } from '../fixtures.ts';
import { attached } from './speak.ts';

afterEach(cleanUp);

const { HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, CONTINUATION } = FRAME;
const { ACK, END_HEADERS } = FLAG;
const REQUEST = headerBlock({
  ':method': 'POST',
  ':scheme': 'http',
  ':path': '/grpc.health.v1.Health/Check',
  'content-type': 'application/grpc',
});
const portOf = ({ address }: { address: string }) => Number(address.split(':').at(-1));

/** Connects from an address of this machine; resolves once the other side has the connection. */
async function silent(server: { port: number; arrived(): number }, from = '127.0.0.1'): Promise<Socket> {
  const before = server.arrived();
  const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: from });
  later(() => socket.destroy());
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  await eventually('accepted', () => server.arrived() > before);
  return socket;
}

async function listening(): Promise<{ port: number; arrived(): number; peers: string[] }> {
  const peers: string[] = [];
  const server: Server = createServer((socket) => {
    peers.push(`${socket.remoteAddress}:${socket.remotePort}`);
    later(() => socket.destroy());
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(() => server.close());
  return { port: (server.address() as { port: number }).port, arrived: () => peers.length, peers };
}

test('of the connections of strangers the oldest gives way: of one network, and of all', async () => {
  const server = await listening();
  const connections = new Connections({ ofNetwork: 3, inAll: 5 });
  later(() => connections.close());
  connections.listensAt(`127.0.0.1:${server.port}`);
  const known = await silent(server);
  connections.known(server.peers[0]!);
  const strangers: Socket[] = [];
  for (let n = 0; n < 4; n++) strangers.push(await silent(server));
  await eventually('the oldest of the network has ended', () => strangers[0]!.destroyed);
  for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) strangers.push(await silent(server, from));
  await eventually('the oldest of all has ended', () => strangers[1]!.destroyed);
  expect(strangers.map(({ destroyed }) => destroyed)).toEqual([true, true, ...Array(5).fill(false)]);
  expect([known.destroyed, connections.ended]).toEqual([false, 2]);
});

test('places of connections that end are free again, and other ports are not counted', async () => {
  const [server, other] = [await listening(), await listening()];
  const connections = new Connections({ ofNetwork: 2, inAll: 2 });
  later(() => connections.close());
  connections.listensAt(`127.0.0.1:${server.port}`);
  for (let n = 0; n < 4; n++) await silent(other);
  for (let n = 0; n < 6; n++) {
    const socket = await silent(server);
    socket.destroy();
    await once(socket, 'close');
  }
  // The server's side of them ends a moment later.
  await eventually('two fit, whoever was there before', async () => {
    const before = connections.ended;
    const two = [await silent(server), await silent(server)];
    for (const socket of two) socket.destroy();
    return connections.ended === before;
  });
});

test('hundreds of connections that say nothing end none of somebody known, and keep nobody out', async () => {
  const to = await gateway({ listen: '127.0.0.1:0' });
  const known = await attached(to);
  const silentOnes = Array.from({ length: STRANGE_CONNECTIONS.ofNetwork + 20 }, () => {
    const socket = connect(portOf(to), '127.0.0.1');
    later(() => socket.destroy());
    return socket.on('error', () => {}).resume();
  });
  const left = () => silentOnes.filter(({ destroyed }) => !destroyed).length;
  await eventually('the oldest have ended', () => left() <= STRANGE_CONNECTIONS.ofNetwork);
  expect(await asker(to, to.tokens.operator)(hostService.listHosts, {})).toBeTruthy();
  expect(await Promise.race([known.end, 'not ended'])).toBe('not ended');
});

test.each([
  ['10.1.2.3:443', '10.1.2.3'],
  ['::ffff:10.1.2.3:443', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6:443', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::9:443', '2001:db8:1:3::/64'],
  ['fe80::1%eth0:443', 'fe80::/64'],
  ['unknown', 'unknown'],
])('%s is counted as %s', (peer, network) => {
  expect(networkOf(peer)).toBe(network);
});

const hundred = (make: (stream: number) => Buffer) => (turn: number) =>
  Buffer.concat(Array.from({ length: 100 }, (_, at) => make((turn * 100 + at) * 2 + 1)));
const opened = (stream: number) => frame(HEADERS, END_HEADERS, stream, REQUEST);
const CANCEL = Buffer.from([0, 0, 0, 8]);
const LONG = Buffer.concat(Array.from({ length: 60 }, () => headerBlock({ a: 'b'.repeat(100) })));

/** A connection on which HTTP/2 has begun; what comes is dropped. */
async function begun(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  later(() => socket.destroy());
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]));
  return socket;
}

test.each<[string, (turn: number) => Buffer]>([
  [
    'calls that are taken back at once',
    hundred((id) => Buffer.concat([opened(id), frame(RST_STREAM, 0, id, CANCEL)])),
  ],
  [
    'headers without end',
    (turn) => (turn === 0 ? frame(HEADERS, 0, 1, REQUEST) : frame(CONTINUATION, 0, 1, LONG)),
  ],
  ['headers of headers, none of which ends', hundred((id) => frame(HEADERS, 0, id, LONG))],
  ['priorities of themselves', hundred((id) => frame(PRIORITY, 0, id, Buffer.from([0, 0, 0, id, 1])))],
  ['acknowledgements of nothing', hundred(() => frame(PING, ACK, 1, Buffer.alloc(8)))],
  [
    'settings that none are',
    hundred(() => frame(SETTINGS, 0, 0, Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff]))),
  ],
])('%s: the connection is ended, and nothing else', async (_, make) => {
  const to = await gateway({ listen: '127.0.0.1:0' });
  const socket = await begun(portOf(to));
  for (let turn = 0; turn < 200 && !socket.destroyed; turn++) {
    socket.write(make(turn));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually('ended', () => socket.destroyed);
  expect(await asker(to, to.tokens.operator)(hostService.listHosts, {})).toBeTruthy();
});

test('what is small on the wire and large in memory is refused before it is large', async () => {
  const to = await gateway({ listen: '127.0.0.1:0' });
  const session = connectHttp2(`http://${to.address}`);
  later(() => session.destroy());
  const bomb = gzipSync(Buffer.alloc(256 << 20));
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeUInt32BE(bomb.length, 1);
  const request = session.request({
    ':method': 'POST',
    ':path': hostService.enroll.path,
    'content-type': 'application/grpc',
    'grpc-encoding': 'gzip',
  });
  const before = process.memoryUsage().rss;
  request.end(Buffer.concat([head, bomb]));
  const [headers] = await once(request, 'response');
  expect(Number(headers['grpc-status'])).toBe(status.RESOURCE_EXHAUSTED);
  expect(process.memoryUsage().rss - before).toBeLessThan(128 << 20);
});
