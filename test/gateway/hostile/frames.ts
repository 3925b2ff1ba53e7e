/** HTTP/2 written by hand (RFC 9113, RFC 7541), for what no library sends. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { later } from '../fixtures.ts';

export const [HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, CONTINUATION] = [1, 2, 3, 4, 6, 9];
export const END_HEADERS = 0x4;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEAD = 9;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEAD);
  return bytes;
}

/** A literal header field without indexing, of texts below 127 bytes. */
export function field(name: string, value: string): Buffer {
  const text = (of: string) => Buffer.concat([Buffer.from([of.length]), Buffer.from(of, 'latin1')]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

export function requestTo(path: string): Buffer {
  const fields = { ':method': 'POST', ':scheme': 'http', ':path': path, 'content-type': 'application/grpc' };
  return Buffer.concat(Object.entries(fields).map(([name, value]) => field(name, value)));
}

/** A connection on which HTTP/2 has begun; what comes is dropped. */
export async function begun(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  later(() => socket.destroy());
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  socket.write(Buffer.concat([Buffer.from(PREFACE, 'latin1'), frame(SETTINGS, 0, 0)]));
  return socket;
}
