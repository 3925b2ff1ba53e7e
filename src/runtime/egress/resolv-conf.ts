/**
 * How the host itself looks names up, as resolv.conf(5) says.
 *
 * In: the file. Out: its servers, those of the loopback address where it names none, and what it puts behind names.
 */
import { isIP } from 'node:net';
import { hostName } from '../../contract/host-name.ts';
import { KeptFile } from './kept-file.ts';

export interface Server {
  address: string;
  port: number;
}

export interface HostLookups {
  servers: readonly Server[];
  /** Search domains, in normal form. */
  search: readonly string[];
}

export const RESOLV_CONF = '/etc/resolv.conf';
const PORT = 53;

export class ResolvConf {
  readonly #file: KeptFile<HostLookups>;

  constructor(path = RESOLV_CONF) {
    this.#file = new KeptFile(path, readResolvConf);
  }

  read(): HostLookups {
    return this.#file.read();
  }
}

/** `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]:53`; null for anything else. */
export function parseServer(text: string): Server | null {
  const [, bracketed, plain, digits = String(PORT)] =
    /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = isIP(text) ? text : (bracketed ?? plain ?? '');
  const port = isIP(text) ? PORT : Number(digits);
  if (bracketed !== undefined && isIP(bracketed) !== 6) return null;
  return isIP(address) !== 0 && !address.includes('%') && port > 0 && port < 65_536
    ? { address, port }
    : null;
}

/** The last `search` or `domain` counts. */
export function readResolvConf(text: string): HostLookups {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const servers = lines.flatMap(([key, address = '']) =>
    key === 'nameserver' && isIP(address.split('%')[0]!) ? [{ address, port: PORT }] : [],
  );
  const [, ...search] = lines.filter(([key]) => key === 'search' || key === 'domain').at(-1) ?? [];
  return {
    servers: servers.length > 0 ? servers : [{ address: '127.0.0.1', port: PORT }],
    search: search.flatMap((domain) => hostName(domain) ?? []),
  };
}
