/**
 * Where a gateway listens: unix sockets, and TCP behind TLS. Without TLS only where nobody else can listen in:
 * on loopback addresses.
 *
 * Throws: GATEWAY_LISTEN, GATEWAY_NO_TLS.
 */
import { isIP } from 'node:net';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { WarderError } from '../base/error.ts';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost):\d+$/;

/** Listens at `unix:/path` or `host:port` (port 0: any). Returns the address that clients use. */
export async function listenAt(
  server: Server,
  address: string,
  tls: ServerCredentials | undefined,
): Promise<string> {
  const unix = address.startsWith('unix:');
  if (!unix && !tls) checkClear(address);
  try {
    const port = await bind(server, address, unix ? undefined : tls);
    return unix ? address : address.replace(/:\d+$/, `:${port}`);
  } catch (error) {
    throw new WarderError(
      'GATEWAY_LISTEN',
      `cannot listen at ${address}: ${(error as Error).message}`,
      'see whether the address is taken (ss -ltnx), or choose another',
      { cause: error },
    );
  }
}

function bind(server: Server, address: string, tls: ServerCredentials | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, tls ?? ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

export function isLoopback(listen: string): boolean {
  return LOOPBACK.test(listen);
}

/** Credentials travel in the clear without TLS. */
export function checkClear(listen: string): void {
  if (isLoopback(listen)) return;
  const host = listen.slice(0, listen.lastIndexOf(':'));
  const address = isIP(host.replace(/^\[|\]$/g, ''))
    ? 'not a loopback address'
    : 'not a numeric loopback address';
  throw new WarderError(
    'GATEWAY_NO_TLS',
    `'${listen}' is ${address}, and this gateway speaks without TLS`,
    'listen on 127.0.0.1:PORT or [::1]:PORT, or on the unix socket (the default)',
  );
}
