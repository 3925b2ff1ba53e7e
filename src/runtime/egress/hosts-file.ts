/**
 * /etc/hosts, which libraries read before they ask any DNS server: its names are given their addresses without a look-up.
 *
 * In: the file, hosts(5). Out: names in normal form with the addresses that names can reach; read again when it changes.
 */
import { readFileSync, statSync } from 'node:fs';
import { isPublic, parseAddress } from '../../contract/address.ts';
import { hostName } from '../../contract/host-name.ts';

const HOSTS = '/etc/hosts';
/** Names that are looked at. */
const NAMES_MOST = 4096;

export interface HostLine {
  name: string;
  bytes: Uint8Array;
}

export class HostsFile {
  readonly #path: string;
  #lines: HostLine[] = [];
  #version = '';

  constructor(path = HOSTS) {
    this.#path = path;
  }

  /** Public addresses only: others no rule by name reaches. A file that is not there has none. */
  lines(): readonly HostLine[] {
    try {
      const { mtimeNs, size, ino } = statSync(this.#path, { bigint: true });
      const version = `${mtimeNs} ${size} ${ino}`;
      if (version !== this.#version) this.#lines = parse(readFileSync(this.#path, 'utf8'));
      this.#version = version;
    } catch {
      this.#lines = [];
      this.#version = '';
    }
    return this.#lines;
  }
}

function parse(text: string): HostLine[] {
  const lines = text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const bytes = parseAddress(address)?.bytes;
    if (!bytes || !isPublic(bytes)) return [];
    return names.flatMap((written) => {
      const name = hostName(written);
      return name === null ? [] : [{ name, bytes }];
    });
  });
  return lines.slice(0, NAMES_MOST);
}
