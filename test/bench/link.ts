/**
 * An uplink to a gateway in the same process, as a runtime of a host of its own.
 */
import { randomUUID } from 'node:crypto';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { connectUplink, type Uplink } from '../../src/runtime/uplink/uplink.ts';
import { BOOT, HOST } from '../gateway/fixtures.ts';

export function linkTo(gateway: Gateway): Promise<Uplink> {
  return connectUplink({
    endpoint: {
      address: gateway.address,
      token: gateway.tokens.runtime,
      gatewayPublicKey: gateway.policyKey,
    },
    origin: { host: HOST, boot: BOOT, origin: randomUUID() },
    version: 'bench',
  });
}
