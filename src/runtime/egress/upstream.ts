/**
 * Questions to the host's own DNS servers, one after the other, until one answers.
 *
 * A reply counts only from the server that was asked, on the socket that asked, which is new for each try (its port is
 * the kernel's choice), with the same random id and the question as it was sent, in letters of random case (0x20).
 *
 * In:  a name in normal form and a type. Out: what records.ts reads of the reply.
 * Throws: WarderError NAMES_UPSTREAM where no server answers.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { encode } from 'dns-packet';
import { WarderError } from '../../base/error.ts';
import { numericLookup } from './numeric-lookup.ts';
import { HEADER_BYTES, UDP_BYTES } from './query.ts';
import { codecType, type Received, type Reply, readReply } from './records.ts';
import { RESOLV_CONF, type Server } from './resolv-conf.ts';

/** For one try; a server that is slower is as good as gone to most clients. */
const TRY_MS = 2000;
const ROUNDS = 2;
/** Replies to something else that a socket looks at before it gives up. */
const STRANGERS_MOST = 32;

export async function askUpstream(servers: readonly Server[], name: string, type: number): Promise<Reply> {
  let last: unknown;
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
      try {
        const { reply } = await askServer(server, name, type);
        if (reply.code !== 'SERVFAIL' && reply.code !== 'REFUSED') return reply;
        last = new Error(`${server.address} says ${reply.code}`);
      } catch (error) {
        last = error;
      }
    }
  }
  throw new WarderError(
    'NAMES_UPSTREAM',
    `no DNS server answers: ${(last as Error).message}`,
    `look at ${RESOLV_CONF}, or name servers that do with --dns`,
    { cause: last },
  );
}

/** A server that does not know EDNS may say that the query is malformed (RFC 6891, 7): it is asked without. */
async function askServer(server: Server, name: string, type: number): Promise<Received> {
  const read = (bytes: Buffer) => readReply(bytes, name, type);
  const ask = async (edns: boolean) => {
    const received = await byUdp(server, queryOf(name, type, edns), read);
    return received.truncated ? await byTcp(server, queryOf(name, type, edns), read) : received;
  };
  const received = await ask(true);
  return received.reply.code === 'FORMERR' ? await ask(false) : received;
}

/** A message as it is, to one server, and what it says to that. */
export function relay(server: Server, message: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer> {
  return (transport === 'udp' ? byUdp : byTcp)(server, message, (bytes) => bytes);
}

type Read<T> = (bytes: Buffer) => T | null;

function queryOf(name: string, type: number, edns: boolean): Buffer {
  return encode({
    type: 'query',
    id: randomInt(0x10000),
    flags: 0x0100,
    questions: [{ name: mixedCase(name), type: codecType(type) as 'A' }],
    additionals: edns ? [{ type: 'OPT', name: '.', udpPayloadSize: UDP_BYTES, flags: 0 } as never] : [],
  });
}

/** Who did not see the query does not know it (draft-vixie-dnsext-dns0x20). */
function mixedCase(name: string): string {
  const random = randomBytes(name.length);
  return [...name].map((letter, at) => (random[at]! & 1 ? letter.toUpperCase() : letter)).join('');
}

/** The reply repeats the id and the whole question. */
function repeats(reply: Buffer, sent: Buffer): boolean {
  const end = questionEnd(sent);
  return (
    reply.length >= end &&
    reply.readUInt16BE(0) === sent.readUInt16BE(0) &&
    reply.subarray(HEADER_BYTES, end).equals(sent.subarray(HEADER_BYTES, end))
  );
}

function questionEnd(sent: Buffer): number {
  let at = HEADER_BYTES;
  while (sent[at] !== 0) at += sent[at]! + 1;
  return at + 5;
}

function byUdp<T>({ address, port }: Server, sent: Buffer, read: Read<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', lookup: numericLookup });
  let strangers = 0;
  const timer = setTimeout(() => reject(new Error(`${address} does not answer within ${TRY_MS} ms`)), TRY_MS);
  socket.on('error', reject);
  socket.on('message', (bytes) => {
    const received = bytes.length >= HEADER_BYTES && repeats(bytes, sent) ? read(bytes) : null;
    if (received) resolve(received);
    else if (++strangers > STRANGERS_MOST) reject(new Error(`${address} answers what was not asked`));
  });
  socket.connect(port, address, () => socket.send(sent));
  // Closed once the answer that waits for this is on its way.
  return promise.finally(() => {
    clearTimeout(timer);
    setImmediate(() => socket.close());
  });
}

function byTcp<T>({ address, port }: Server, sent: Buffer, read: Read<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const socket = connect({ host: address, port, timeout: TRY_MS });
  const timer = setTimeout(() => reject(new Error(`${address} does not answer within ${TRY_MS} ms`)), TRY_MS);
  let got = Buffer.alloc(0);
  socket.on('error', reject);
  socket.on('close', () => reject(new Error(`${address} ended the connection`)));
  socket.on('data', (chunk) => {
    got = Buffer.concat([got, chunk]);
    if (got.length < 2 || got.length < 2 + got.readUInt16BE(0)) return;
    const bytes = got.subarray(2, 2 + got.readUInt16BE(0));
    const received = bytes.length >= HEADER_BYTES && repeats(bytes, sent) ? read(bytes) : null;
    if (received) resolve(received);
    else reject(new Error(`${address} answers what was not asked`));
  });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(sent.length);
  socket.write(Buffer.concat([length, sent]));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
