/**
 * Patterns of `connect` and `listen`: addresses, host names and unix sockets.
 *
 *     [proto/]address[/prefix][:port[-port]]     1.2.3.4  10.0.0.0/8:5432  [2001:db8::]/32:443  udp/10.0.0.1:53
 *     [proto/]host[:port[-port]]                 api.example.com:443  *.example.com   (connect only)
 *     unix:/path  unix:/path/**  unix:@abstract
 *
 * In: the text of one pattern. Out: the pattern, or a fault with what to write. Nothing throws.
 */
import { domainToASCII } from 'node:url';
import { formatAddress, ipv6Bytes, isMapped, maskAddress, parseAddress } from './address.ts';
import { type Complaint, fault, type Parsed } from './complaint.ts';
import { nearest } from './nearest.ts';
import { parseTreePattern } from './path-pattern.ts';
import type {
  AddressPattern,
  HostPattern,
  NetworkPattern,
  ParseOptions,
  Ports,
  Protocol,
} from './pattern.ts';

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp'];
/** Most bytes of an abstract name: sun_path without its first NUL (unix(7)). */
const ABSTRACT_BYTES = 107;

type Direction = 'connect' | 'listen';

export function parseNetworkPattern(
  direction: Direction,
  text: string,
  options: ParseOptions = {},
): Parsed<NetworkPattern> {
  if (text.startsWith('unix:')) return parseUnix(text, options);
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/]+)/i.exec(text);
  if (url) return fault(`'${text}' is a URL`, `write its host and port: ${url[1]!.toLowerCase()}`);
  const split = splitProtocol(text);
  if ('fault' in split) return split;
  const { protocol, rest } = split;
  if (rest.startsWith('[')) return parseIpv6(direction, text, protocol, rest);
  if ((rest.match(/:/g)?.length ?? 0) > 1) return bareIpv6(text, rest);
  if (/^[\d./]+(?::|$)/.test(rest)) return parseIpv4(direction, text, protocol, rest);
  return parseHost(direction, text, protocol, rest);
}

function splitProtocol(text: string): { protocol: Protocol | null; rest: string } | { fault: Complaint } {
  const match = /^([A-Za-z][A-Za-z0-9-]*)\/(.*)$/s.exec(text);
  if (!match) return { protocol: null, rest: text };
  const [, name = '', rest = ''] = match;
  const protocol = PROTOCOLS.find((known) => known === name);
  if (protocol) return { protocol, rest };
  const meant = nearest(name, PROTOCOLS);
  return fault(
    `'${text}' has an unknown protocol '${name}'`,
    meant ? `write ${meant}/${rest}` : 'tcp/ and udp/ may stand before an address; nothing does for both',
  );
}

function parseUnix(text: string, options: ParseOptions): Parsed<NetworkPattern> {
  const rest = text.slice('unix:'.length);
  if (rest.startsWith('@')) {
    const name = rest.slice(1);
    const bytes = Buffer.byteLength(name);
    if (bytes > 0 && bytes <= ABSTRACT_BYTES && !/[*?]/.test(name))
      return { pattern: { kind: 'abstract', name } };
    return fault(
      `'${text}' has no abstract name that can be kept`,
      `write unix:@name, 1 to ${ABSTRACT_BYTES} bytes, without wildcards`,
    );
  }
  const parsed = parseTreePattern(rest, options);
  if ('fault' in parsed) {
    return fault(
      `'${text}' has no socket path that can be kept`,
      'write unix:/path, unix:/path/** or unix:@name',
    );
  }
  return { pattern: { kind: 'unix', target: parsed.pattern } };
}

function parseIpv4(
  direction: Direction,
  text: string,
  protocol: Protocol | null,
  rest: string,
): Parsed<AddressPattern> {
  const match = /^([\d.]+)(?:\/(\d*))?(?::(.*))?$/s.exec(rest);
  const bytes = match?.[1] === undefined ? null : (parseAddress(match[1])?.bytes ?? null);
  if (!match || !bytes) {
    return fault(
      `'${text}' has a bad IPv4 address`,
      'write four numbers from 0 to 255: 10.0.0.1, or 10.0.0.0/8',
    );
  }
  return address(direction, text, protocol, { bytes, prefix: match[2], ports: match[3] });
}

function parseIpv6(
  direction: Direction,
  text: string,
  protocol: Protocol | null,
  rest: string,
): Parsed<AddressPattern> {
  const match = /^\[([^\]]*)\](?:\/(\d*))?(?::(.*))?$/s.exec(rest);
  const inside = match?.[1] ?? '';
  const prefixInside = /^(.*)\/(\d+)$/.exec(inside);
  if (prefixInside && parseAddress(prefixInside[1]!)) {
    return fault(
      `'${text}' has its prefix inside the brackets`,
      `write [${prefixInside[1]}]/${prefixInside[2]}${match?.[3] === undefined ? '' : `:${match[3]}`}`,
    );
  }
  if (!match || !inside.includes(':') || !parseAddress(inside)) {
    return fault(
      `'${text}' has a bad IPv6 address`,
      'write it in brackets, prefix and port behind them: [2001:db8::]/32:443; no zone (%eth0)',
    );
  }
  return address(direction, text, protocol, { bytes: ipv6Bytes(inside), prefix: match[2], ports: match[3] });
}

function bareIpv6(text: string, rest: string): { fault: Complaint } {
  const [bare = '', prefix] = rest.split('/');
  if (parseAddress(bare)) {
    return fault(
      `'${text}' is an IPv6 address without brackets`,
      `write [${bare}]${prefix === undefined ? '' : `/${prefix}`}`,
    );
  }
  return fault(
    `'${text}' is neither an address nor a name`,
    'write host:port, 10.0.0.1:port or [2001:db8::1]:port',
  );
}

