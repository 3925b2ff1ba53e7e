/**
 * How commands reach a gateway: a unix socket in the clear, which is local; a TCP address by TLS where
 * WARDER_GATEWAY_CA names the gateway's authority (a PEM file), and otherwise in the clear on loopback only.
 *
 * Throws: TAIL_NO_TLS, and what node:fs does for that file.
 */
import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { WarderError } from '../base/error.ts';
import { TLS_CHANNEL } from '../contract/certificates.ts';
import { gatewayChannel } from '../contract/channels.ts';

const LOCAL = /^unix:|^(127\.\d+\.\d+\.\d+|\[::1\]|localhost):\d+$/;
/** What may be on its way to here, as in runtime-windows.ts: HTTP/2's 64 KiB are 200 events for each turn of the gateway's thread. */
const WINDOW_BYTES = 1 << 20;
/** A pool of its own: a gateway that comes back is asked at once, without the wait of an earlier failure. */
const OPTIONS = { 'grpc.use_local_subchannel_pool': 1, 'grpc-node.flow_control_window': WINDOW_BYTES };

function openClient(address: string): Client {
  const authority = process.env.WARDER_GATEWAY_CA;
  if (authority && !address.startsWith('unix:')) {
    return new Client(address, gatewayChannel(readFileSync(authority, 'utf8')), {
      ...OPTIONS,
      ...TLS_CHANNEL,
    });
  }
  checkReachable(address);
  return new Client(address, credentials.createInsecure(), OPTIONS);
}

/** A client and what shows who asks. */
export function openAs({ address, token }: { address: string; token: string }) {
  const client = openClient(address);
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return { client, metadata };
}

/** A key goes over the wire as it is: the wire must be local, or encrypted. */
export function checkReachable(address: string): void {
  if (LOCAL.test(address) || process.env.WARDER_GATEWAY_CA) return;
  throw new WarderError(
    'TAIL_NO_TLS',
    `'${address}' is neither a unix socket nor a loopback address, and the connection would be in clear`,
    "name the gateway's authority in WARDER_GATEWAY_CA, a PEM file: warder host authority",
  );
}
