/**
 * The resolver's sockets in one network namespace: UDP and TCP on both loopback addresses, at ports that the kernel picks.
 *
 * Anybody on the host can send here; who a message is from is for the handler to ask the kernel, before it reads it.
 * In:  messages. Out: what the handler answers; nothing where it says null.
 */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { ipv6Bytes, parseAddress } from '../../contract/address.ts';
import type { BySocket, OpenedSockets } from '../../kernel/addon.ts';
import type { Asker, Asking } from '../../kernel/named.ts';
import { numericLookup } from './numeric-lookup.ts';

const BYTES = { 4: Uint8Array.of(127, 0, 0, 1), 6: ipv6Bytes('::1') } as const;
/** A connection that says nothing for this long is ended. */
const IDLE_MS = 10_000;
const CONNECTIONS_MOST = 1024;
/** Of one run; a further one ends its oldest, so that nobody can take all of them. */
const CONNECTIONS_OF_RUN = 32;
/** Questions of one connection that wait for answers. */
const PIPELINED_MOST = 32;
const MESSAGE_MOST = 2048;
/** Answers that are not read. */
const UNREAD_MOST = 65_536;

export interface Handler {
  askerOf: (asking: Asking) => Asker | null;
  /** What is to be sent back. Never rejects. */
  answer: (asker: Asker, message: Buffer, transport: 'udp' | 'tcp') => Promise<Buffer | null>;
}

type Family = 4 | 6;

export class ResolverSockets {
  readonly #handler: Handler;
  readonly #udp: UdpSocket[] = [];
  readonly #tcp: Server[] = [];
  /** Of each run, the oldest first. */
  readonly #connections = new Map<number, Set<Socket>>();
  readonly #ports: BySocket;

  /** Takes the descriptors: they are closed with it. */
  constructor(handler: Handler, { descriptors, ports }: OpenedSockets) {
    this.#handler = handler;
    this.#ports = ports;
    this.#listen(4, descriptors.udp4, descriptors.tcp4);
    if (ports.udp6 > 0) this.#listen(6, descriptors.udp6, descriptors.tcp6);
  }

  close(): void {
    for (const socket of this.#udp) socket.close();
    for (const server of this.#tcp) server.close();
    for (const connection of [...this.#connections.values()].flatMap((all) => [...all])) connection.destroy();
  }

  #listen(family: Family, udpDescriptor: number, tcpDescriptor: number): void {
    const udp = createSocket({ type: `udp${family}`, lookup: numericLookup });
    udp.on('error', () => {}); // of one datagram; the socket stays
    udp.on('message', (message, from) => void this.#datagram(udp, family, message, from));
    udp.bind({ fd: udpDescriptor });
    this.#udp.push(udp);
    const tcp = createServer((connection) => this.#connected(connection, family));
    tcp.maxConnections = CONNECTIONS_MOST;
    tcp.on('error', () => {}); // of one connection
    tcp.listen({ fd: tcpDescriptor });
    this.#tcp.push(tcp);
  }

  async #datagram(socket: UdpSocket, family: Family, message: Buffer, from: RemoteInfo): Promise<void> {
    const asker = this.#asker('udp', family, from.address, from.port);
    const answer = asker && (await this.#handler.answer(asker, message, 'udp'));
    if (answer) socket.send(answer, from.port, from.address, () => {});
  }

  #connected(connection: Socket, family: Family): void {
    const { remoteAddress = '', remotePort = 0 } = connection;
    const asker = this.#asker('tcp', family, remoteAddress, remotePort);
    connection.on('error', () => connection.destroy());
    if (!asker) {
      connection.destroy();
      return;
    }
    this.#keep(connection, asker.run);
    connection.setTimeout(IDLE_MS, () => connection.destroy());
    this.#converse(connection, asker);
  }

  #keep(connection: Socket, run: number): void {
    const all = this.#connections.get(run) ?? new Set();
    this.#connections.set(run, all.add(connection));
    if (all.size > CONNECTIONS_OF_RUN) [...all][0]!.destroy();
    connection.on('close', () => {
      all.delete(connection);
      if (all.size === 0 && this.#connections.get(run) === all) this.#connections.delete(run);
    });
  }

  /** Messages with their length in front of them (RFC 1035, 4.2.2). */
  #converse(connection: Socket, asker: Asker): void {
    let waiting = 0;
    let got = Buffer.alloc(0);
    const say = async (message: Buffer) => {
      waiting++;
      const answer = await this.#handler.answer(asker, message, 'tcp');
      waiting--;
      if (!answer || connection.writableLength > UNREAD_MOST) {
        connection.destroy();
        return;
      }
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      connection.write(Buffer.concat([length, answer]));
    };
    connection.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      while (waiting <= PIPELINED_MOST && got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
        const end = 2 + got.readUInt16BE(0);
        void say(Buffer.from(got.subarray(2, end)));
        got = got.subarray(end);
      }
      if (got.length > MESSAGE_MOST || waiting > PIPELINED_MOST) connection.destroy();
    });
  }

  #asker(protocol: 'udp' | 'tcp', family: Family, address: string, port: number): Asker | null {
    const bytes = parseAddress(address)?.bytes;
    if (!bytes || port === 0) return null;
    const to = { bytes: BYTES[family], port: this.#ports[`${protocol}${family}`] };
    return this.#handler.askerOf({ protocol, from: { bytes, port }, to });
  }
}