function address(
  direction: Direction,
  text: string,
  protocol: Protocol | null,
  parts: { bytes: Uint8Array; prefix: string | undefined; ports: string | undefined },
): Parsed<AddressPattern> {
  const bits = parts.bytes.length * 8;
  const prefix = parts.prefix === undefined ? bits : decimal(parts.prefix);
  if (prefix === null || prefix > bits) {
    return fault(
      `'${text}' has a bad prefix '/${parts.prefix}'`,
      `write /0 to /${bits} behind an IPv${bits === 32 ? 4 : 6} address`,
    );
  }
  const ports = parsePorts(direction, text, parts.ports);
  if ('fault' in ports) return ports;
  const bytes = maskAddress(parts.bytes, prefix);
  const mapped = prefix >= 96 && isMapped(bytes);
  const pattern: AddressPattern = {
    kind: 'address',
    family: mapped || bits === 32 ? 4 : 6,
    bytes: mapped ? bytes.slice(12) : bytes,
    prefix: mapped ? prefix - 96 : prefix,
    protocol,
    ...ports,
  };
  const warning = addressWarning(direction, text, pattern, parts.bytes);
  return warning ? { pattern, warning } : { pattern };
}

function addressWarning(
  direction: Direction,
  text: string,
  pattern: AddressPattern,
  written: Uint8Array,
): Complaint | null {
  const masked = maskAddress(written, pattern.prefix + (written.length - pattern.bytes.length) * 8);
  if (written.some((byte, index) => byte !== masked[index])) {
    return {
      message: `'${text}' has address bits behind its prefix, which say nothing`,
      fix: `write ${formatAddress(pattern.bytes)}/${pattern.prefix}`,
    };
  }
  const whole = pattern.prefix === pattern.bytes.length * 8;
  if (direction === 'connect' && whole && pattern.bytes.every((byte) => byte === 0)) {
    return {
      message: `'${text}' never matches: a connection to the unspecified address goes to loopback and is judged so`,
      fix: 'write 0.0.0.0/0 or [::]/0 for every address, 127.0.0.1 or [::1] for loopback',
    };
  }
  return null;
}

function parseHost(
  direction: Direction,
  text: string,
  protocol: Protocol | null,
  rest: string,
): Parsed<HostPattern> {
  const [written = '', portText] = rest.split(':');
  if (written === '' || written === '*') {
    const port =
      portText === undefined || 'fault' in parsePorts(direction, text, portText) ? '' : `:${portText}`;
    return fault(`'${text}' names no host`, `write 0.0.0.0/0${port} and "[::]/0${port}" for every address`);
  }
  if (direction === 'listen') {
    const loopback = written === 'localhost' ? '127.0.0.1 or [::1]' : 'the address it has';
    return fault(`'${text}' is a host name, and listen takes addresses`, `write ${loopback}`);
  }
  const ports = parsePorts(direction, text, portText);
  if ('fault' in ports) return ports;
  const under = written.startsWith('*.');
  const name = (under ? written.slice(2) : written).toLowerCase().replace(/\.$/, '');
  const complaint = hostComplaint(text, name);
  if (complaint) return { fault: complaint };
  const pattern: HostPattern = { kind: 'host', name, under, protocol, ...ports };
  if (name !== 'localhost' && !name.endsWith('.localhost')) return { pattern };
  const port = portText === undefined ? '' : `:${portText}`;
  return {
    pattern,
    warning: {
      message: `'${text}' never allows anything: a host-name rule does not reach loopback`,
      fix: `write 127.0.0.1${port} and "[::1]${port}"`,
    },
  };
}

function hostComplaint(text: string, name: string): Complaint | null {
  if (name.includes('*') || name.includes('?')) {
    return { message: `'${text}' has a wildcard that does not exist`, fix: 'the forms are host and *.host' };
  }
  if (name.includes('/')) {
    return {
      message: `'${text}' has a slash behind a host name`,
      fix: `write the name alone: ${name.split('/')[0]}`,
    };
  }
  const ascii = domainToASCII(name);
  if (/[^\x21-\x7e]/.test(name) && ascii !== '') {
    return { message: `'${text}' is not in the form that is looked up`, fix: `write ${ascii}` };
  }
  const labels = name.split('.');
  const good = labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  if (good && name.length <= 253) return null;
  return {
    message: `'${text}' is neither an address nor a host name`,
    fix: 'write host:port, *.host:port, 10.0.0.1:port, [2001:db8::1]:port or unix:/path',
  };
}

function parsePorts(
  direction: Direction,
  text: string,
  ports: string | undefined,
): Pick<Ports, 'from' | 'to'> | { fault: Complaint } {
  if (ports === undefined) return { from: 0, to: 65_535 };
  const lowest = direction === 'listen' ? 0 : 1;
  const match = /^(\d+)(?:-(\d+))?$/.exec(ports);
  const from = decimal(match?.[1] ?? '');
  const to = match?.[2] === undefined ? from : decimal(match[2]);
  if (from === null || to === null) {
    return fault(`'${text}' has a bad port '${ports}'`, 'write :443, :3000-3999, or no port for every port');
  }
  if (from < lowest || to < lowest || from > 65_535 || to > 65_535) {
    return fault(`'${text}' has a port out of range`, `ports of ${direction} go from ${lowest} to 65535`);
  }
  if (from > to) return fault(`'${text}' has a port range that runs backwards`, `write :${to}-${from}`);
  return { from, to };
}

/** Plain digits to a number; null for anything else. */
function decimal(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
