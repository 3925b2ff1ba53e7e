/**
 * Calls one RPC at a steady rate whatever the answers take, over frames of HTTP/2 (RFC 9113) that it writes itself: a
 * client of gRPC costs as much as a server, and its own pauses would count as the gateway's.
 *
 * Run:  as a process of its own, with IPC; one message tells what to call, one comes back with the times.
 * Out:  milliseconds of each call from when it was due to the end of its answer, in the order of the answers. A call
 *       that is refused ends it all.
 */
import { connect, type Socket } from 'node:net';

export interface Calls {
  host: string;
  port: number;
  path: string;
  token: string;
  /** Encoded requests, base64; taken in turn. */
  requests: readonly string[];
  perSecond: number;
  total: number;
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 7, 8];
const [ACK, END_STREAM, END_HEADERS] = [0x1, 0x1, 0x4];
const FRAME_HEAD = 9;
/** What may come before it is to be granted anew. */
const WINDOW = 2 ** 30;
/** Calls without an answer: fewer than a gateway takes of one connection. Later ones wait, from when they were due. */
const OPEN = 900;

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, FRAME_HEAD);
  return bytes;
}

/** A literal header field without indexing, of new name (RFC 7541, 6.2.2). Texts below 127 bytes. */
function field(name: string, value: string): Buffer {
  const text = (of: string) => Buffer.concat([Buffer.from([of.length]), Buffer.from(of, 'latin1')]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function requestHeaders({ host, port, path, token }: Calls): Buffer {
  return Buffer.concat([
    field(':method', 'POST'),
    field(':scheme', 'http'),
    field(':path', path),
    field(':authority', `${host}:${port}`),
    field('content-type', 'application/grpc'),
    field('te', 'trailers'),
    field('authorization', `Bearer ${token}`),
  ]);
}

/** A message as gRPC frames it: not compressed, its length. */
function message(request: string): Buffer {
  const body = Buffer.from(request, 'base64');
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** Calls `onEnd` with the number of each stream that was answered; answers what the server asks. */
function readFrames(socket: Socket, onEnd: (stream: number) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  let granted = 0;
  const withData = new Set<number>();
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    while (rest.length >= FRAME_HEAD) {
      const length = rest.readUIntBE(0, 3);
      if (rest.length < FRAME_HEAD + length) return;
      const [type, flags] = [rest[3]!, rest[4]!];
      const stream = rest.readUInt32BE(5);
      const payload = rest.subarray(FRAME_HEAD, FRAME_HEAD + length);
      rest = rest.subarray(FRAME_HEAD + length);
      if (type === SETTINGS && !(flags & ACK)) socket.write(frame(SETTINGS, ACK, 0));
      if (type === PING && !(flags & ACK)) socket.write(frame(PING, ACK, 0, payload));
      if (type === GOAWAY || type === RST_STREAM) throw new Error(`the server sent a frame of type ${type}`);
      if (type === DATA) {
        withData.add(stream);
        granted += length;
      }
      if (granted > WINDOW / 2) {
        socket.write(windowUpdate(granted));
        granted = 0;
      }
      if (type !== HEADERS || !(flags & END_STREAM)) continue;
      // An answer and its trailers; a refusal is trailers alone.
      if (!withData.delete(stream)) throw new Error('a call was refused');
      onEnd(stream);
    }
  });
}

function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(WINDOW_UPDATE, 0, 0, payload);
}

async function measure(calls: Calls): Promise<number[]> {
  const socket = connect({ host: calls.host, port: calls.port, noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.write(PREFACE);
  socket.write(frame(SETTINGS, 0, 0));
  socket.write(windowUpdate(WINDOW));
  const headers = requestHeaders(calls);
  const messages = calls.requests.map(message);
  const due: number[] = [];
  const times: number[] = [];
  const begin = performance.now();
  return new Promise((resolve) => {
    readFrames(socket, (stream) => {
      times.push(performance.now() - due[(stream - 1) / 2]!);
      if (times.length < calls.total) return;
      socket.destroy();
      resolve(times);
    });
    const tick = (): void => {
      for (;;) {
        const at = begin + (due.length * 1000) / calls.perSecond;
        if (due.length === calls.total) return;
        if (at > performance.now() || due.length - times.length >= OPEN) break;
        const stream = due.length * 2 + 1;
        const body = messages[due.length % messages.length]!;
        due.push(at);
        socket.write(
          Buffer.concat([
            frame(HEADERS, END_HEADERS, stream, headers),
            frame(DATA, END_STREAM, stream, body),
          ]),
        );
      }
      setImmediate(tick);
    };
    tick();
  });
}

process.once('message', (calls: Calls) => {
  measure(calls).then((times) => process.send!(times, () => process.exit(0)));
});
