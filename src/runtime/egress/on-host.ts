/**
 * What a host can do about names: whether the resolver has sockets, and who it asks.
 *
 * Out: for `warder doctor`. Sockets are opened and closed again; nobody is asked anything. Nothing throws.
 */
import { closeSync } from 'node:fs';
import { loadAddon } from '../../kernel/addon.ts';
import { ResolvConf } from './resolv-conf.ts';

export interface NamesOnHost {
  /** DNS servers of /etc/resolv.conf. */
  servers: string[];
  /** Why rules by name cannot be kept; null where they can. */
  problem: string | null;
  /** Names are answered over IPv6 as well. */
  ipv6: boolean;
}

export function namesOnHost(): NamesOnHost {
  const servers = new ResolvConf().read().servers.map(({ address }) => address);
  try {
    const { descriptors } = loadAddon().resolverSockets(-1);
    const open = Object.values(descriptors).filter((descriptor) => descriptor >= 0);
    for (const descriptor of open) closeSync(descriptor);
    return { servers, problem: null, ipv6: descriptors.udp6 >= 0 };
  } catch (error) {
    return { servers, problem: (error as Error).message, ipv6: false };
  }
}
