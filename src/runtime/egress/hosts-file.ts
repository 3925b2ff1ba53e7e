/**
 * /etc/hosts, which libraries read before they ask any DNS server: its names are given their addresses without a look-up,
 * and a program that asks by itself gets the same answer.
 *
 * In: the file, hosts(5). Out: names in normal form with their addresses; read again when it changes.
 */
import { parseAddress } from '../../contract/address.ts';
import { hostName } from '../../contract/host-name.ts';
import { KeptFile } from './kept-file.ts';

const HOSTS = '/etc/hosts';
/** Names that are looked at. */
const NAMES_MOST = 4096;

export type HostNames = ReadonlyMap<string, readonly Uint8Array[]>;

export class HostsFile {
  readonly #file: KeptFile<HostNames>;

  constructor(path = HOSTS) {
    this.#file = new KeptFile(path, readHosts);
  }

  /** None where there is no such file. */
  names(): HostNames {
    return this.#file.read();
  }
}

export function readHosts(text: string): HostNames {
  const names = new Map<string, Uint8Array[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...written] = line.replace(/#.*/, '').trim().split(/\s+/);
    const bytes = parseAddress(address)?.bytes;
    if (!bytes) continue;
    for (const name of written.flatMap((one) => hostName(one) ?? [])) {
      if (names.size < NAMES_MOST || names.has(name)) names.set(name, [...(names.get(name) ?? []), bytes]);
    }
  }
  return names;
}
