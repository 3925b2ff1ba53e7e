/**
 * Record types that are answered, and what an upstream's packet says to a question.
 *
 * In:  bytes of a reply, by the codec dns-packet; the name and type that were asked.
 * Out: the chain of aliases from that name, and the records at its end; null for a reply to something else, or one
 *      that is none. Nothing throws.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { decode } from 'dns-packet';
import { ipv6Bytes } from '../../contract/address.ts';
import { wireName } from '../../contract/host-name.ts';
import { CODES, type Code } from './answer.ts';
import { readBinding, type ServiceBinding } from './service-binding.ts';

export const TYPES = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, SVCB: 64, HTTPS: 65 } as const;
/** What ordinary clients ask for to connect to a name. */
export const ANSWERED: ReadonlySet<number> = new Set([TYPES.A, TYPES.AAAA, TYPES.SVCB, TYPES.HTTPS]);
const OTHER_NAMES: Readonly<Record<number, string>> = {
  2: 'NS',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  33: 'SRV',
  255: 'ANY',
};
const TYPE_NAMES: Readonly<Record<number, string>> = {
  ...OTHER_NAMES,
  ...Object.fromEntries(Object.entries(TYPES).map(([name, number]) => [number, name])),
};

/** For people. */
export function typeName(type: number): string {
  return TYPE_NAMES[type] ?? `TYPE${type}`;
}

/** As typeName() says it, in whatever case; null for none. */
export function typeNumber(name: string): number | null {
  const upper = name.toUpperCase();
  const known = Object.entries(TYPE_NAMES).find(([, text]) => text === upper)?.[0];
  const number = Number(known ?? /^TYPE(\d{1,5})$/.exec(upper)?.[1] ?? Number.NaN);
  return number > 0 && number < 0x10000 ? number : null;
}

export function isBinding(type: number): boolean {
  return type === TYPES.SVCB || type === TYPES.HTTPS;
}

/** As dns-packet has it, which does not know service bindings: it leaves their data as it is. */
export function codecType(type: number): string {
  return isBinding(type) ? `UNKNOWN_${type}` : typeName(type);
}

/** A longer chain of aliases is a loop or a trap. */
const CHAIN_MOST = 12;
/** Records in a reply: more make it one of no use to ordinary clients, and dear to read. */
const RECORDS_MOST = 256;
const REPLY_BYTES = 16_384;
/** Nothing is kept for longer, whoever says so. */
const TTL_MOST = 3600;
const NEGATIVE_TTL = 30;

export interface Reply {
  code: Code;
  /** Aliases in order, the first of the asked name. */
  aliases: { owner: string; target: string; ttl: number }[];
  /** Addresses at its end. */
  addresses: { bytes: Uint8Array; ttl: number }[];
  /** Service bindings at its end. */
  bindings: ServiceBinding[];
  /** The name at its end. */
  last: string;
  /** Seconds, of all that is in it. */
  ttl: number;
}

export interface Received {
  /** It is longer than what came: ask by TCP. */
  truncated: boolean;
  reply: Reply;
}

/** To a query that the reply repeats. */
export function readReply(bytes: Buffer, name: string, type: number): Received | null {
  if (bytes.length > REPLY_BYTES) return null;
  const flags = bytes.readUInt16BE(2);
  const records = [6, 8, 10].reduce((sum, at) => sum + bytes.readUInt16BE(at), 0);
  if (!(flags & 0x8000) || (flags & 0x7800) !== 0 || bytes.readUInt16BE(4) !== 1 || records > RECORDS_MOST)
    return null;
  const truncated = (flags & 0x0200) !== 0;
  const codes = Object.entries(CODES).find(([, number]) => number === (flags & 0xf));
  const code = (codes?.[0] ?? 'SERVFAIL') as Code;
  const found = truncated ? [] : decoded(bytes);
  return found && { truncated, reply: replyOf(code, found, name, type) };
}

interface Found {
  owner: string;
  type: string;
  ttl: number;
  data: unknown;
}

function decoded(bytes: Buffer): Found[] | null {
  try {
    const { answers = [], authorities = [] } = decode(bytes);
    // Of the other sections nothing answers the question: the SOA says for how long there is nothing.
    return [...answers, ...authorities.filter(({ type }) => type === 'SOA')].flatMap((record) => {
      const owner = wireName(record.name);
      if (owner === null || !('ttl' in record) || !('data' in record)) return [];
      if ('class' in record && record.class !== 'IN') return [];
      const ttl = Math.min(Math.max(0, Number(record.ttl) | 0), TTL_MOST);
      return [{ owner, type: record.type, ttl, data: record.data }];
    });
  } catch {
    return null;
  }
}

function replyOf(code: Code, records: readonly Found[], name: string, type: number): Reply {
  const aliases: Reply['aliases'] = [];
  let last = name;
  for (;;) {
    const alias = records.find((record) => record.type === 'CNAME' && record.owner === last);
    const target = alias && typeof alias.data === 'string' ? wireName(alias.data) : null;
    if (!alias || target === null || type === TYPES.CNAME) break;
    if (aliases.length >= CHAIN_MOST || aliases.some(({ owner }) => owner === target))
      return { code: 'SERVFAIL', aliases: [], addresses: [], bindings: [], last: name, ttl: 0 };
    aliases.push({ owner: last, target, ttl: alias.ttl });
    last = target;
  }
  // What says that there is nothing has nothing to give.
  const isThere = code === 'NOERROR';
  const ends = records.filter(
    (record) => isThere && record.owner === last && record.type === codecType(type),
  );
  const addresses = ends.flatMap(({ data, ttl }) => {
    const bytes = typeof data === 'string' ? addressBytes(data) : null;
    return bytes ? [{ bytes, ttl }] : [];
  });
  const bindings = ends.flatMap(({ data }) => (data instanceof Uint8Array ? (readBinding(data) ?? []) : []));
  const soa = records.find((record) => record.type === 'SOA');
  const found = addresses.length > 0 || bindings.length > 0;
  const ttls = [...aliases, ...(found ? ends : [])].map(({ ttl }) => ttl);
  const ttl = found ? Math.min(...ttls) : Math.min(NEGATIVE_TTL, soa?.ttl ?? 0, ...ttls);
  return { code, aliases, addresses, bindings, last, ttl };
}

/** A mapped address stays one, sixteen bytes: no AAAA record has any business with it. */
function addressBytes(text: string): Uint8Array | null {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  return isIPv6(text) && !text.includes('%') ? ipv6Bytes(text) : null;
}
